"""Bayesian networks in the training loop: relaxed masks, the evidence lower bound, and how the prior comes in."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from ...core.compute import Compute
from ...core.random_streams import WEIGHTS, random_stream
from ...core.types import TargetKind
from ..networks.bayesian import BETA, BayesianNetwork
from ..networks.mlp import TrainingRecord, n_outputs
from .loop import Fit, Settings
from .mlp_fit import check_words
from .rows import TrainingRows

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

Parameters = Sequence[Tensor]


@dataclass(frozen=True)
class BayesianSettings(Settings):
    """The options of a Bayesian network's training."""

    hidden: tuple[int, ...]
    length_scale: float


class Others(NamedTuple):
    """What a Bayesian network learns besides its weights: per layer the biases and the log-odds that an input is left
    out, the main effect, and the logarithm of the noise."""

    biases: Parameters
    log_odds: Parameters
    main: Float[Tensor, "*members outputs columns"]
    log_noise: Float[Tensor, "*members"]


class BayesianFit(Fit[BayesianNetwork]):
    """Training of `members` Bayesian networks, stacked; with `targets`, each on standardised targets of its own.

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
        super().__init__(data, rows, settings, *_initial(self.sizes, members, settings.seed, rows.inputs.device))
        if self.is_number:
            self._begin_with_a_straight_line()

    def outputs(
        self, weights: Parameters, biases: Parameters, inputs: Float[Tensor, "members batch columns"]
    ) -> Float[Tensor, "members batch outputs"]:
        """Those of the mean network."""
        return self._through(weights, self._others(biases), inputs, None)

    def network(self, weights: Parameters, biases: Parameters, record: TrainingRecord, name: str) -> BayesianNetwork:
        """The mixture of all members."""
        others = self._others(biases)
        dropout = [torch.sigmoid(log_odds) for log_odds in others.log_odds]
        noise = others.log_noise.exp().clamp(min=LEAST_NOISE)
        return BayesianNetwork(
            space=self.data.space,
            target=self.data.target,
            weights=tuple(weight / (1.0 - gone[:, None]) for weight, gone in zip(weights, dropout, strict=True)),
            biases=tuple(others.biases),
            dropout=tuple(dropout),
            main=others.main,
            noise=noise if self.is_number else torch.zeros_like(noise),
            scale=self.rows.scale,
            shift=self.rows.shift,
            name=name,
            record=record,
        )

    def operations(self) -> int:
        return max(weight[0].numel() for weight in self.weights)

    def validation_losses(self, weights: Parameters, biases: Parameters) -> Float[Tensor, " members"]:
        rows = self.rows.validation
        outputs = self.outputs(weights, biases, self.rows.inputs[rows])
        return self._surprise(outputs, rows, self._others(biases).log_noise)

    def divergence(self) -> Float[Tensor, " members"]:
        """Of the dropout distribution from the prior, in nats."""
        total = torch.zeros(self.members, device=self.device)
        for weight, log_odds in zip(self.weights, self._others(self.biases).log_odds, strict=True):
            pull = 0.5 * self.settings.length_scale**2 * weight.square().sum(1) * (1.0 + log_odds.exp())
            entropy = functional.softplus(log_odds) - log_odds * torch.sigmoid(log_odds)
            total = total + (pull - entropy).sum(1)
        return total

    def _step(
        self, rows: Int[Tensor, "members batch"], rate: float, source: np.random.Generator
    ) -> Float[Tensor, " members"]:
        """One step of all members under masks of their own for every row; returns the losses without the prior's
        part."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.learning_rate * rate
        others = self._others(self.biases)
        outputs = self._through(self.weights, others, self.rows.inputs[rows], self._logistic(rows.shape[1], source))
        losses = self._surprise(outputs, rows, others.log_noise)
        price = self._annealed / self.rows.train.shape[1]
        self.optimiser.zero_grad()
        (losses + price * self.divergence()).sum().backward()
        self.optimiser.step()
        return losses.detach()

    def _validate(self, epoch: int, train: float) -> None:
        if self._annealed < 1.0:
            self.best_loss.fill_(math.inf)
        super()._validate(epoch, train)

    @property
    def _annealed(self) -> float:
        """The prior's weight in the epoch that is under way."""
        return min(1.0, len(self.curve) / max(1, round(ANNEALED * (self.settings.epochs - 1))))

    def _through(
        self,
        weights: Parameters,
        others: Others,
        inputs: Float[Tensor, "members batch columns"],
        logistic: Sequence[Tensor] | None,
    ) -> Float[Tensor, "members batch outputs"]:
        """Outputs under the masks that standard logistic numbers make, one per row and node; of the mean network
        without them."""
        values = inputs
        for layer, (weight, bias) in enumerate(zip(weights, others.biases, strict=True)):
            if logistic is not None:
                log_odds = others.log_odds[layer][:, None]
                values = values * torch.sigmoid((logistic[layer] - log_odds) / TEMPERATURE) * (1.0 + log_odds.exp())
            values = torch.baddbmm(bias[:, None], values, weight.mT)
            if layer < len(weights) - 1:
                values = functional.softplus(values, beta=BETA)
        return torch.baddbmm(values, inputs, others.main.mT)

    def _logistic(self, batch: int, source: np.random.Generator) -> Sequence[Tensor]:
        drawn = source.random((self.members, batch, sum(self.sizes[:-1])), dtype=np.float32)
        uniform = torch.from_numpy(drawn).to(self.device).clamp_(SMALLEST, 1.0 - SMALLEST)
        return torch.logit(uniform).split(self.sizes[:-1], dim=2)

    def _surprise(
        self,
        outputs: Float[Tensor, "members batch outputs"],
        rows: Int[Tensor, "members batch"],
        log_noise: Float[Tensor, " members"],
    ) -> Float[Tensor, " members"]:
        """Negative log-likelihood per row, but for a constant."""
        losses = self.loss(outputs, self._targets(rows))
        if not self.is_number:
            return losses
        log_noise = log_noise.clamp(min=math.log(LEAST_NOISE))
        return 0.5 * losses * (-2.0 * log_noise).exp() + log_noise

    def _targets(self, rows: Int[Tensor, "members some"]) -> Tensor:
        return self.rows.targets[rows] if self.targets is None else self.targets.gather(1, rows)

    def _begin_with_a_straight_line(self) -> None:
        """The main effect starts as the least squares fit, so that the network need not learn it first."""
        with torch.no_grad():
            targets = self._targets(self.rows.train).double().cpu()
            for member, (rows, own) in enumerate(zip(self.rows.train, targets, strict=True)):
                inputs = torch.nn.functional.pad(self.rows.inputs[rows], (0, 1), value=1.0).double().cpu()
                slopes = torch.linalg.lstsq(inputs, own[:, None], driver="gelsd").solution[:-1, 0]
                self._others(self.biases).main[member, 0] = slopes.to(self.biases[0])

    def _others(self, stored: Parameters) -> Others:
        """What the loop carries along as biases, by name."""
        n = len(self.weights)
        return Others(stored[:n], [FASTER * one for one in stored[n : 2 * n]], stored[2 * n], stored[2 * n + 1])


def _initial(sizes: Sequence[int], members: int, seed: int, device: torch.device) -> tuple[list[Tensor], list[Tensor]]:
    """Weights as a perceptron's; besides them biases, log-odds, no main effect, and noise as large as the target's."""
    sources = [random_stream(seed, member, WEIGHTS) for member in range(members)]
    weights, biases = [], []
    for position, (n_inputs, n_units) in enumerate(pairwise(sizes)):
        spread = math.sqrt((1 if position == len(sizes) - 2 else 2) / n_inputs)
        bound = 1.0 if position == 0 else 0.0
        weights.append(np.stack([source.normal(0.0, spread, (n_units, n_inputs)) for source in sources]))
        biases.append(np.stack([source.uniform(-bound, bound, n_units) for source in sources]))
    first = math.log(FIRST_DROPOUT / (1.0 - FIRST_DROPOUT)) / FASTER
    log_odds = [np.full((members, n_units), first) for n_units in sizes[:-1]]
    others = [*biases, *log_odds, np.zeros((members, sizes[-1], sizes[0])), np.zeros(members)]
    leaves = [[torch.from_numpy(one).float().to(device).requires_grad_() for one in some] for some in (weights, others)]
    return leaves[0], leaves[1]
