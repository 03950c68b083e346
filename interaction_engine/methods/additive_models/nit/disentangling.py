"""The first phase of NIT: gates decide which features each block sees, under a penalty on how many they are."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from ....core.random_streams import random_stream
from ....models.additive.network import Subnets, initial_subnets
from ....models.networks.layers import StackedLayers
from ....models.networks.mlp import n_outputs
from ....models.training.rows import TrainingRows
from ....models.training.trainer import BETAS, LOSSES, Network, Trainer, batch_size, parameters_by_kind
from ....numerics.derivatives.mlp import ACTIVATIONS
from ..merging import Sets, kept_sets, merged
from ..paraace.subnet_trainer import ANCHORS, STEEPEST
from .gates import drawn_gates, opening, settled_gates

if TYPE_CHECKING:
    from ....data.dataset import Dataset

GATE_RATE = 5e-2
"""Learning rate of the gates, as in the paper. The weights have a smaller one of their own, as they would otherwise
follow the gates' noise and not the target."""

OPEN, JITTER = 2.0, 0.1
"""Where the gates' log-alpha begin: open with probability 0.97, each slightly otherwise."""

FIRST_PRESSURE, GROWTH, PRESSED = 3e-3, 1.2, 0.1
"""Weight of the penalty in the first epoch, and its growth from epoch to epoch: so gates close in the order in which
the target misses them least. It grows until no block has more features than allowed, to PRESSED at least."""

STABLE, MOST_EPOCHS, MOST_STEPS = 3, 80, 64
"""Epochs for which the open gates have to stay as they are; epochs at most; steps of an epoch at most."""

BLOCKS_STREAM, GATES_STREAM = 101, 201
"""Purposes of random numbers (see `random_stream`), one more for every round."""


@dataclass(frozen=True)
class GateSettings:
    """What the first phase needs to know; see `train_nit` for what each means."""

    max_order: int
    blocks: int
    rounds: int
    hidden: tuple[int, ...]
    activation: str
    penalty: float
    pressure: str
    learning_rate: float
    batch: int
    seed: int


def order_penalty(
    orders: Float[Tensor, " blocks"], alive: Float[Tensor, " blocks"], max_order: int, penalty: float, pressure: str
) -> Float[Tensor, ""]:
    """Return L_K of the NIT paper (equation 5), of the blocks' expected orders.

    It is the excess of the largest order over `max_order`, plus `penalty` times the mean order of the blocks that
    are `alive`. With `pressure` "all", the excess of every block counts, not of the largest alone: then all blocks
    shrink at once and not one after the other.
    """
    excess = (orders - max_order).clamp(min=0.0)
    too_many = excess.sum() if pressure == "all" else excess.amax()
    return too_many + penalty * (orders * alive).sum() / alive.sum().clamp(min=1.0)


def disentangled(
    data: "Dataset", rows: TrainingRows, settings: GateSettings, progress: Callable[[float, str], None]
) -> Sets:
    """The feature sets of the blocks, each of at most `max_order`, none part of another; none where all gates shut.

    Blocks that end up with the same features as another, fewer of them or none are given back: in the next round the
    sets found stay, and the free blocks look for what these leave unexplained.
    """
    result: Sets = ()
    for number in range(settings.rounds):
        free = settings.blocks - len(result)
        if free <= 0:
            break
        trainer = BlockTrainer(data, rows, settings, result, number)
        trainer.run(lambda share, message, number=number: progress((number + share) / settings.rounds, message))
        sets = merged((*result, *trainer.sets()))[0]
        if sets == result:
            break
        result = sets
    return result


class GatedBlocks(nn.Module):
    """Blocks of one shape, of all features each, whose inputs pass gates; the first of them have settled ones."""

    owners: Int[Tensor, " columns"]
    settled: Float[Tensor, "found features"]

    def __init__(self, blocks: Subnets, found: Sets, log_alpha: Float[Tensor, "free features"]) -> None:
        super().__init__()
        *weights, last = blocks.weights
        self.blocks = StackedLayers((*weights, last / len(blocks) ** 0.5), blocks.biases, blocks.activation)
        self.intercept = nn.Parameter(last.new_zeros(last.shape[1]))
        self.log_alpha = nn.Parameter(log_alpha)
        n_features = log_alpha.shape[1]
        settled = torch.zeros(len(found), n_features, dtype=torch.float32)
        for block, one in enumerate(found):
            settled[block, list(one)] = 1.0
        sizes = torch.tensor([group.stop - group.start for group in blocks.space.groups])
        self.register_buffer("settled", settled, persistent=False)
        self.register_buffer("owners", torch.arange(n_features).repeat_interleave(sizes), persistent=False)

    def forward(
        self, encoded: Float[Tensor, "rows columns"], uniform: Float[Tensor, "free features"]
    ) -> Float[Tensor, "rows outputs"]:
        """Return the sum of all blocks, each seeing the inputs through its gates, which uniform numbers draw.

        Rows stand last inside, as in `Subnets`.
        """
        gates = torch.cat([self.settled, drawn_gates(self.log_alpha, uniform)])
        act, weights, biases = ACTIVATIONS[self.blocks.activation], self.blocks.weights, self.blocks.biases
        first = weights[0] * gates[:, self.owners][:, None, :]
        values = (first.flatten(0, 1) @ encoded.T).unflatten(0, first.shape[:2])
        values = act(values + biases[0][:, :, None])
        for weight, bias in zip(weights[1:-1], biases[1:-1], strict=True):
            values = act(torch.baddbmm(bias[:, :, None], weight, values))
        return self.intercept + torch.baddbmm(biases[-1][:, :, None], weights[-1], values).sum(dim=0).T

    def probabilities(self) -> Float[Tensor, "free features"]:
        """Return the probability that each gate of the free blocks is open; differentiable."""
        return opening(self.log_alpha)

    def settled_gates(self) -> Float[Tensor, "free features"]:
        """Return the gates of the free blocks without chance."""
        return settled_gates(self.log_alpha.detach())


class GateTrainer(Trainer[Network]):
    """Trains a network with gates under a penalty that grows until no part of it sees more features than allowed.

    A subclass gives the losses and the penalty, and says which features each part sees.
    """

    part = "block"
    """What sees features, in a message."""

    def __init__(
        self, network: Network, rows: TrainingRows, settings: GateSettings, rate: float, gates: Sequence[Tensor]
    ) -> None:
        self.rows, self.settings, self.pressure = rows, settings, FIRST_PRESSURE
        network.requires_grad_()
        self.gates = list(gates)
        ordered = (one for many in parameters_by_kind(network) for one in many)
        self.weights = [one for one in ordered if not any(one is gate for gate in gates)]
        groups = [{"params": self.weights, "lr": rate}, {"params": self.gates, "lr": GATE_RATE}]
        super().__init__(network, torch.optim.Adam(groups, betas=BETAS, fused=True), settings.seed)

    @abstractmethod
    def seen(self) -> Bool[Tensor, "parts features"]:
        """Return which features each part of the network sees without chance."""

    def run(self, progress: Callable[[float, str], None]) -> None:
        """Train until no part sees more features than allowed, and what each sees has settled."""

        def message() -> str:
            return f"Disentangling: up to {int(self.seen().sum(dim=1).max())} features in a {self.part}"

        stable, seen = 0, self.seen()
        while self.epoch < MOST_EPOCHS and stable < STABLE:
            self.train_epoch(lambda share: progress(self.epoch / MOST_EPOCHS, message()))
            before, seen = seen, self.seen()
            allowed = int(seen.sum(dim=1).max()) <= self.settings.max_order and self.pressure > PRESSED
            stable = stable + 1 if allowed and torch.equal(seen, before) else 0
            self.pressure *= 1.0 if allowed else GROWTH
            progress(self.epoch / MOST_EPOCHS, message())

    def batches(self, epoch: int) -> Sequence[Int[Tensor, " batch"]]:
        """Return the rows of every step, `MOST_STEPS` of them at most."""
        order = self.rows.order(epoch)[0]
        size = batch_size(len(order), self.settings.batch)
        return order[: size * min(len(order) // size, MOST_STEPS)].split(size)

    def before_step(self, progress: float) -> None:
        """Make the gradient of the weights no longer than STEEPEST."""
        torch.nn.utils.clip_grad_norm_(self.weights, STEEPEST)


class BlockTrainer(GateTrainer[GatedBlocks]):
    """Trains all blocks of a round as one product, the first of them with the settled sets `found`."""

    def __init__(self, data: "Dataset", rows: TrainingRows, settings: GateSettings, found: Sets, number: int) -> None:
        self.loss = LOSSES[data.target.kind]
        source = random_stream(settings.seed, number, BLOCKS_STREAM)
        self.noise = random_stream(settings.seed, number, GATES_STREAM)
        blocks = initial_subnets(
            data.space,
            (tuple(range(len(data.space))),) * settings.blocks,
            settings.hidden,
            n_outputs(data.target),
            settings.activation,
            rows.inputs[rows.train[0, :ANCHORS]],
            source,
        )
        begin = source.normal(OPEN, JITTER, (settings.blocks - len(found), len(data.space)))
        log_alpha = torch.from_numpy(begin).float()
        network = GatedBlocks(blocks, found, log_alpha).to(rows.inputs.device)
        super().__init__(network, rows, settings, settings.learning_rate, [network.log_alpha])

    def batches(self, epoch: int) -> Sequence[Int[Tensor, " batch"]]:
        """Return the rows of every step, and draw the numbers that its gates are drawn from."""
        batches = super().batches(epoch)
        shape = (len(batches), *self.network.log_alpha.shape)
        uniform = self.noise.uniform(1e-6, 1 - 1e-6, shape).astype(np.float32)
        self.uniform = iter(torch.from_numpy(uniform).to(self.device))
        return batches

    def losses(self, rows: Int[Tensor, " batch"]) -> Float[Tensor, ""]:
        """Return the loss of these rows under gates drawn at random."""
        outputs = self.network(self.rows.inputs[rows], next(self.uniform))
        return self.loss(outputs[None], self.rows.targets[rows][None])[0]

    def penalty(self) -> Float[Tensor, ""]:
        """Return what the orders of the blocks cost."""
        settings, alive = self.settings, self.seen().any(dim=1).float()
        orders = self.network.probabilities().sum(dim=1)
        return self.pressure * order_penalty(orders, alive, settings.max_order, settings.penalty, settings.pressure)

    def seen(self) -> Bool[Tensor, "free features"]:
        """Return which features each free block sees."""
        return self.network.settled_gates() > 0

    def sets(self) -> Sets:
        """Return the sets of features of the free blocks."""
        return kept_sets(self.network.settled_gates(), self.settings.max_order)
