"""The first phase of NIT: gates decide which features each block sees, under a penalty on how many they are."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ....core.random_streams import random_stream
from ....models.additive.network import initial_subnets
from ....models.networks.mlp import n_outputs
from ....models.training.loop import BETAS, LOSSES, REPORT_SECONDS
from ....models.training.rows import TrainingRows
from ....numerics.derivatives.mlp import ACTIVATIONS
from ..merging import Sets, kept_sets, merged
from ..paraace.subnet_fit import ANCHORS, STEEPEST, batches
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
    """L_K of the paper (equation 5), of the blocks' expected orders: the excess of the largest over `max_order`, plus
    `penalty` times the mean order of the blocks that are `alive`. With `pressure` "all", the excess of every block
    counts, not of the largest alone: then all blocks shrink at once and not one after the other."""
    excess = (orders - max_order).clamp(min=0.0)
    too_many = excess.sum() if pressure == "all" else excess.amax()
    return too_many + penalty * (orders * alive).sum() / alive.sum().clamp(min=1.0)


def disentangled(
    data: "Dataset", rows: TrainingRows, settings: GateSettings, tell: Callable[[float, str], None]
) -> Sets:
    """The feature sets of the blocks, each of at most `max_order`, none part of another; none where all gates shut.

    Blocks that end up with the same features as another, fewer of them or none are given back: in the next round the
    sets found stay, and the free blocks look for what these leave unexplained.
    """
    found: Sets = ()
    for number in range(settings.rounds):
        free = settings.blocks - len(found)
        if free <= 0:
            break
        again = _Round(data, rows, settings, found, number).run(
            lambda share, message, number=number: tell((number + share) / settings.rounds, message)
        )
        sets = merged((*found, *again))[0]
        if sets == found:
            break
        found = sets
    return found


class _Round:
    """One training of all blocks on one batched product, the first of them with the settled sets `found`."""

    def __init__(self, data: "Dataset", rows: TrainingRows, settings: GateSettings, found: Sets, number: int) -> None:
        self.rows, self.settings, self.n_features = rows, settings, len(data.space)
        self.loss, self.act = LOSSES[data.target.kind], ACTIVATIONS[settings.activation]
        source = random_stream(settings.seed, number, BLOCKS_STREAM)
        self.noise = random_stream(settings.seed, number, GATES_STREAM)
        device, everything = rows.inputs.device, tuple(range(self.n_features))
        subnets = initial_subnets(
            data.space,
            (everything,) * settings.blocks,
            settings.hidden,
            n_outputs(data.target),
            settings.activation,
            rows.inputs[rows.train[0, :ANCHORS]],
            source,
        )
        last = subnets.weights[-1] / settings.blocks**0.5
        self.weights = [one.clone().requires_grad_() for one in (*subnets.weights[:-1], last)]
        self.biases = [one.clone().requires_grad_() for one in subnets.biases]
        self.intercept = rows.inputs.new_zeros(n_outputs(data.target)).requires_grad_()
        self.settled = torch.zeros(len(found), self.n_features, device=device)
        for block, one in enumerate(found):
            self.settled[block, list(one)] = 1.0
        free = (settings.blocks - len(found), self.n_features)
        begin = torch.from_numpy(source.normal(OPEN, JITTER, free)).float()
        self.log_alpha = begin.to(device).requires_grad_()
        sizes = [group.stop - group.start for group in data.space.groups]
        self.owners = torch.arange(self.n_features, device=device).repeat_interleave(torch.tensor(sizes, device=device))
        self.network = [*self.weights, *self.biases, self.intercept]
        groups = [
            {"params": self.network, "lr": settings.learning_rate},
            {"params": [self.log_alpha], "lr": GATE_RATE},
        ]
        self.optimiser = torch.optim.Adam(groups, betas=BETAS, fused=True)

    def run(self, tell: Callable[[float, str], None]) -> Sets:
        """Train until no block is larger than allowed and the largest order has settled; the free blocks' sets."""
        settings, weight, stable, open_ = self.settings, FIRST_PRESSURE, 0, self._open()
        for epoch in range(MOST_EPOCHS):
            self._epoch(epoch, weight, tell)
            before, open_ = open_, self._open()
            largest = int(open_.sum(dim=1).max())
            allowed = largest <= settings.max_order and weight > PRESSED
            stable = stable + 1 if allowed and torch.equal(open_, before) else 0
            if stable >= STABLE:
                break
            weight = weight if allowed else weight * GROWTH
            tell((epoch + 1) / MOST_EPOCHS, f"Disentangling: up to {largest} features in a block")
        return kept_sets(settled_gates(self.log_alpha.detach()), settings.max_order)

    def _epoch(self, epoch: int, weight: float, tell: Callable[[float, str], None]) -> None:
        order = self.rows.order(epoch)[0]
        batch, n_steps = batches(len(order), self.settings.batch)
        n_steps = min(n_steps, MOST_STEPS)
        uniform = self.noise.uniform(1e-6, 1 - 1e-6, (n_steps, *self.log_alpha.shape)).astype(np.float32)
        drawn, told = torch.from_numpy(uniform).to(order.device), time.monotonic()
        for step in range(n_steps):
            self._step(order[step * batch : (step + 1) * batch], drawn[step], weight)
            if time.monotonic() - told >= REPORT_SECONDS:
                told = time.monotonic()
                tell(
                    epoch / MOST_EPOCHS,
                    f"Disentangling: up to {int(self._open().sum(dim=1).max())} features in a block",
                )

    def _step(self, rows: Tensor, uniform: Tensor, weight: float) -> None:
        settings = self.settings
        gates = torch.cat([self.settled, drawn_gates(self.log_alpha, uniform)])
        outputs = self.intercept + self._outputs(self.rows.inputs[rows], gates)
        alive = (settled_gates(self.log_alpha.detach()) > 0).any(dim=1).float()
        penalty = order_penalty(
            opening(self.log_alpha).sum(dim=1), alive, settings.max_order, settings.penalty, settings.pressure
        )
        loss = self.loss(outputs[None], self.rows.targets[rows][None])[0] + weight * penalty
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network, STEEPEST)
        self.optimiser.step()

    def _outputs(
        self, encoded: Float[Tensor, "rows columns"], gates: Float[Tensor, "blocks features"]
    ) -> Float[Tensor, "rows outputs"]:
        """The sum of all blocks, each seeing the inputs through its gates; rows stand last inside."""
        first = self.weights[0] * gates[:, self.owners][:, None, :]
        values = (first.flatten(0, 1) @ encoded.T).unflatten(0, first.shape[:2])
        values = self.act(values + self.biases[0][:, :, None])
        for weight, bias in zip(self.weights[1:-1], self.biases[1:-1], strict=True):
            values = self.act(torch.baddbmm(bias[:, :, None], weight, values))
        return torch.baddbmm(self.biases[-1][:, :, None], self.weights[-1], values).sum(dim=0).T

    def _open(self) -> Tensor:
        """Which gates of the free blocks would be open without chance."""
        return settled_gates(self.log_alpha.detach()) > 0
