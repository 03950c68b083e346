"""The two phases of learning: a small convolutional network on 4000 MNIST images with 5 % wrong labels, looked at from
before its training to after it learnt the wrong labels by heart."""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import interaction_engine as ie
from benchmarks.harness import Line, arguments, publish
from interaction_engine.models.training.watched_trainer import new_cnn

COLUMNS = [
    "epoch",
    "train_loss",
    "test_loss",
    "loss_gap",
    "mean_order",
    "mean_order_error",
    "salient",
    "noise",
    "distance",
]


def watched(seed: int, quick: bool) -> tuple[ie.Dynamics, Line]:
    """One training, printed checkpoint by checkpoint, and whether both phases are there."""
    data = ie.load_sample("digits" if quick else "mnist")
    begun = time.perf_counter()
    result = ie.detect(
        "dynamics",
        new_cnn(data, seed),  # only the occasion: the method trains its own
        data,
        epochs=200 if quick else 100,
        samples=20,
        label_noise=0.2 if quick else 0.05,
        seed=seed,
    )
    seconds = time.perf_counter() - begun
    table = result.checkpoints
    print(f"{data.name}, seed {seed}: phase 1 until epoch {result.turning_epoch}, phase 2 from {result.phase_epoch}")
    print(table[COLUMNS].to_string(index=False, float_format=lambda value: f"{value:.3g}"), flush=True)
    return result, _judged(result, seed, seconds)


def _judged(result: ie.Dynamics, seed: int, seconds: float) -> Line:
    """Whether the mean order falls, rises significantly, and the loss gap opens meanwhile."""
    table = result.checkpoints
    turning = table.index[table["epoch"] == result.turning_epoch][0]
    first, lowest, last = (float(table["mean_order"].iloc[place]) for place in (0, turning, -1))
    opened = float(table["loss_gap"].iloc[-1] - table["loss_gap"].iloc[turning])
    measured = (
        f"order {first:.2f}, {lowest:.2f} (epoch {result.turning_epoch}), {last:.2f}; phase 2 from epoch "
        f"{result.phase_epoch}; gap opens by {opened:.2f}; theory {table['distance'].iloc[turning:].mean():.2f} apart; "
        f"{seconds:.0f} s"
    )
    met = first > lowest and result.phase_epoch is not None and opened > 0
    figures: dict[str, float | int | str | list[float]] = {
        name: np.round(table[name], 4).tolist() for name in COLUMNS
    } | {"seconds": seconds, "turning_epoch": result.turning_epoch, "phase_epoch": result.phase_epoch or -1}
    return Line(f"{result.provenance.data}, seed {seed}", measured, "falls, then rises as the gap opens", met, figures)


def main() -> None:
    asked = arguments(__doc__ or "")
    began = time.perf_counter()
    lines = [watched(seed, asked.quick)[1] for seed in range(1 if asked.quick else 3)]
    publish("dynamics", lines, time.perf_counter() - began, asked.out)


if __name__ == "__main__":
    main()
