"""The view of an additive model: its contributions are its scores, and tell what leaving terms out costs."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from interaction_engine.core.errors import InputError
from interaction_engine.data.io.reading import read_dataset
from interaction_engine.methods.additive_models.forest import train_forest
from interaction_engine.methods.additive_models.gam import train_gam
from interaction_engine.methods.additive_models.shapes import shapes
from interaction_engine.methods.results import load_result
from interaction_engine.models.additive import shapes as building
from interaction_engine.models.additive.shape_result import leading_terms


@pytest.fixture(scope="module", params=["y", "answer", "tier"])
def data(request):
    source = np.random.default_rng(0)
    a, b = source.uniform(-1, 1, (2, 400))
    c = source.choice(["low", "top"], 400)
    y = a + 2 * b**2 + (c == "top") + 0.1 * source.normal(size=400)
    tier = np.array(["dry", "moist", "wet"])[np.digitize(y, [0.7, 1.4])]
    target = {"y": y, "answer": np.where(y > 1, "yes", "no"), "tier": tier}
    frame = pd.DataFrame({"a": a, "b": b, "c": c, request.param: target[request.param]})
    return read_dataset(frame, target=request.param, name=request.param)


@pytest.fixture(scope="module")
def drawn(data):
    return shapes(train_gam(data, bags=2), data)


def test_the_contributions_are_the_outputs_of_the_model(data, drawn):
    model = train_gam(data, bags=2)
    rows = drawn.contributions["row"].to_numpy()
    assert set(rows) == set(data.held_out_rows)
    np.testing.assert_array_equal(drawn.contributions["target"], data.target_values[rows])
    outputs = drawn.added.sum(axis=1) + drawn.intercepts
    if drawn.target_kind == "multiclass":
        assert outputs.shape[1] == 3
        scores = outputs[:, 0] - np.logaddexp(outputs[:, 1], outputs[:, 2])
    else:
        scores = outputs[:, 0]
    np.testing.assert_allclose(scores, model.predict(data.frame.iloc[rows]), atol=1e-5)


def test_what_a_term_costs_is_what_leaving_it_out_gives(drawn):
    loss, metric = drawn.loss_without()
    assert loss == pytest.approx(drawn.loss, rel=1e-5)
    assert metric == pytest.approx(drawn.metric_value, rel=1e-5)
    for term, cost in zip(drawn.table["term"], drawn.table["cost"], strict=True):
        assert drawn.loss_without([term])[0] - loss == pytest.approx(cost, abs=1e-5)


def test_without_any_term_the_intercept_is_left(data, drawn):
    loss, metric = drawn.loss_without(drawn.table["term"].tolist())
    values = drawn.contributions["target"].to_numpy()
    if drawn.target_kind == "regression":
        assert loss == pytest.approx(np.square(values - drawn.intercept).mean())
        assert metric == pytest.approx(1 - loss / values.var())
        return
    logits = np.array(drawn.intercepts) if drawn.target_kind == "multiclass" else np.array([0.0, drawn.intercept])
    shares = np.exp(logits - np.logaddexp.reduce(logits))
    assert loss == pytest.approx(-np.log(shares[values.astype(int)]).mean())
    assert metric == pytest.approx((values == shares.argmax()).mean())


def test_a_term_that_there_is_not_is_named(drawn):
    with pytest.raises(InputError, match=r"terms from 0 to 2.*got 7"):
        drawn.loss_without([0, 7])
    assert drawn.term_of(("a", "b")) is None


def test_everything_survives_saving(drawn, tmp_path):
    drawn.save(tmp_path)
    loaded = load_result(tmp_path)
    pd.testing.assert_frame_equal(loaded.contributions, drawn.contributions)
    assert loaded.loss_without([1]) == drawn.loss_without([1])
    assert loaded.term_of(["b"]) == drawn.term_of(["b"])


def test_of_many_rows_some_are_kept(data, monkeypatch):
    monkeypatch.setattr(building, "KEPT_ROWS", 7)
    assert len(shapes(train_gam(data, bags=1), data).contributions) == 7
    monkeypatch.setattr(building, "KEPT_NUMBERS", 9)
    n_outputs = 3 if data.target.name == "tier" else 1
    assert len(shapes(train_gam(data, bags=1), data).contributions) == 3 // n_outputs


def test_a_model_that_is_no_sum_is_refused(data):
    with pytest.raises(InputError, match=r"no sum of terms.*nit"):
        shapes(train_forest(data, trees=1), data)


def test_the_leading_terms_are_the_largest_in_any_model(drawn):
    table = drawn.table.assign(importance=[3.0, 2.0, 1.0])
    turned = table.assign(features=table["features"].to_numpy()[::-1], importance=[9.0, 2.0, 1.0])
    models = {"one": replace(drawn, table=table), "other": replace(drawn, table=turned)}
    first, second, last = table["features"]
    assert leading_terms(models, 5) == [last, first, second]
    assert leading_terms(models, 2) == [last, first]
    assert leading_terms(models, 5, order=2) == []
