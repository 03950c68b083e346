from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from interaction_engine.core.compute import Compute
from interaction_engine.core.errors import InputError
from interaction_engine.models.metrics import skill
from interaction_engine.models.training import validated_trainer
from interaction_engine.models.training.mlp import train_ensemble, train_mlp
from tests.notes import Notes

pytestmark = pytest.mark.slow

QUICK = {"hidden": (24, 24), "epochs": 40, "batch": 16, "compute": Compute("cpu")}


def held_out_skill(model, data) -> float:
    rows = data.held_out_rows
    scores = model.scores(torch.tensor(data.rows[rows])).double().mean(0).numpy()
    return skill(scores, data.target_values[rows], data.target, model.class_index)


@pytest.mark.parametrize("name", ["numeric", "mixed", "binary", "multiclass"])
def test_it_learns_a_simple_target_of_every_kind(name, request):
    data = request.getfixturevalue(name)
    assert held_out_skill(train_mlp(data, **QUICK), data) > 0.6


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(numeric):
    few = QUICK | {"epochs": 3}
    first, again, other = (train_mlp(numeric, seed=seed, **few) for seed in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip(first.weights, again.weights, strict=True))
    assert not torch.equal(first.weights[0], other.weights[0])


def test_a_single_network_is_the_first_member_of_an_ensemble(numeric):
    few = QUICK | {"epochs": 3, "seed": 4}
    single, both = train_mlp(numeric, **few), train_ensemble(numeric, members=2, **few)
    for alone, member in zip(single.weights, both.member(0).weights, strict=True):
        torch.testing.assert_close(alone, member, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(both.weights[0][0], both.weights[0][1])


def test_an_interrupted_training_ends_with_the_same_weights(numeric, monkeypatch):
    monkeypatch.setattr(validated_trainer, "CHECKPOINT_SECONDS", 0.0)
    few = QUICK | {"epochs": 6}
    whole, stopped = train_ensemble(numeric, **few), Notes(stop=3)
    with pytest.raises(KeyboardInterrupt):
        train_ensemble(numeric, report=stopped, **few)
    resumed = train_ensemble(numeric, report=Notes(restored=stopped.states[-1]), **few)
    assert all(torch.equal(a, b) for a, b in zip(whole.weights, resumed.weights, strict=True))
    assert resumed.record.validation == whole.record.validation


def test_checkpoints_hold_arrays_and_json_only(numeric, monkeypatch):
    import json

    monkeypatch.setattr(validated_trainer, "CHECKPOINT_SECONDS", 0.0)
    notes = Notes()
    train_mlp(numeric, report=notes, **QUICK | {"epochs": 2})
    for value in notes.states[-1].values():
        assert (isinstance(value, np.ndarray) and value.dtype.kind in "fi") or json.dumps(value)


def test_it_tells_the_curve_of_every_epoch(numeric):
    notes = Notes()
    model = train_mlp(numeric, report=notes, **QUICK | {"epochs": 5})
    assert notes.partials[-1]["kind"] == "curve"
    assert notes.partials[-1]["epoch"] == [1, 2, 3, 4, 5] == list(model.record.epoch)
    assert notes.partials[-1]["validation"] == list(model.record.validation)
    assert notes.fractions[-1] == 1.0
    assert notes.fractions == sorted(notes.fractions)


def test_it_stops_early_and_keeps_the_best_weights(numeric):
    shuffled = np.random.default_rng(0).permutation(numeric.frame["number"])
    noise = replace(numeric, frame=numeric.frame.assign(number=shuffled))
    model = train_mlp(noise, **QUICK | {"epochs": 400, "patience": 5})
    assert len(model.record.epoch) < 100
    assert model.record.best_epoch == 1 + int(np.argmin(model.record.validation))


@pytest.mark.parametrize(
    ("losses", "idle"), [([0.9, 0.5, 0.4, 0.3], 2), ([0.9, 0.5, 2.0, 0.6], 0), ([0.9], 0), ([], 0)]
)
def test_epochs_count_against_patience_only_while_the_training_rows_are_fitted_better(losses, idle):
    best = torch.tensor([min(1, max(0, len(losses) - 1))])
    fit = SimpleNamespace(best_epoch=best, curve=[(loss, 1.0) for loss in losses])
    assert validated_trainer.ValidatedTrainer._idle_epochs(fit) == idle


def test_a_rate_that_is_too_large_is_named(numeric):
    with pytest.raises(InputError, match="learning_rate"):
        train_mlp(numeric, **QUICK | {"learning_rate": 1e30, "weight_decay": 0.0})


def test_too_few_rows_are_refused(numeric):
    few = replace(numeric, frame=numeric.frame.iloc[:8], split=numeric.split[:8])
    with pytest.raises(InputError, match="at least 10"):
        train_mlp(few, **QUICK)


def test_the_number_of_threads_changes_nothing_and_is_left_alone(numeric):
    before = torch.get_num_threads()
    models = []
    try:
        for n_threads in (1, 2):
            torch.set_num_threads(n_threads)
            models.append(train_mlp(numeric, **QUICK | {"epochs": 2}))
            assert torch.get_num_threads() == n_threads
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(a, b) for a, b in zip(models[0].weights, models[1].weights, strict=True))


def test_the_learning_rate_rises_then_falls_to_zero():
    rates = [validated_trainer.schedule(step / 100) for step in range(101)]
    assert max(rates) == rates[10] == 1.0
    assert rates[100] == pytest.approx(0.0, abs=1e-12)
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
