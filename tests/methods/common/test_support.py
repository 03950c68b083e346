"""The share of a pair's moves that look like data, where it is known."""

import math

import numpy as np
import pandas as pd
import pytest
import torch

from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.methods.common.support import support
from interaction_engine.numerics.moves import moves

N = 2500


def shares(columns, pairs=((0, 1),), scheme="auto", conditional=False, n_rows=2000, seed=0):
    frame = pd.DataFrame(columns)
    kinds = {name: Kind.CATEGORICAL if one.dtype == object else Kind.NUMERIC for name, one in columns.items()}
    data = assemble(frame.assign(target=np.arange(N) * 1.0), name="drawn", target="target", kinds=kinds)
    rows = torch.from_numpy(data.background(n_rows, 0))
    moved = moves(data.space, rows, scheme, 0.75, data.rows[data.train_rows], conditional=conditional)
    return support(data, np.array(pairs), moved, rows, seed)


@pytest.fixture(scope="module")
def uniform():
    draw = np.random.default_rng(0).random((N, 4))
    return dict(zip("abcd", draw.T, strict=True))


@pytest.fixture(scope="module")
def normal():
    return np.random.default_rng(1).standard_normal((N, 4))


def test_values_of_other_rows_of_independent_features_look_like_data(uniform):
    assert shares(uniform, ((0, 1), (2, 3)), scheme="swap").min() >= 0.95
    assert shares(uniform, scheme="quantile")[0] >= 0.88


def test_plain_steps_of_uniform_features_are_supported_where_they_stay_in_the_range(uniform):
    beyond = 0.75 * math.sqrt(1 / 12)
    assert shares(uniform)[0] == pytest.approx((1 - beyond) ** 2, abs=0.06)


def test_plain_steps_of_independent_normal_features_look_like_data(normal):
    assert shares(dict(zip("abcd", normal.T, strict=True)))[0] >= 0.85


def test_a_feature_and_its_copy_with_noise_cannot_be_moved_apart(uniform, normal):
    columns = uniform | {"b": uniform["a"] + 0.05 * normal[:, 0]}
    apart, single, free = shares(columns, ((0, 1), (0, 2), (2, 3)))
    assert apart <= 0.02  # up with one and down with the other
    assert single <= 0.15  # moving one of them is enough
    assert free >= 0.5
    assert shares(columns, conditional=True)[0] >= 0.55


def test_of_a_strongly_correlated_pair_conditional_moves_look_like_data_and_others_do_not(normal):
    r = 0.9
    columns = dict(zip("abcd", normal.T, strict=True))
    columns["b"] = r * normal[:, 0] + math.sqrt(1 - r * r) * normal[:, 1]
    assert shares(columns)[0] <= 0.25
    assert shares(columns, conditional=True)[0] >= 0.65


def test_levels_that_exclude_each_other_are_seen(normal):
    side = np.where(normal[:, 0] > 0, "right", "left").astype(object)
    half = np.where(normal[:, 0] > 0, "upper", "lower").astype(object)
    columns = {"side": side, "half": half, "c": normal[:, 2]}
    related, free = shares(columns, ((0, 1), (0, 2)))
    assert related <= 0.65  # half of the swaps change the side, which then contradicts the half
    assert related == pytest.approx(free, abs=0.15)


def test_few_rows_tell_nothing(uniform):
    assert np.isnan(shares(uniform, n_rows=150)).all()


def test_the_same_seed_gives_the_same_shares(uniform):
    np.testing.assert_array_equal(shares(uniform, n_rows=400), shares(uniform, n_rows=400))
