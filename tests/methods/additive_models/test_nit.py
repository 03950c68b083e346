import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from interaction_engine.core.compute import Compute
from interaction_engine.core.errors import InputError
from interaction_engine.core.types import Report
from interaction_engine.data.dataset import HELD_OUT
from interaction_engine.data.io.reading import read_dataset
from interaction_engine.methods.additive_models.merging import without_dead
from interaction_engine.methods.additive_models.nit import nit
from interaction_engine.methods.additive_models.nit.disentangling import GateSettings, disentangled, order_penalty
from interaction_engine.methods.additive_models.nit.nit import train_nit
from interaction_engine.models.metrics import skill
from interaction_engine.models.training import validated_trainer
from interaction_engine.models.training.rows import TrainingRows
from tests.notes import Notes

pytestmark = pytest.mark.slow

QUICK = {"blocks": 5, "rounds": 1, "penalty": 0.1, "hidden": (12, 8), "epochs": 12, "refits": 0}
QUICK |= {"compute": Compute("cpu")}


def table(n: int = 300) -> pd.DataFrame:
    source = np.random.default_rng(0)
    a, b = source.normal(5.0, 2.0, n), source.normal(-1.0, 0.5, n)
    c = source.choice(["low", "mid", "top"], n)
    number = 2.0 * a - b + np.array([{"low": 0.0, "mid": 1.0, "top": 3.0}[level] for level in c])
    answer = np.where(number > np.median(number), "yes", "no")
    tier = np.where(number < 9, "basic", np.where(number < 13, "middle", "upper"))
    return pd.DataFrame({"a": a, "b": b, "c": c, "number": number, "answer": answer, "tier": tier})


def dataset(target: str, n: int = 300):
    return read_dataset(table(n)[["a", "b", "c", target]], target=target, name=target)


def products(n: int = 1500):
    x = np.random.default_rng(0).uniform(-1, 1, (n, 4))
    frame = pd.DataFrame(x, columns=list("abcd")).assign(y=x[:, 0] * x[:, 1] + x[:, 2] * x[:, 3])
    return read_dataset(frame, target="y", name="products")


@pytest.fixture(scope="module")
def known():
    """y = sin(3 x0) + x1^2 + x2 x3, a network of it, and its shapes."""
    x = np.random.default_rng(1).uniform(-1, 1, (4000, 5))
    y = np.sin(3 * x[:, 0]) + x[:, 1] ** 2 + x[:, 2] * x[:, 3]
    data = read_dataset(pd.DataFrame(x, columns=[f"x{i}" for i in range(5)]).assign(y=y), target="y", name="known")
    model = train_nit(data, penalty=0.4, rounds=1, epochs=25, hidden=(32, 16), refits=0, compute=Compute("cpu"))
    return data, model, model.shapes(data)


def test_known_shapes_are_recovered(known):
    data, model, shapes = known
    x = data.rows[data.train_rows]
    truth = {("x0",): np.sin(3 * x[:, 0]), ("x1",): x[:, 1] ** 2, ("x2", "x3"): x[:, 2] * x[:, 3]}
    terms = model.terms(data)
    added = terms.contributions(torch.from_numpy(x))[..., 0].numpy()
    variance = np.var(sum(truth.values()))
    for place, features in enumerate(tuple(data.space.names[i] for i in one) for one in terms.members):
        if features in truth:
            expected = truth[features] - truth[features].mean()
            assert np.sqrt(np.mean((added[:, place] - expected) ** 2)) < 0.05, features
        else:
            assert added[:, place].var() < 0.02 * variance, features
    assert set(shapes.table["features"].head(3)) == set(truth)


def test_the_drawn_curves_are_the_terms(known):
    _, _, shapes = known
    term = int(shapes.table.loc[shapes.table["features"] == ("x0",), "term"].iloc[0])
    curve = shapes.curve(term)
    expected = np.sin(3 * curve["value"])
    weights = curve["density"] / curve["density"].sum()
    offset = float((curve["effect"] - expected) @ weights)
    assert np.sqrt(float(((curve["effect"] - expected - offset) ** 2) @ weights)) < 0.05
    assert float(curve["density"].sum()) == pytest.approx(1.0)


def test_the_sum_of_the_shapes_is_the_network_on_all_rows(known):
    data, model, shapes = known
    terms = model.terms(data)
    rows = torch.from_numpy(data.rows.copy())
    total = (terms.contributions(rows).sum(1) + terms.intercept)[:, 0].numpy()
    np.testing.assert_allclose(total, model.predict(data.frame), atol=1e-5)
    assert shapes.exact
    assert shapes.identity_error < 1e-5


@pytest.mark.parametrize("seed", range(10))
def test_two_products_are_disentangled(seed):
    data = products()
    rows = TrainingRows(data, 1, seed, torch.device("cpu"))
    settings = GateSettings(2, 10, 1, (16,), "gelu", 0.4, "all", 1e-2, 128, seed)
    assert disentangled(data, rows, settings, lambda share, message: None) == ((0, 1), (2, 3))


def test_the_penalty_is_the_formula_of_the_paper():
    orders, alive = torch.tensor([3.0, 1.5, 0.0, 2.5]), torch.tensor([1.0, 1.0, 0.0, 1.0])
    assert float(order_penalty(orders, alive, 2, 0.3, "largest")) == pytest.approx(1.0 + 0.3 * 7.0 / 3)
    assert float(order_penalty(orders, alive, 2, 0.3, "all")) == pytest.approx(1.5 + 0.3 * 7.0 / 3)
    assert float(order_penalty(orders, alive, 3, 0.3, "largest")) == pytest.approx(0.3 * 7.0 / 3)
    assert float(order_penalty(orders, 0 * alive, 3, 0.3, "all")) == 0.0


@pytest.mark.parametrize("pressure", ["all", "largest"])
@pytest.mark.parametrize("max_order", [1, 2, 3])
def test_no_term_has_more_features_than_allowed(max_order, pressure):
    data = dataset("number")
    model = train_nit(data, max_order=max_order, **QUICK | {"epochs": 2, "pressure": pressure})
    assert max(map(len, model.subnets.members)) <= max_order
    assert len(set(model.subnets.members)) == len(model.subnets)
    assert not any(set(a) < set(b) for a in model.subnets.members for b in model.subnets.members)


@pytest.mark.parametrize("target", ["number", "answer", "tier"])
def test_it_learns_targets_of_every_kind_and_shows_terms_that_add_up(target):
    data = dataset(target)
    model = train_nit(data, **QUICK)
    held_out = data.held_out_rows
    scores = model.scores(torch.from_numpy(data.rows[held_out]))[0].double().numpy()
    assert skill(scores, data.target_values[held_out], data.target, None) > 0.5
    shapes = model.shapes(data)
    assert shapes.identity_error < 1e-5
    assert shapes.exact == (target != "tier")
    assert shapes.link == ("softmax" if target == "tier" else "identity")
    assert shapes.metric == ("R2" if target == "number" else "accuracy")
    assert shapes.table["cost"].iloc[0] > 0
    levels = shapes.curves.loc[shapes.curves["feature"] == "c", "level"]
    assert list(levels) in ([], ["low", "mid", "top"])


def test_the_same_seed_gives_the_same_network_and_another_seed_another():
    data, few = dataset("number"), QUICK | {"epochs": 2}
    first, again, other = (train_nit(data, seed=seed, **few) for seed in (1, 1, 2))
    rows = torch.from_numpy(data.rows.copy())
    assert first.subnets.members == again.subnets.members
    assert torch.equal(first.scores(rows), again.scores(rows))
    assert not torch.equal(first.scores(rows), other.scores(rows))


def test_an_interrupted_training_ends_with_the_same_weights(monkeypatch):
    monkeypatch.setattr(validated_trainer, "CHECKPOINT_SECONDS", 0.0)
    data, few, stopped = dataset("number"), QUICK | {"epochs": 5}, Notes(stop=3)
    whole = train_nit(data, **few)
    with pytest.raises(KeyboardInterrupt):
        train_nit(data, report=stopped, **few)
    assert "curve" not in stopped.states[0]
    for state in (stopped.states[0], stopped.states[-1]):
        resumed = train_nit(data, report=Notes(restored=state), **few)
        assert all(torch.equal(a, b) for a, b in zip(whole.subnets.weights, resumed.subnets.weights, strict=True))
        assert resumed.record.validation == whole.record.validation
    for value in stopped.states[-1].values():
        assert (isinstance(value, np.ndarray) and value.dtype.kind in "fi") or json.dumps(value)


@pytest.mark.parametrize("refits", [0, 2])
def test_terms_that_say_nothing_are_trained_no_more_and_an_interruption_changes_nothing(monkeypatch, refits):
    """Whatever the first training finds, the second one has the single features alone."""
    monkeypatch.setattr(validated_trainer, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(nit, "telling_sets", lambda network, data: ((0,), (1,), (2,)))
    data, few, told = dataset("number"), QUICK | {"epochs": 3, "max_order": 2, "refits": refits}, Notes()
    whole = train_nit(data, report=told, **few)
    assert whole.subnets.members == ((0,), (1,), (2,))
    assert told.fractions == sorted(told.fractions)
    assert {bool(state["settled"]) for state in told.states} == {False, True}
    for state in told.states:
        resumed = train_nit(data, report=Notes(restored=state), **few)
        assert all(torch.equal(a, b) for a, b in zip(whole.subnets.weights, resumed.subnets.weights, strict=True))
        if refits:
            assert all(torch.equal(a, b) for a, b in zip(whole.refits.weights, resumed.refits.weights, strict=True))


def test_it_tells_its_progress_and_can_be_stopped():
    data, notes = dataset("number"), Notes()
    model = train_nit(data, report=notes, **QUICK | {"epochs": 3, "penalty": None})
    assert notes.fractions == sorted(notes.fractions)
    assert notes.fractions[-1] == 1.0
    assert notes.partials[-1]["validation"] == list(model.record.validation)
    assert model.record.options["penalty"] in nit.PENALTIES

    class Stopped(Exception):
        pass

    class Stop(Report):
        def __call__(self, fraction, message, partial=None):
            raise Stopped

    with pytest.raises(Stopped):
        train_nit(data, report=Stop(), **QUICK)


def test_dead_subnets_are_dropped_without_changing_the_scores():
    data = dataset("number")
    model = train_nit(data, **QUICK | {"epochs": 1, "max_order": 1})
    last, threshold = model.subnets.weights[-1].clone(), model.subnets.biases[-1].clone()
    last[0], threshold[0] = 0.0, 2.5
    weights, biases = (*model.subnets.weights[:-1], last), (*model.subnets.biases[:-1], threshold)
    dead = replace(model, subnets=model.subnets.with_layers(weights, biases))
    rows = torch.from_numpy(data.rows.copy())
    alive = without_dead(dead, TrainingRows(data, 1, 0, torch.device("cpu")).inputs)
    assert alive.subnets.members == model.subnets.members[1:]
    torch.testing.assert_close(alive.scores(rows), dead.scores(rows), atol=1e-4, rtol=1e-5)


@pytest.mark.parametrize("max_order", [0, -1, 4])
def test_an_order_that_cannot_be_is_refused(max_order):
    with pytest.raises(InputError, match=rf"`max_order` must be 1 to 3, the number of features; got {max_order}"):
        train_nit(dataset("number"), max_order=max_order)


def test_a_class_of_few_rows_is_refused():
    frame = table()[["a", "b", "answer"]].copy()
    frame.loc[:2, "answer"] = "perhaps"
    data = read_dataset(frame, target="answer", name="rare")
    with pytest.raises(InputError, match="perhaps"):
        train_nit(data)


def test_a_price_that_nothing_is_worth_is_named():
    with pytest.raises(InputError, match="`penalty`"):
        train_nit(dataset("number"), **QUICK | {"penalty": 100.0})


def test_a_constant_feature_and_one_of_a_thousand_levels_do_no_harm():
    source = np.random.default_rng(0)
    n = 1200
    frame = pd.DataFrame({"a": source.normal(size=n), "same": 3.0, "many": [f"l{i % 1000}" for i in range(n)]})
    frame["y"] = frame["a"] ** 2
    frame.loc[0, "same"] = 4.0  # a column that never changes is no feature; this one does not in what is learnt from
    data = read_dataset(frame, target="y", kinds={"many": "categorical", "same": "numeric"}, name="wide")
    data = replace(data, split=np.where(np.arange(n) == 0, HELD_OUT, data.split).astype(np.int8))
    model = train_nit(data, **QUICK | {"epochs": 2, "hidden": (6,), "max_order": 2})
    shapes = model.shapes(data)
    assert shapes.identity_error < 1e-5
    assert np.isfinite(shapes.curves["effect"]).all()
    assert (shapes.curves.loc[shapes.curves["feature"] == "same", "effect"].abs() < 1e-6).all()
    assert len(shapes.maps) == 0 or shapes.maps.groupby("term").size().max() <= 32 * 32
