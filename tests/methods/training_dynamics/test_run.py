"""A run from its first checkpoint to its saved result: when it looks, what it tells, and how it goes on."""

import numpy as np
import pytest

from interaction_engine.core.errors import Cancelled
from interaction_engine.methods.results import load_result
from interaction_engine.methods.training_dynamics.dynamics import dynamics
from interaction_engine.methods.training_dynamics.watched_training import checkpoint_epochs
from interaction_engine.models.adapters.wrapping import wrap
from interaction_engine.models.training.watched_trainer import new_cnn
from tests.methods.training_dynamics.watching import TINY, Memory, assert_same

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("epochs", "count", "expected"),
    [(100, 10, (0, 1, 2, 3, 6, 10, 18, 32, 56, 100)), (3, 10, (0, 1, 2, 3)), (1, 2, (0, 1)), (50, 2, (0, 50))],
)
def test_checkpoints_are_spaced_by_their_logarithm(epochs, count, expected):
    assert checkpoint_epochs(epochs, count) == expected


def test_tables_belong_together(tiny):
    assert tiny.checkpoints["epoch"].tolist() == [0, 1, 3]
    assert len(tiny.distribution) == len(tiny.checkpoints) * 4 * 2 * 2
    np.testing.assert_allclose(
        tiny.checkpoints["loss_gap"], tiny.checkpoints["test_loss"] - tiny.checkpoints["train_loss"]
    )
    by_checkpoint = tiny.distribution.groupby("checkpoint")
    np.testing.assert_allclose(by_checkpoint["share"].sum(), 4.0)  # the mean over 4 orders is 1
    np.testing.assert_allclose(by_checkpoint["count"].sum(), tiny.checkpoints["salient"])
    assert tiny.turning_epoch == tiny.checkpoints["epoch"][tiny.checkpoints["mean_order"].idxmin()]
    assert set(tiny.theory["checkpoint"]) <= set(tiny.checkpoints["checkpoint"])
    np.testing.assert_allclose(tiny.theory.groupby("checkpoint")["share"].mean(), 1.0)
    assert tiny.checkpoints["distance"].between(0, 1).all()
    assert len(tiny.ratios) == 5 * 3
    assert tiny.unit == "log-odds of the row's own digit"
    assert tiny.provenance.evaluations == 3 * 4 * 2**4
    assert tiny.provenance.model.startswith("cnn, ")


def test_a_run_that_was_stopped_goes_on_to_the_same_figures(digits, tiny):
    for stop in (1, 2):
        stopped = Memory(stop=stop)
        with pytest.raises(Cancelled):
            dynamics(new_cnn(digits, 0), digits, report=stopped, **TINY)
        again = Memory(restored=stopped.states[-1])
        assert_same(dynamics(new_cnn(digits, 0), digits, report=again, **TINY), tiny)
        assert len(again.states) == 2 - stop


def test_the_given_model_is_only_the_occasion_and_the_seed_decides(digits, tiny):
    assert_same(dynamics(new_cnn(digits, 5), digits, **TINY), tiny)
    other = dynamics(new_cnn(digits, 0), digits, seed=1, **TINY)
    assert (other.checkpoints["train_loss"] != tiny.checkpoints["train_loss"]).all()


def test_progress_is_told_per_checkpoint_with_what_is_known(digits):
    report = Memory()
    result = dynamics(new_cnn(digits, 0), digits, report=report, **TINY)
    fractions = [fraction for fraction, _, _ in report.told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    messages = {message for _, message, _ in report.told}
    assert {"Checkpoint at epoch 0", "Epoch 1 of 3", "Checkpoint at epoch 3"} <= messages
    last = report.told[-1][2]
    assert last["kind"] == "dynamics"
    assert last["epoch"] == result.checkpoints["epoch"].tolist()
    for name in ("mean_order", "train_loss", "test_loss"):
        np.testing.assert_allclose(last[name], result.checkpoints[name])


def test_fewer_held_out_rows_than_asked_for_are_told(classes):
    model = wrap(lambda x: x[:, 0], classes, takes="array")
    result = dynamics(model, classes, epochs=1, checkpoints=2, samples=100)
    assert result.n_samples == 60
    assert any("Only 60 rows are held out; 100 were asked for" in note for note in result.provenance.notes)


def test_results_survive_saving(tiny, tmp_path):
    tiny.save(tmp_path)
    assert_same(load_result(tmp_path), tiny)
