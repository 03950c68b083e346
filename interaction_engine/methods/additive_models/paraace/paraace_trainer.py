"""The training of ParaACE networks: subnets and fix-up, together or in turns."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from ....core.random_streams import WEIGHTS, random_stream
from ....models.additive.network import AdditiveNetwork, initial_subnets
from ....models.additive.paraace import FixUp, ParaAce
from ....models.additive.refits import Refits
from ....models.networks.mlp import TrainingRecord, n_outputs
from ....models.training.rows import TrainingRows
from ....models.training.validated_trainer import Settings
from ...common.feature_sets import Sets
from .subnet_trainer import SubnetStack, SubnetsTrainer, SubnetSums, quieter

if TYPE_CHECKING:
    from ....data.dataset import Dataset

ANCHORS = 1000
"""Rows on which the kinks of the first units may lie."""


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
        """Whether a linear fix-up has weights of its own.

        Trained together with the subnets it needs none, since the last layers of the subnets hold them; trained
        in turns, they are what its turn is about.
        """
        return not self.fix_up and self.turn > 0


class FixedUpSubnets(nn.Module):
    """Networks whose subnets, of one value each, pass a nonlinear fix-up."""

    def __init__(self, subnets: SubnetStack, fix_up: FixUp) -> None:
        super().__init__()
        self.subnets, self.fix_up = subnets, fix_up

    def forward(self, inputs: Float[Tensor, "networks batch columns"]) -> Float[Tensor, "networks batch outputs"]:
        """Return the outputs of the fix-up, each network for rows of its own."""
        return self.fix_up(self.subnets(inputs)[..., 0])

    def refits(self) -> Refits:
        """Return the subnets of all networks, each with its weight in the sum that the fix-up makes of them."""
        weights, biases = self.subnets.weights, self.subnets.biases
        loads = self.fix_up.weights[2].mT[..., None]  # networks, subnets, outputs, 1
        return Refits((*weights[:-1], loads * weights[-1]), (*biases[:-1], loads[..., 0] * biases[-1]))


Networks = FixedUpSubnets | SubnetSums
"""Networks with a nonlinear fix-up, or with a linear one."""


class ParaAceTrainer(SubnetsTrainer[Networks, ParaAce | AdditiveNetwork]):
    """Trains networks with the subnets `terms`, as many as `rows` has divisions.

    All that is random is drawn from the seed, the number of the network (from `first` on) and the epoch alone.
    """

    settings: ParaAceSettings

    def __init__(
        self, data: "Dataset", rows: TrainingRows, terms: Sets, settings: ParaAceSettings, first: int = 0
    ) -> None:
        outputs = n_outputs(data.target)
        sources = [random_stream(settings.seed, first + number, WEIGHTS) for number in range(rows.members)]
        ends = 1 if settings.fix_up else outputs
        drawn = [
            initial_subnets(data.space, terms, settings.hidden, ends, "relu", rows.inputs[own[:ANCHORS]], source)
            for own, source in zip(rows.train, sources, strict=True)
        ]
        if settings.fix_up:
            fix_up = initial_fix_up(len(terms), settings.fix_up, outputs, sources)
            network: Networks = FixedUpSubnets(SubnetStack(drawn), fix_up)
        else:
            network = SubnetSums(SubnetStack([quieter(one) for one in drawn]), outputs, settings.has_loads)
        super().__init__(network, data, rows, settings)

    def before_step(self, progress: float) -> None:
        """Set the learning rate; in turns, what waits has no gradient, and so stays as it is."""
        super().before_step(progress)
        if not self.settings.turn:
            return
        turn = min(self.settings.turn, max(1, self.settings.epochs // 2))
        subnets_turn = self.epoch // turn % 2 == 0
        for name, parameter in self.named.items():
            if name.startswith("subnets.") != subnets_turn:
                parameter.grad = None

    def model(self, network: Networks, record: TrainingRecord, name: str) -> ParaAce | AdditiveNetwork:
        """Return the first of the networks."""
        subnets = network.subnets.first()
        interactions = sum(len(one) > 1 for one in subnets.members)
        record = replace(record, options=asdict(self.settings) | {"interactions": interactions})
        space, target = self.data.space, self.data.target
        known: Any = {"scale": self.rows.scale, "shift": self.rows.shift, "name": name, "record": record}
        if isinstance(network, FixedUpSubnets):
            fix_up = FixUp((one[0] for one in network.fix_up.weights), (one[0] for one in network.fix_up.biases))
            return ParaAce(space, target, subnets, fix_up, **known)
        if network.load_weight is not None:  # multiplied into the subnets, so that the network is a sum
            (*weights, last), (*biases, bias) = subnets.weights, subnets.biases
            loads = network.load_weight[0]
            subnets = subnets.with_layers((*weights, last * loads[..., None]), (*biases, bias * loads))
        return AdditiveNetwork(space, target, subnets, network.intercept[0].detach(), **known)

    def refits(self) -> Refits:
        """Return the best subnets of all networks, each with its weight in the sum that the fix-up makes of them."""
        return self.best.refits()


def initial_fix_up(n_subnets: int, units: int, outputs: int, sources: Sequence[np.random.Generator]) -> FixUp:
    """Return the fix-ups of several networks before training, each close to the plain sum, drawn from its source."""
    shapes = ((units, n_subnets), (n_subnets, units), (outputs, n_subnets))
    spreads = (math.sqrt(2 / n_subnets), math.sqrt(2 / units) / 4, math.sqrt(1 / n_subnets))
    drawn = (
        np.stack([source.normal(0.0, spread, shape) for source in sources])
        for shape, spread in zip(shapes, spreads, strict=True)
    )
    biases = (torch.zeros(len(sources), shape[0], dtype=torch.float32) for shape in shapes)
    return FixUp((torch.from_numpy(one).float() for one in drawn), biases)
