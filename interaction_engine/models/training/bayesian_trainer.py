"""The training of Bayesian networks: relaxed masks, the evidence lower bound, and how the prior comes in."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from ...core.compute import Compute
from ...core.types import TargetKind
from ..networks.bayesian import BETA, BayesianNetwork, DropoutPerceptron
from ..networks.layers import StackedLayers
from ..networks.mlp import TrainingRecord, n_outputs
from .mlp_trainer import check_words, initial_layers
from .rows import TrainingRows
from .validated_trainer import Settings, ValidatedTrainer

if TYPE_CHECKING:
    from ...data.dataset import Dataset

TEMPERATURE = 0.1
"""Of the relaxation that gives a mask a gradient (GEH paper, section 5.1)."""

FIRST_DROPOUT = 0.1
"""Probability of being left out that training starts from at every node, as Gal, Hron & Kendall have it. From 0.3 on,
tables of a few thousand rows taught the networks little more than a straight line; a single training that starts from
0.1 is sure of much that is chance, several of them disagree on it."""

FASTER = 15.0
"""How much faster than the weights the log-odds of dropout are learned: they have a way of several units to go."""

ANNEALED = 0.4
"""Share of the training during which the prior's weight rises from 0 to 1; weights from before are never kept."""

LEAST_NOISE = 1e-2
"""Standard deviation of the noise, in those of the target, below which it is not learned any more: of a target without
noise it would go to 0, and every step be too long."""

SMALLEST = 1e-6
"""Uniform random numbers keep this distance from 0 and 1, whose log-odds are infinite."""


@dataclass(frozen=True)
class BayesianSettings(Settings):
    """The options of a Bayesian network's training."""

    hidden: tuple[int, ...]
    length_scale: float


class RelaxedPerceptron(StackedLayers):
    """What a Bayesian network learns.

    The mean network's weights, the log-odds that an input of each layer is left out, a linear main effect, and the
    logarithm of the noise.

    `log_odds` are those of dropout divided by `FASTER`: so they are learned faster than the weights.
    """

    def __init__(self, sizes: Sequence[int], members: int, seed: int) -> None:
        super().__init__(*initial_layers(sizes, members, seed), activation="softplus")
        first = math.log(FIRST_DROPOUT / (1.0 - FIRST_DROPOUT)) / FASTER
        self.log_odds = nn.ParameterList(
            torch.full((members, n_units), first, dtype=torch.float32) for n_units in sizes[:-1]
        )
        self.main = nn.Parameter(torch.zeros(members, sizes[-1], sizes[0], dtype=torch.float32))
        self.log_noise = nn.Parameter(torch.zeros(members, dtype=torch.float32))

    @property
    def dropout_log_odds(self) -> tuple[Float[Tensor, "members inputs"], ...]:
        """The log-odds that an input of each layer is left out."""
        return tuple(FASTER * one for one in self.log_odds)

    def forward(
        self, inputs: Float[Tensor, "members batch columns"], logistic: Sequence[Tensor] | None = None
    ) -> Float[Tensor, "members batch outputs"]:
        """Return the outputs under the masks that standard logistic numbers make, one per row and node.

        Of the mean network without them.
        """
        values, last = inputs, len(self.layers) - 1
        for place, (layer, log_odds) in enumerate(zip(self.layers, self.dropout_log_odds, strict=True)):
            if logistic is not None:
                gone = log_odds[:, None]
                values = values * torch.sigmoid((logistic[place] - gone) / TEMPERATURE) * (1.0 + gone.exp())
            values = torch.baddbmm(layer.bias[:, None], values, layer.weight.mT)
            if place < last:
                values = functional.softplus(values, beta=BETA)
        return torch.baddbmm(values, inputs, self.main.mT)

    def divergence(self, length_scale: float) -> Float[Tensor, " members"]:
        """Return the divergence of the dropout distribution from the prior, in nats."""
        total = torch.zeros_like(self.log_noise)
        for weight, log_odds in zip(self.weights, self.dropout_log_odds, strict=True):
            pull = 0.5 * length_scale**2 * weight.square().sum(1) * (1.0 + log_odds.exp())
            entropy = functional.softplus(log_odds) - log_odds * torch.sigmoid(log_odds)
            total = total + (pull - entropy).sum(1)
        return total


class BayesianTrainer(ValidatedTrainer[RelaxedPerceptron, BayesianNetwork]):
    """Trains `members` Bayesian networks, stacked; with `targets`, each on standardised targets of its own.

    Minimises, per row, the negative evidence lower bound (GEH paper, equations 2 and 3): the negative log-likelihood
    under relaxed masks, drawn anew for every row, and the divergence of the dropout distribution from a normal prior of
    length scale l, sum_k l^2 (1 - p_k) |m_k|^2 / 2 - H(p_k) over the nodes k with outgoing weights m_k (Gal, Hron &
    Kendall 2017). What is learned for weights is m_k (1 - p_k), the mean network's, so that p_k may change without
    moving the predictions. The main effect has no prior at all.
    """

    settings: BayesianSettings

    def __init__(
        self,
        data: "Dataset",
        members: int,
        settings: BayesianSettings,
        compute: Compute,
        targets: Float[Tensor, "members rows"] | None = None,
    ) -> None:
        check_words(data.space)
        rows = TrainingRows(data, members, settings.seed, torch.device(compute.torch_device))
        self.sizes = (data.space.n_columns, *settings.hidden, n_outputs(data.target))
        self.is_number = data.target.kind is TargetKind.REGRESSION
        self.targets = None if targets is None else targets.to(rows.targets)
        first = RelaxedPerceptron(self.sizes, members, settings.seed).to(rows.inputs.device)
        if self.is_number:
            self._begin_with_a_straight_line(first, rows)
        super().__init__(first, data, rows, settings)

    def model(self, network: RelaxedPerceptron, record: TrainingRecord, name: str) -> BayesianNetwork:
        """Return the mixture of all members."""
        dropout = [torch.sigmoid(log_odds) for log_odds in network.dropout_log_odds]
        noise = network.log_noise.exp().clamp(min=LEAST_NOISE)
        mixture = DropoutPerceptron(
            (weight / (1.0 - gone[:, None]) for weight, gone in zip(network.weights, dropout, strict=True)),
            network.biases,
            dropout,
            main=network.main,
            noise=noise if self.is_number else torch.zeros_like(noise),
        )
        scale, shift = self.rows.scale, self.rows.shift
        return BayesianNetwork(self.data.space, self.data.target, mixture, scale, shift, name=name, record=record)

    def operations(self) -> float:
        """Return the operations of the largest layer's product."""
        return 2 * self.settings.batch * max(weight[0].numel() for weight in self.network.weights)

    def losses(self, rows: Int[Tensor, "members batch"]) -> Float[Tensor, " members"]:
        """Return each member's negative log-likelihood under masks of their own for every row."""
        outputs = self.network(self.rows.inputs[rows], self._logistic(rows.shape[1]))
        return self._negative_log_likelihood(outputs, rows, self.network.log_noise)

    def penalty(self) -> Float[Tensor, ""]:
        """Return what the prior costs, per row."""
        weight = self._annealed / self.rows.train.shape[1]
        return (weight * self.network.divergence(self.settings.length_scale)).sum()

    def validation_losses(self, network: RelaxedPerceptron) -> Float[Tensor, " members"]:
        """Return the negative log-likelihood of the mean network."""
        rows = self.rows.validation
        return self._negative_log_likelihood(network(self.rows.inputs[rows]), rows, network.log_noise)

    def _validate(self, train: float) -> None:
        if self._annealed_at(self.epoch - 1) < 1.0:
            self.best_loss.fill_(math.inf)
        super()._validate(train)

    @property
    def _annealed(self) -> float:
        """The prior's weight in the epoch that is under way."""
        return self._annealed_at(self.epoch)

    def _annealed_at(self, epoch: int) -> float:
        return min(1.0, epoch / max(1, round(ANNEALED * (self.settings.epochs - 1))))

    def _logistic(self, batch: int) -> Sequence[Tensor]:
        drawn = self.source.random((self.members, batch, sum(self.sizes[:-1])), dtype=np.float32)
        uniform = torch.from_numpy(drawn).to(self.device).clamp_(SMALLEST, 1.0 - SMALLEST)
        return torch.logit(uniform).split(self.sizes[:-1], dim=2)

    def _negative_log_likelihood(
        self,
        outputs: Float[Tensor, "members batch outputs"],
        rows: Int[Tensor, "members batch"],
        log_noise: Float[Tensor, " members"],
    ) -> Float[Tensor, " members"]:
        """Per row, but for a constant."""
        losses = self.loss(outputs, self._targets(self.rows, rows))
        if not self.is_number:
            return losses
        log_noise = log_noise.clamp(min=math.log(LEAST_NOISE))
        return 0.5 * losses * (-2.0 * log_noise).exp() + log_noise

    def _targets(self, rows: TrainingRows, chosen: Int[Tensor, "members some"]) -> Tensor:
        return rows.targets[chosen] if self.targets is None else self.targets.gather(1, chosen)

    def _begin_with_a_straight_line(self, network: RelaxedPerceptron, rows: TrainingRows) -> None:
        """The main effect starts as the least squares fit, so that the network need not learn it first."""
        with torch.no_grad():
            targets = self._targets(rows, rows.train).double().cpu()
            for member, (chosen, own) in enumerate(zip(rows.train, targets, strict=True)):
                inputs = functional.pad(rows.inputs[chosen], (0, 1), value=1.0).double().cpu()
                slopes = torch.linalg.lstsq(inputs, own[:, None], driver="gelsd").solution[:-1, 0]
                network.main[member, 0] = slopes.to(network.main)
