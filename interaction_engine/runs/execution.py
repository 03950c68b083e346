"""How the runner has runs computed: DBOS says which and remembers how they ended, a cluster's workers do the work."""

import asyncio
import secrets
import time
from pathlib import Path

from dbos import DBOS
from distributed import KilledWorker
from distributed.system import MEMORY_LIMIT

from ..core.errors import RunError
from . import state
from .cluster import Cluster, connect, own_cluster
from .spreading import MOST_LOSSES, Crowd, Spreading, WorkersLost
from .store import Store
from .worker.parts import Wanted
from .worker.tasks import Ended, perform

POLL_SECONDS = 0.2
"""How often the queue is looked at: the wait between a click and its run."""
EXTERNAL_RUNS = 64
"""Runs handed at the same time to a scheduler that is not ours, which queues them itself."""


def start(store: Store, scheduler: str | None, workers: int, memory: int | None) -> "Executor":
    """Connect to the cluster, or make one, and begin to take runs from the queues."""
    if scheduler:
        cluster = connect(scheduler)
    else:
        cluster = own_cluster(store.home, workers, memory or int(MEMORY_LIMIT / (workers + 1)))
    executor = Executor(cluster, store)
    _launch(store.home, executor, EXTERNAL_RUNS if scheduler else workers)
    return executor


class Executor:
    """Hands runs to the cluster and sees them through: a task each, and a task for every part of those with parts.

    `running` is the number of runs in hand, `last_run` when one last ended.
    """

    def __init__(self, cluster: Cluster, store: Store) -> None:
        self.running = 0
        self.last_run = time.time()
        self._crowd = Crowd()
        self._cluster = cluster
        self._store = store

    async def execute(self, run_id: str) -> str | None:
        """Compute a run; returns None, or the sentence that says why it failed.

        A worker that was lost is replaced, and the run goes on from its checkpoint. A run that loses workers without
        getting any further would go on losing them. A run that wants parts holds no worker while they are computed.
        """
        self.running += 1
        done = 0.0
        try:
            while isinstance(ended := await self._perform(run_id, done), Wanted):
                sentence = await self._spread(run_id, ended)
                if sentence is not None:
                    return sentence
                done = ended.end
            return ended
        finally:
            self.running -= 1
            self.last_run = time.time()

    async def _perform(self, run_id: str, done: float) -> Ended:
        """The run as one task, begun again from its checkpoint when the worker is lost."""
        losses, mark = 0, None
        while True:
            try:
                token = await self._lease(run_id)
                where = (str(self._store.home), self._store.files.address, run_id, token)
                threads = self._cluster.threads(self.running)
                workers = await self._cluster.size()
                return await self._cluster.call(perform, *where, threads, done, workers, key=f"{run_id}-{token}")
            except KilledWorker:
                kept = await asyncio.to_thread(self._store.files.read, f"runs/{run_id}/checkpoint.npz")
                losses, mark = (losses + 1 if kept == mark else 1), kept
            if losses == MOST_LOSSES:
                return self._loss()

    async def _spread(self, run_id: str, wanted: Wanted) -> str | None:
        """Have the missing parts of a run computed; returns None once all are there, or why that failed."""
        token = await self._lease(run_id)
        try:
            return await Spreading(self._cluster, self._store, run_id, token, wanted, self._crowd).finish()
        except WorkersLost:
            return self._loss()

    async def _lease(self, run_id: str) -> str:
        """The token of a new execution, which ends any other's right to work on the run."""
        token = secrets.token_hex(8)
        await asyncio.to_thread(self._store.files.write, f"runs/{run_id}/lease", token.encode())
        return token

    def _loss(self) -> str:
        limit = f" of {self._cluster.memory / 1e9:.1f} GB" if self._cluster.memory else ""
        return (
            f"Two workers died on this run without headway: it needs more memory than the limit{limit}, or its model "
            "crashes the library that runs it. Use fewer background rows, a smaller `memory` budget, or another file "
            "of the model."
        )


def _launch(home: Path, executor: Executor, runs: int) -> None:
    """Register the workflow of a run, and begin to take runs from the queues."""
    DBOS(
        config={
            "name": state.APPLICATION,
            "system_database_url": state.database_url(home),
            "serializer": state.serializer(),
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
