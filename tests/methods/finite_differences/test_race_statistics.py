"""Races on two hundred random models: how often what they state is true, against exact evaluation."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeRegressor

import interaction_engine as ie
from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.methods.finite_differences.exact import exact_pairs
from interaction_engine.methods.finite_differences.ucb import ucb_pairs

pytestmark = pytest.mark.slow

FAMILIES = ("additive", "product", "rare", "tree")
PER_FAMILY, FEATURES, TOP = 50, 5, 2
LEVEL = 0.95

ALONE = {"second_opinion": False, "support": False}
"""Options of a detection by itself."""

ROUNDED = 1e-6
"""Rounding of a mean, as a share of the largest strength."""


def curves(draw, n=FEATURES):
    """A random function of every feature alone, summed."""
    weights, bends = draw.normal(size=n), draw.uniform(0.5, 2.0, n)
    return lambda x: (weights * np.sin(bends * x)).sum(1) + 0.3 * (weights * x**2).sum(1)


def products(draw):
    """Curves, and products of a curve each of the two features of a few random pairs."""
    alone, n_pairs = curves(draw), int(draw.integers(1, 5))
    some = draw.permutation(np.stack(np.triu_indices(FEATURES, 1), 1))[:n_pairs]
    weights, bends = draw.normal(size=n_pairs), draw.uniform(0.5, 2.0, (n_pairs, 2))

    def predict(x):
        first, second = (np.sin(bends[:, end] * x[:, some[:, end]] + end) for end in (0, 1))
        return alone(x) + (weights * first * second).sum(1)

    return predict


def rare(draw):
    """Products, and a step where two or three features are large together: on one row of twenty to five hundred."""
    usual, members = products(draw), draw.permutation(FEATURES)[: draw.integers(2, 4)]
    height, bar = draw.uniform(1.0, 5.0), draw.uniform(0.9, 1.6)
    return lambda x: usual(x) + height * (x[:, members] > bar).all(1)


def tree(draw):
    """A regression tree of random depth that has learnt products."""
    x, learner = draw.normal(size=(300, FEATURES)), DecisionTreeRegressor(max_depth=int(draw.integers(2, 7)))
    learner.set_params(random_state=0).fit(x, products(draw)(x))
    return learner.predict


MAKERS = {"additive": curves, "product": products, "rare": rare, "tree": tree}


def drawn(family, number, n_rows):
    """A random model of a family and a table of normal numbers."""
    draw = np.random.default_rng([FAMILIES.index(family), number])
    function = MAKERS[family](draw)
    x = draw.normal(size=(n_rows or int(draw.integers(500, 1001)), FEATURES))
    names = [f"x{index}" for index in range(FEATURES)]
    frame = pd.DataFrame(x, columns=names).assign(y=function(x))
    data = assemble(frame, name="made", target="y", kinds=dict.fromkeys(names, Kind.NUMERIC))
    return ie.wrap(function, data, takes="array"), data


def by_pair(table):
    return table.set_index(["feature_1", "feature_2"]).sort_index()


@dataclass
class Outcome:
    family: str
    missed: bool
    wrongly_certified: bool
    wrongly_excluded: bool
    said_exact: bool
    evaluated_all: bool
    share_of_pulls: float


def outcome(family, number):
    model, data = drawn(family, number, None)
    raced = ucb_pairs(model, data, top_k=TOP, seed=number, **ALONE)
    exact = exact_pairs(model, data, top_k=TOP, seed=number, **ALONE)
    found, known = by_pair(raced.table), by_pair(exact.table)
    strength = known["strength"]
    off = ROUNDED * strength.max()
    # Of pairs that are equally strong, either may be among the strongest.
    cut = strength.nlargest(TOP).min()
    return Outcome(
        family=family,
        missed=bool(((found["lower"] > strength + off) | (found["upper"] < strength - off)).any()),
        wrongly_certified=bool((strength[found["status"] == "certified"] < cut - off).any()),
        wrongly_excluded=bool((strength[found["status"] == "excluded"] > cut + off).any()),
        said_exact=raced.is_exact or raced.interval.startswith("exact"),
        evaluated_all=bool((found["pulls"] == len(data.train_rows)).all()),
        share_of_pulls=float(found["pulls"].mean() / len(data.train_rows)),
    )


@pytest.fixture(scope="module")
def outcomes():
    return [outcome(family, number) for family in FAMILIES for number in range(PER_FAMILY)]


MOST = 0.05 + 2 * math.sqrt(0.05 * 0.95 / (len(FAMILIES) * PER_FAMILY))
"""The most often that something of 95 % may fail in so many models, but for one test of forty."""


def test_intervals_miss_no_more_often_than_they_say(outcomes):
    assert np.mean([one.missed for one in outcomes]) <= MOST


def test_what_is_certified_or_excluded_is_true(outcomes):
    assert np.mean([one.wrongly_certified or one.wrongly_excluded for one in outcomes]) <= MOST


def test_exact_is_said_of_all_rows_only(outcomes):
    assert all(one.evaluated_all for one in outcomes if one.said_exact)
    assert any(not one.evaluated_all for one in outcomes)


@pytest.mark.parametrize("family", ["additive", "product"])
def test_a_standard_error_reaches_the_mean_over_all_rows(family):
    """A thousand of ten thousand rows evaluated exactly: two standard errors hold the strength over all in 95 %."""
    within = []
    for number in range(15):
        model, data = drawn(family, number, 12_500)
        part, every = (by_pair(exact_pairs(model, data, background=n, **ALONE).table) for n in (1000, None))
        off = np.abs(part["strength"] - every["strength"])
        counted = (every["strength"] > 1e-9) | (family == "additive")
        within.append((off <= 2 * part["standard_error"] + 1e-12)[counted])
    assert np.concatenate(within).mean() >= 0.85
