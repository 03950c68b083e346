"""How long something will take here, from a short beginning of it."""

import time
from collections.abc import Callable
from typing import Any

from .types import JSON, Report

TIMED_SECONDS = 0.25
"""Long enough to average out the first calls, short enough to wait for."""

GROWTH = 8
"""The next amount is at most this many times as large."""

SLOW = 2
"""Work that takes this many times as long as it is to be timed is not done twice."""


def seconds_of(work: Callable[..., Any], *given: Any) -> float:
    """Seconds that `work(*given)` takes."""
    began = time.perf_counter()
    work(*given)
    return time.perf_counter() - began


def seconds_for(work: Callable[[int], Any], amount: int, first: int = 1, least: float = TIMED_SECONDS) -> float:
    """Return the seconds that `work(amount)` will take.

    Smaller amounts, from `first` on, are worked off until one takes `least` seconds; the time goes in proportion.
    """
    some = min(first, amount)
    seconds = seconds_of(work, some)  # the first call sets things up, and only counts where it is long
    if seconds >= SLOW * least:
        return seconds * amount / some
    while True:
        seconds = seconds_of(work, some)
        if seconds >= least or some == amount:
            return seconds * amount / some
        some = min(amount, int(some * min(GROWTH, max(2.0, least / max(seconds, 1e-6)))))


def seconds_in_all(work: Callable[[Report], Any], report: Report, least: float = TIMED_SECONDS) -> float:
    """Return the seconds that work which reports its progress will take in all.

    It is stopped between two of its reports, once `least` seconds have passed since the first. `report` receives
    none of them, but may stop it too.
    """
    watch = _Watch(report, least)
    try:
        return seconds_of(work, watch)
    except _Enough:
        return watch.in_all


class _Enough(Exception):
    """Leaves work of which enough was seen."""


class _Watch(Report):
    """Notes when the work told which share of it is done, and ends it when it was watched for long enough."""

    def __init__(self, whole: Report, least: float) -> None:
        self._whole, self._least = whole, least
        self._began = time.perf_counter()
        self._first: tuple[float, float] | None = None
        self.in_all = 0.0

    def __call__(self, fraction: float, message: str, partial: dict[str, JSON] | None = None) -> None:
        self._whole(0.0, "Timing the first steps")
        now = time.perf_counter() - self._began
        if self._first is None:
            self._first = (now, fraction)
            return
        then, before = self._first
        if now - then >= self._least and fraction > before:
            self.in_all = then + (1.0 - before) * (now - then) / (fraction - before)
            raise _Enough
