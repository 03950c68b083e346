"""The race on arms whose values are given: right answers, stopping rules, the paper's algorithm, and resuming."""

import numpy as np
import pytest

from interaction_engine.detectors.bandit import Race, Rules

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


@pytest.mark.parametrize("bound", ["bernstein", "subgaussian"])
@pytest.mark.parametrize("seed", range(5))
def test_the_strongest_are_accepted_in_their_order(bound, seed):
    values = arms(seed=seed)
    race, _ = run(values, top_k=5, bound=bound)
    assert race.accepted == np.argsort(-values.mean(1))[:5].tolist()
    assert (race.status() == "certified").sum() == 5
    assert (race.status() == "excluded").sum() == 15


def test_weak_arms_are_not_pulled_to_the_end():
    race, _ = run(arms(n_arms=60), top_k=1, bound="subgaussian")
    assert race.seen.pulls.sum() < 0.35 * 60 * N_ROWS


def test_everything_is_exact():
    values = arms()
    race, _ = run(values, top_k=4, everything=True)
    assert (race.seen.pulls == N_ROWS).all()
    np.testing.assert_allclose(race.seen.mean, values.mean(1))
    np.testing.assert_array_equal(race.lower, race.upper)
    assert race.ranking().tolist() == np.argsort(-values.mean(1)).tolist()


@pytest.mark.parametrize("budget", [0, 100, 640, 1000, 3000])
def test_the_budget_is_held_and_what_it_leaves_open_is_undecided(budget):
    race, _ = run(arms(), top_k=5, budget=budget)
    assert race.spent <= budget
    assert race.seen.pulls.sum() == race.spent
    assert "undecided" in race.status()
    assert len(race.accepted) < 5


def test_one_arm_and_one_row_a_round_is_the_papers_algorithm():
    values = arms()
    rules = Rules(top_k=3, population=N_ROWS, bound="subgaussian", initial=3, batch_arms=1, batch_rows=1)
    race = Race.start(rules, np.ones(len(values), dtype=np.int64))
    rounds = 0

    def pull(which, start, stop):
        nonlocal rounds
        if start >= 3:
            rounds += 1
            assert (len(which), stop - start) == (1, 1)
            rest = np.setdiff1d(np.flatnonzero(race.seen.pulls < N_ROWS), race.accepted)
            assert race.upper[which[0]] == race.upper[rest].max()
        return values[which, start:stop]

    race.run(pull, lambda _: None)
    assert rounds > 0
    assert race.accepted == np.argsort(-values.mean(1))[:3].tolist()


def test_tolerance_ends_the_race_early():
    strict, _ = run(arms(), top_k=5)
    loose, _ = run(arms(), top_k=5, tolerance=1e9)
    assert loose.spent < strict.spent
    assert (loose.seen.pulls >= 32).all()


def test_more_wanted_than_there_are_ranks_them_all():
    values = arms(n_arms=6)
    race, _ = run(values, top_k=50)
    assert race.accepted == np.argsort(-values.mean(1)).tolist()


def test_equal_arms_are_told_apart_by_nothing_but_all_rows():
    values = np.repeat(arms(n_arms=6)[:1], 4, axis=0)
    race, _ = run(values, top_k=2)
    assert len(race.accepted) == 2
    assert (race.seen.pulls[race.accepted] == N_ROWS).all()


class Stop(Exception):
    """Ends a race in the middle."""


@pytest.mark.parametrize("rounds", [1, 3, 6])
def test_a_resumed_race_ends_as_the_uninterrupted_one(rounds):
    values = arms()
    rules = Rules(population=N_ROWS, top_k=5, round_cost=700)
    whole = Race.start(rules, np.ones(20, dtype=np.int64))
    whole.run(lambda which, start, stop: values[which, start:stop], lambda _: None)
    kept = {}

    def interrupt(race):
        kept.update(race.state())
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
    assert second.accepted == whole.accepted
    assert second.spent == whole.spent
    np.testing.assert_array_equal(second.seen.mean, whole.seen.mean)
    np.testing.assert_array_equal(second.history, whole.history)


def test_history_keeps_the_intervals_as_they_narrow():
    race, _ = run(arms(), top_k=5)
    lower, mean, upper = race.history[:, race.accepted[0]]
    known = ~np.isnan(mean)
    assert known.sum() >= 2
    assert (lower[known] <= mean[known]).all()
    assert (mean[known] <= upper[known]).all()


@pytest.mark.parametrize("bound", ["bernstein", "subgaussian"])
def test_arms_that_are_not_above_zero_are_no_interaction(bound):
    values = np.zeros((40, N_ROWS))
    values[3] = arms()[0]
    values[5] = -1.0
    race, _ = run(values, top_k=10, bound=bound)
    assert race.accepted == [3]
    assert (race.status() == "excluded").sum() == 39


def separated(values, floor, **rules):
    rules = Rules(population=N_ROWS, ranked=False, **rules)
    race = Race.start(rules, np.ones(len(values), dtype=np.int64))
    race.floor[:] = floor
    race.run(lambda which, start, stop: values[which, start:stop], lambda _: None)
    return race


def test_a_separating_race_accepts_exactly_what_is_above_the_floor():
    values = arms()
    means = values.mean(1)
    floor = float(np.sort(means)[[11, 12]].mean())
    race = separated(values, floor, top_k=20)
    assert sorted(race.accepted) == np.flatnonzero(means > floor).tolist()
    assert set(race.status()[means <= floor]) == {"excluded"}
    assert race.n_open() == 0
    assert race.spent < values.size


def test_a_separating_race_accepts_no_more_than_the_strongest_asked_for():
    values = arms()
    race = separated(values, 0.0, top_k=4)
    assert sorted(race.accepted) == sorted(np.argsort(-values.mean(1))[:4].tolist())
    assert race.ranking()[:4].tolist() == sorted(race.accepted, key=lambda arm: -race.seen.mean[arm])


def test_what_is_accepted_is_made_exact_on_demand():
    values = arms()
    race = separated(values, 0.0, top_k=4, complete=True)
    assert (race.seen.pulls[race.accepted] == N_ROWS).all()
    np.testing.assert_array_equal(race.lower[race.accepted], race.upper[race.accepted])
    np.testing.assert_allclose(race.seen.mean[race.accepted], values[race.accepted].mean(1))


def test_an_arm_that_turns_out_to_be_nothing_is_given_up():
    values = arms(n_arms=6)
    race = Race.start(Rules(top_k=3, population=N_ROWS, ranked=False, complete=True), np.ones(6, dtype=np.int64))
    race.floor[:] = values.mean(1).max() * 2.0
    race.accepted = [0]
    race.run(lambda which, start, stop: values[which, start:stop], lambda _: None)
    assert race.accepted == []


def test_a_budget_also_ends_the_pulls_that_make_exact():
    values = arms()
    free = separated(values, 0.0, top_k=4, complete=True)
    race = separated(values, 0.0, top_k=4, complete=True, budget=free.spent - 1)
    assert race.spent <= free.spent - 1
    assert set(race.accepted) <= set(free.accepted)
