"""Effect surfaces: closed forms, additivity, and the rows behind them."""

import numpy as np
import pytest

from interaction_engine.core.errors import InputError
from interaction_engine.methods.partial_dependence.pair_effect import pair_effect
from interaction_engine.models.adapters.wrapping import wrap
from tests.oracles import mixed_dataset, numeric_dataset


def test_parts_add_up_and_a_product_is_its_own_interaction():
    data = numeric_dataset(n_features=3)
    effect = pair_effect(
        wrap(lambda x: x[:, 0] * x[:, 1] + x[:, 2], data), data, feature_1="a", feature_2="b", background=100
    )
    background = data.background(100, 0).mean(0)
    grid = effect.grid
    expected = (grid.value_1 - background[0]) * (grid.value_2 - background[1])
    drift = np.mean(data.background(100, 0)[:, :2].prod(1)) - background[0] * background[1]
    np.testing.assert_allclose(grid.interaction, expected + drift, atol=1e-9)
    mains = effect.main_1.effect.to_numpy()[:, None] + effect.main_2.effect.to_numpy()[None, :]
    np.testing.assert_allclose(grid.total, grid.interaction + mains.ravel(), atol=1e-9)


def test_an_additive_model_has_a_flat_interaction():
    data = mixed_dataset()
    model = wrap(lambda x: np.sin(x[:, 0]) + 3 * (x[:, 3] == 2), data, takes="array")
    effect = pair_effect(model, data, feature_1="size", feature_2="colour")
    np.testing.assert_allclose(effect.grid.interaction, 0.0, atol=1e-9)
    assert set(effect.main_2.value) == {"red", "green", "blue"}
    assert effect.kinds == ("numeric", "categorical")


def test_discrete_axes_have_their_values_and_counts_are_of_the_data():
    data = mixed_dataset()
    effect = pair_effect(
        wrap(lambda x: x[:, 2] * x[:, 4], data, takes="array"), data, feature_1="rooms", feature_2="town"
    )
    assert sorted(set(effect.grid.value_1)) == [1.0, 2.0, 3.0, 4.0]
    assert effect.grid["count"].sum() == len(data)
    assert len(effect.rows) == len(data)
    np.testing.assert_allclose(
        effect.rows.total, effect.rows.interaction + effect.rows.main_1 + effect.rows.main_2, atol=1e-9
    )


def test_a_constant_feature_still_has_a_surface():
    data = numeric_dataset(n_features=2)
    model = wrap(lambda x: x[:, 0] + x[:, 1], data)
    constant = pair_effect(model, data, feature_1="a", feature_2="b", cells=2)
    assert len(constant.grid) == 4


@pytest.mark.parametrize(("first", "second", "says"), [("a", "a", "must differ"), ("a", "z", "no feature `z`")])
def test_wrong_features_are_named(first, second, says):
    data = numeric_dataset(n_features=2)
    with pytest.raises(InputError, match=says):
        pair_effect(wrap(lambda x: x[:, 0], data), data, feature_1=first, feature_2=second)
