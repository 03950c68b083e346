"""What the other features leave of each one: closed forms, groups, and moves that keep to the data."""

import math

import numpy as np
import pandas as pd
import pytest
import torch

from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.numerics.moves import moves

pytestmark = pytest.mark.slow

N = 2500


def dataset(**columns):
    frame = pd.DataFrame(columns)
    kinds = {name: Kind.CATEGORICAL if one.dtype == object else Kind.NUMERIC for name, one in columns.items()}
    return assemble(frame.assign(target=np.arange(N) * 1.0), name="drawn", target="target", kinds=kinds)


def conditional(data, scheme="auto", step=0.75, n_rows=600):
    rows = torch.from_numpy(data.background(n_rows, 0))
    moved = moves(data.space, rows, scheme, step, data.rows[data.train_rows], conditional=True)
    assert moved.freedom is not None
    return rows, moved, moved.freedom


@pytest.fixture(scope="module")
def normal():
    return np.random.default_rng(0).standard_normal((N, 5))


def test_the_spread_of_a_normal_pair_is_the_root_of_one_minus_r_squared(normal):
    r = 0.9
    data = dataset(a=normal[:, 0], b=r * normal[:, 0] + math.sqrt(1 - r * r) * normal[:, 1], c=normal[:, 2])
    _, moved, freedom = conditional(data)
    np.testing.assert_allclose(freedom.spread, [math.sqrt(1 - r * r)] * 2 + [1.0], atol=0.03)
    assert freedom.groups == ()
    for index, feature in enumerate(data.space.features):
        size = 0.75 * freedom.spread[index] * feature.scale
        assert moved.shift[index] == pytest.approx((-size, size))
    assert moved.span.tolist() == [1.5] * 3


def test_dependence_on_a_product_is_seen_though_no_single_feature_shows_it(normal):
    a, b, noise = normal[:, :3].T
    data = dataset(a=a, b=b, product=a * b + 0.2 * noise)
    *_, freedom = conditional(data)
    assert freedom.spread[2] < 0.6


def test_skewed_features_are_compared_by_ranks(normal):
    data = dataset(a=np.exp(normal[:, 0]), b=np.exp(2.0 * (normal[:, 0] + 0.5 * normal[:, 1])), c=normal[:, 2])
    rows, moved, freedom = conditional(data)
    assert moved.schemes[:2] == ("quantile", "quantile")
    assert freedom.spread[0] == pytest.approx(0.5 / math.sqrt(1.25), abs=0.04)
    shares = (torch.log(moved.high[:, 0]) - torch.log(moved.low[:, 0])).numpy()[(rows[:, 0].log().abs() < 1.5).numpy()]
    assert shares.mean() == pytest.approx(1.5 * freedom.spread[0], rel=0.1)


def test_features_that_the_data_never_separate_are_one_group(normal):
    a, b, c, _, noise = normal.T
    data = dataset(a=a, twin=a + 0.03 * noise, b=b, c=c, sum=b + c)
    *_, freedom = conditional(data)
    assert freedom.groups == ((0, 1), (2, 3, 4))


def test_two_columns_that_name_the_same_levels_are_one_group(normal):
    town = np.array(["Bonn", "Lyon", "Turin"], dtype=object)[np.digitize(normal[:, 0], [-0.5, 0.5])]
    country = np.array([{"Bonn": "D", "Lyon": "F", "Turin": "I"}[one] for one in town], dtype=object)
    data = dataset(town=town, country=country, a=normal[:, 1])
    rows, moved, freedom = conditional(data)
    assert freedom.groups == ((0, 1),)
    assert float((moved.high[:, 0] != rows[:, 0]).double().mean()) < 0.02


def test_a_swap_takes_the_value_of_a_row_that_is_alike_in_the_others(normal):
    a = normal[:, 0]
    level = np.array(list("pqrs"), dtype=object)[np.digitize(a + 0.3 * normal[:, 1], [-0.7, 0.0, 0.7])]
    data = dataset(a=a, level=level, free=np.array(list("xy"), dtype=object)[(normal[:, 2] > 0).astype(int)])
    rows, moved, _ = conditional(data)
    pairs = pd.DataFrame({"a": rows[:, 0], "own": rows[:, 1], "taken": moved.high[:, 1]})
    drawn = pairs.groupby("taken")["a"].mean() - pairs.groupby("own")["a"].mean()
    assert drawn.abs().max() < 0.15  # a level goes with the same a before and after
    assert 0.1 < (pairs["own"] != pairs["taken"]).mean() < 0.5
    changed = float((rows[:, 2] != moved.high[:, 2]).double().mean())
    assert changed == pytest.approx(0.5, abs=0.06)  # nothing is known of an independent one


def test_the_same_seed_gives_the_same_moves_and_a_step_of_another_size_the_same_freedom(normal):
    side = np.array(list("pq"), dtype=object)[(normal[:, 0] > 0).astype(int)]
    data = dataset(a=normal[:, 0], b=normal[:, 0] + normal[:, 1], side=side)
    rows, first, freedom = conditional(data)
    _, again, _ = conditional(data)
    assert torch.equal(first.high, again.high)
    wider = moves(data.space, rows, "auto", 1.5, data.rows[data.train_rows], conditional=True, freedom=freedom)
    torch.testing.assert_close(wider.high[:, :2] - rows[:, :2], 2.0 * (first.high - rows)[:, :2])
    assert torch.equal(wider.high[:, 2], first.high[:, 2])
