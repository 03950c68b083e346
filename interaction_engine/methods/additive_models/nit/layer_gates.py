"""The first phase of NIT without blocks: gates on the weights of all layers, until every unit sees few features."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from ....core.random_streams import random_stream
from ....models.networks.layers import StackedLayers
from ....models.networks.mlp import n_outputs
from ....models.training.rows import TrainingRows
from ....models.training.trainer import LOSSES
from ....numerics.derivatives.mlp import ACTIVATIONS
from ..merging import Sets, kept_sets, merged
from .disentangling import JITTER, OPEN, GateSettings, GateTrainer
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
    data: "Dataset", rows: TrainingRows, settings: GateSettings, progress: Callable[[float, str], None]
) -> Sets:
    """Return the sets of features that the units of the last hidden layer of one network see.

    Each has at most `max_order` features, and none is part of another: the `blocks` sets that move the output most,
    largest sets first; none where all gates shut.
    """
    trainer = LayerTrainer(data, rows, settings)
    trainer.run(progress)
    return trainer.sets()


class GatedLayers(nn.Module):
    """A perceptron with a gate for every weight but those of the output; those of a category's levels share one."""

    owners: Int[Tensor, " columns"]

    def __init__(
        self,
        weights: Sequence[Float[Tensor, "_ _"]],
        biases: Sequence[Float[Tensor, " _"]],
        log_alpha: Sequence[Float[Tensor, "_ _"]],
        owners: Int[Tensor, " columns"],
        activation: str,
    ) -> None:
        super().__init__()
        self.layers = StackedLayers(weights, biases, activation)
        self.log_alpha = nn.ParameterList(log_alpha)
        self.register_buffer("owners", owners, persistent=False)

    def forward(
        self, encoded: Float[Tensor, "rows columns"], gates: Sequence[Float[Tensor, "_ _"]]
    ) -> Float[Tensor, "rows outputs"]:
        """Return the outputs through these gates of each layer."""
        return self.last_units(encoded, gates) @ self.layers.weights[-1].T + self.layers.biases[-1]

    def last_units(
        self, encoded: Float[Tensor, "rows columns"], gates: Sequence[Float[Tensor, "_ _"]]
    ) -> Float[Tensor, "rows units"]:
        """Return what the units of the last hidden layer put out."""
        act, values = ACTIVATIONS[self.layers.activation], encoded
        spread = (gates[0][:, self.owners], *gates[1:])
        for weight, bias, gate in zip(self.layers.weights, self.layers.biases, spread, strict=False):
            values = act(torch.addmm(bias, values, (weight * gate).T))
        return values

    def probabilities(self) -> list[Float[Tensor, "_ _"]]:
        """Return the probability that each gate is open, layer by layer; differentiable."""
        return [opening(one) for one in self.log_alpha]

    def settled_gates(self) -> list[Float[Tensor, "_ _"]]:
        """Return the gates without chance, layer by layer."""
        return [settled_gates(one.detach()) for one in self.log_alpha]


class LayerTrainer(GateTrainer[GatedLayers]):
    """Trains a perceptron with gates on the weights of all hidden layers."""

    part = "unit"

    def __init__(self, data: "Dataset", rows: TrainingRows, settings: GateSettings) -> None:
        self.loss = LOSSES[data.target.kind]
        source = random_stream(settings.seed, 0, WEIGHTS_STREAM)
        self.noise = random_stream(settings.seed, 0, GATES_STREAM)
        sizes = [group.stop - group.start for group in data.space.groups]
        owners = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))

        def weights(n_in: int, n_out: int, spread: float) -> Tensor:
            return torch.from_numpy(source.normal(0.0, spread, (n_out, n_in))).float()

        widths = (data.space.n_columns, *UNITS)
        drawn = [weights(n_in, n_out, math.sqrt(2 / n_in)) for n_in, n_out in pairwise(widths)]
        drawn.append(weights(UNITS[-1], n_outputs(data.target), math.sqrt(1 / UNITS[-1])))
        bounds = (1.0, *([0.0] * len(UNITS)))
        biases = [
            torch.from_numpy(source.uniform(-bound, bound, len(weight))).float()
            for bound, weight in zip(bounds, drawn, strict=True)
        ]
        gated = pairwise((len(sizes), *UNITS))
        log_alpha = [torch.from_numpy(source.normal(OPEN, JITTER, (n_out, n_in))).float() for n_in, n_out in gated]
        network = GatedLayers(drawn, biases, log_alpha, owners, settings.activation).to(rows.inputs.device)
        super().__init__(network, rows, settings, RATE, list(network.log_alpha))

    def losses(self, rows: Int[Tensor, " batch"]) -> Float[Tensor, ""]:
        """Return the loss of these rows under gates drawn at random."""
        gates = [drawn_gates(one, self._uniform(one)) for one in self.network.log_alpha]
        outputs = self.network(self.rows.inputs[rows], gates)
        return self.loss(outputs[None], self.rows.targets[rows][None])[0]

    def penalty(self) -> Float[Tensor, ""]:
        """Return what the orders of the units cost."""
        settings, too_many = self.settings, self.seen().sum(dim=1) > self.settings.max_order
        opened = self.network.probabilities()
        return self.pressure * layer_penalty(opened, too_many, settings.penalty, settings.pressure)

    def seen(self) -> Bool[Tensor, "units features"]:
        """Return which features each unit of the last hidden layer sees."""
        return seen_features(self.network.settled_gates())

    def sets(self) -> Sets:
        """Return the sets that units see, merged: of more than `blocks`, those of most spread over the rows."""
        gates = self.network.settled_gates()
        sets, goes_to = merged(kept_sets(_shares(gates), self.settings.max_order))
        if len(sets) <= self.settings.blocks:
            return sets
        with torch.inference_mode():
            values = self.network.last_units(self.rows.inputs[self.rows.train[0]], gates)
            loads = self.network.layers.weights[-1].T[:, None, :] * values.T[:, :, None]  # units, rows, outputs
            into = torch.tensor(goes_to, device=values.device)
            sums = loads.new_zeros(len(sets), *loads.shape[1:]).index_add(0, into[into >= 0], loads[into >= 0])
        kept = sums.std(dim=1).amax(dim=1).topk(self.settings.blocks).indices.tolist()
        return tuple(sets[place] for place in sorted(kept))

    def _uniform(self, log_alpha: Tensor) -> Tensor:
        drawn = self.noise.uniform(1e-6, 1 - 1e-6, tuple(log_alpha.shape)).astype(np.float32)
        return torch.from_numpy(drawn).to(log_alpha.device)


def _shares(gates: Sequence[Float[Tensor, "_ _"]]) -> Float[Tensor, "units features"]:
    """Return the normalised product of the gates.

    It is, of each unit of the last layer, the share of its inputs that see a feature.
    """
    sees = gates[0]
    for layer in gates[1:]:
        sees = (layer @ sees) / layer.sum(dim=1, keepdim=True).clamp(min=1.0)
    return sees
