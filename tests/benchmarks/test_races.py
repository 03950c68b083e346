"""The benchmark of races measures the races that users run, and sees intervals that miss."""

import numpy as np
import pytest

import interaction_engine as ie
from benchmarks import races
from benchmarks.race_cases import ALONE, Recorded, gated, joined, table_of
from benchmarks.race_coverage import FAMILIES, LearntRange, covered, known_range, populations
from benchmarks.races import clocked
from interaction_engine.methods.finite_differences.racing.race import Race


@pytest.fixture(scope="module")
def recorded():
    data = table_of(gated, 10, 800)
    model = ie.wrap(gated, data, takes="array")
    return model, data, Recorded.of(model, data, "central", 3)


@pytest.mark.parametrize("bound", ["betting", "bernstein", "subgaussian"])
def test_a_recorded_race_is_the_race_that_a_detection_runs(recorded, bound):
    model, data, one = recorded
    race = one.race(4, bound)
    table = ie.detect("ucb", model, data, **ALONE, top_k=4, bound=bound, scheme="central", seed=3).table
    ranked = race.ranking()
    assert (table["pulls"] == race.seen.pulls[ranked]).all()
    np.testing.assert_allclose(table["lower"], race.lower[ranked])
    np.testing.assert_allclose(table["upper"], race.upper[ranked])
    assert 0.1 < one.share_of_pulls(race) == table["pulls"].sum() / (45 * len(data.train_rows))


def test_recorded_strengths_are_those_of_exact_detection(recorded):
    model, data, one = recorded
    exact = ie.detect("exact", model, data, **ALONE, scheme="central", seed=3).table
    np.testing.assert_allclose(exact["strength"], np.sort(one.exact)[::-1])


def test_an_interval_that_misses_is_seen(recorded):
    one = recorded[2]
    race = one.race(4)
    assert one.covered(race)
    race.upper[7] = one.exact[7] * 0.99 - 1e-3
    assert not one.covered(race)


@pytest.mark.parametrize("family", FAMILIES)
def test_coverage_is_lost_where_the_range_is_too_small(family):
    values = populations(family, 20)
    assert covered(values, known_range).all()
    assert not covered(values, lambda values, look: known_range(values, look) / 50).all()


def test_a_range_that_is_learnt_grows_with_what_was_seen():
    values = np.zeros((1, 6, 600))
    values[0, 2, 40:] = 1.0
    learnt = LearntRange(1)
    assert learnt(values, 32) == [np.inf]
    assert learnt(values, 60) == [2.0]
    values[0, 0, 70] = 3.0
    assert learnt(values, 80) == [6.0]


def test_processor_time_of_a_method_is_kept_and_the_method_restored(recorded):
    before = Race.__dict__["_read"]
    with clocked(Race, "_read") as spent:
        recorded[2].race(4)
    assert len(spent) > 1
    assert min(spent) >= 0.0
    assert Race.__dict__["_read"] is before


def test_functions_side_by_side_are_summed():
    data = joined(["F1", "F2"], 50)
    assert len(data.space) == 20


def test_lines_of_hard_cases_count_what_is_stated_wrongly():
    lines = races.hard_cases(True)
    assert [line.met for line in lines] == [True, True]
    assert all(set(line.figures) == {"false exclusions", "wrong certified sets", "false exact"} for line in lines)
