"""The parts of one run, handed to the cluster: as many at a time as there are workers for, each until it is there."""

import asyncio
from collections import Counter
from dataclasses import dataclass

from distributed import KilledWorker

from ..core.errors import Cancelled
from .cluster import Cluster
from .progress import RunReport
from .store import Store
from .worker.parts import PartFiles, Wanted
from .worker.tasks import perform_part

MOST_LOSSES = 2
"""Workers that a run may lose without leaving a new checkpoint in between, and that any of its parts may lose."""
LOOK_SECONDS = 1.0
"""How often it is looked how far the parts are."""
AFTER_OTHERS = -1
"""The priority of parts: a run or a view that is handed over later gets the next free worker."""


class WorkersLost(Exception):
    """A run lost so many workers that it would go on losing them."""


@dataclass
class Crowd:
    """How many runs have their parts computed at the moment: they share the workers."""

    n_runs: int = 0


class Spreading:
    """The parts of a run under one lease `token`; `crowd` counts the runs that do the same."""

    def __init__(self, cluster: Cluster, store: Store, run_id: str, token: str, wanted: Wanted, crowd: Crowd) -> None:
        self._cluster = cluster
        self._store = store
        self._run_id = run_id
        self._token = token
        self._wanted = wanted
        self._crowd = crowd
        self._parts = PartFiles(store.files, run_id)
        self._waiting = list(reversed(wanted.missing))
        self._handed: dict[asyncio.Task[str | None], int] = {}
        self._losses: Counter[int] = Counter()

    async def finish(self) -> str | None:
        """Returns None once all parts are there, or the sentence of the first that failed; the others are stopped.

        `WorkersLost` when a part has lost too many.
        """
        self._crowd.n_runs += 1
        try:
            sentence = await self._see_through()
        except Cancelled as problem:
            sentence = str(problem)
        finally:
            self._crowd.n_runs -= 1
            await self._stop()
        if sentence is None and await asyncio.to_thread(self._parts.missing, self._wanted.count):
            sentence = "Parts of this run were computed and are gone again; start it once more."
        return sentence

    async def _see_through(self) -> str | None:
        report = RunReport(self._store.files, self._run_id, self._token)
        report.phase = "computing"
        while self._waiting or self._handed:
            await self._hand_over()
            await asyncio.to_thread(self._tell, report)
            ended, _ = await asyncio.wait(self._handed, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                sentence = self._took(task)
                if sentence is not None:
                    return sentence
        return None

    def _tell(self, report: RunReport) -> None:
        left = len(self._waiting) + len(self._handed)
        begun = self._parts.done(self._handed.values())
        report(self._wanted.fraction(left - begun), self._wanted.told(left))

    async def _hand_over(self) -> None:
        """Give the cluster as many parts as this run has a share of its workers: always one, else it would stand."""
        size = await self._cluster.size()
        fair = -(-size // self._crowd.n_runs)
        share = max(1, min(fair, len(self._handed) + size - self._cluster.n_tasks))
        at_once = min(share, len(self._waiting) + len(self._handed))
        while self._waiting and len(self._handed) < share:
            index = self._waiting.pop()
            where = (str(self._store.home), self._store.files.address, self._run_id, self._token)
            task = self._cluster.call(
                perform_part,
                *where,
                index,
                self._cluster.threads(at_once),
                key=f"{self._run_id}-{self._token}-{index}-{self._losses[index]}",
                priority=AFTER_OTHERS,
            )
            self._handed[asyncio.ensure_future(task)] = index

    def _took(self, task: "asyncio.Task[str | None]") -> str | None:
        """The sentence of a part that ended, None where it is there or to be computed again."""
        index = self._handed.pop(task)
        if not isinstance(task.exception(), KilledWorker):
            return task.result()
        self._losses[index] += 1
        if self._losses[index] == MOST_LOSSES:
            raise WorkersLost
        self._waiting.append(index)
        return None

    async def _stop(self) -> None:
        for task in self._handed:
            task.cancel()
        await asyncio.gather(*self._handed, return_exceptions=True)
