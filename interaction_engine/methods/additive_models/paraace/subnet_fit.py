"""The second phase of NIT: subnets of settled feature sets trained as one, once or several times side by side."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from ....core.random_streams import WEIGHTS, random_stream
from ....models.additive.network import AdditiveNetwork, Members, Subnets, initial_subnets
from ....models.additive.refits import Refits
from ....models.networks.mlp import TrainingRecord, n_outputs
from ....models.training.loop import LEAST_BATCH, LEAST_STEPS, Fit, Settings
from ....models.training.rows import TrainingRows
from ....numerics.derivatives.mlp import ACTIVATIONS

if TYPE_CHECKING:
    from ....data.dataset import Dataset

ANCHORS = 4096
"""Training rows on which the thresholds of the first units may lie."""

STEEPEST = 1.0
"""Longest gradient: rows far outside the others would otherwise throw the weights about."""

Trained = TypeVar("Trained")


@dataclass(frozen=True)
class SubnetSettings(Settings):
    """What the training of subnets needs to know; see `train_nit` for what each means."""

    hidden: tuple[int, ...]
    activation: str


class SubnetsFit(Fit[Trained]):
    """Training of networks of one subnet for each of `subnets.members`: all subnets of all networks are one product.

    Weights and thresholds of layer l are `weights[l]` (networks, subnets, outputs, inputs) and `biases[l]` (networks,
    subnets, outputs); what stands behind the subnets follows them in either list.
    """

    subnets: Subnets

    def values(
        self, weights: Sequence[Tensor], biases: Sequence[Tensor], inputs: Float[Tensor, "networks batch columns"]
    ) -> Float[Tensor, "networks batch subnets outputs"]:
        """What every subnet puts out, each network for rows of its own. Rows stand last inside, as in `Subnets`."""
        act, n_layers, n_networks = ACTIVATIONS[self.subnets.activation], len(self.subnets.weights), len(inputs)
        first = weights[0] * self.subnets.mask[:, None, :]
        layers = [one.flatten(0, 1) for one in (first, *weights[1:n_layers])]
        thresholds = [one.flatten(0, 1)[:, :, None] for one in biases[:n_layers]]
        values = inputs.transpose(1, 2).contiguous()[:, self.subnets.columns].flatten(0, 1)
        for weight, bias in zip(layers[:-1], thresholds[:-1], strict=True):
            values = act(torch.baddbmm(bias, weight, values))
        values = torch.baddbmm(thresholds[-1], layers[-1], values)
        return values.unflatten(0, (n_networks, len(self.subnets))).permute(0, 3, 1, 2)

    def validation_losses(self, weights: Sequence[Tensor], biases: Sequence[Tensor]) -> Float[Tensor, " networks"]:
        """The loss of each network on its validation rows, so many at a time that all values stay in the cache."""
        rows = self.rows.validation
        total = torch.zeros(self.members, dtype=torch.float64, device=self.device)
        for part in rows.split(self.settings.batch, dim=1):
            losses = self.loss(self.outputs(weights, biases, self.rows.inputs[part]), self.rows.targets[part])
            total += losses.double() * part.shape[1]
        return (total / rows.shape[1]).float()

    def operations(self) -> int:
        return 0  # the products are too small for threads that wait for each other


class SubnetFit(SubnetsFit[AdditiveNetwork]):
    """Training of networks that add up one subnet for each of `members`, as many as `rows` has divisions.

    All that is random is drawn from the seed, the number of the network (from `first` on) and the epoch alone: so a
    training that goes on from a checkpoint ends with the same weights as one that was never interrupted.
    """

    settings: SubnetSettings

    def __init__(
        self, data: "Dataset", rows: TrainingRows, members: Members, settings: SubnetSettings, first: int = 0
    ) -> None:
        drawn = [_initial(data, rows, members, settings, number, first) for number in range(rows.members)]
        self.subnets = drawn[0]
        weights, biases = stacked(drawn)
        biases.append(rows.inputs.new_zeros(rows.members, n_outputs(data.target)).requires_grad_())
        super().__init__(data, rows, settings, weights, biases)

    def outputs(
        self, weights: Sequence[Tensor], biases: Sequence[Tensor], inputs: Float[Tensor, "networks batch columns"]
    ) -> Float[Tensor, "networks batch outputs"]:
        return biases[-1][:, None] + self.values(weights, biases, inputs).sum(dim=2)

    def settle(self, epoch: int) -> None:
        """The gradient of each network is no longer than STEEPEST."""
        if self.members == 1:
            torch.nn.utils.clip_grad_norm_(self.parameters, STEEPEST)
            return
        gradients = [parameter.grad.flatten(1) for parameter in self.parameters if parameter.grad is not None]
        lengths = torch.stack([torch.linalg.vector_norm(one, dim=1) for one in gradients])
        shrink = (STEEPEST / (torch.linalg.vector_norm(lengths, dim=0) + 1e-6)).clamp(max=1.0)
        for one in gradients:
            one.mul_(shrink[:, None])

    def network(
        self, weights: Sequence[Tensor], biases: Sequence[Tensor], record: TrainingRecord, name: str
    ) -> AdditiveNetwork:
        """The first of the networks."""
        subnets = self.subnets.holding([one[0] for one in weights], [one[0] for one in biases[:-1]])
        space, target, rows = self.data.space, self.data.target, self.rows
        return AdditiveNetwork(space, target, subnets, biases[-1][0], rows.scale, rows.shift, name=name, record=record)

    def refits(self) -> Refits:
        """The best subnets of all networks."""
        n_layers = len(self.weights)
        return Refits(tuple(self.best[:n_layers]), tuple(self.best[n_layers:-1]))


def _initial(
    data: "Dataset", rows: TrainingRows, members: Members, settings: SubnetSettings, number: int, first: int
) -> Subnets:
    """The subnets of a network before training, so quiet that their sum has the target's spread."""
    anchors = rows.inputs[rows.train[number, :ANCHORS]]
    source = random_stream(settings.seed, first + number, WEIGHTS)
    shape = (settings.hidden, n_outputs(data.target), settings.activation)
    drawn = initial_subnets(data.space, members, *shape, anchors, source)
    quieter = drawn.weights[-1] / math.sqrt(max(1, len(members)))
    return drawn.holding((*drawn.weights[:-1], quieter), drawn.biases)


def stacked(networks: Sequence[Subnets]) -> tuple[list[Tensor], list[Tensor]]:
    """Weights and thresholds of the subnets of several networks, to be trained."""
    weights = [torch.stack(layer).requires_grad_() for layer in zip(*(one.weights for one in networks), strict=True)]
    biases = [torch.stack(layer).requires_grad_() for layer in zip(*(one.biases for one in networks), strict=True)]
    return weights, biases


def batches(n_rows: int, batch: int) -> tuple[int, int]:
    """Rows of a batch, and how many batches an epoch has; a small table is cut into smaller ones."""
    size = min(batch, max(LEAST_BATCH, n_rows // LEAST_STEPS), n_rows)
    return size, n_rows // size
