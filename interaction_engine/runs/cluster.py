"""Dask workers as the runner uses them: tasks are awaited, and stopped for good when nobody waits any more."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask.config
from distributed import Client, Future, LocalCluster

CORES = os.cpu_count() or 1


class Cluster:
    """The workers at a scheduler that is there already, or some of our own.

    `memory` is the limit of each worker of ours, None for others. `n_tasks` counts those handed over and not ended.
    """

    def __init__(self, client: Client, workers: int | None, memory: int | None) -> None:
        self.memory = memory
        self.n_tasks = 0
        self._workers = workers
        self._client = client

    async def size(self) -> int:
        """How many tasks there are workers for; one worker of ours more is kept for views."""
        if self._workers is not None:
            return self._workers
        threads: Any = await asyncio.to_thread(self._client.nthreads)
        return max(1, sum(threads.values()))

    def threads(self, at_once: int) -> int | None:
        """The threads of a task beside so many others; workers that are not ours know it themselves."""
        return max(1, CORES // at_once) if self._workers is not None else None

    async def call(self, function: Callable[..., Any], *arguments: Any, key: str, priority: int = 0) -> Any:
        """What the function returns in a worker; `KilledWorker` when it loses the worker.

        Whoever stops waiting stops the task.
        """
        self.n_tasks += 1
        future = self._client.submit(function, *arguments, key=key, pure=False, priority=priority)
        try:
            ended, loop = asyncio.Event(), asyncio.get_running_loop()
            future.add_done_callback(lambda _: loop.call_soon_threadsafe(ended.set))
            await ended.wait()
            return await asyncio.to_thread(future.result)
        except asyncio.CancelledError:
            await asyncio.to_thread(self._stop, future)
            raise
        finally:
            self.n_tasks -= 1

    def _stop(self, future: "Future[Any]") -> None:
        """End a task for good. Running code cannot be interrupted: its worker is killed, and a nanny starts another."""
        tasks: Any = self._client.processing()
        busy = [address for address, keys in tasks.items() if future.key in keys]
        done = future.done()
        future.cancel()
        if busy and not done:
            # A lambda travels as code: a function of ours would have to be imported by the nanny first.
            kill = lambda dask_worker: os.kill(dask_worker.pid, signal.SIGKILL)  # noqa: E731
            self._client.run(kill, nanny=True, workers=busy, on_error="ignore")


def connect(address: str) -> Cluster:
    """The cluster of a scheduler that is there already."""
    return Cluster(Client(address), None, None)


def own_cluster(home: Path, workers: int, memory: int) -> Cluster:
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
        n_workers=workers + 1,
        threads_per_worker=1,
        memory_limit=memory,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        local_directory=scratch,
    )
    return Cluster(Client(cluster), workers, memory)
