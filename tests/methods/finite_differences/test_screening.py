"""Candidate pairs: allowed, left out, or chosen by a screen that says what it may have missed."""

import numpy as np
import pandas as pd
import pytest

import interaction_engine as ie
from interaction_engine.core.errors import InputError
from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.methods.finite_differences.screening import Screening, allowed_pairs

ALONE = {"second_opinion": False, "support": False}
N_FEATURES = 24


def three_products(x):
    return x[:, 0] * x[:, 1] + 0.8 * x[:, 2] * x[:, 3] + 0.5 * np.sign(x[:, 4] * x[:, 5]) + 0.1 * x[:, 6]


@pytest.fixture(scope="module")
def subject():
    values = np.random.default_rng(0).normal(size=(3000, N_FEATURES))
    names = [f"x{index}" for index in range(N_FEATURES)]
    frame = pd.DataFrame(values, columns=names).assign(y=three_products(values))
    data = assemble(frame, name="made", target="y", kinds=dict.fromkeys(names, Kind.NUMERIC))
    return ie.wrap(three_products, data, takes="array"), data


def names_of(table):
    return {frozenset(pair) for pair in zip(table["feature_1"], table["feature_2"], strict=True)}


def test_allowed_pairs_are_those_of_the_groups_less_those_left_out(subject):
    _, data = subject
    chosen = allowed_pairs(data.space, ("x0 & x1 & x2", "x5 & x4"), ("x1 & x2",))
    assert chosen.tolist() == [[0, 1], [0, 2], [4, 5]]
    assert len(allowed_pairs(data.space, (), ())) == N_FEATURES * (N_FEATURES - 1) // 2


def test_only_the_given_pairs_are_raced_and_certified_among_themselves(subject):
    model, data = subject
    given = [("x2", "x3"), ("x0", "x9"), ("x8", "x7")]
    for method in ("ucb", "exact"):
        result = ie.detect(method, model, data, pairs=given, top_k=1, **ALONE)
        assert names_of(result.table) == {frozenset(pair) for pair in given}
        assert names_of(result.table[result.table["status"] == "certified"]) == {frozenset(("x2", "x3"))}
        assert any("Only 3 of the 276 pairs were to be considered" in note for note in result.provenance.notes)


def test_larger_sets_grow_from_the_allowed_pairs_only(subject):
    model, data = subject
    result = ie.detect("cliques", model, data, exclude=["x0 & x1"], smallest=0.05, second_opinion=False)
    pairs = {frozenset(names) for names in result.of_order(2)["features"]}
    assert frozenset(("x0", "x1")) not in pairs
    assert frozenset(("x2", "x3")) in {frozenset(names) for names in result.accepted(2)["features"]}


def test_a_screen_finds_pairs_that_act_only_together(subject):
    """x4 and x5 have no effect on average; they move the prediction all the same."""
    model, data = subject
    result = ie.detect("ucb", model, data, candidates=30, **ALONE)
    certified = names_of(result.table[result.table["status"] == "certified"])
    assert certified == {frozenset(pair) for pair in (("x0", "x1"), ("x2", "x3"), ("x4", "x5"))}
    left_out = result.table[result.table["reason"] == "not among the candidate pairs"]
    assert len(left_out) >= 276 - 30 - 13
    assert set(left_out["status"]) == {"undecided"}
    assert left_out["strength"].isna().all()
    assert "candidate pairs were raced" in result.assumption
    assert "% of those left out" in result.assumption
    assert "candidate pairs" in result.interval
    whole = ie.detect("ucb", model, data, **ALONE)
    assert result.provenance.evaluations < 0.4 * whole.provenance.evaluations


def test_more_candidates_than_pairs_are_all_pairs(subject):
    model, data = subject
    result = ie.detect("ucb", model, data, candidates=10_000, background=200, **ALONE)
    assert (result.table["reason"] == "").all()
    assert "candidate" not in result.assumption


def test_what_a_screen_may_have_missed_is_an_exact_upper_limit():
    import torch

    chosen = torch.arange(1000) < 100
    none = Screening(chosen, explored=45, promoted=0, rows=10)
    # the largest share of which 45 random pairs show none with a probability of 5 %
    assert f"{100 * (1 - 0.05 ** (1 / 45)):.1f} % of those left out" in none.sentence(0.95)
    some = Screening(chosen, explored=45, promoted=2, rows=10)
    assert "2 were as strong" in some.sentence(0.95)


@pytest.mark.parametrize(
    "options",
    [
        {"pairs": [("x0", "nothing")]},
        {"pairs": ["x0"]},
        {"exclude": ["x0 & x99"]},
        {"pairs": ["x0 & x1"], "exclude": ["x0 & x1"]},
        {"candidates": 0},
    ],
)
def test_pairs_that_do_not_exist_are_refused(subject, options):
    model, data = subject
    with pytest.raises(InputError):
        ie.detect("ucb", model, data, **options)
