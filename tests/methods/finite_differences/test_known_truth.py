"""The whole chain on functions of known truth: default training, then sets of every order, without a false one."""

import itertools

import numpy as np
import pandas as pd
import pytest

import interaction_engine as ie
from interaction_engine.core.types import Kind

pytestmark = pytest.mark.slow


def accepted(result, order):
    return {frozenset(names) for names in result.accepted(order)["features"]} if order in result.orders else set()


def inside(members, order):
    return {frozenset(part) for one in members for part in itertools.combinations(one, order)}


def test_f8_is_recovered_from_trained_networks():
    data = ie.load_sample("F8", rows=20_000, seed=0)
    result = ie.detect("cliques", ie.train(data, seed=0), data, max_order=5, second_opinion=False)
    truth = [("x1", "x2"), ("x3", "x5", "x6"), ("x3", "x4", "x5", "x7"), ("x7", "x8", "x9")]
    for order in (2, 3, 4, 5):
        assert accepted(result, order) == inside(truth, order)
    assert accepted(result, 4) == {frozenset(("x3", "x4", "x5", "x7"))}


@pytest.mark.parametrize("seed", range(2))
def test_two_triples_among_two_pairs_are_recovered_from_trained_networks(seed):
    x = np.random.default_rng(seed).uniform(-1.0, 1.0, (20_000, 10))
    names = [f"x{index}" for index in range(10)]
    y = x[:, 0] * x[:, 1] + x[:, 2] * x[:, 3] * x[:, 4] + x[:, 5] * x[:, 6] * x[:, 7] + x[:, 8] * x[:, 9]
    frame = pd.DataFrame(x, columns=names).assign(y=y)
    data = ie.read_dataset(frame, target="y", kinds=dict.fromkeys(names, Kind.NUMERIC))
    result = ie.detect("cliques", ie.train(data, seed=seed), data, second_opinion=False)
    truth = [("x0", "x1"), ("x2", "x3", "x4"), ("x5", "x6", "x7"), ("x8", "x9")]
    for order in (2, 3, 4):
        assert accepted(result, order) == inside(truth, order)
    clusters = result.nodes.set_index("feature")["cluster"]
    assert [set(clusters[clusters == label].index) for label in range(4)] == [set(one) for one in truth]


def test_a_mixed_table_to_order_three():
    data = ie.load_sample("adult")
    result = ie.detect(
        "cliques", ie.sample_model("adult", data), data, max_order=3, background=1000, second_opinion=False
    )
    assert result.provenance.seconds < 120.0
    assert ("age", "capital-gain") in set(result.accepted(2)["features"])
    assert result.orders == (2, 3)
