"""What pages use: submit, follow, cancel and read runs. It computes nothing, and imports neither torch nor Dask."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import InputError, RunError
from ..core.status import RunStatus
from ..core.types import JSON
from ..core.version import VERSION
from .lock import runner_of, start_runner
from .progress import read_progress
from .specification import Specification
from .state import State
from .store import Store

if TYPE_CHECKING:
    from dbos import WorkflowStatus

    from ..core.result import Result

STATUS = {
    "DELAYED": RunStatus.QUEUED,
    "ENQUEUED": RunStatus.QUEUED,
    "PENDING": RunStatus.RUNNING,
    "SUCCESS": RunStatus.DONE,
    "CANCELLED": RunStatus.CANCELLED,
}
"""DBOS's words as ours; every other one is a failure."""
STOP_SECONDS = 1.5
"""The longest that a runner takes to notice a cancellation."""
IDLE_SECONDS = 3600.0
"""After this long without a run or a page, a runner that a page started ends; the next page starts another."""


@dataclass(frozen=True)
class RunView:
    """A run as a page shows it.

    `error` is the sentence of a failure. `fraction`, `message`, `phase` ("starting", "computing", "saving", else the
    status) and `partial` are the last report. `started` is a time, `seconds` how long the run has taken since,
    `remaining` an estimate of the seconds left.
    """

    id: str
    specification: Specification
    status: RunStatus
    fraction: float
    message: str
    phase: str
    partial: dict[str, JSON] | None
    error: str
    started: float | None
    seconds: float
    remaining: float | None

    @property
    def finished(self) -> bool:
        """Whether nothing more will be computed."""
        return self.status.finished


class Atlas:
    """The runs of a home folder (`ATLAS_HOME`), and `store`, where its data, models and results are."""

    def __init__(self, home: str | Path | None = None) -> None:
        self.store = Store(home)
        self._state = State(self.store.home)

    def ensure_runner(self) -> None:
        """See that a runner of this version serves this home; returns at once, while it may still be starting."""
        runner = runner_of(self.store.home)
        if runner is not None and runner.get("version", VERSION) != VERSION:
            with suppress(ProcessLookupError):
                os.kill(runner["pid"], signal.SIGTERM)  # its runs are resumed by the next one
            runner = None
        if runner is None:
            start_runner(self.store.home, "--idle", str(IDLE_SECONDS))
        else:
            os.utime(self.store.home / "runner.lock")

    def submit(self, specification: Specification) -> str:
        """Have a run computed; returns its id.

        The same specification is the same run: one that is queued, running or done is not started twice, and one that
        failed or was cancelled is started again, as the next attempt.
        """
        while self._status(specification.run_id) in (RunStatus.FAILED, RunStatus.CANCELLED):
            specification = specification.again()
        self.store.put_specification(specification)
        if not self.store.has_result(specification.run_id):
            self._state.enqueue(specification)
            self.ensure_runner()
        return specification.run_id

    def run(self, run_id: str) -> RunView:
        """Where a run stands; `InputError` when there is none of this id. A runner that has died is replaced."""
        view = self._view(self.store.specification(run_id), self._state.find(run_id))
        if not view.finished and runner_of(self.store.home) is None:
            self.ensure_runner()
        return view

    def runs(self, owner: str | None = None, limit: int = 200) -> list[RunView]:
        """The latest runs (of one owner), newest first."""
        return list(self._views(self._state.latest(owner, limit)))

    def cancel(self, run_id: str) -> None:
        """Stop a run: its process is gone within a second or two. A finished run stays as it is."""
        if not self.run(run_id).finished:
            self._state.cancel(run_id)
            self.store.files.write(f"runs/{run_id}/lease", b"cancelled")

    def result(self, run_id: str) -> "Result":
        """The result of a run; `RunError` says why there is none."""
        if self.store.has_result(run_id):
            return self.store.result(run_id)
        view = self.run(run_id)
        if view.status == RunStatus.FAILED:
            raise RunError(view.error)
        if view.status == RunStatus.CANCELLED:
            raise RunError("This run was cancelled, so it has no result; start it again.")
        raise RunError(f"This run is not done yet ({view.fraction:.0%}); wait for it, or cancel it.")

    def wait(self, run_id: str, timeout: int | float = 600) -> RunView:
        """The run once it is finished; `RunError` when that takes more than `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while not (view := self.run(run_id)).finished:
            if time.monotonic() > deadline:
                where = f"{view.fraction:.0%}: {view.message}"
                raise RunError(f"The run is not done after {timeout:.0f} seconds ({where}); wait longer, or cancel it.")
            time.sleep(0.05)
        return view

    def delete(self, run_id: str) -> None:
        """Forget a finished run and its result."""
        view = self.run(run_id)
        if not view.finished:
            raise InputError("This run is still going on; cancel it before it is deleted.")
        if view.status == RunStatus.CANCELLED:
            time.sleep(STOP_SECONDS)  # until the runner has seen it: what is forgotten is not stopped any more
        self._state.delete(run_id)
        self.store.delete_run(run_id)

    def close(self) -> None:
        """Let go of the database."""
        self._state.close()

    def _status(self, run_id: str) -> RunStatus | None:
        if self.store.has_result(run_id):
            return RunStatus.DONE
        match = self._state.find(run_id)
        return STATUS.get(match.status, RunStatus.FAILED) if match else None

    def _views(self, found: "list[WorkflowStatus]") -> Iterator[RunView]:
        for status in found:
            with suppress(InputError):  # its files are gone
                yield self._view(self.store.specification(status.workflow_id), status)

    def _view(self, specification: Specification, found: "WorkflowStatus | None") -> RunView:
        """What the run's own files say, which are ahead of the database; the database says what they cannot."""
        run_id = specification.run_id
        progress = read_progress(self.store.files, run_id)
        done = self.store.has_result(run_id)
        stored = STATUS.get(found.status, RunStatus.FAILED) if found else RunStatus.QUEUED
        status = RunStatus.DONE if done else stored
        running = progress if status == RunStatus.RUNNING else None
        started = _seconds(found.dequeued_at) if found else None
        ended = _seconds(found.completed_at) if found else None
        end = ended or (progress.at if progress and done else time.time())
        return RunView(
            id=run_id,
            specification=specification,
            status=status,
            fraction=1.0 if done else progress.fraction if progress else 0.0,
            message=self._message(status, running.message if running else ""),
            phase=running.phase if running else status,
            partial=progress.partial if progress else None,
            error=str(found.error) if found and found.error and status == RunStatus.FAILED else "",
            started=started,
            seconds=max(0.0, end - started) if started else 0.0,
            remaining=running.remaining if running else None,
        )

    def _message(self, status: RunStatus, message: str) -> str:
        if status.finished:
            return ""
        if runner_of(self.store.home) is None:
            return "Waiting for the runner to start"
        return message or "Waiting for a free worker"


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
