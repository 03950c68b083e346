"""How a run tells its progress, a line per step in its own file, and keeps what it needs to go on after a crash."""

import io
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..errors import Cancelled, InteractionError
from ..types import JSON, Report
from .files import Files

LINE_SECONDS = 0.1
"""Least time between two lines: what an eye can follow, and a file that stays small."""
PARTIAL_SECONDS = 0.5
"""Least time between two partial results."""
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
    checkpoint does not stop a run: only its result must be written.
    """

    def __init__(self, files: Files, run_id: str, token: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.phase = "starting"
        self._files = files
        self._folder = f"runs/{run_id}"
        self._token = token.encode()
        self._clock = clock
        self._next_line = self._next_partial = float("-inf")
        self._start: tuple[float, float] | None = None

    def enter(self, phase: str, message: str) -> None:
        """Begin another part of the run: told at once, as is what comes first in it."""
        self.phase, self._start, self._next_line = phase, None, float("-inf")
        self(0.0 if phase != "saving" else 1.0, message)
        self._next_line = float("-inf")

    def __call__(self, fraction: float, message: str, partial: dict[str, JSON] | None = None) -> None:
        now = self._clock()
        if self._start is None:
            self._start = (now, fraction)
        last = fraction >= 1
        if now < self._next_line and not last:
            return
        if self._files.read(f"{self._folder}/lease") != self._token:
            raise Cancelled("The run was cancelled.")
        self._next_line = now + LINE_SECONDS
        with suppress(InteractionError):
            if partial is not None and (now >= self._next_partial or last):
                self._next_partial = now + PARTIAL_SECONDS
                self._files.write(f"{self._folder}/partial.json", json.dumps(partial).encode())
            self._files.append(f"{self._folder}/progress.jsonl", self._line(now, min(fraction, 1.0), message))

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        """Replace the checkpoint: one `.npz` file of the arrays, with the other values as JSON among them."""
        arrays = {name: value for name, value in state.items() if isinstance(value, np.ndarray)}
        values = {name: value for name, value in state.items() if name not in arrays}
        content = io.BytesIO()
        np.savez(
            content,
            allow_pickle=False,
            **{f"array.{name}": value for name, value in arrays.items()},
            values=_text(values),
        )
        with suppress(InteractionError):
            self._files.write(f"{self._folder}/checkpoint.npz", content.getvalue())

    @cached_property
    def restored(self) -> Mapping[str, Any] | None:  # type: ignore[override]
        content = self._files.read(f"{self._folder}/checkpoint.npz")
        if content is None:
            return None
        with np.load(io.BytesIO(content), allow_pickle=False) as kept:
            arrays = {name.removeprefix("array."): kept[name] for name in kept.files if name != "values"}
            return arrays | json.loads(kept["values"].tobytes())

    def close(self) -> None:
        """The run has its result: what was needed to go on is not needed any more."""
        self._files.remove(f"{self._folder}/checkpoint.npz")

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


def _text(values: Mapping[str, Any]) -> np.ndarray:
    return np.frombuffer(json.dumps(values).encode(), dtype=np.uint8)
