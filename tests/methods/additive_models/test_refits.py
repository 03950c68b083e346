"""Bands around curves: trainings on other rows side by side, purified each by itself, stored with the network."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from interaction_engine.core.compute import Compute
from interaction_engine.core.errors import InputError, ModelError
from interaction_engine.core.types import silent
from interaction_engine.data.io.reading import read_dataset
from interaction_engine.methods.additive_models.nit.nit import train_nit
from interaction_engine.methods.additive_models.paraace.paraace import train_paraace
from interaction_engine.methods.additive_models.paraace.subnet_trainer import STEEPEST, SubnetSettings, SubnetTrainer
from interaction_engine.methods.additive_models.refitting import BootstrapRows
from interaction_engine.methods.registry import method
from interaction_engine.models.additive.refits import Refits
from interaction_engine.models.io.stored.files import load_network, save_network
from interaction_engine.models.training import validated_trainer
from tests.notes import Notes

pytestmark = pytest.mark.slow

CPU = Compute("cpu")
NIT = {"blocks": 4, "rounds": 1, "penalty": 0.1, "hidden": (8, 6), "epochs": 6, "compute": CPU}
PARAACE = {"interactions": ("a & b",), "hidden": (8, 4), "epochs": 6, "compute": CPU}
FACTORS = (0.9, 1.0, 1.2)


def dataset(target: str, n: int = 300):
    source = np.random.default_rng(0)
    frame = pd.DataFrame(source.normal(size=(n, 2)), columns=["a", "b"]).assign(c=source.choice(["x", "y", "z"], n))
    number = frame["a"] * frame["b"] + frame["a"] + (frame["c"] == "x")
    frame["number"] = number
    frame["answer"] = np.where(number > number.median(), "yes", "no")
    frame["tier"] = np.array(["basic", "middle", "upper"])[np.digitize(number, np.quantile(number, [0.3, 0.7]))]
    return read_dataset(frame[["a", "b", "c", target]], target=target, name=target)


def scaled(model):
    """The network with refits that are the network itself times FACTORS."""
    own = model if not hasattr(model, "fix_up") else model.additive()
    factors = torch.tensor(FACTORS)
    weights = [torch.stack([one] * len(FACTORS)) for one in own.subnets.weights]
    biases = [torch.stack([one] * len(FACTORS)) for one in own.subnets.biases]
    weights[-1], biases[-1] = weights[-1] * factors[:, None, None, None], biases[-1] * factors[:, None, None]
    return replace(model, refits=Refits(tuple(weights), tuple(biases)))


@pytest.mark.parametrize("kind", ["nit", "paraace"])
@pytest.mark.parametrize("target", ["number", "answer", "tier"])
def test_refits_that_are_multiples_of_the_network_have_bands_in_proportion(kind, target):
    """Purifying is linear: the terms of a refit times f are the terms times f, whatever was moved between them."""
    data = dataset(target)
    model = train_nit(data, **NIT, refits=0) if kind == "nit" else train_paraace(data, **PARAACE, refits=0)
    shapes = scaled(model).shapes(data)
    for frame in (shapes.curves, shapes.maps):
        width = 2 * np.std(FACTORS, ddof=1) * frame["effect"].abs()
        np.testing.assert_allclose(frame["upper"] - frame["effect"], width, atol=1e-5)
        np.testing.assert_allclose(frame["effect"] - frame["lower"], width, atol=1e-5)
    assert len(shapes.curves) > 0
    assert shapes.interval == "2 standard deviations over 3 trainings on bootstrap bags of the rows"
    assert any("3 further trainings" in note for note in shapes.provenance.notes)


@pytest.mark.parametrize("kind", ["nit", "paraace"])
def test_refits_have_no_part_in_the_score_and_none_give_no_bands(kind):
    data, rows = dataset("number"), torch.from_numpy(dataset("number").rows.copy())
    train, options = (train_nit, NIT) if kind == "nit" else (train_paraace, PARAACE)
    with_bands, without, one = (train(data, **options, refits=refits) for refits in (3, 0, 1))
    assert torch.equal(with_bands.scores(rows), without.scores(rows))
    assert with_bands.n_parameters == without.n_parameters
    assert len(with_bands.refits) == 3
    assert without.refits is one.refits is None
    shapes, none = with_bands.shapes(data), without.shapes(data)
    assert (shapes.curves["upper"] > shapes.curves["effect"]).mean() > 0.99
    assert none.interval == "none"
    assert none.curves["upper"].isna().all()
    pd.testing.assert_frame_equal(shapes.table, none.table)


def test_linear_paraace_has_bands_too():
    data = dataset("number")
    shapes = train_paraace(data, **PARAACE, fix_up="linear", refits=2).shapes(data)
    assert shapes.exact
    assert shapes.interval.startswith("2 standard deviations over 2 trainings")
    assert (shapes.maps["upper"] > shapes.maps["lower"]).all()


def test_bands_hold_the_true_curve_and_are_narrower_with_more_rows():
    widths = []
    for n in (250, 8000):
        source = np.random.default_rng(1)
        x = source.uniform(-1, 1, (n, 2))
        y = np.sin(3 * x[:, 0]) + source.normal(0, 0.5, n)
        data = read_dataset(pd.DataFrame(x, columns=["a", "b"]).assign(y=y), target="y", name="noisy")
        options = {"blocks": 4, "rounds": 1, "penalty": 0.4, "hidden": (16, 8), "epochs": 20, "compute": CPU}
        shapes = train_nit(data, max_order=1, refits=8, **options).shapes(data)
        curve = shapes.curve(0)
        assert set(curve["feature"]) == {"a"}
        true = np.sin(3 * curve["value"])
        weights = curve["density"] / curve["density"].sum()
        true -= float((true * weights).sum())
        assert float(weights[(curve["lower"] <= true) & (true <= curve["upper"])].sum()) > 0.8
        widths.append(float(((curve["upper"] - curve["lower"]) * weights).sum()))
    assert widths[1] < 0.6 * widths[0]  # the noise of a curve falls as the root of the rows: by 5.7


def test_bootstrap_rows_are_drawn_with_replacement_from_rows_not_kept_aside():
    rows = BootstrapRows(dataset("number", 2000), 3, 0, torch.device("cpu"))
    for train, validation in zip(rows.train, rows.validation, strict=True):
        assert not set(train.tolist()) & set(validation.tolist())
        assert len(train.unique()) / len(train) == pytest.approx(1 - np.exp(-1), abs=0.03)
    assert not torch.equal(rows.train[0], rows.train[1])


def fit(data, members: int, epochs: int = 3) -> SubnetTrainer:
    settings = SubnetSettings(epochs, 1e-2, 0.01, 64, 10, 0, hidden=(6, 4), activation="gelu")
    return SubnetTrainer(data, BootstrapRows(data, members, 0, torch.device("cpu")), ((0, 1), (2,)), settings, first=1)


def test_networks_side_by_side_are_each_trained_as_if_alone():
    data = dataset("number")
    alone, beside = fit(data, 1), fit(data, 3)
    for one in (alone, beside):
        one.run("nit", silent)
    for own, several in zip(alone.best.parameters(), beside.best.parameters(), strict=True):
        torch.testing.assert_close(several[:1], own, atol=1e-5, rtol=1e-4)
    first = beside.best.subnets.weights[0]
    assert not torch.equal(first[0], first[1])
    refits, inputs = beside.refits(), beside.rows.inputs[:7]
    values = beside.best.subnets(inputs[None].repeat(3, 1, 1))
    stacked = beside.best.subnets.first().in_all(refits)(inputs).unflatten(1, (3, 2)).transpose(0, 1)
    torch.testing.assert_close(values, stacked)


def test_every_network_has_a_gradient_of_its_own_length():
    several = fit(dataset("number"), 2)
    for parameter in several.parameters:
        parameter.grad = torch.zeros_like(parameter)
        parameter.grad[0], parameter.grad[1] = 3.0, 1e-4
    before = [parameter.grad.clone() for parameter in several.parameters]
    several.before_step(0.0)
    after = [parameter.grad for parameter in several.parameters]
    assert float(sum((one[0] ** 2).sum() for one in after)) ** 0.5 == pytest.approx(STEEPEST, rel=1e-4)
    assert all(torch.equal(a[1], b[1]) for a, b in zip(after, before, strict=True))


class StoppedAmidRefits(Notes):
    """Stops a training in the middle of the refits."""

    def checkpoint(self, state):
        super().checkpoint(state)
        if "refit.curve" in state:
            raise KeyboardInterrupt


@pytest.mark.parametrize("kind", ["nit", "paraace"])
def test_an_interruption_of_the_refits_changes_nothing(kind, monkeypatch):
    monkeypatch.setattr(validated_trainer, "CHECKPOINT_SECONDS", 0.0)
    data = dataset("number")
    train, options = (train_nit, NIT) if kind == "nit" else (train_paraace, PARAACE)
    told, stopped = Notes(), StoppedAmidRefits()
    whole = train(data, **options, refits=2, report=told)
    with pytest.raises(KeyboardInterrupt):
        train(data, **options, refits=2, report=stopped)
    for value in stopped.states[-1].values():
        assert (isinstance(value, np.ndarray) and value.dtype.kind in "fi") or json.dumps(value)
    resumed = train(data, **options, refits=2, report=Notes(restored=stopped.states[-1]))
    for own, other in ((whole.subnets, resumed.subnets), (whole.refits, resumed.refits)):
        assert all(torch.equal(a, b) for a, b in zip(own.weights, other.weights, strict=True))
    assert told.fractions == sorted(told.fractions)
    assert told.fractions[-1] == 1.0
    assert all(len(partial["epoch"]) <= options["epochs"] for partial in told.partials)
    assert told.partials[-1]["validation"] == list(whole.record.validation)


@pytest.mark.parametrize("kind", ["nit", "paraace"])
def test_bands_survive_saving(kind, tmp_path):
    data = dataset("tier")
    model = train_nit(data, **NIT, refits=2) if kind == "nit" else train_paraace(data, **PARAACE, refits=2)
    weights, card = save_network(model, tmp_path / "model")
    again = load_network(weights)
    pd.testing.assert_frame_equal(again.shapes(data).curves, model.shapes(data).curves)
    other = model.for_class(1)
    assert not np.allclose(other.shapes(data).curves["upper"], model.shapes(data).curves["upper"])
    card.write_text(json.dumps(json.loads(card.read_text()) | {"refits": 3}))
    with pytest.raises(ModelError, match=r"refit.*must be float32 of shape"):
        load_network(weights)
    card.write_text(
        json.dumps({name: value for name, value in json.loads(card.read_text()).items() if name != "refits"})
    )
    assert load_network(weights).refits is None  # a file from before there were refits


@pytest.mark.parametrize("refits", [-1, 51])
def test_a_number_of_refits_that_cannot_be_is_refused(refits):
    with pytest.raises(InputError, match=f"`refits` of `nit`.*{refits}"):
        method("nit").read_options({"refits": refits})
