"""How a run tells its progress, a line per step in its own file, and keeps what it needs to go on after a crash."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..core.errors import Cancelled, InteractionError
from ..core.types import JSON, Report
from .files import Files
from .worker.parts import PartFiles, PartsMissing, Wanted, pack, unpack

LINE_SECONDS = 0.1
"""Least time between two lines: what an eye can follow, and a file that stays small."""
PARTIAL_SECONDS = 0.5
"""Least time between two partial results."""
PART_SECONDS = 1.0
"""Least time between two words of a part, of which there may be many at once."""
LAST_LINE = 4096
"""More bytes than any line has."""
LONGEST_MESSAGE = 500


@dataclass(frozen=True)
class Progress:
    """Where a run stands: the `fraction` done, in words, since when, and the seconds that are left if it goes on so."""

    fraction: float
    message: str
    phase: str
    at: float
    remaining: float | None
    partial: dict[str, JSON] | None


def read_progress(files: Files, run_id: str) -> Progress | None:
    """The last thing that a run said; None when it has said nothing yet."""
    lines = (files.read(f"runs/{run_id}/progress.jsonl", last=LAST_LINE) or b"").splitlines()
    for line in reversed(lines):
        with suppress(ValueError):  # a line cut off by a crash
            partial = files.read(f"runs/{run_id}/partial.json")
            return Progress(**json.loads(line), partial=json.loads(partial) if partial else None)
    return None


class RunReport(Report):
    """The report of one execution of a run.

    An execution works as long as the run's `lease` carries its token; when the run is cancelled, or given to another
    worker because this one seemed lost, the next report raises `Cancelled`. A disk that is too full for a line or a
    checkpoint does not stop a run: only its result must be written. `spread` says that other workers can compute the
    parts of its method, `done` how much of the work is behind it: no report says less.
    """

    spread = False

    def __init__(
        self,
        files: Files,
        run_id: str,
        token: str,
        clock: Callable[[], float] = time.monotonic,
        *,
        done: float = 0.0,
    ) -> None:
        self.phase = "starting"
        self._done = done
        self._files = files
        self._folder = f"runs/{run_id}"
        self._lease = Lease(files, run_id, token)
        self._parts = PartFiles(files, run_id)
        self._clock = clock
        self._next_line = self._next_partial = float("-inf")
        self._start: tuple[float, float] | None = None

    def enter(self, phase: str, message: str) -> None:
        """Begin another part of the run: told at once, as is what comes first in it."""
        self.phase, self._start, self._next_line = phase, None, float("-inf")
        self(0.0 if phase != "saving" else 1.0, message)
        self._next_line = float("-inf")

    def __call__(self, fraction: float, message: str, partial: dict[str, JSON] | None = None) -> None:
        """Write how far the run is, not more often than a page looks."""
        now, last = self._clock(), fraction >= 1
        fraction = max(fraction, self._done)
        if self._start is None:
            self._start = (now, fraction)
        if now < self._next_line and not last:
            return
        self._lease.check()
        self._next_line = now + LINE_SECONDS
        with suppress(InteractionError):
            if partial is not None and (now >= self._next_partial or last):
                self._next_partial = now + PARTIAL_SECONDS
                self._files.write(f"{self._folder}/partial.json", json.dumps(partial).encode())
            self._files.append(f"{self._folder}/progress.jsonl", self._line(now, min(fraction, 1.0), message))

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        """Replace the checkpoint."""
        with suppress(InteractionError):
            self._files.write(f"{self._folder}/checkpoint.npz", pack(state))

    @cached_property
    def restored(self) -> Mapping[str, Any] | None:  # type: ignore[override]
        """The last checkpoint of the run; None before the first."""
        content = self._files.read(f"{self._folder}/checkpoint.npz")
        return None if content is None else unpack(content)

    def parts(
        self,
        count: int,
        compute_one: Callable[[int], Mapping[str, Any]],
        message: str,
        *,
        begin: float = 0.0,
        end: float = 1.0,
    ) -> list[Mapping[str, Any]]:
        """The parts once all are there.

        Before that the method is left, for others to compute them if it is `spread`, and computes the missing
        ones itself if not.
        """
        missing = self._parts.missing(count)
        requested = Wanted(count, missing, message, begin, end)
        if missing and self.spread:
            raise PartsMissing(requested)
        for done, index in enumerate(missing):
            left = len(missing) - done
            self(requested.fraction(left), requested.told(left))
            self._parts.keep(index, compute_one(index))
        return self._parts.read(count)

    def close(self) -> None:
        """The run has its result: what was needed to go on is not needed any more."""
        self._files.remove(f"{self._folder}/checkpoint.npz")
        self._parts.remove()

    def _line(self, now: float, fraction: float, message: str) -> bytes:
        start, before = self._start or (now, fraction)
        done = fraction - before
        remaining = (now - start) * (1 - fraction) / done if done > 0 and now > start else None
        line = {
            "fraction": fraction,
            "message": message[:LONGEST_MESSAGE],
            "phase": self.phase,
            "at": time.time(),
            "remaining": remaining,
        }
        return json.dumps(line, ensure_ascii=False).encode() + b"\n"


class PartReport(Report):
    """The report of one part: it says how far the part is, and learns whether the run goes on.

    `lease` is the right to work on the run.
    """

    def __init__(
        self, files: Files, run_id: str, token: str, index: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.lease = Lease(files, run_id, token)
        self._parts = PartFiles(files, run_id)
        self._index = index
        self._clock = clock
        self._next_look = self._next_word = float("-inf")

    def __call__(self, fraction: float, message: str, partial: dict[str, JSON] | None = None) -> None:
        """Write how far the part is."""
        now = self._clock()
        if now < self._next_look:
            return
        self._next_look = now + LINE_SECONDS
        self.lease.check()
        if now >= self._next_word:
            self._next_word = now + PART_SECONDS
            with suppress(InteractionError):
                self._parts.tell(self._index, fraction)


class Lease:
    """The right to work on a run: it carries the token of one execution, until another is begun or it is cancelled."""

    def __init__(self, files: Files, run_id: str, token: str) -> None:
        self._files = files
        self._path = f"runs/{run_id}/lease"
        self._token = token.encode()

    def check(self) -> None:
        """`Cancelled` once the token is not the last one given."""
        if self._files.read(self._path) != self._token:
            raise Cancelled("The run was cancelled.")
