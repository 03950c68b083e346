"""Surfaces of a pair over a third feature: closed forms, additivity, and the rows behind them."""

import numpy as np
import pandas as pd
import pytest

from interaction_engine.core.errors import InputError
from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.methods.partial_dependence.pair_effect import pair_effect
from interaction_engine.methods.partial_dependence.triple_effect import triple_effect
from interaction_engine.methods.results import load_result
from interaction_engine.models.adapters.wrapping import wrap
from tests.oracles import mixed_dataset, numeric_dataset

ABC = {"feature_1": "a", "feature_2": "b", "feature_3": "c"}


def test_the_interaction_in_a_product_of_three_scales_with_the_third():
    data = numeric_dataset(n_features=4)
    model = wrap(lambda x: x[:, 0] * x[:, 1] * x[:, 2] + x[:, 3], data)
    effect = triple_effect(model, data, **ABC, background=100)
    rows = data.background(100, 0)
    means, product = rows.mean(0), (rows[:, 0] * rows[:, 1]).mean()
    grid = effect.grid
    pair = (grid.value_1 - means[0]) * (grid.value_2 - means[1]) + product - means[0] * means[1]
    np.testing.assert_allclose(grid.interaction, pair * grid.value_3, atol=1e-9)
    average = rows[:, :3].prod(1).mean() + means[3]
    np.testing.assert_allclose(grid.total + average, grid.value_1 * grid.value_2 * grid.value_3 + means[3], atol=1e-9)
    assert effect.average == pytest.approx(average)
    expected = np.quantile(data.rows[:, 2], [0.1, 0.5, 0.9], method="inverted_cdf")
    np.testing.assert_array_equal(grid.groupby("slice").value_3.first(), expected)


def test_a_third_feature_that_changes_nothing_leaves_the_surface_of_the_pair_in_every_slice():
    data = numeric_dataset(n_features=3)
    model = wrap(lambda x: np.abs(x[:, 0] + x[:, 1]) + np.sin(x[:, 2]), data)
    triple = triple_effect(model, data, **ABC, cells=9)
    pair = pair_effect(model, data, feature_1="a", feature_2="b", cells=9)
    for _, grid in triple.grid.groupby("slice"):
        np.testing.assert_allclose(grid.interaction, pair.grid.interaction, atol=1e-9)
        np.testing.assert_array_equal(grid[["value_1", "value_2"]], pair.grid[["value_1", "value_2"]])


def test_a_model_additive_in_the_first_two_has_no_interaction_whatever_the_third_does():
    data = mixed_dataset()
    model = wrap(lambda x: np.sin(x[:, 0]) * x[:, 4] + x[:, 1] ** 2 * (1 + x[:, 4]), data, takes="array")
    effect = triple_effect(model, data, feature_1="size", feature_2="weight", feature_3="town")
    np.testing.assert_allclose(effect.grid.interaction, 0.0, atol=1e-9)
    assert effect.grid.total.abs().max() > 1


def test_levels_of_a_third_feature_are_its_most_frequent_with_the_rows_that_have_them():
    data = mixed_dataset()
    model = wrap(lambda x: x[:, 1] * x[:, 2] * (x[:, 3] == 0), data, takes="array")
    effect = triple_effect(model, data, feature_1="weight", feature_2="rooms", feature_3="colour", slices=2, cells=4)
    held = effect.grid.groupby("slice").value_3.first().tolist()
    frequent = data.frame["colour"].value_counts()
    assert set(held) == set(frequent.index[:2])
    assert effect.kinds == ("numeric", "numeric", "categorical")
    inside = data.frame["weight"].between(effect.grid.value_1.min(), effect.grid.value_1.max())
    counts = effect.grid.groupby("value_3")["count"].sum()
    for level in held:
        assert counts[level] == (inside & (data.frame["colour"] == level)).sum()
    size = effect.grid.assign(size=effect.grid.interaction.abs()).groupby("value_3")["size"].max()
    active = data.space.features[3].levels[0]
    assert all((size[level] > 0.1) == (level == active) for level in held)


def test_every_row_counts_in_its_nearest_slice():
    data = numeric_dataset(n_features=3)
    effect = triple_effect(wrap(lambda x: x[:, 0], data), data, **ABC, cells=3)
    third = data.rows[:, 2]
    held = effect.grid.groupby("slice").value_3.first().to_numpy()
    ends = effect.grid[["value_1", "value_2"]].agg(["min", "max"]).to_numpy()
    inside = ((data.rows[:, :2] >= ends[0]) & (data.rows[:, :2] <= ends[1])).all(1)
    nearest = np.abs(third[:, None] - held).argmin(1)
    expected = np.bincount(nearest[inside], minlength=3)
    np.testing.assert_array_equal(effect.grid.groupby("slice")["count"].sum(), expected)


def dataset_with(third: np.ndarray):
    frame = pd.DataFrame(np.random.default_rng(0).standard_normal((len(third), 2)), columns=["a", "b"])
    frame = frame.assign(c=third, target=frame["a"])
    return assemble(frame, name="d", target="target", kinds=dict.fromkeys("abc", Kind.NUMERIC))


@pytest.mark.parametrize(
    ("third", "held"),
    [
        (np.tile([0.0, 1.0], 200), [0, 1]),
        (np.repeat([0.0, 1.0, 2.0, 3.0, 4.0], [380, 5, 5, 5, 5]), [0, 2, 4]),
        (np.repeat([0.0, 5.0, 6.0, 7.0], [250, 50, 50, 50]), [0, 7]),
    ],
)
def test_values_of_the_third_occur_in_the_data_and_differ(third, held):
    effect = triple_effect(wrap(lambda x: x[:, 0], dataset_with(third)), dataset_with(third), **ABC, cells=2)
    assert effect.grid.groupby("slice").value_3.first().tolist() == held


def test_exchanging_the_first_two_turns_the_surface(tmp_path):
    data = numeric_dataset(n_features=3)
    model = wrap(lambda x: np.maximum(x[:, 0], x[:, 1] * x[:, 2]), data)
    given = triple_effect(model, data, **ABC, cells=4)
    turned = triple_effect(model, data, feature_1="b", feature_2="a", feature_3="c", cells=4)
    columns = {"value_1": "value_2", "value_2": "value_1"}
    by = ["slice", "value_1", "value_2"]
    back = turned.grid.rename(columns=columns).sort_values(by, ignore_index=True)[given.grid.columns]
    pd.testing.assert_frame_equal(back, given.grid.sort_values(by, ignore_index=True))
    given.save(tmp_path)
    pd.testing.assert_frame_equal(load_result(tmp_path).to_frame(), given.grid)


@pytest.mark.parametrize(
    ("names", "says"),
    [(("a", "b", "a"), "Three different features"), (("a", "b", "z"), "no feature `z`")],
)
def test_wrong_features_are_named(names, says):
    data = numeric_dataset(n_features=3)
    options = dict(zip(ABC, names, strict=True))
    with pytest.raises(InputError, match=says):
        triple_effect(wrap(lambda x: x[:, 0], data), data, **options)
