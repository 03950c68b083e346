"""What a training says: where the order of its patterns falls and rises, in sentences that follow the figures."""

import math

import pandas as pd
import pytest

from interaction_engine.cli.results import print_result, result_as_json
from interaction_engine.core.result import Provenance
from interaction_engine.methods.training_dynamics.result import Dynamics
from interaction_engine.methods.training_dynamics.summary import dynamics_caveats, dynamics_finding


def training(
    orders, turning, phase=None, gaps=None, distance=0.01, n_samples=50, label_noise=0.05, **options
) -> Dynamics:
    """A training looked at in the epochs 0, 1, 10, 100, ..."""
    epochs = [0, *(10**power for power in range(len(orders) - 1))]
    gaps = gaps or [0.0] * len(orders)
    empty = pd.DataFrame({"epoch": []})
    return Dynamics(
        provenance=Provenance(
            method="dynamics", title="Training dynamics", options=options, seed=0, data="mnist",
            model="cnn, 9 parameters", rows=n_samples, evaluations=1, seconds=1.0, device="cpu", version="0", source="",
            notes=("A note.",),
        ),
        players=("a", "b"),
        checkpoints=pd.DataFrame(
            {"epoch": epochs, "mean_order": orders, "loss_gap": gaps, "distance": distance, "train_loss": 1.0}
        ),
        distribution=empty,
        theory=empty,
        ratios=empty,
        turning_epoch=turning,
        phase_epoch=phase,
        n_samples=n_samples,
        label_noise=label_noise,
        unit="log-odds of the row's own digit",
    )  # fmt: skip


def test_both_phases_with_their_figures():
    result = training([3.2, 1.5, 1.6, 2.9], turning=1, phase=100, gaps=[0.0, -0.2, 0.1, 0.4])
    assert dynamics_finding(result) == (
        "The mean order of the patterns falls from 3.2 at epoch 0 to 1.5 at epoch 1, then rises to 2.9 at epoch 100. "
        "The second phase, of ever larger patterns, begins by epoch 100. "
        "The loss gap (test minus train) opens from −0.20 to 0.40 after the turn."
    )
    said = dynamics_caveats(result)
    assert said[0] == (
        "This is about the network trained for it (cnn, 9 parameters), not about the model it was asked of."
    )
    assert said[1] == "5 % of the training labels were made wrong on purpose; the train loss counts them."
    assert "Between the checkpoints at epochs 10 and 100 no checkpoint was analysed." in said
    assert said[-1] == "A note."
    assert len(said) == 4


@pytest.mark.parametrize(
    ("orders", "turning", "starts"),
    [
        ([3.0, 2.0, 1.0], 10, "falls from 3.0 at epoch 0 to 1.0 at epoch 10, the last one: it may fall further."),
        ([1.0, 2.0, 3.0], 0, "is smallest at epoch 0 (1.0) and 3.0 at epoch 10."),
        (
            [math.nan, 2.0, 1.0, 1.1],
            10,
            "falls from 2.0 at epoch 1 to 1.0 at epoch 10, then rises to 1.1 at epoch 100.",
        ),
    ],
)
def test_curves_without_a_second_phase(orders, turning, starts):
    said = dynamics_finding(training(orders, turning))
    assert said.startswith(
        f"The mean order of the patterns {starts} No significant rise, so no second phase, was found."
    )
    assert ("loss gap" in said) == (turning != 10 or len(orders) > 3)


def test_nothing_salient_anywhere():
    assert dynamics_finding(training([math.nan] * 3, 0)) == (
        "No pattern was salient at any checkpoint, so there is no mean order to follow."
    )


def test_caveats_follow_the_figures():
    result = training([3.0, 1.0, 2.0], 1, n_samples=4, distance=[0.9, 0.1, 0.4], label_noise=0.0, folder="mine")
    assert dynamics_caveats(result) == (
        "Only 4 rows stand behind every mean order; other rows could tell another story.",
        "At epoch 10 the theory puts 40 % of the strength at other orders than were measured.",
        "A note.",
    )


def test_the_terminal_tells_it(capsys):
    result = training([3.0, 1.0, 2.0], 1, phase=10)
    print_result(result, 2)
    out = capsys.readouterr().out
    assert out.startswith(dynamics_finding(result))
    assert "Note: This is about the network trained for it" in out
    assert result_as_json(result)["finding"] == dynamics_finding(result)
