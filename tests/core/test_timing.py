"""What something will take is told from a short beginning of it."""

from types import SimpleNamespace

import pytest

from interaction_engine.core import timing
from interaction_engine.core.errors import Cancelled
from interaction_engine.core.timing import seconds_for, seconds_in_all
from interaction_engine.core.types import Report, silent


class Clock:
    """A clock that only work moves on."""

    def __init__(self):
        self.now = 0.0

    def waits(self, per_unit, done, setup=0.0):
        def work(amount):
            self.now += per_unit * amount + (0.0 if done else setup)
            done.append(amount)

        return work


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timing, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    return clock


def test_seconds_go_in_proportion_to_a_part_of_the_work(clock):
    done = []
    assert seconds_for(clock.waits(0.001, done, setup=0.3), 10_000, least=0.25) == pytest.approx(10.0)
    assert done == [1, 1, 8, 64, 250]


def test_little_work_is_done_whole(clock):
    done = []
    assert seconds_for(clock.waits(0.001, done), 3, first=8) == pytest.approx(0.003)
    assert done == [3, 3]


def test_slow_work_is_not_done_twice(clock):
    done = []
    assert seconds_for(clock.waits(1.0, done), 50) == pytest.approx(50.0)
    assert done == [1]


def test_work_that_tells_how_far_it_is_ends_early(clock):
    told = []

    def work(report):
        clock.now += 3.0
        for step in range(1000):
            clock.now += 0.01
            report((step + 1) / 1000, "on the way")
            told.append(step)

    assert seconds_in_all(work, silent, least=0.095) == pytest.approx(13.0)
    assert len(told) == 10, "one word to begin with, ten more to see how fast it goes"


def test_work_that_ends_by_itself_has_taken_what_it_took(clock):
    def work(report):
        for share in (0.5, 0.6):
            clock.now += 0.1
            report(share, "on the way")

    assert seconds_in_all(work, silent, least=10.0) == pytest.approx(0.2)


def test_a_word_that_says_nothing_new_is_not_enough(clock):
    def work(report):
        for share in (0.5, 0.5, 1.0):
            clock.now += 1.0
            report(share, "on the way")

    assert seconds_in_all(work, silent, least=0.5) == pytest.approx(3.0)


def test_who_waits_can_stop_it():
    class Stop(Report):
        def __call__(self, fraction, message, partial=None):
            raise Cancelled("The run was cancelled.")

    with pytest.raises(Cancelled):
        seconds_in_all(lambda report: report(0.1, "on the way"), Stop())
