"""The first phase of NIT without blocks: gates on the weights of all layers, until every unit sees few features."""

import math
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ....core.random_streams import random_stream
from ....models.networks.mlp import n_outputs
from ....models.training.loop import BETAS, LOSSES, REPORT_SECONDS
from ....models.training.rows import TrainingRows
from ....numerics.derivatives.mlp import ACTIVATIONS
from ..merging import Sets, kept_sets, merged
from ..paraace.subnet_fit import STEEPEST, batches
from .disentangling import (
    FIRST_PRESSURE,
    GATE_RATE,
    GROWTH,
    JITTER,
    MOST_EPOCHS,
    MOST_STEPS,
    OPEN,
    PRESSED,
    STABLE,
    GateSettings,
)
from .gates import drawn_gates, opening, settled_gates

if TYPE_CHECKING:
    from ....data.dataset import Dataset

SHARP = 0.2
"""c of the paper's sigma: the share of a unit's inputs that see a feature at which the feature counts one half. With
the paper's 0.01, gates that are as good as shut would count nearly as much as open ones."""

UNITS = (100, 100)
"""Units of the hidden layers; the paper has 200 and 200 for the eight features of California housing."""

RATE = 1e-2
"""Learning rate of the weights: they have to follow units that lose their inputs one by one."""

SETS_PRESSURE = 20.0
"""The excess counts as that of so many blocks: so the pressure is that of the other variant, however many units."""

WEIGHTS_STREAM, GATES_STREAM = 301, 302
"""Purposes of random numbers (see `random_stream`)."""


def unit_orders(gates: Sequence[Float[Tensor, "_ _"]]) -> Float[Tensor, " units"]:
    """How many features each unit of the last of these layers sees, by gates (units, inputs) in [0, 1].

    k_i = sum_j sigma(G_L ... G_2 G_1)_ij with sigma(g) = (1 + c) g / (c + g) (section 5.5). The paper normalises the
    products without saying how; here each row of a product is divided by the sum of the row of gates on its left, once
    that is above 1. What is left is the share of a unit's inputs that see the feature, whatever their number.
    """
    sees = _shares(gates)
    return ((1 + SHARP) * sees / (SHARP + sees)).sum(dim=1)


def seen_features(gates: Sequence[Float[Tensor, "_ _"]]) -> Bool[Tensor, "units features"]:
    """Which features each unit of the last layer sees: those from which a path of open gates leads to it."""
    return _shares([(one > 0).float() for one in gates]) > 0


def layer_penalty(
    opened: Sequence[Float[Tensor, "_ _"]], too_many: Bool[Tensor, " units"], penalty: float, pressure: str
) -> Float[Tensor, ""]:
    """L_K of the units of the last layer, by the probabilities that gates are `opened`.

    The order of a unit that sees `too_many` features, by its open gates, counts until it does not: the smooth order of
    a unit with many thin paths may be below K while the exact one is above.
    """
    orders = unit_orders(opened)
    excess = orders * too_many
    pressed = SETS_PRESSURE * excess.mean() if pressure == "all" else excess.amax()
    return pressed + penalty * orders.mean()


def disentangled_layers(
    data: "Dataset", rows: TrainingRows, settings: GateSettings, tell: Callable[[float, str], None]
) -> Sets:
    """The sets of features that the units of the last hidden layer of one network see, each of at most `max_order`,
    none part of another: the `blocks` sets that move the output most, largest sets first; none where all gates shut."""
    return _Layers(data, rows, settings).run(tell)


class _Layers:
    """A perceptron with a gate for every weight but those of the output; those of a category's levels share one."""

    def __init__(self, data: "Dataset", rows: TrainingRows, settings: GateSettings) -> None:
        self.rows, self.settings = rows, settings
        self.loss, self.act = LOSSES[data.target.kind], ACTIVATIONS[settings.activation]
        source = random_stream(settings.seed, 0, WEIGHTS_STREAM)
        self.noise = random_stream(settings.seed, 0, GATES_STREAM)
        device, outputs = rows.inputs.device, n_outputs(data.target)
        sizes = [group.stop - group.start for group in data.space.groups]
        self.owners = torch.arange(len(sizes), device=device).repeat_interleave(torch.tensor(sizes, device=device))

        def drawn(values: np.ndarray) -> Tensor:
            return torch.from_numpy(values).float().to(device).requires_grad_()

        def weights(n_in: int, n_out: int, spread: float) -> Tensor:
            return drawn(source.normal(0.0, spread, (n_out, n_in)))

        widths = (data.space.n_columns, *UNITS)
        self.weights = [weights(n_in, n_out, math.sqrt(2 / n_in)) for n_in, n_out in pairwise(widths)]
        self.weights.append(weights(UNITS[-1], outputs, math.sqrt(1 / UNITS[-1])))
        bounds = (1.0, *([0.0] * len(UNITS)))
        self.biases = [
            drawn(source.uniform(-bound, bound, len(weight)))
            for bound, weight in zip(bounds, self.weights, strict=True)
        ]
        gated = pairwise((len(sizes), *UNITS))
        self.log_alpha = [drawn(source.normal(OPEN, JITTER, (n_out, n_in))) for n_in, n_out in gated]
        self.network = [*self.weights, *self.biases]
        groups = [{"params": self.network, "lr": RATE}, {"params": self.log_alpha, "lr": GATE_RATE}]
        self.optimiser = torch.optim.Adam(groups, betas=BETAS, fused=True)

    def run(self, tell: Callable[[float, str], None]) -> Sets:
        """Train until no unit sees more features than allowed and what each sees has settled."""
        settings, weight, stable, seen = self.settings, FIRST_PRESSURE, 0, self._seen()
        for epoch in range(MOST_EPOCHS):
            self._epoch(epoch, weight, tell)
            before, seen = seen, self._seen()
            allowed = int(seen.sum(dim=1).max()) <= settings.max_order and weight > PRESSED
            stable = stable + 1 if allowed and torch.equal(seen, before) else 0
            if stable >= STABLE:
                break
            weight = weight if allowed else weight * GROWTH
            tell((epoch + 1) / MOST_EPOCHS, self._message())
        return self._sets()

    def _epoch(self, epoch: int, weight: float, tell: Callable[[float, str], None]) -> None:
        order = self.rows.order(epoch)[0]
        batch, n_steps = batches(len(order), self.settings.batch)
        told = time.monotonic()
        for step in range(min(n_steps, MOST_STEPS)):
            self._step(order[step * batch : (step + 1) * batch], weight)
            if time.monotonic() - told >= REPORT_SECONDS:
                told = time.monotonic()
                tell(epoch / MOST_EPOCHS, self._message())

    def _step(self, rows: Tensor, weight: float) -> None:
        settings = self.settings
        gates = [drawn_gates(one, self._uniform(one)) for one in self.log_alpha]
        outputs = self._last_units(self.rows.inputs[rows], gates) @ self.weights[-1].T + self.biases[-1]
        too_many = self._seen().sum(dim=1) > settings.max_order
        opened = [opening(one) for one in self.log_alpha]
        penalty = layer_penalty(opened, too_many, settings.penalty, settings.pressure)
        loss = self.loss(outputs[None], self.rows.targets[rows][None])[0] + weight * penalty
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network, STEEPEST)
        self.optimiser.step()

    def _last_units(self, encoded: Float[Tensor, "rows columns"], gates: Sequence[Tensor]) -> Float[Tensor, "rows _"]:
        """What the units of the last hidden layer put out."""
        values = encoded
        for weight, bias, open_ in zip(self.weights, self.biases, (gates[0][:, self.owners], *gates[1:]), strict=False):
            values = self.act(torch.addmm(bias, values, (weight * open_).T))
        return values

    def _sets(self) -> Sets:
        """The sets that units see, merged, those of most spread over the rows if there are more than `blocks`."""
        gates = [settled_gates(one.detach()) for one in self.log_alpha]
        sets, goes_to = merged(kept_sets(_shares(gates), self.settings.max_order))
        if len(sets) <= self.settings.blocks:
            return sets
        with torch.inference_mode():
            values = self._last_units(self.rows.inputs[self.rows.train[0]], gates)
            loads = self.weights[-1].T[:, None, :] * values.T[:, :, None]  # units, rows, outputs
            into = torch.tensor(goes_to, device=values.device)
            sums = loads.new_zeros(len(sets), *loads.shape[1:]).index_add(0, into[into >= 0], loads[into >= 0])
        kept = sums.std(dim=1).amax(dim=1).topk(self.settings.blocks).indices.tolist()
        return tuple(sets[place] for place in sorted(kept))

    def _seen(self) -> Tensor:
        return seen_features([settled_gates(one.detach()) for one in self.log_alpha])

    def _uniform(self, log_alpha: Tensor) -> Tensor:
        drawn = self.noise.uniform(1e-6, 1 - 1e-6, tuple(log_alpha.shape)).astype(np.float32)
        return torch.from_numpy(drawn).to(log_alpha.device)

    def _message(self) -> str:
        return f"Disentangling: up to {int(self._seen().sum(dim=1).max())} features in a unit"


def _shares(gates: Sequence[Float[Tensor, "_ _"]]) -> Float[Tensor, "units features"]:
    """The normalised product of the gates: of each unit of the last layer, the share of its inputs that see a
    feature."""
    sees = gates[0]
    for layer in gates[1:]:
        sees = (layer @ sees) / layer.sum(dim=1, keepdim=True).clamp(min=1.0)
    return sees
