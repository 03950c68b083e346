"""The race on arms whose values are given: right answers, stopping rules, the paper's algorithm, and resuming."""

import copy

import numpy as np
import pytest

from interaction_engine.methods.finite_differences.racing.race import Race
from interaction_engine.methods.finite_differences.racing.rules import Rules

N_ROWS = 300


def arms(n_arms=20, seed=0):
    """Values (arms, rows) with clearly different means for the first few arms."""
    draw = np.random.default_rng(seed)
    means = np.concatenate([np.linspace(3.0, 1.5, 5), np.full(n_arms - 5, 0.05)])
    return draw.gamma(4.0, means[:, None] / 4.0, (n_arms, N_ROWS))


def run(values, **rules):
    race = Race.start(Rules(population=values.shape[1], **rules), np.ones(len(values), dtype=np.int64))
    calls = []

    def pull(which, start, stop):
        calls.append((len(which), stop - start))
        return values[which, start:stop]

    race.run(pull, lambda _: None)
    return race, calls


def strongest(values, k):
    return set(np.argsort(-values.mean(1))[:k].tolist())


@pytest.mark.parametrize("bound", ["betting", "bernstein"])
@pytest.mark.parametrize("seed", range(5))
def test_the_strongest_are_certified_and_the_others_excluded(bound, seed):
    values = arms(seed=seed)
    race, _ = run(values, top_k=5, bound=bound)
    assert set(race.certified.tolist()) == strongest(values, 5)
    assert (race.status() == "excluded").sum() == 15


def test_weak_arms_are_not_pulled_to_the_end():
    draw = np.random.default_rng(1)
    values = draw.gamma(4.0, np.where(np.arange(60) < 1, 3.0, 0.05)[:, None] / 4.0, (60, 10_000))
    race, _ = run(values, top_k=1)
    assert set(race.certified.tolist()) == {0}
    assert race.seen.pulls.sum() < 0.02 * values.size


def test_everything_is_exact():
    values = arms()
    race, _ = run(values, top_k=4, everything=True)
    assert race.is_exact
    np.testing.assert_allclose(race.seen.mean, values.mean(1))
    np.testing.assert_array_equal(race.lower, race.upper)
    assert race.ranking().tolist() == np.argsort(-values.mean(1)).tolist()
    assert set(race.status()) == {"certified", "excluded"}


@pytest.mark.parametrize("budget", [640, 1000, 1500])
def test_the_budget_is_held_and_what_it_leaves_open_is_undecided(budget):
    race, _ = run(arms(), top_k=5, budget=budget)
    assert race.spent <= budget
    assert race.seen.pulls.sum() == race.spent
    assert "undecided" in race.status()
    assert len(race.certified) < 5


@pytest.mark.parametrize("budget", [0, 100, 639])
def test_a_budget_below_the_opening_pulls_and_proves_nothing(budget):
    race, calls = run(arms(), top_k=5, budget=budget)
    assert not calls
    assert set(race.status()) == {"undecided"}


def test_one_arm_and_one_row_a_round_is_the_papers_algorithm():
    values = arms()
    rules = Rules(top_k=3, population=N_ROWS, bound="subgaussian", initial=3, batch_arms=1, batch_rows=1, ordered=True)
    race = Race.start(rules, np.ones(len(values), dtype=np.int64))
    rounds = 0

    def pull(which, start, stop):
        nonlocal rounds
        if start >= 3:
            rounds += 1
            assert (len(which), stop - start) == (1, 1)
            assert which[0] in race.doubtful()
            assert race.upper[which[0]] == race.upper[race.doubtful()].max()
        return values[which, start:stop]

    race.run(pull, lambda _: None)
    assert rounds > 0
    assert race.ranking()[:3].tolist() == np.argsort(-values.mean(1))[:3].tolist()


def test_ties_end_the_race_and_are_undecided():
    means = np.array([3.0, 2.6, 2.2, 1.5, 1.49, *np.full(7, 0.05)])
    values = np.random.default_rng(0).gamma(4.0, means[:, None] / 4.0, (12, 20_000))
    race, _ = run(values, top_k=4, tie=0.1)
    assert set(race.certified.tolist()) == {0, 1, 2}
    assert race.status()[[3, 4]].tolist() == ["undecided", "undecided"]
    assert (race.seen.pulls < 10_000).all()
    groups = race.tie_groups()
    assert groups[3] == groups[4]
    assert groups[0] < groups[5]
    strict, _ = run(values, top_k=4)
    assert set(strict.certified.tolist()) == strongest(values, 4)
    assert strict.spent > race.spent


def test_tie_groups_of_exact_means_follow_the_margin():
    values = np.repeat(np.array([10.0, 9.9, 9.0, 8.9, 0.0, 0.0])[:, None], 40, axis=1)
    race, _ = run(values, top_k=2, tie=0.02, everything=True)
    assert race.tie_groups().tolist() == [1, 1, 2, 2, 3, 3]


def test_more_wanted_than_there_are_certifies_what_is_above_zero():
    values = arms(n_arms=6)
    values[5] = 0.0
    race, _ = run(values, top_k=50)
    assert set(race.certified.tolist()) == {0, 1, 2, 3, 4}


def test_equal_arms_are_told_apart_by_nothing_but_all_rows():
    values = np.repeat(arms(n_arms=6)[:1], 4, axis=0)
    race, _ = run(values, top_k=2)
    assert len(race.certified) == 2
    assert race.is_exact


def test_nothing_seen_excludes_nothing_before_all_rows_are_evaluated():
    values = np.zeros((5, N_ROWS))
    race, _ = run(values, top_k=2, tie=0.5)
    assert race.is_exact
    assert set(race.status()) == {"excluded"}
    stopped, _ = run(values, top_k=2, tie=0.5, budget=5 * 100)
    assert set(stopped.status()) == {"undecided"}


@pytest.mark.parametrize("bound", ["betting", "bernstein"])
@pytest.mark.parametrize("seed", range(8))
def test_a_rare_effect_is_not_excluded_before_it_is_seen(bound, seed):
    """An arm that is zero on 99 of 100 rows, and the strongest all the same."""
    draw = np.random.default_rng(seed)
    values = draw.exponential(0.02, (20, 4000))
    values[7] = np.where(draw.random(4000) < 0.01, 20.0, 0.0)
    values[3] = np.where(draw.random(4000) < 0.2, 15.0, 0.0)
    race, _ = run(values, top_k=2, bound=bound)
    assert race.status()[7] == "certified"


class Stop(Exception):
    """Ends a race in the middle."""


@pytest.mark.parametrize("rounds", [1, 3, 6])
@pytest.mark.parametrize("bound", ["betting", "bernstein"])
def test_a_resumed_race_ends_as_the_uninterrupted_one(rounds, bound):
    values = arms()
    rules = Rules(population=N_ROWS, top_k=5, bound=bound, round_cost=300)
    whole = Race.start(rules, np.ones(20, dtype=np.int64))
    whole.run(lambda which, start, stop: values[which, start:stop], lambda _: None)
    kept = {}

    def interrupt(race):
        kept.update(copy.deepcopy(race.state()))
        kept["rounds"] = kept.get("rounds", 0) + 1
        if kept["rounds"] == rounds:
            raise Stop

    first = Race.start(rules, np.ones(20, dtype=np.int64))
    with pytest.raises(Stop):
        first.run(lambda which, start, stop: values[which, start:stop], interrupt)
    kept.pop("rounds")
    second = Race.start(rules, np.ones(20, dtype=np.int64))
    second.resume(kept)
    second.run(lambda which, start, stop: values[which, start:stop], lambda _: None)
    assert second.certified.tolist() == whole.certified.tolist()
    assert second.spent == whole.spent
    np.testing.assert_array_equal(second.seen.mean, whole.seen.mean)
    np.testing.assert_allclose(second.upper, whole.upper)


def test_history_keeps_the_intervals_as_they_narrow():
    race, _ = run(arms(), top_k=5)
    lower, mean, upper = race.history[:, race.certified[-1]]
    known = ~np.isnan(mean)
    assert known.sum() >= 2
    assert (lower[known] <= mean[known] + 1e-6).all()
    assert (mean[known] <= upper[known] + 1e-6).all()


@pytest.mark.parametrize("bound", ["betting", "bernstein"])
def test_arms_that_are_not_above_zero_are_no_interaction(bound):
    values = np.zeros((40, N_ROWS))
    values[3] = arms()[0]
    values[5] = -1.0
    race, _ = run(values, top_k=10, bound=bound, two_sided=True)
    assert race.certified.tolist() == [3]
    assert race.status()[5] == "excluded"


def test_an_audit_finds_what_lies_outside_the_range_and_the_race_goes_on():
    """Values far above anything seen in the rows that the race needed: fresh rows of excluded arms show them."""
    draw = np.random.default_rng(0)
    values = draw.exponential(1.0, (30, 6000)) * np.where(np.arange(30) < 2, 5.0, 0.01)[:, None]
    quiet, _ = run(values, top_k=2)
    assert quiet.audit.pulls > 0
    assert quiet.audit.outside == 0
    assert quiet.audit.pulls <= 0.06 * quiet.seen.pulls.sum() + 30
    reached = int(quiet.seen.pulls[10])
    values[10, reached : reached + 3] = 1e4
    loud, _ = run(values, top_k=2)
    assert loud.audit.outside > 0
    assert loud.audit.restarts > 0
    assert loud.range.high[10] >= 1e4
    assert loud.spent > quiet.spent


def test_a_proven_range_replaces_the_assumption():
    values = arms()
    race = Race.start(Rules(population=N_ROWS, top_k=5), np.ones(20, dtype=np.int64), np.full(20, values.max()))
    race.run(lambda which, start, stop: values[which, start:stop], lambda _: None)
    assert race.range.is_proven.all()
    assert set(race.certified.tolist()) == strongest(values, 5)


def test_values_beyond_the_memory_are_pulled_to_the_end_at_once(monkeypatch):
    monkeypatch.setattr("interaction_engine.methods.finite_differences.racing.race.MOST_KEPT", 700)
    values = arms()
    race, _ = run(values, top_k=5)
    assert set(race.certified.tolist()) == strongest(values, 5)
    assert race.values.numbers <= 700 + 20 * N_ROWS
