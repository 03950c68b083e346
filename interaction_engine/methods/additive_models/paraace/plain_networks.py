"""Plain networks of fully connected layers, and their training, for all that are made smaller of them."""

import copy
import math
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor, nn

from ....core.types import Report, TargetKind
from ....models.networks.mlp import n_outputs
from ....models.training.rows import TrainingRows
from ....models.training.trainer import BETAS, LEAST_BATCH, LEAST_STEPS, LOSSES, Trainer

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
        """Return the error of outputs for the held-out rows.

        Root mean squared error over the range of the target, or the share of rows whose class is not the
        likeliest.
        """
        kind = self.data.target.kind
        if kind is TargetKind.REGRESSION:
            errors = outputs[:, 0].double().cpu().numpy() * self.scale + self.shift - self.truth
            return float(np.sqrt(np.square(errors).mean()) / max(float(np.ptp(self.truth)), np.finfo(float).tiny))
        if kind is TargetKind.BINARY:
            return float(((outputs[:, 0] > 0).cpu().numpy() != (self.truth > 0)).mean())
        return float((outputs.argmax(1).cpu().numpy() != self.truth).mean())

    def judge(self, network: nn.Sequential) -> float:
        """Return the error of a network on the held-out rows."""
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
    """Return the fully connected layers of a plain network."""
    return [layer for layer in network if isinstance(layer, nn.Linear)]


class PlainTrainer(Trainer[nn.Sequential]):
    """Trains a plain network with Adam, and keeps the weights of the best epoch.

    It learns from `rows`, else from those of the lesson; the best epoch is that of the rows kept aside.

    Args:
        network: Trained in place.
        lesson: The rows that all networks of a comparison learn from and stop on.
        learning_rate: Of all steps.
        loss: Of the network on a batch; that of the target's kind by default.
        rows: Inputs, and what is to be learnt about them.
        steps: About how many steps an epoch has at least.
    """

    def __init__(
        self,
        network: nn.Sequential,
        lesson: Lesson,
        learning_rate: float,
        loss: Loss | None = None,
        rows: tuple[Shaped[Tensor, "rows _"], Tensor] | None = None,
        steps: int = LEAST_STEPS,
    ) -> None:
        self.lesson, self.loss = lesson, loss or lesson.plain_loss
        self.inputs, self.targets = rows or (lesson.inputs, lesson.targets)
        n_rows = len(self.inputs)
        self.batch = min(n_rows, max(LEAST_BATCH, min(MOST_BATCH, n_rows // steps)))
        optimiser = torch.optim.Adam(network.parameters(), lr=learning_rate, betas=BETAS, fused=True)
        super().__init__(network, optimiser, lesson.seed)

    def batches(self, epoch: int) -> Sequence[Int[Tensor, " batch"]]:
        """Return the rows of every step, in this epoch's order."""
        order = torch.from_numpy(np.random.default_rng([self.seed, epoch, ORDER]).permutation(len(self.inputs)))
        return order.to(self.inputs.device).split(self.batch)

    def losses(self, rows: Int[Tensor, " batch"]) -> Float[Tensor, ""]:
        """Return the loss of these rows."""
        return self.loss(self.network, self.inputs[rows], self.targets[rows])

    def run(
        self, report: Report, epochs: int, patience: int, watch: Callable[[nn.Sequential], object] | None = None
    ) -> float:
        """Train to the last epoch, or until `patience` of them brought nothing; `watch` sees the network after each.

        Returns:
            The seconds that it took.
        """
        judged, (inputs, targets) = LOSSES[self.lesson.data.target.kind], self.lesson.aside
        best, best_loss, best_epoch = copy.deepcopy(self.network.state_dict()), math.inf, 0
        began = time.monotonic()
        while self.epoch < epochs and self.epoch - best_epoch <= patience:
            self.train_epoch(lambda share: report(self.epoch / epochs, f"epoch {self.epoch + 1} of at most {epochs}"))
            with torch.inference_mode():
                aside = float(judged(computed(self.network, inputs)[None], targets[None]))
            if watch is not None:
                watch(self.network)
            if not math.isfinite(aside):
                raise self.diverged()
            if aside < best_loss:
                best, best_loss, best_epoch = copy.deepcopy(self.network.state_dict()), aside, self.epoch - 1
        self.network.load_state_dict(best)
        return time.monotonic() - began
