"""Subnets of settled feature sets trained as one product, once or several times side by side."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from ....core.random_streams import WEIGHTS, random_stream
from ....models.additive.network import AdditiveNetwork, Members, Subnets, initial_subnets
from ....models.additive.refits import Refits
from ....models.networks.layers import StackedLayers
from ....models.networks.mlp import TrainingRecord, n_outputs
from ....models.training.rows import TrainingRows
from ....models.training.trainer import Network
from ....models.training.validated_trainer import Settings, ValidatedTrainer
from ....numerics.derivatives.mlp import ACTIVATIONS

if TYPE_CHECKING:
    from ....data.dataset import Dataset

ANCHORS = 4096
"""Training rows on which the kinks of the first units may lie."""

STEEPEST = 1.0
"""Longest gradient: rows far outside the others would otherwise throw the weights about."""

Trained = TypeVar("Trained")


class SubnetStack(StackedLayers):
    """The subnets of several networks: weight (networks, subnets, outputs, inputs), bias (networks, subnets, outputs).

    Args:
        networks: The subnets of each network, all of the same features and shape.
    """

    columns: Int[Tensor, "subnets width"]
    mask: Bool[Tensor, "subnets width"]

    def __init__(self, networks: Sequence[Subnets]) -> None:
        first = networks[0]
        weights = (torch.stack(layer) for layer in zip(*(one.weights for one in networks), strict=True))
        biases = (torch.stack(layer) for layer in zip(*(one.biases for one in networks), strict=True))
        super().__init__(weights, biases, first.activation)
        self.space, self.members = first.space, first.members
        self.register_buffer("columns", first.columns, persistent=False)
        self.register_buffer("mask", first.mask, persistent=False)

    def forward(
        self, inputs: Float[Tensor, "networks batch columns"]
    ) -> Float[Tensor, "networks batch subnets outputs"]:
        """Return what every subnet puts out, each network for rows of its own.

        Rows stand last inside, as in `Subnets`.
        """
        act = ACTIVATIONS[self.activation]
        weights = [one.flatten(0, 1) for one in (self.weights[0] * self.mask[:, None, :], *self.weights[1:])]
        biases = [one.flatten(0, 1)[:, :, None] for one in self.biases]
        values = inputs.transpose(1, 2).contiguous()[:, self.columns].flatten(0, 1)
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            values = act(torch.baddbmm(bias, weight, values))
        values = torch.baddbmm(biases[-1], weights[-1], values)
        return values.unflatten(0, (len(inputs), len(self.members))).permute(0, 3, 1, 2)

    def first(self) -> Subnets:
        """Return the subnets of the first network."""
        layers = ([one[0] for one in many] for many in (self.weights, self.biases))
        return Subnets(self.space, self.members, *layers, activation=self.activation)


class SubnetSums(nn.Module):
    """Networks that add up their subnets and an intercept.

    With `load_weight` (networks, subnets, outputs), each subnet counts in the sum with a weight of its own.
    """

    load_weight: nn.Parameter | None

    def __init__(self, subnets: SubnetStack, outputs: int, loaded: bool = False) -> None:
        super().__init__()
        self.subnets = subnets
        bias = subnets.biases[-1]
        self.load_weight = nn.Parameter(bias.new_ones(*bias.shape[:2], outputs)) if loaded else None
        self.intercept = nn.Parameter(bias.new_zeros(len(bias), outputs))

    def forward(self, inputs: Float[Tensor, "networks batch columns"]) -> Float[Tensor, "networks batch outputs"]:
        """Return the sums, each network for rows of its own."""
        values = self.subnets(inputs)
        if self.load_weight is not None:
            values = values * self.load_weight[:, None]
        return self.intercept[:, None] + values.sum(dim=2)

    def refits(self) -> Refits:
        """Return the subnets of all networks, each with its weight in the sum."""
        weights, biases = self.subnets.weights, self.subnets.biases
        if self.load_weight is None:
            return Refits(weights, biases)
        loads = self.load_weight
        return Refits((*weights[:-1], weights[-1] * loads[..., None]), (*biases[:-1], biases[-1] * loads))


@dataclass(frozen=True)
class SubnetSettings(Settings):
    """What the training of subnets needs to know; see `train_nit` for what each means."""

    hidden: tuple[int, ...]
    activation: str


class SubnetsTrainer(ValidatedTrainer[Network, Trained]):
    """Trains networks made of subnets, on small products."""

    def validation_losses(self, network: Network) -> Float[Tensor, " networks"]:
        """Return each network's loss on its validation rows, so many at a time that all values stay in the cache."""
        rows = self.rows.validation
        total = torch.zeros(self.members, dtype=torch.float64, device=self.device)
        for part in rows.split(self.settings.batch, dim=1):
            losses = self.loss(network(self.rows.inputs[part]), self.rows.targets[part])
            total += losses.double() * part.shape[1]
        return (total / rows.shape[1]).float()

    def operations(self) -> float:
        """Return 0: the products are too small for threads that wait for each other."""
        return 0.0


class SubnetTrainer(SubnetsTrainer[SubnetSums, AdditiveNetwork]):
    """Trains networks that add up one subnet for each of `members`, as many as `rows` has divisions.

    All that is random is drawn from the seed, the number of the network (from `first` on) and the epoch alone.
    """

    settings: SubnetSettings

    def __init__(
        self, data: "Dataset", rows: TrainingRows, members: Members, settings: SubnetSettings, first: int = 0
    ) -> None:
        drawn = [_initial(data, rows, members, settings, number, first) for number in range(rows.members)]
        super().__init__(SubnetSums(SubnetStack(drawn), n_outputs(data.target)), data, rows, settings)

    def before_step(self, progress: float) -> None:
        """Set the learning rate, and make the gradient of each network no longer than STEEPEST."""
        super().before_step(progress)
        if self.members == 1:
            torch.nn.utils.clip_grad_norm_(self.parameters, STEEPEST)
            return
        gradients = [parameter.grad.flatten(1) for parameter in self.parameters if parameter.grad is not None]
        lengths = torch.stack([torch.linalg.vector_norm(one, dim=1) for one in gradients])
        shrink = (STEEPEST / (torch.linalg.vector_norm(lengths, dim=0) + 1e-6)).clamp(max=1.0)
        for one in gradients:
            one.mul_(shrink[:, None])

    def model(self, network: SubnetSums, record: TrainingRecord, name: str) -> AdditiveNetwork:
        """Return the first of the networks."""
        subnets, intercept = network.subnets.first(), network.intercept[0].detach()
        space, target, rows = self.data.space, self.data.target, self.rows
        return AdditiveNetwork(space, target, subnets, intercept, rows.scale, rows.shift, name=name, record=record)

    def refits(self) -> Refits:
        """Return the best subnets of all networks."""
        return self.best.refits()


def _initial(
    data: "Dataset", rows: TrainingRows, members: Members, settings: SubnetSettings, number: int, first: int
) -> Subnets:
    """The subnets of a network before training, so quiet that their sum has the target's spread."""
    anchors = rows.inputs[rows.train[number, :ANCHORS]]
    source = random_stream(settings.seed, first + number, WEIGHTS)
    shape = (settings.hidden, n_outputs(data.target), settings.activation)
    return quieter(initial_subnets(data.space, members, *shape, anchors, source))


def quieter(subnets: Subnets) -> Subnets:
    """Return subnets whose sum has the spread that each of them had."""
    *weights, last = subnets.weights
    return subnets.with_layers((*weights, last / math.sqrt(max(1, len(subnets)))), subnets.biases)
