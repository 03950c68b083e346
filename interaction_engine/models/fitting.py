"""The training loop: k stacked networks, their optimiser, the best weights so far, and how all of it is resumed."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from ..data.encoding import encode
from ..errors import InputError
from ..numerics.compute import Compute
from ..numerics.mlp import forward
from ..types import Report, TargetKind
from .layers import layer
from .networks import Mlp, TrainingRecord, n_outputs

if TYPE_CHECKING:
    from ..data.dataset import Dataset

FEWEST_ROWS = 10
VALIDATION_SHARE = 0.15
MOST_VALIDATION_ROWS = 20_000
"""More validation rows do not make the choice of an epoch better, only slower."""

WARM_UP = 0.1
"""Share of the steps during which the learning rate rises: Adam's first steps, of full size, would be blind."""

BETAS = (0.9, 0.99)
"""Adam's memory: a second moment over 100 steps follows the few thousand steps of a training better than over 1000."""

LEAST_STEPS, LEAST_BATCH = 20, 16
"""A small table is cut into smaller batches, so that an epoch still has this many steps, of at least so many rows."""

AVERAGED_STEPS = 500
AVERAGED_SHARE = 1 / 6
"""The weights kept are a running mean over so many steps, at most this share of the training: noise of the last steps,
and of the target, averages out."""

DIVISION, WEIGHTS, FIRST_EPOCH = 0, 1, 2
"""Purposes of random numbers; each has its own stream, so that nothing depends on what was drawn before."""

CHECKPOINT_SECONDS = 2.0
REPORT_SECONDS = 0.25


@dataclass(frozen=True)
class Settings:
    """The options of a training; see `training` for what each means."""

    hidden: tuple[int, ...]
    activation: str
    epochs: int
    learning_rate: float
    weight_decay: float
    batch: int
    patience: int
    seed: int


class Fit:
    """Training of `members` networks on the training rows of `data`; a single network is an ensemble of one.

    Every epoch visits each member's rows once, in an order drawn from the seed, the member and the epoch alone: so a
    training that goes on from a checkpoint ends with the same weights as one that was never interrupted.
    """

    def __init__(self, data: "Dataset", members: int, settings: Settings, compute: Compute) -> None:
        self.data, self.members, self.settings = data, members, settings
        self.device = torch.device(compute.torch_device)
        self.loss = LOSSES[data.target.kind]
        self.inputs, self.targets, self.scale, self.shift = self._tensors()
        self.train_rows, self.validation_rows = self._parts()
        self.weights, self.biases = self._initial()
        groups = [
            {"params": self.weights, "weight_decay": settings.weight_decay},
            {"params": self.biases, "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=settings.learning_rate, betas=BETAS, fused=True)
        self.average = [parameter.detach().clone() for parameter in self.parameters]
        self.best = [parameter.detach().clone() for parameter in self.parameters]
        self.best_loss = torch.full((members,), math.inf)
        self.best_epoch = torch.zeros(members, dtype=torch.long)
        self.curve: list[tuple[float, float]] = []
        self.seconds = 0.0

    @property
    def parameters(self) -> list[Tensor]:
        return [*self.weights, *self.biases]

    def run(self, name: str, report: Report) -> Mlp:
        """Train to the last epoch, or until no member has improved for `patience` epochs; returns the best weights."""
        if report.restored:
            self._restore(report.restored)
        started = saved = time.monotonic()
        seconds = self.seconds
        for epoch in range(len(self.curve), self.settings.epochs):
            if epoch - int(self.best_epoch.max()) > self.settings.patience:
                break
            train = self._epoch(epoch, report)
            self._validate(epoch, train)
            self.seconds = seconds + time.monotonic() - started
            report((epoch + 1) / self.settings.epochs, self._message(), {"kind": "curve"} | self._curves())
            if time.monotonic() - saved >= CHECKPOINT_SECONDS:
                report.checkpoint(self._state())
                saved = time.monotonic()
        return self._network(name)

    def _epoch(self, epoch: int, report: Report) -> float:
        """One pass over the training rows; returns the mean loss of its batches."""
        order = self._order(epoch)
        n_rows = order.shape[1]
        batch = min(self.settings.batch, max(LEAST_BATCH, n_rows // LEAST_STEPS), n_rows)
        steps = n_rows // batch
        horizon = min(AVERAGED_STEPS, AVERAGED_SHARE * steps * self.settings.epochs)
        total = torch.zeros(self.members, device=self.device)
        told = time.monotonic()
        for step in range(steps):
            for group in self.optimiser.param_groups:
                group["lr"] = self.settings.learning_rate * schedule((epoch + step / steps) / self.settings.epochs)
            total += self._step(order[:, step * batch : (step + 1) * batch])
            share = max(1 / (epoch * steps + step + 1), 1 / max(horizon, 1.0))
            torch._foreach_lerp_(self.average, [parameter.detach() for parameter in self.parameters], share)
            if time.monotonic() - told >= REPORT_SECONDS:
                told = time.monotonic()
                report((epoch + step / steps) / self.settings.epochs, self._message())
        return float(total.mean()) / steps

    def _step(self, rows: Int[Tensor, "members batch"]) -> Float[Tensor, " members"]:
        hidden = self.inputs[rows]
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            hidden = layer(hidden, weight, bias, self.settings.activation)
        losses = self.loss(layer(hidden, self.weights[-1], self.biases[-1], "identity"), self.targets[rows])
        self.optimiser.zero_grad()
        losses.sum().backward()
        self.optimiser.step()
        return losses.detach()

    def _validate(self, epoch: int, train: float) -> None:
        """Note the losses of the averaged weights, and keep those of the members that are better than ever."""
        with torch.inference_mode():
            inputs, targets = self.inputs[self.validation_rows], self.targets[self.validation_rows]
            weights, biases = self.average[: len(self.weights)], self.average[len(self.weights) :]
            losses = self.loss(forward(weights, biases, self.settings.activation, inputs), targets).cpu()
        if not math.isfinite(train) or not losses.isfinite().all():
            rate = self.settings.learning_rate
            raise InputError(f"Training diverged in epoch {epoch + 1}; use a smaller `learning_rate` than {rate:g}.")
        self.curve.append((train, float(losses.mean())))
        better = losses < self.best_loss
        self.best_loss[better] = losses[better]
        self.best_epoch[better] = epoch
        for best, average in zip(self.best, self.average, strict=True):
            best[better] = average[better]

    def _network(self, name: str) -> Mlp:
        n_layers = len(self.weights)
        options = {"members": self.members} | asdict(self.settings)
        train, validation = zip(*self.curve, strict=True)
        return Mlp(
            space=self.data.space,
            target=self.data.target,
            weights=tuple(self.best[:n_layers]),
            biases=tuple(self.best[n_layers:]),
            activation=self.settings.activation,
            scale=self.scale,
            shift=self.shift,
            name=name,
            record=TrainingRecord(
                tuple(range(1, len(train) + 1)),
                train,
                validation,
                int(self.best_epoch.max()) + 1,
                self.seconds,
                options,
            ),
        )

    def _tensors(self) -> tuple[Tensor, Tensor, float, float]:
        """Encoded training rows and their targets on the device, numbers standardised; then their scale and shift."""
        rows = self.data.train_rows
        if len(rows) < FEWEST_ROWS:
            raise InputError(
                f"Training needs at least {FEWEST_ROWS} training rows; got {len(rows)}. Add rows to the table."
            )
        inputs = encode(self.data.space, torch.from_numpy(self.data.rows[rows])).to(self.device)
        values = self.data.target_values[rows]
        if self.data.target.kind is TargetKind.MULTICLASS:
            return inputs, torch.from_numpy(values).long().to(self.device), 1.0, 0.0
        is_number = self.data.target.kind is TargetKind.REGRESSION
        shift, scale = (float(values.mean()), float(values.std()) or 1.0) if is_number else (0.0, 1.0)
        return inputs, torch.from_numpy((values - shift) / scale).float().to(self.device), scale, shift

    def _parts(self) -> tuple[Int[Tensor, "members train"], Int[Tensor, "members validation"]]:
        """Each member's own division of the rows, so that together the members learn from all of them."""
        n = len(self.inputs)
        n_validation = min(max(1, int(n * VALIDATION_SHARE)), MOST_VALIDATION_ROWS)
        orders = np.stack([self._random(member, DIVISION).permutation(n) for member in range(self.members)])
        parts = torch.from_numpy(orders).to(self.device)
        return parts[:, n_validation:], parts[:, :n_validation]

    def _order(self, epoch: int) -> Int[Tensor, "members train"]:
        """The training rows of each member in this epoch's order."""
        n = self.train_rows.shape[1]
        orders = np.stack([self._random(member, FIRST_EPOCH + epoch).permutation(n) for member in range(self.members)])
        return self.train_rows.gather(1, torch.from_numpy(orders).to(self.device))

    def _initial(self) -> tuple[list[Tensor], list[Tensor]]:
        """Normal weights that keep the spread of values from layer to layer; first thresholds all over the data."""
        sizes = (self.data.space.n_columns, *self.settings.hidden, n_outputs(self.data.target))
        sources = [self._random(member, WEIGHTS) for member in range(self.members)]
        weights, biases = [], []
        for position, (n_inputs, n_units) in enumerate(pairwise(sizes)):
            gain = 1.0 if position == len(sizes) - 2 else 2.0
            spread = math.sqrt(gain / n_inputs)
            bound = 1.0 if position == 0 else 0.0
            weights.append(np.stack([source.normal(0.0, spread, (n_units, n_inputs)) for source in sources]))
            biases.append(np.stack([source.uniform(-bound, bound, n_units) for source in sources]))
        return [self._leaf(values) for values in weights], [self._leaf(values) for values in biases]

    def _leaf(self, values: np.ndarray) -> Tensor:
        return torch.from_numpy(values).float().to(self.device).requires_grad_()

    def _random(self, member: int, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.settings.seed, member, purpose])

    def _message(self) -> str:
        epoch = len(self.curve)
        if not epoch:
            return f"Epoch 1 of at most {self.settings.epochs}"
        return f"Epoch {epoch} of at most {self.settings.epochs}: validation loss {self.curve[-1][1]:.4f}"

    def _curves(self) -> dict[str, list[float]]:
        train, validation = zip(*self.curve, strict=True)
        return {"epoch": list(range(1, len(train) + 1)), "train": list(train), "validation": list(validation)}

    def _state(self) -> dict[str, Any]:
        """Everything that the next epoch depends on."""
        state: dict[str, Any] = {
            "curve": [list(losses) for losses in self.curve],
            "seconds": self.seconds,
            "best_loss": self.best_loss.numpy(),
            "best_epoch": self.best_epoch.numpy(),
        }
        for index, parameter in enumerate(self.parameters):
            moments = self.optimiser.state[parameter]
            kept = {"parameter": parameter, "average": self.average[index], "best": self.best[index]}
            kept |= {"steps": moments["step"], "first": moments["exp_avg"], "second": moments["exp_avg_sq"]}
            state |= {f"{key}.{index}": tensor.detach().cpu().numpy().copy() for key, tensor in kept.items()}
        return state

    def _restore(self, state: Mapping[str, Any]) -> None:
        self.curve = [(float(train), float(validation)) for train, validation in state["curve"]]
        self.seconds = float(state["seconds"])
        self.best_loss = torch.from_numpy(np.array(state["best_loss"], np.float32))
        self.best_epoch = torch.from_numpy(np.array(state["best_epoch"], np.int64))
        with torch.no_grad():
            for index, parameter in enumerate(self.parameters):
                kept = {
                    key: torch.from_numpy(np.array(state[f"{key}.{index}"], np.float32)).to(self.device)
                    for key in ("parameter", "average", "best", "steps", "first", "second")
                }
                parameter.copy_(kept["parameter"])
                self.average[index].copy_(kept["average"])
                self.best[index].copy_(kept["best"])
                moments = {"step": kept["steps"], "exp_avg": kept["first"], "exp_avg_sq": kept["second"]}
                self.optimiser.state[parameter] = moments


def schedule(progress: float) -> float:
    """The learning rate as a share of its largest, by the share of the training done: a line up, a cosine down."""
    if progress < WARM_UP:
        return 0.05 + 0.95 * progress / WARM_UP
    return 0.5 + 0.5 * math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP))


def _squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs[..., 0] - targets).square().mean(dim=1)


def _binary_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(outputs[..., 0], targets, reduction="none").mean(dim=1)


def _entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    return functional.cross_entropy(outputs.movedim(-1, 1), targets, reduction="none").mean(dim=1)


LOSSES: dict[TargetKind, Callable[[Tensor, Tensor], Tensor]] = {
    TargetKind.REGRESSION: _squared_error,
    TargetKind.BINARY: _binary_entropy,
    TargetKind.MULTICLASS: _entropy,
}
"""Loss of each member, from outputs (members, rows, outputs) and targets (members, rows)."""
