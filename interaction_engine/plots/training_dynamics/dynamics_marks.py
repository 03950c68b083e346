"""What all figures of a training share: a time axis on which epoch 0 has a place, and the two marked epochs."""

import math
from typing import Any

import numpy as np

from ...methods.training_dynamics.result import Dynamics
from ..style.theme import Theme, axis

EPOCHS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000)

NOTHING = "No checkpoint has a salient pattern: masking the players hardly changes the scores."


def place(epochs: Any) -> np.ndarray:
    """Where epochs stand on the logarithmic time axis, which begins with epoch 0."""
    return np.asarray(np.log10(1.0 + np.asarray(epochs, dtype=float)))


def epoch_axis(look: Theme, last: float, title: str = "epoch", **more: Any) -> dict[str, Any]:
    """Return a logarithmic axis of epochs that begins with epoch 0."""
    ticks = [epoch for epoch in EPOCHS if epoch <= last]
    room = 0.03 * max(math.log10(1 + last), 0.3)
    look_of = {
        "tickvals": place(ticks).tolist(),
        "ticktext": [f"{epoch:,}" for epoch in ticks],
        "range": [-room, math.log10(1 + last) + room],
        "showgrid": False,
    }
    return axis(look, title, **look_of) | more


def phases(result: Dynamics) -> list[tuple[float, str, str]]:
    """The marked epochs: epoch, what happens there, and the side on which its words hold on to its line."""
    marked = [(float(result.turning_epoch), "lowest mean order")]
    if result.phase_epoch is not None:
        marked.append((float(result.phase_epoch), "phase 2 begins"))
    end = 0.8 * float(place(result.checkpoints["epoch"].max()))
    return [(epoch, words, "right" if float(place(epoch)) > end else "left") for epoch, words in marked]
