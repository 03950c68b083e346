"""Plain networks of fully connected layers, and one training loop for all that are made smaller of them."""

import copy
import math
import time
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn

from ....core.errors import InputError
from ....core.types import Report, TargetKind
from ....models.networks.mlp import n_outputs
from ....models.training.loop import BETAS, LEAST_BATCH, LEAST_STEPS, LOSSES, REPORT_SECONDS
from ....models.training.rows import TrainingRows

if TYPE_CHECKING:
    from ....data.dataset import Dataset

Loss = Callable[[nn.Sequential, Tensor, Tensor], Tensor]
"""The loss of a network on some inputs and what it is to learn about them."""

ROWS_PER_CALL, MOST_BATCH = 4096, 512
"""Rows computed at a time, and rows of a step at most."""

WEIGHTS, ORDER, PSEUDO = 3, 4, 5
"""Purposes of random numbers, beyond those of `random_streams`."""


class Lesson:
    """The rows that all networks of a comparison learn from, stop on, and are judged on."""

    def __init__(self, data: "Dataset", seed: int, device: torch.device) -> None:
        from ....data.encoding import encode

        rows = TrainingRows(data, 1, seed, device)
        self.data, self.seed, self.device = data, seed, device
        self.inputs, self.targets = rows.inputs[rows.train[0]], rows.targets[rows.train[0]]
        self.aside = rows.inputs[rows.validation[0]], rows.targets[rows.validation[0]]
        held = data.held_out_rows
        self.judged = encode(data.space, torch.tensor(data.rows[held])).to(device)
        self.truth, self.scale, self.shift = data.target_values[held], rows.scale, rows.shift

    def plain_loss(self, network: nn.Sequential, inputs: Tensor, targets: Tensor) -> Tensor:
        """Squared error or cross-entropy."""
        return LOSSES[self.data.target.kind](network(inputs)[None], targets[None])[0]

    def error(self, outputs: Float[Tensor, "rows outputs"]) -> float:
        """Of outputs for the held-out rows: root mean squared error over the range of the target, or the share of rows
        whose class is not the likeliest."""
        kind = self.data.target.kind
        if kind is TargetKind.REGRESSION:
            errors = outputs[:, 0].double().cpu().numpy() * self.scale + self.shift - self.truth
            return float(np.sqrt(np.square(errors).mean()) / max(float(np.ptp(self.truth)), np.finfo(float).tiny))
        if kind is TargetKind.BINARY:
            return float(((outputs[:, 0] > 0).cpu().numpy() != (self.truth > 0)).mean())
        return float((outputs.argmax(1).cpu().numpy() != self.truth).mean())

    def judge(self, network: nn.Sequential) -> float:
        with torch.inference_mode():
            return self.error(computed(network, self.judged))


def plain_network(lesson: Lesson, hidden: tuple[int, ...], seed: int) -> nn.Sequential:
    """A ReLU network with normal weights that keep the spread of values from layer to layer."""
    sizes = (lesson.data.space.n_columns, *hidden, n_outputs(lesson.data.target))
    source, layers = np.random.default_rng([seed, 0, WEIGHTS]), []
    for place, (n_inputs, n_units) in enumerate(pairwise(sizes)):
        layer = nn.Linear(n_inputs, n_units)
        spread = math.sqrt((1 if place == len(sizes) - 2 else 2) / n_inputs)
        with torch.no_grad():
            drawn = source.standard_normal((n_units, n_inputs), dtype=np.float32)
            layer.weight.copy_(torch.from_numpy(drawn).mul_(spread))
            layer.bias.fill_(0.0)
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1]).to(lesson.device)


def computed(network: nn.Module, inputs: Tensor) -> Tensor:
    """What `network` gives for any number of inputs, of which few at a time fit its wide layers."""
    return torch.cat([network(part) for part in inputs.split(ROWS_PER_CALL)])


def linear_layers(network: nn.Sequential) -> list[nn.Linear]:
    return [layer for layer in network if isinstance(layer, nn.Linear)]


def fit(
    network: nn.Sequential,
    lesson: Lesson,
    report: Report,
    *,
    epochs: int,
    learning_rate: float,
    patience: int,
    loss: Loss | None = None,
    rows: tuple[Shaped[Tensor, "rows _"], Tensor] | None = None,
    steps: int = LEAST_STEPS,
    watch: Callable[[nn.Sequential], object] | None = None,
) -> float:
    """Train `network` in place (Adam) on `rows`, else on those of the lesson; it ends with the weights of the epoch
    that was best on the rows kept aside. An epoch has at least about `steps` steps; `watch` sees the network after
    each. Returns the seconds that it took."""
    inputs, targets = rows or (lesson.inputs, lesson.targets)
    judged, loss = LOSSES[lesson.data.target.kind], loss or lesson.plain_loss
    batch = min(len(inputs), max(LEAST_BATCH, min(MOST_BATCH, len(inputs) // steps)))
    optimiser = torch.optim.Adam(network.parameters(), lr=learning_rate, betas=BETAS, fused=True)
    best, best_loss, best_epoch = copy.deepcopy(network.state_dict()), math.inf, 0
    began = told = time.monotonic()
    for epoch in range(epochs):
        if epoch - best_epoch > patience:
            break
        order = torch.from_numpy(np.random.default_rng([lesson.seed, epoch, ORDER]).permutation(len(inputs)))
        for place in order.to(inputs.device).split(batch):
            optimiser.zero_grad()
            loss(network, inputs[place], targets[place]).backward()
            optimiser.step()
            if time.monotonic() - told >= REPORT_SECONDS:
                told = time.monotonic()
                report(epoch / epochs, f"epoch {epoch + 1} of at most {epochs}")
        with torch.inference_mode():
            aside = float(judged(computed(network, lesson.aside[0])[None], lesson.aside[1][None]))
        if watch is not None:
            watch(network)
        if not math.isfinite(aside):
            raise InputError(f"Training diverged in epoch {epoch + 1}; use a smaller `learning_rate`.")
        if aside < best_loss:
            best, best_loss, best_epoch = copy.deepcopy(network.state_dict()), aside, epoch
    network.load_state_dict(best)
    return time.monotonic() - began
