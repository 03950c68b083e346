"""How the runner has runs computed: DBOS says which and remembers how they ended, Dask's workers do the work."""

import asyncio
import os
import secrets
import signal
import time
from pathlib import Path
from typing import Any

import dask.config
from dbos import DBOS
from distributed import Client, Future, KilledWorker, LocalCluster
from distributed.system import MEMORY_LIMIT

from ..errors import RunError
from . import state
from .store import Store
from .tasks import perform

CORES = os.cpu_count() or 1
POLL_SECONDS = 0.2
"""How often the queue is looked at: the wait between a click and its run."""
EXTERNAL_RUNS = 64
"""Runs handed at the same time to a scheduler that is not ours, which queues them itself."""
MOST_LOSSES = 2
"""Workers that a run may lose without leaving a new checkpoint in between."""


def start(store: Store, scheduler: str | None, workers: int, memory: int | None) -> "Executor":
    """Connect to the cluster, or make one, and begin to take runs from the queues."""
    if scheduler:
        executor = Executor(Client(scheduler), store, None)
    else:
        memory = memory or int(MEMORY_LIMIT / (workers + 1))
        executor = Executor(_local_cluster(store.home, workers + 1, memory), store, memory)
    _launch(store.home, executor, EXTERNAL_RUNS if scheduler else workers)
    return executor


class Executor:
    """Hands runs to the cluster, one task each, and sees them through.

    `running` is the number of runs in hand, `last_run` when one last ended; `memory` is the limit of each worker of a
    cluster of ours, None for one that was there already.
    """

    def __init__(self, cluster: Client, store: Store, memory: int | None) -> None:
        self.running = 0
        self.last_run = time.time()
        self._cluster = cluster
        self._store = store
        self._memory = memory

    async def execute(self, run_id: str) -> str | None:
        """Compute a run; returns None, or the sentence that says why it failed.

        A worker that was lost is replaced, and the run goes on from its checkpoint. A run that loses workers without
        getting any further would go on losing them.
        """
        self.running += 1
        losses, mark = 0, None
        try:
            while True:
                try:
                    return await self._attempt(run_id)
                except KilledWorker:
                    kept = await asyncio.to_thread(self._store.files.read, f"runs/{run_id}/checkpoint.npz")
                    losses, mark = (losses + 1 if kept == mark else 1), kept
                if losses == MOST_LOSSES:
                    return self._loss()
        finally:
            self.running -= 1
            self.last_run = time.time()

    async def _attempt(self, run_id: str) -> str | None:
        token = secrets.token_hex(8)
        await asyncio.to_thread(self._store.files.write, f"runs/{run_id}/lease", token.encode())
        threads = max(1, CORES // self.running) if self._memory else None
        arguments = (str(self._store.home), self._store.files.address, run_id, token, threads)
        future = self._cluster.submit(perform, *arguments, key=f"{run_id}-{token}", pure=False)
        try:
            ended, loop = asyncio.Event(), asyncio.get_running_loop()
            future.add_done_callback(lambda _: loop.call_soon_threadsafe(ended.set))
            await ended.wait()
            return await asyncio.to_thread(future.result)
        except asyncio.CancelledError:
            await asyncio.to_thread(self._stop, future)
            raise

    def _stop(self, future: Future) -> None:
        """End a task for good. Running code cannot be interrupted: its worker is killed, and a nanny starts another."""
        tasks: Any = self._cluster.processing()
        busy = [address for address, keys in tasks.items() if future.key in keys]
        done = future.done()
        future.cancel()
        if busy and not done:
            # A lambda travels as code: a function of ours would have to be imported by the nanny first.
            kill = lambda dask_worker: os.kill(dask_worker.pid, signal.SIGKILL)  # noqa: E731
            self._cluster.run(kill, nanny=True, workers=busy, on_error="ignore")

    def _loss(self) -> str:
        limit = f" of {self._memory / 1e9:.1f} GB" if self._memory else ""
        return (
            f"Two workers died on this run without headway: it needs more memory than the limit{limit}, or its model "
            "crashes the library that runs it. Use fewer background rows, a smaller `memory` budget, or another file "
            "of the model."
        )


def _local_cluster(home: Path, workers: int, memory: int) -> Client:
    """Workers of one thread each on this machine, reachable from it alone, forked from a process that is warm."""
    scratch = str(home / "scratch")
    dask.config.set(
        {
            "distributed.scheduler.allowed-failures": 0,
            "distributed.worker.multiprocessing-method": "forkserver",
            "distributed.worker.profile.enabled": False,  # nobody looks at it, and it costs while nothing runs
            "distributed.admin.system-monitor.interval": "2s",
            "temporary-directory": scratch,
        }
    )
    cluster = LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        memory_limit=memory,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        local_directory=scratch,
    )
    return Client(cluster)


def _launch(home: Path, executor: Executor, runs: int) -> None:
    """Register the workflow of a run, and begin to take runs from the queues."""
    DBOS(
        config={
            "name": state.APPLICATION,
            "system_database_url": state.database_url(home),
            "serializer": state.SERIALIZER,
            "application_version": state.APPLICATION_VERSION,
            "executor_id": _executor_id(home),
            "log_level": "ERROR",
        }
    )

    @DBOS.step(name="execute", preemptible=True)
    async def execute(run_id: str) -> str | None:
        return await executor.execute(run_id)

    @DBOS.workflow(name=state.WORKFLOW, max_recovery_attempts=None)
    async def run(run_id: str) -> None:
        sentence = await execute(run_id)
        if sentence is not None:
            raise RunError(sentence)

    DBOS.launch()
    for queue in set(state.QUEUES.values()):
        at_once = runs if queue == "runs" else max(1, runs // 2)
        DBOS.register_queue(queue, worker_concurrency=at_once, polling_interval_sec=POLL_SECONDS)


def _executor_id(home: Path) -> str:
    """A name for the runner of this home, the same after a restart: a database may serve several homes."""
    file = home / "runner.id"
    if not file.exists():
        file.write_text(secrets.token_hex(8), encoding="utf-8")
    return file.read_text(encoding="utf-8")
