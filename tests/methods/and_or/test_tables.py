"""Thresholds, counts, curves and what recurs are those of the table of patterns."""

import itertools

import numpy as np
import pandas as pd
import pytest

from interaction_engine.methods.and_or.decomposition import and_or
from interaction_engine.models.adapters.wrapping import wrap
from tests.methods.and_or.made_games import FIVE, rough
from tests.oracles import numeric_dataset


def test_effects_of_a_single_row_are_compared_with_those_of_usual_rows():
    data = numeric_dataset()
    base = data.mean()
    near = int(np.abs(rough(data.rows) - rough(base[None])).argmin())
    result = and_or(wrap(rough, data), data, row=near)
    drawn = np.random.default_rng(0).permutation(data.train_rows)[:64]
    usual = np.abs(rough(data.rows[drawn]) - rough(base[None])).mean()
    assert float(result.samples["threshold"].iloc[0]) == pytest.approx(0.03 * usual)
    assert abs(float(result.samples["score"].iloc[0]) - float(result.samples["base"].iloc[0])) < 0.1 * usual


def test_counts_and_sums_by_order_are_those_of_the_table():
    data = numeric_dataset()
    result = and_or(wrap(rough, data), data, rows=3)
    salient = result.table[result.table["status"] == "salient"]
    keys = ["sample", "order", "kind"]
    found = result.orders[result.orders["count"] > 0].groupby(keys)[["strength", "count"]].sum()
    expected = salient.groupby(keys)["strength"].agg(strength="sum", count="count")
    pd.testing.assert_frame_equal(found, expected.sort_index(), check_dtype=False)
    threshold = float(result.samples["threshold"].iloc[0])
    spans = (result.samples["score"] - result.samples["base"]).abs()
    assert threshold == pytest.approx(0.03 * spans.mean())
    assert (salient["strength"] >= threshold).all()
    assert (result.table.query("status == 'below threshold'")["strength"] < threshold).all()
    assert result.samples["carried"].iloc[0] == pytest.approx(
        result.orders.query("sample == 0")["strength"].sum() / result.primal[0]
    )


def test_the_matching_curve_is_that_of_the_strongest_patterns():
    data = numeric_dataset()
    model = wrap(rough, data)
    result = and_or(model, data, row=2, delta=0.0, salient=0.0)
    curve = result.matching.set_index("kept")["error"]
    assert curve.index[0] == 0
    assert curve.index[-1] == 62
    assert curve.iloc[-1] < 1e-10
    x, base, table = data.rows[2], data.mean(), result.of_sample(0)
    masks = np.array(list(itertools.product([False, True], repeat=5)))
    scores = rough(np.where(masks, x, base))
    span = abs(scores[-1] - scores[0])
    for kept in curve.index[1:6]:
        predicted = np.full(32, scores[0])
        for pattern in table.head(int(kept)).itertuples():
            inside = masks[:, [FIVE.index(name) for name in pattern.features]]
            predicted += pattern.effect * (inside.all(1) if pattern.kind == "and" else inside.any(1))
        assert curve[kept] == pytest.approx(np.sqrt(((predicted - scores) ** 2).mean()) / span, rel=1e-6)


def test_the_sparsity_curve_falls_and_begins_with_the_strongest():
    data = numeric_dataset()
    result = and_or(wrap(rough, data), data, row=2)
    for kind, curve in result.sparsity.groupby("kind"):
        assert (np.diff(curve["strength"]) <= 0).all()
        assert (np.diff(curve["rank"]) > 0).all()
        strongest = result.table.loc[result.table["kind"] == kind, "strength"].max()
        assert curve["strength"].iloc[0] == pytest.approx(strongest)


def test_what_recurs_over_rows_is_counted():
    """The sign of a product of signs differs from row to row; a conjunction is the same in all."""
    data = numeric_dataset()
    model = wrap(lambda x: 5.0 * (x[:, :2] != 0).all(1) + np.sign(x[:, 2]) * (x[:, 3] != 0), data)
    result = and_or(model, data, rows=20, baseline="zero", delta=0.0)
    shared = {("".join(row.features), row.kind): row for row in result.transfer.itertuples()}
    assert set(shared) == {("ab", "and"), ("cd", "and")}
    both, signs = shared["ab", "and"], shared["cd", "and"]
    assert (both.share, both.agreement, both.effect) == pytest.approx((1.0, 1.0, 5.0))
    up = float((data.rows[result.samples["row"], 2] > 0).mean())
    assert 0 < up < 1
    assert (signs.share, signs.agreement, signs.effect) == pytest.approx((1.0, max(up, 1 - up), 2 * up - 1), abs=1e-9)
