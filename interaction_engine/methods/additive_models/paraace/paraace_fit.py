"""ParaACE networks in the training loop: subnets and fix-up, together or in turns."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ....core.random_streams import WEIGHTS, random_stream
from ....models.additive.network import AdditiveNetwork, initial_subnets
from ....models.additive.paraace import FixUp, ParaAce
from ....models.additive.refits import Refits
from ....models.networks.mlp import TrainingRecord, n_outputs
from ....models.training.loop import Settings
from ....models.training.rows import TrainingRows
from ...common.feature_sets import Sets
from .subnet_fit import SubnetsFit, stacked

if TYPE_CHECKING:
    from ....data.dataset import Dataset

ANCHORS = 1000
"""Rows on which the thresholds of the first units may lie."""


@dataclass(frozen=True)
class ParaAceSettings(Settings):
    """The options of a training; see `train_paraace` for what each means.

    Args:
        hidden: Hidden units of a subnet.
        fix_up: Hidden units of the fix-up; 0 for the linear one.
        turn: Epochs that the subnets, then the fix-up, are trained alone; 0 for both together. A training too short
            for a turn of each has shorter ones.
    """

    hidden: tuple[int, ...]
    fix_up: int
    turn: int

    @property
    def has_loads(self) -> bool:
        """Whether a linear fix-up has weights of its own. Trained together with the subnets it needs none, since the
        last layers of the subnets hold them; trained in turns, they are what its turn is about."""
        return not self.fix_up and self.turn > 0


class ParaAceFit(SubnetsFit[ParaAce | AdditiveNetwork]):
    """Training of networks with the subnets `members`, as many as `rows` has divisions.

    All that is random is drawn from the seed, the number of the network (from `first` on) and the epoch alone: so a
    training that goes on from a checkpoint ends with the same weights as one that was never interrupted.
    """

    settings: ParaAceSettings

    def __init__(
        self, data: "Dataset", rows: TrainingRows, terms: Sets, settings: ParaAceSettings, first: int = 0
    ) -> None:
        self.settings, self.n_outputs, self.n_layers = settings, n_outputs(data.target), len(settings.hidden) + 1
        sources = [random_stream(settings.seed, first + number, WEIGHTS) for number in range(rows.members)]
        ends = 1 if settings.fix_up else self.n_outputs
        drawn = [
            initial_subnets(data.space, terms, settings.hidden, ends, "relu", rows.inputs[own[:ANCHORS]], source)
            for own, source in zip(rows.train, sources, strict=True)
        ]
        self.subnets = drawn[0]
        if not settings.fix_up:
            quieter = math.sqrt(len(terms))
            drawn = [one.holding((*one.weights[:-1], one.weights[-1] / quieter), one.biases) for one in drawn]
        weights, biases = stacked(drawn)
        more_weights, more_biases = self._behind(len(terms), settings.fix_up, sources, rows.inputs.device)
        super().__init__(data, rows, settings, weights + more_weights, biases + more_biases)

    def outputs(
        self, weights: Sequence[Tensor], biases: Sequence[Tensor], inputs: Float[Tensor, "networks batch columns"]
    ) -> Float[Tensor, "networks batch outputs"]:
        values = self.values(weights, biases, inputs)
        if not self.settings.fix_up:
            loaded = values * weights[-1][:, None] if self.settings.has_loads else values
            return biases[-1][:, None] + loaded.sum(dim=2)
        (first, second, last), (b1, b2, b3) = weights[self.n_layers :], biases[self.n_layers :]
        values = values[..., 0]
        hidden = torch.relu(torch.baddbmm(b1[:, None], values, first.mT))
        return torch.baddbmm(b3[:, None], values + torch.relu(torch.baddbmm(b2[:, None], hidden, second.mT)), last.mT)

    def settle(self, epoch: int) -> None:
        """In turns, what waits has no gradient, and so stays as it is: the fix-up first, then the subnets."""
        if not self.settings.turn:
            return
        n_weights = len(self.weights)
        fix_up = [*range(self.n_layers, n_weights), *range(n_weights + self.n_layers, len(self.parameters))]
        turn = min(self.settings.turn, max(1, self.settings.epochs // 2))
        subnets_turn = epoch // turn % 2 == 0
        for place, parameter in enumerate(self.parameters):
            if (place in fix_up) == subnets_turn:
                parameter.grad = None

    def network(
        self, weights: Sequence[Tensor], biases: Sequence[Tensor], record: TrainingRecord, name: str
    ) -> ParaAce | AdditiveNetwork:
        """The first of the networks."""
        if self.settings.has_loads:
            weights, biases = self._multiplied(weights, biases)
        own, thresholds = [one[0].detach() for one in weights], [one[0].detach() for one in biases]
        subnets = self.subnets.holding(own[: self.n_layers], thresholds[: self.n_layers])
        interactions = sum(len(one) > 1 for one in self.subnets.members)
        record = replace(record, options=asdict(self.settings) | {"interactions": interactions})
        space, target = self.data.space, self.data.target
        known: Any = {"scale": self.rows.scale, "shift": self.rows.shift, "name": name, "record": record}
        if not self.settings.fix_up:
            return AdditiveNetwork(space, target, subnets, thresholds[-1], **known)
        fix_up = FixUp(tuple(own[self.n_layers :]), tuple(thresholds[self.n_layers :]))
        return ParaAce(space, target, subnets, fix_up, **known)

    def refits(self) -> Refits:
        """The best subnets of all networks, each with its weight in the sum that the fix-up makes of them."""
        n_weights = len(self.weights)
        if self.settings.has_loads:
            weights, biases = self._multiplied(self.best[:n_weights], self.best[n_weights:])
            return Refits(tuple(weights), tuple(biases[:-1]))
        weights, biases = self.best[: self.n_layers], self.best[n_weights : n_weights + self.n_layers]
        if not self.settings.fix_up:
            return Refits(tuple(weights), tuple(biases))
        loads = self.best[n_weights - 1].mT[..., None]  # networks, subnets, outputs, 1
        return Refits((*weights[:-1], loads * weights[-1]), (*biases[:-1], loads[..., 0] * biases[-1]))

    def _multiplied(self, weights: Sequence[Tensor], biases: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        """The same networks with the weights of the linear fix-up multiplied into the subnets, so that it is a sum."""
        *inner, last, loads = weights
        *thresholds, threshold, intercept = biases
        return [*inner, last * loads[..., None]], [*thresholds, threshold * loads, intercept]

    def _behind(
        self, n_subnets: int, units: int, sources: Sequence[np.random.Generator], device: torch.device
    ) -> tuple[list[Tensor], list[Tensor]]:
        """What stands behind the subnets: a fix-up that begins close to the plain sum, or as one."""
        if not units:
            shape = (len(sources), n_subnets, self.n_outputs)
            loads = [torch.ones(shape, device=device).requires_grad_()] if self.settings.has_loads else []
            return loads, [torch.zeros(len(sources), self.n_outputs, device=device).requires_grad_()]
        shapes = ((units, n_subnets), (n_subnets, units), (self.n_outputs, n_subnets))
        spreads = (math.sqrt(2 / n_subnets), math.sqrt(2 / units) / 4, math.sqrt(1 / n_subnets))
        drawn = [
            np.stack([source.normal(0.0, spread, shape) for source in sources])
            for shape, spread in zip(shapes, spreads, strict=True)
        ]
        weights = [torch.from_numpy(one).float().to(device).requires_grad_() for one in drawn]
        return weights, [torch.zeros(len(sources), shape[0], device=device).requires_grad_() for shape in shapes]
