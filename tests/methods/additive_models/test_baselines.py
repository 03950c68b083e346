"""The baselines that a user would pick instead: boosted terms and the forest."""

from multiprocessing import current_process

import numpy as np
import pandas as pd
import pytest
import torch

from interaction_engine.core.errors import InputError
from interaction_engine.core.types import Report
from interaction_engine.data.io.reading import read_dataset
from interaction_engine.methods.additive_models.ebm import _machine, _terms, train_ebm
from interaction_engine.methods.additive_models.forest import train_forest
from interaction_engine.models.adapters.forest import save_forest
from interaction_engine.models.checking import check_model
from interaction_engine.models.io.skops import load
from tests.notes import Notes

pytestmark = pytest.mark.slow

QUICK = {"pairs": 2, "bags": 2, "rounds": 200}


def table(n: int = 500) -> pd.DataFrame:
    source = np.random.default_rng(0)
    a, b, d = source.uniform(-1, 1, (3, n))
    c = source.choice(["low", "mid", "top"], n)
    y = 2 * a * b + (c == "top") * (1 + a) + 0.05 * source.normal(size=n)
    tier = np.array(["basic", "middle", "upper"])[np.digitize(y, [0.0, 0.8])]
    return pd.DataFrame(
        {"a": a, "b": b, "d": d, "c": c, "y": y, "answer": np.where(y > 0.3, "yes", "no"), "tier": tier}
    )


@pytest.fixture(scope="module")
def data():
    return {
        target: read_dataset(table()[["a", "b", "d", "c", target]], target=target, name=target)
        for target in ("y", "answer", "tier")
    }


def fitted(machine_data, **settings):
    """The machine itself, as its own library scores it."""
    rows, values = machine_data.rows[machine_data.train_rows], machine_data.target_values[machine_data.train_rows]
    kinds = ["nominal" if feature.levels else "continuous" for feature in machine_data.space.features]
    machine = _machine(machine_data)(feature_types=kinds, n_jobs=1, **settings)
    return machine.fit(rows.copy(), values if machine_data.target.name == "y" else values.astype(int))


@pytest.mark.parametrize("target", ["y", "answer"])
def test_the_terms_are_those_of_the_library(data, target):
    one = data[target]
    machine = fitted(one, interactions=2, outer_bags=2, max_rounds=100, max_bins=64)
    curves, maps, intercept = _terms(machine, one)
    total = intercept[0] + sum(curve.values(one.rows[:, curve.feature])[0] for curve in curves)
    for part in maps:
        first, second = part.cells(one.rows)
        total = total + part.values[0, first, second]
    expected = machine.predict(one.rows) if target == "y" else machine.decision_function(one.rows)
    np.testing.assert_allclose(total[:, 0], expected, atol=1e-9)


def test_it_finds_the_pairs_and_its_shapes_are_the_model(data):
    model = train_ebm(data["y"], **QUICK)
    assert {frozenset(pair) for pair in model.pairs} == {frozenset({0, 1}), frozenset({0, 3})}
    shapes = model.shapes(data["y"])
    assert shapes.exact
    assert shapes.identity_error < 1e-9
    assert shapes.metric == "R2"
    assert shapes.metric_value > 0.8
    assert shapes.interval.startswith("2 standard deviations over 2 bags")
    assert (shapes.curves["lower"] <= shapes.curves["upper"]).all()
    strongest = shapes.table.iloc[0]
    assert set(strongest["features"]) in ({"a", "b"}, {"c"})
    noise = shapes.table[shapes.table["features"] == ("d",)]
    assert noise["importance"].iloc[0] < 0.3 * strongest["importance"]


def test_a_map_shows_the_interaction_over_its_own_cells(data):
    model = train_ebm(data["y"], **QUICK)
    shapes = model.shapes(data["y"])
    term = next(place for place, names in enumerate(shapes.table["features"]) if set(names) == {"a", "b"})
    cells = shapes.map(term)
    assert cells["density"].sum() == pytest.approx(1)
    assert len(cells) == cells["value_1"].nunique() * cells["value_2"].nunique()
    seen = cells[cells["density"] > 0]
    follows = np.corrcoef(seen["effect"], seen["value_1"] * seen["value_2"])[0, 1]
    assert follows > 0.8


def test_classes_are_log_odds_and_logits(data):
    two = check_model(train_ebm(data["answer"], **QUICK), data["answer"])
    assert two.metrics["auc"] > 0.9
    model = train_ebm(data["tier"], **QUICK)
    assert check_model(model, data["tier"]).metrics["accuracy"] > 0.7
    shapes = model.for_class(1).shapes(data["tier"])
    assert shapes.link == "softmax"
    assert not shapes.exact
    assert shapes.unit == "log-odds of tier = middle"


def test_the_same_seed_gives_the_same_terms_and_a_report_can_stop_it(data):
    first, again = (train_ebm(data["y"], **QUICK, seed=3) for _ in range(2))
    assert torch.equal(first.curves, again.curves)

    class Stop(Report):
        def __call__(self, fraction, message, partial=None):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_ebm(data["y"], **QUICK, report=Stop())


def test_the_worker_of_a_run_fits_the_same_terms(data, monkeypatch):
    """Its process is a daemon, which may start no process of its own."""
    here = train_ebm(data["y"], **QUICK)
    monkeypatch.setitem(current_process()._config, "daemon", True)
    there = train_ebm(data["y"], **QUICK)
    assert torch.equal(here.curves, there.curves)


def test_a_category_of_a_thousand_levels_and_a_constant_are_no_obstacle():
    source = np.random.default_rng(0)
    level = source.integers(0, 1000, 3000)
    frame = pd.DataFrame(
        {"town": [f"t{one}" for one in level], "still": 1.0, "a": source.normal(size=3000), "y": 0.0}
    ).assign(y=lambda one: one["a"] + (level % 2))
    data = read_dataset(
        frame, target="y", roles={"still": "feature", "town": "feature"}, kinds={"town": "categorical"}, name="many"
    )
    model = train_ebm(data, **QUICK | {"pairs": 1})
    shapes = model.shapes(data)
    assert shapes.identity_error < 1e-9
    town = next(place for place, names in enumerate(shapes.table["features"]) if names == ("town",))
    assert len(shapes.curve(town)) == len(data.space.features[data.space.index("town")].levels)


def test_a_forest_predicts_and_says_how_far_it_is(data):
    told = Notes()
    model = train_forest(data["y"], trees=30, report=told)
    assert check_model(model, data["y"]).metrics["r2"] > 0.7
    assert told.fractions == sorted(told.fractions)
    assert told.fractions[-1] == 1.0
    assert check_model(train_forest(data["tier"], trees=30), data["tier"]).metrics["accuracy"] > 0.7
    again = train_forest(data["y"], trees=30)
    np.testing.assert_array_equal(model.predict(data["y"].frame), again.predict(data["y"].frame))


def test_a_forest_survives_saving_without_a_pickle(data, tmp_path):
    model = train_forest(data["answer"], trees=10)
    again = load(save_forest(model, tmp_path / "forest"), model.space, model.target, None, "array")
    np.testing.assert_allclose(again.predict(data["answer"].frame), model.predict(data["answer"].frame))


def test_a_class_with_three_rows_is_refused():
    frame = table()[["a", "b", "answer"]]
    frame.loc[:2, "answer"] = "maybe"
    rare = read_dataset(frame, target="answer", name="rare")
    for train in (train_ebm, train_forest):
        with pytest.raises(InputError, match="`maybe` has"):
            train(rare)
