"""What detections make of moves: strengths that the data allow, and the notes about them."""

import math

import numpy as np
import pandas as pd
import pytest

import interaction_engine as ie
from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.models.adapters.wrapping import wrap

pytestmark = pytest.mark.slow


def dataset(**columns):
    kinds = dict.fromkeys([one for one in columns if one != "y"], Kind.NUMERIC)
    return assemble(pd.DataFrame(columns), name="drawn", target="y", kinds=kinds)


@pytest.fixture(scope="module")
def california():
    return ie.load_sample("california")


def test_the_strongest_pair_of_california_is_the_place_not_an_outlier(california):
    model = ie.sample_model("california", california)
    plain = ie.detect("exact", model, california, scheme="central", background=100).to_frame().iloc[0]
    assert {plain.feature_1, plain.feature_2} == {"AveOccup", "Latitude"}
    assert plain.effect > 4.0  # of a target that goes from 0.15 to 5
    result = ie.detect("exact", model, california, background=100)
    first = result.to_frame().iloc[0]
    assert {first.feature_1, first.feature_2} == {"Latitude", "Longitude"}
    (note,) = [one for one in result.provenance.notes if "along their ranks" in one]
    assert note.endswith(": AveRooms, AveBedrms, Population, AveOccup, Latitude.")


@pytest.mark.parametrize("method", ["exact", "ucb", "cliques"])
def test_a_product_of_correlated_features_stays_and_an_additive_pair_stays_out(method):
    draw, r = np.random.default_rng(0).standard_normal((1500, 4)), 0.9
    b = r * draw[:, 0] + math.sqrt(1 - r * r) * draw[:, 1]
    data = dataset(a=draw[:, 0], b=b, c=draw[:, 2], d=draw[:, 3], y=b)
    model = wrap(lambda x: x[:, 0] * x[:, 1] + x[:, 2] + x[:, 3] ** 2, data, takes="array")
    result = ie.detect(method, model, data, moves="conditional", background=200, top_k=1)
    assert result.provenance.options["moves"] == "conditional"
    frame = result.to_frame().iloc[0]
    if method != "cliques":
        assert (frame.feature_1, frame.feature_2) == ("a", "b")
        assert frame.strength == pytest.approx((1 - r * r) ** 2, rel=0.1)  # by residual deviations, of sqrt(1 - r^2)
    assert frame.effect == pytest.approx(1.5**2 * (1 - r * r), rel=0.05)


def test_the_interaction_that_a_forest_invents_off_the_data_is_gone():
    from sklearn.ensemble import RandomForestRegressor

    draw = np.random.default_rng(0).standard_normal((1500, 4))
    a, b = draw[:, 0], draw[:, 0] + 0.2 * draw[:, 1]
    data = dataset(a=a, b=b, c=draw[:, 2], y=a + b + draw[:, 2] + 0.1 * draw[:, 3])
    rows, target = data.rows[data.train_rows], data.target_values[data.train_rows]
    forest = RandomForestRegressor(40, min_samples_leaf=5, random_state=0).fit(rows, target)
    model = wrap(forest.predict, data, takes="array")
    marginal, conditional = (
        ie.detect("exact", model, data, moves=one, background=150).to_frame().set_index(["feature_1", "feature_2"])
        for one in ("marginal", "conditional")
    )
    assert marginal["strength"].idxmax() == ("a", "b")
    assert conditional["strength"].idxmax() != ("a", "b")
    assert conditional.strength["a", "b"] < 0.1 * marginal.strength["a", "b"]


def test_features_that_are_never_separated_are_named_as_a_group():
    draw = np.random.default_rng(0).standard_normal((1500, 3))
    data = dataset(a=draw[:, 0], twin=draw[:, 0] + 0.02 * draw[:, 1], c=draw[:, 2], y=draw[:, 2])
    model = wrap(lambda x: x[:, 0] * x[:, 2], data, takes="array")
    notes = ie.detect("exact", model, data, moves="conditional", background=50).provenance.notes
    (note,) = [one for one in notes if "never separate" in one]
    assert note.startswith("Your data never separate a and twin:")
    assert not any("never separate" in one for one in ie.detect("exact", model, data, background=50).provenance.notes)


def test_the_ranking_over_steps_is_made_with_the_same_moves(california):
    model = wrap(lambda x: np.log(x[:, 5]) * x[:, 1], california, takes="array")
    result = ie.detect("exact", model, california, moves="conditional", background=60)
    from interaction_engine.methods.finite_differences.sensitivity import sensitivity

    tried = sensitivity(model, california, steps=(0.5,), pulls=(60,), moves="conditional")
    at_usual = tried.ranks[tried.ranks["step"] == 0.75].iloc[0]
    assert at_usual.strength == pytest.approx(result.to_frame().strength[0])
