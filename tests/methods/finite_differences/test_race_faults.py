"""Whole races on functions that are known exactly and hard to race: rare effects, effects hidden in a tail, ties."""

import numpy as np
import pandas as pd
import pytest

import interaction_engine as ie
from interaction_engine.core.errors import InputError
from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble

pytestmark = pytest.mark.slow

SEEDS = 40

ALONE = {"second_opinion": False, "support": False}
"""Options of a race by itself."""


def three_corners(x):
    return 5.0 * (x[:, :3] > 0.8).all(1) + x[:, 3] ** 2


def three_corners_and_a_sine(x):
    return three_corners(x) + np.sin(x[:, 4])


def gated(x):
    w = np.linspace(0.3, 1.7, 10)
    return (
        0.05 * np.sin(x @ w)
        + 4 * x[:, 0] * x[:, 1] * (x[:, 2] > 0.97)
        + 0.5 * x[:, 3] * x[:, 4]
        + 0.3 * x[:, 5] * x[:, 6]
        + 0.2 * x[:, 7] * x[:, 8]
    )


def table_of(function, n_features, n_rows, seed=0):
    values = np.random.default_rng(seed).uniform(-1, 1, (n_rows, n_features))
    names = [f"x{index}" for index in range(n_features)]
    frame = pd.DataFrame(values, columns=names).assign(y=function(values))
    return assemble(frame, name="made", target="y", kinds=dict.fromkeys(names, Kind.NUMERIC))


def names_of(table):
    return {frozenset(pair) for pair in zip(table["feature_1"], table["feature_2"], strict=True)}


@pytest.fixture(scope="module", params=[three_corners, three_corners_and_a_sine], ids=["corners", "corners and sine"])
def rare(request):
    data = table_of(request.param, 6, 4000)
    model = ie.wrap(request.param, data, takes="array")
    return model, data


def test_a_rare_effect_is_found_or_left_open_but_never_denied(rare):
    """Three pairs interact, each on about one row of a hundred."""
    model, data = rare
    truth = {frozenset(pair) for pair in (("x0", "x1"), ("x0", "x2"), ("x1", "x2"))}
    for seed in range(SEEDS):
        result = ie.detect("ucb", model, data, **ALONE, seed=seed, background=1000)
        table = result.table
        assert truth.isdisjoint(names_of(table[table["status"] == "excluded"]))
        assert names_of(table[table["status"] == "certified"]) <= truth
        assert result.is_exact == bool((table["pulls"] == 1000).all())


def test_a_race_of_larger_sets_does_not_deny_a_rare_effect(rare):
    model, data = rare
    for seed in range(8):
        result = ie.detect("cliques", model, data, seed=seed, background=1000, smallest=0.01, second_opinion=False)
        pairs = result.of_order(2)
        excluded = {frozenset(names) for names in pairs.loc[pairs["status"] == "excluded", "features"]}
        assert excluded.isdisjoint({frozenset(pair) for pair in (("x0", "x1"), ("x0", "x2"), ("x1", "x2"))})


@pytest.mark.parametrize("bound", ["betting", "bernstein"])
def test_a_set_whose_strength_sits_in_a_tail_is_never_certified_wrongly(bound):
    data = table_of(gated, 10, 4000)
    model = ie.wrap(gated, data, takes="array")
    for seed in range(SEEDS if bound == "betting" else 8):
        exact = ie.detect("exact", model, data, **ALONE, seed=seed, top_k=4)
        raced = ie.detect("ucb", model, data, **ALONE, seed=seed, top_k=4, bound=bound)
        strongest = names_of(exact.table.head(4))
        table = raced.table
        assert names_of(table[table["status"] == "certified"]) <= strongest
        assert strongest.isdisjoint(names_of(table[table["status"] == "excluded"]))


def checkerboard(x):
    return ((np.floor(2 * x[:, 0]) + np.floor(2 * x[:, 1])) % 2) + 0.1 * x[:, 2]


def test_the_papers_settings_certify_nothing_and_exclude_nothing():
    """A 4 x 4 checkerboard: three pulls without an effect are no proof that there is none."""
    data = table_of(checkerboard, 4, 1000)
    model = ie.wrap(checkerboard, data, takes="array")
    for seed in range(SEEDS):
        result = ie.detect(
            "ucb",
            model,
            data,
            **ALONE,
            seed=seed,
            top_k=1,
            background=100,
            bound="subgaussian",
            initial=3,
            batch_arms=1,
            batch_rows=1,
            step=0.4,
        )
        assert set(result.table["status"]) <= {"ranked", "certified", "excluded"}
        if not result.is_exact:
            assert set(result.table["status"]) == {"ranked"}
        assert names_of(result.table.head(1)) == {frozenset(("x0", "x1"))}


@pytest.mark.parametrize("method", ["ucb", "cliques"])
def test_a_budget_below_one_opening_is_refused(method):
    data = table_of(three_corners, 6, 500)
    model = ie.wrap(three_corners, data, takes="array")
    with pytest.raises(InputError, match=r"`budget` must pay for the opening, 32 rows of 15 pairs"):
        ie.detect(method, model, data, budget=1000)


def test_an_exact_evaluation_is_said_to_be_one_and_nothing_else_is(rare):
    model, data = rare
    exact = ie.detect("exact", model, data, **ALONE, background=500)
    assert exact.is_exact
    assert exact.assumption == ""
    assert exact.interval.startswith("exact for 500 of the 3,200 training rows")
    raced = ie.detect("ucb", model, data, **ALONE, budget=4 * 15 * 64)
    assert not raced.is_exact
    assert "all 3,200 training rows" in raced.interval
    assert raced.assumption
    assert (raced.table["unseen_rows"] > 0).all()


def test_ties_among_noise_pairs_do_not_make_a_race_of_everything():
    """Thirty features, one interacting pair: the other 434 pairs are alike and are left tied."""

    def product(x):
        return x[:, 0] * x[:, 1] + 0.02 * np.sin(3 * x[:, 2:4]).prod(1) + x[:, 5]

    data = table_of(product, 30, 15_000)
    result = ie.detect("ucb", ie.wrap(product, data, takes="array"), data, **ALONE)
    assert names_of(result.table[result.table["status"] == "certified"]) >= {frozenset(("x0", "x1"))}
    assert result.table["pulls"].sum() < 0.2 * len(result.table) * result.provenance.rows
    assert result.settled


def test_options_out_of_range_are_refused():
    data = table_of(three_corners, 6, 300)
    model = ie.wrap(three_corners, data, takes="array")
    for option in ({"tail_factor": 0.5}, {"tie": 1.0}, {"tie": -0.1}, {"level": 1.0}):
        with pytest.raises(InputError):
            ie.detect("ucb", model, data, **ALONE, **option)
