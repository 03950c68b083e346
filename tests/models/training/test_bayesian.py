"""Training of Bayesian networks: what is minimised, what is learned, and how it goes on after a stop."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from interaction_engine.core.compute import Compute
from interaction_engine.core.errors import InputError
from interaction_engine.data.io.reading import read_dataset
from interaction_engine.models.io.export.check import export_checked
from interaction_engine.models.io.stored.files import load_network, save_network
from interaction_engine.models.metrics import skill
from interaction_engine.models.training import validated_trainer
from interaction_engine.models.training.bayesian import LARGE, SMALL, hidden_layers, train_bayesian
from interaction_engine.models.training.bayesian_trainer import ANNEALED, BayesianSettings, BayesianTrainer
from tests.models.networks.test_bayesian import changed
from tests.notes import Notes

pytestmark = pytest.mark.slow

QUICK = {"hidden": (24,), "epochs": 40, "batch": 16, "learning_rate": 1e-2, "members": 2, "compute": Compute("cpu")}


def settings(**changed) -> BayesianSettings:
    return BayesianSettings(**{
        "epochs": 6, "learning_rate": 1e-2, "weight_decay": 0.0, "batch": 16, "patience": 9, "seed": 0,
        "hidden": (7, 5), "length_scale": 0.5,
    } | changed)  # fmt: skip


@pytest.mark.parametrize("name", ["numeric", "mixed", "binary", "multiclass"])
def test_it_learns_a_simple_target_of_every_kind(name, request):
    data = request.getfixturevalue(name)
    model = train_bayesian(data, **QUICK)
    rows = data.held_out_rows
    scores = model.scores(torch.tensor(data.rows[rows])).double()[0].numpy()
    assert skill(scores, data.target_values[rows], data.target, model.class_index) > 0.6
    assert bool((model.network.noise > 0).all()) == (name in ("numeric", "mixed"))


def test_a_linear_target_is_left_to_the_main_effect():
    source = np.random.default_rng(0)
    x = source.normal(size=(800, 3))
    frame = pd.DataFrame(x, columns=list("abc")).assign(y=2.0 * x[:, 0] - x[:, 1] + source.normal(0, 0.3, 800))
    model = train_bayesian(read_dataset(frame, target="y"), **QUICK | {"epochs": 8, "batch": 64})
    for slopes in model.network.main[:, 0].numpy() * model.scale:
        np.testing.assert_allclose(slopes, [2.0, -1.0, 0.0], atol=0.25)


def test_inputs_that_say_nothing_are_left_out_more_often():
    source = np.random.default_rng(1)
    x = source.normal(size=(1000, 4))
    frame = pd.DataFrame(x, columns=list("abcd")).assign(y=np.sin(2 * x[:, 0]) * x[:, 1] + source.normal(0, 0.3, 1000))
    dropout = train_bayesian(read_dataset(frame, target="y"), **QUICK).feature_dropout
    assert dropout[:2].max() < dropout[2:].min()


def test_the_divergence_is_the_papers(numeric):
    fit = BayesianTrainer(numeric, 2, settings(), Compute("cpu"))
    with torch.no_grad():
        expected = np.zeros(2)
        for member in range(2):
            for layer, weight in enumerate(fit.network.weights):
                chance = torch.sigmoid(fit.network.dropout_log_odds[layer][member]).double().numpy()
                kept = weight[member].double().numpy() / (1 - chance)
                entropy = -chance * np.log(chance) - (1 - chance) * np.log(1 - chance)
                expected[member] += (0.5 * 0.5**2 * (1 - chance) * (kept**2).sum(0) - entropy).sum()
        np.testing.assert_allclose(fit.network.divergence(0.5).numpy(), expected, rtol=1e-5)


def test_the_prior_comes_in_by_and_by_and_no_weights_from_before_are_kept(numeric):
    told = []

    class Watched(BayesianTrainer):
        def penalty(self):
            told.append(self._annealed)
            return super().penalty()

    made = Watched(numeric, 1, settings(epochs=11), Compute("cpu")).run("bayesian", Notes())
    assert told[0] == 0.0
    assert told[-1] == 1.0
    assert told == sorted(told)
    assert made.record.best_epoch > ANNEALED * 10


@pytest.mark.parametrize("own", [False, True])
def test_every_network_begins_with_the_straight_line_through_the_rows_it_learns_from(numeric, own):
    values = numeric.target_values[numeric.train_rows]
    standard = (values - values.mean()) / values.std()
    targets = np.stack([standard, np.roll(standard, 1) ** 2, -standard]) if own else np.stack([standard] * 3)
    fit = BayesianTrainer(numeric, 3, settings(), Compute("cpu"), torch.from_numpy(targets) if own else None)
    assert not torch.equal(fit.rows.train[0], fit.rows.train[1])
    mains = fit.network.main.detach()[:, 0].numpy()
    for main, rows, target in zip(mains, fit.rows.train.numpy(), targets, strict=True):
        table = np.column_stack([fit.rows.inputs[rows].numpy(), np.ones(len(rows))])
        np.testing.assert_allclose(main, np.linalg.lstsq(table, target[rows])[0][:-1], atol=1e-4)


def test_a_stacked_network_learns_its_own_targets(numeric):
    values = numeric.target_values[numeric.train_rows]
    standard = (values - values.mean()) / values.std()
    mirrored = torch.from_numpy(np.stack([standard, -standard]))
    both = BayesianTrainer(numeric, 2, settings(epochs=30), Compute("cpu"), mirrored).run("two", Notes())
    rows = torch.tensor(numeric.rows[numeric.train_rows])
    one, other = (both.training(member).scores(rows)[0].double().numpy() for member in range(2))
    assert np.corrcoef(one, values)[0, 1] > 0.8
    assert np.corrcoef(other, values)[0, 1] < -0.8


def test_the_same_seed_gives_the_same_network(numeric):
    few = QUICK | {"epochs": 3}
    first, again, other = (train_bayesian(numeric, seed=seed, **few) for seed in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip(first.network.dropout, again.network.dropout, strict=True))
    assert torch.equal(first.network.main, again.network.main)
    assert not torch.equal(first.network.weights[0], other.network.weights[0])


def test_an_interrupted_training_ends_with_the_same_network(numeric, monkeypatch):
    monkeypatch.setattr(validated_trainer, "CHECKPOINT_SECONDS", 0.0)
    few = QUICK | {"epochs": 6}
    whole, stopped = train_bayesian(numeric, **few), Notes(stop=3)
    with pytest.raises(KeyboardInterrupt):
        train_bayesian(numeric, report=stopped, **few)
    resumed = train_bayesian(numeric, report=Notes(restored=stopped.states[-1]), **few)
    assert all(torch.equal(a, b) for a, b in zip(whole.network.parameters(), resumed.network.parameters(), strict=True))
    assert resumed.record.validation == whole.record.validation


def test_small_tables_get_one_small_layer(numeric):
    assert hidden_layers(numeric, ()) == SMALL
    assert hidden_layers(numeric, (12, 3)) == (12, 3)
    many = replace(numeric, frame=pd.concat([numeric.frame] * 8), split=np.tile(numeric.split, 8))
    assert hidden_layers(many, ()) == LARGE


def test_too_few_rows_and_too_large_a_rate_are_named(numeric):
    few = replace(numeric, frame=numeric.frame.iloc[:8], split=numeric.split[:8])
    with pytest.raises(InputError, match="at least 10"):
        train_bayesian(few, **QUICK)
    with pytest.raises(InputError, match="learning_rate"):
        train_bayesian(numeric, **QUICK | {"learning_rate": 1e30})


@pytest.mark.parametrize("name", ["mixed", "multiclass"])
def test_a_bayesian_network_survives_saving(name, request, tmp_path):
    data = request.getfixturevalue(name)
    model = train_bayesian(data, **QUICK | {"epochs": 2})
    again = load_network(save_network(model, tmp_path / "net")[0])
    rows = torch.tensor(data.rows[:9])
    assert torch.equal(again.draws(5, 1).scores(rows), model.draws(5, 1).scores(rows))
    assert torch.equal(again.network.noise, model.network.noise)
    assert (again.name, again.record.options) == ("bayesian", model.record.options)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"sizes": [2, 99, 1]}, "shape"),
        ({"members": 3}, "shape"),
        ({"members": 0}, "training"),
        ({"sizes": [2, 1]}, "hidden"),
        ({"x": 1}, "x"),
    ],
)
def test_a_card_that_does_not_fit_is_named(numeric, tmp_path, change, match):
    import json

    weights, card = save_network(train_bayesian(numeric, **QUICK | {"epochs": 1}), tmp_path / "net")
    card.write_text(json.dumps(json.loads(card.read_text()) | change))
    with pytest.raises(InputError, match=match):
        load_network(weights)


def test_probabilities_beyond_1_and_noise_below_0_are_refused(numeric, tmp_path):
    model = train_bayesian(numeric, **QUICK | {"epochs": 1})
    wrong = changed(model, dropout=(model.network.dropout[0] + 1.0, *model.network.dropout[1:]))
    with pytest.raises(InputError, match="probabilities"):
        load_network(save_network(wrong, tmp_path / "net")[0])
    with pytest.raises(InputError, match="noise"):
        load_network(save_network(changed(model, noise=-model.network.noise), tmp_path / "other")[0])


@pytest.mark.parametrize("name", ["mixed", "binary"])
def test_its_mean_can_be_exported(name, request):
    data = request.getfixturevalue(name)
    model = train_bayesian(data, **QUICK | {"epochs": 2})
    exported = export_checked(model, data, format=".onnx", compute=Compute("cpu"))
    assert exported.difference < 1e-4 * max(1.0, exported.spread)
