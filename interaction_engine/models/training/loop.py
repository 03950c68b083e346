"""The training loop: k networks side by side, their optimiser, the best weights so far, and how it is resumed."""

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from ...core.errors import InputError
from ...core.random_streams import FIRST_EPOCH, random_stream
from ...core.types import Report, TargetKind
from ..networks.mlp import TrainingRecord
from .rows import TrainingRows

if TYPE_CHECKING:
    from ...data.dataset import Dataset

BETAS = (0.9, 0.99)
"""Adam's memory: a second moment over 100 steps follows the few thousand steps of a training better than over 1000."""

WARM_UP = 0.1
"""Share of the steps during which the learning rate rises: Adam's first steps, of full size, would be blind."""

LEAST_STEPS, LEAST_BATCH = 20, 16
"""A small table is cut into smaller batches, so that an epoch still has this many steps, of at least so many rows."""

AVERAGED_STEPS, AVERAGED_SHARE = 500, 1 / 6
"""The weights kept are a running mean over so many steps, at most this share of the training: the noise of single
steps, and of the target, averages out."""

SMALL_PRODUCT = 5e8
"""Operations below which a product is computed by one thread. Threads that wait for each other thousands of times a
second gain less than a factor of two on an idle machine, and lose one of ten and more on a busy one."""

CHECKPOINT_SECONDS = 2.0
REPORT_SECONDS = 0.25


Trained = TypeVar("Trained")


@dataclass(frozen=True)
class Settings:
    """The options that every training has; see `training` for what each means."""

    epochs: int
    learning_rate: float
    weight_decay: float
    batch: int
    patience: int
    seed: int


class Fit(ABC, Generic[Trained]):
    """Training of `members` networks on the training rows of `data`; a single network is an ensemble of one.

    A subclass tells what the networks are: their first weights, their outputs, and the model they make. All that is
    random is drawn from the seed, the member and the epoch alone: so a training that goes on from a checkpoint ends
    with the same weights as one that was never interrupted.
    """

    def __init__(
        self, data: "Dataset", rows: TrainingRows, settings: Settings, weights: list[Tensor], biases: list[Tensor]
    ) -> None:
        self.data, self.rows, self.settings = data, rows, settings
        self.members, self.device = rows.members, rows.inputs.device
        self.loss = LOSSES[data.target.kind]
        self.weights, self.biases = weights, biases
        self.parameters = [*self.weights, *self.biases]
        decayed = {"params": self.weights, "weight_decay": settings.weight_decay}
        groups = [decayed, {"params": self.biases, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=settings.learning_rate, betas=BETAS, fused=True)
        self.average = [parameter.detach().clone() for parameter in self.parameters]
        self.best = [parameter.detach().clone() for parameter in self.parameters]
        self.best_loss = torch.full((self.members,), math.inf)
        self.best_epoch = torch.zeros(self.members, dtype=torch.long)
        self.curve: list[tuple[float, float]] = []
        self.seconds = 0.0

    @abstractmethod
    def outputs(
        self, weights: Sequence[Tensor], biases: Sequence[Tensor], inputs: Float[Tensor, "members batch columns"]
    ) -> Float[Tensor, "members batch outputs"]:
        """The last layer's outputs; differentiable in weights and biases."""

    @abstractmethod
    def network(
        self, weights: Sequence[Tensor], biases: Sequence[Tensor], record: TrainingRecord, name: str
    ) -> Trained:
        """The model that these weights make."""

    @abstractmethod
    def operations(self) -> int:
        """Multiplications of the largest product for one row."""

    def noisy(
        self, inputs: Float[Tensor, "members batch columns"], source: np.random.Generator
    ) -> Float[Tensor, "members batch columns"]:
        """What a step learns from: the inputs themselves, unless a subclass disturbs them."""
        return inputs

    def settle(self, epoch: int) -> None:
        """What happens to the gradients between their computation and the step: nothing, unless a subclass says so."""

    def validation_losses(self, weights: Sequence[Tensor], biases: Sequence[Tensor]) -> Float[Tensor, " members"]:
        """The loss of each member on its validation rows."""
        rows = self.rows.validation
        return self.loss(self.outputs(weights, biases, self.rows.inputs[rows]), self.rows.targets[rows])

    def run(self, name: str, report: Report) -> Trained:
        """Train to the last epoch, or until no member has improved for `patience` epochs of fitting the training rows
        ever better; returns the best weights."""
        with self._threads():
            return self._run(name, report)

    def _run(self, name: str, report: Report) -> Trained:
        if report.restored:
            self._restore(report.restored)
        started = saved = time.monotonic()
        seconds = self.seconds
        for epoch in range(len(self.curve), self.settings.epochs):
            if self._idle_epochs() >= self.settings.patience:
                break
            train = self._epoch(epoch, report)
            self._validate(epoch, train)
            self.seconds = seconds + time.monotonic() - started
            report((epoch + 1) / self.settings.epochs, self._message(), {"kind": "curve"} | self._curves())
            if time.monotonic() - saved >= CHECKPOINT_SECONDS:
                report.checkpoint(self.state())
                saved = time.monotonic()
        n_layers = len(self.weights)
        return self.network(self.best[:n_layers], self.best[n_layers:], self._record(), name)

    @contextmanager
    def _threads(self) -> Iterator[None]:
        """One thread for small products, as many as before for large ones; the caller's number again afterwards."""
        before = torch.get_num_threads()
        if self.device.type == "cpu" and 2 * self.settings.batch * self.operations() < SMALL_PRODUCT:
            torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)

    def _epoch(self, epoch: int, report: Report) -> float:
        """One pass over the training rows; returns the mean loss of its batches."""
        settings, order = self.settings, self.rows.order(epoch)
        source = random_stream(settings.seed, self.members, FIRST_EPOCH + epoch)
        n_rows = order.shape[1]
        batch = min(settings.batch, max(LEAST_BATCH, n_rows // LEAST_STEPS), n_rows)
        n_steps = n_rows // batch
        horizon = max(1.0, min(AVERAGED_STEPS, AVERAGED_SHARE * n_steps * settings.epochs))
        total = torch.zeros(self.members, device=self.device)
        told = time.monotonic()
        for step in range(n_steps):
            progress = (epoch + step / n_steps) / settings.epochs
            total += self._step(order[:, step * batch : (step + 1) * batch], schedule(progress), source)
            share = max(1 / (epoch * n_steps + step + 1), 1 / horizon)
            for average, parameter in zip(self.average, self.parameters, strict=True):
                average.lerp_(parameter.detach(), share)
            if time.monotonic() - told >= REPORT_SECONDS:
                told = time.monotonic()
                report(progress, self._message())
        return float(total.mean()) / n_steps

    def _step(
        self, rows: Int[Tensor, "members batch"], rate: float, source: np.random.Generator
    ) -> Float[Tensor, " members"]:
        """One step of all members, each on its own rows, at a share `rate` of the learning rate; returns the losses."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.learning_rate * rate
        outputs = self.outputs(self.weights, self.biases, self.noisy(self.rows.inputs[rows], source))
        losses = self.loss(outputs, self.rows.targets[rows])
        self.optimiser.zero_grad()
        losses.sum().backward()
        self.settle(len(self.curve))
        self.optimiser.step()
        return losses.detach()

    def _validate(self, epoch: int, train: float) -> None:
        """Note the losses of the averaged weights, and keep those of the members that are better than ever."""
        n_layers = len(self.weights)
        with torch.inference_mode():
            losses = self.validation_losses(self.average[:n_layers], self.average[n_layers:]).cpu()
        if not math.isfinite(train) or not losses.isfinite().all():
            rate = self.settings.learning_rate
            raise InputError(f"Training diverged in epoch {epoch + 1}; use a smaller `learning_rate` than {rate:g}.")
        self.curve.append((train, float(losses.mean())))
        better = losses < self.best_loss
        self.best_loss[better] = losses[better]
        self.best_epoch[better] = epoch
        chosen = better.to(self.device)  # once, not for every parameter
        for best, average in zip(self.best, self.average, strict=True):
            best[chosen] = average[chosen]

    def _idle_epochs(self) -> int:
        """Epochs since the best one that fitted the training rows better and the others not. Those that fitted neither
        do not count: the steps were still too large."""
        best, losses = int(self.best_epoch.max()), [train for train, _ in self.curve]
        return sum(loss < losses[best] for loss in losses[best + 1 :])

    def _record(self) -> TrainingRecord:
        curves = self._curves()
        return TrainingRecord(
            epoch=tuple(curves["epoch"]),
            train=tuple(curves["train"]),
            validation=tuple(curves["validation"]),
            best_epoch=int(self.best_epoch.max()) + 1,
            seconds=self.seconds,
            options={"members": self.members} | asdict(self.settings),
        )

    def _message(self) -> str:
        epoch = len(self.curve)
        if not epoch:
            return f"Epoch 1 of at most {self.settings.epochs}"
        return f"Epoch {epoch} of at most {self.settings.epochs}: validation loss {self.curve[-1][1]:.4f}"

    def _curves(self) -> dict[str, list[Any]]:
        train, validation = zip(*self.curve, strict=True)
        return {"epoch": list(range(1, len(train) + 1)), "train": list(train), "validation": list(validation)}

    def state(self) -> dict[str, Any]:
        """Everything that the next epoch depends on."""
        state: dict[str, Any] = {
            "curve": [list(losses) for losses in self.curve],
            "seconds": self.seconds,
            "best_loss": self.best_loss.numpy(),
            "best_epoch": self.best_epoch.numpy(),
        }
        for index, parameter in enumerate(self.parameters):
            kept = {"parameter": parameter, "average": self.average[index], "best": self.best[index]}
            moments = self.optimiser.state.get(parameter)
            if moments:  # none yet where no step has moved it
                kept |= {"steps": moments["step"], "first": moments["exp_avg"], "second": moments["exp_avg_sq"]}
            state |= {f"{key}.{index}": tensor.detach().cpu().numpy().copy() for key, tensor in kept.items()}
        return state

    def _restore(self, state: Mapping[str, Any]) -> None:
        """Go back to what `state` gave."""
        self.curve = [(float(train), float(validation)) for train, validation in state["curve"]]
        self.seconds = float(state["seconds"])
        self.best_loss = torch.from_numpy(np.array(state["best_loss"], np.float32))
        self.best_epoch = torch.from_numpy(np.array(state["best_epoch"], np.int64))

        def kept(key: str, index: int) -> Tensor:
            return torch.from_numpy(np.array(state[f"{key}.{index}"], np.float32)).to(self.device)

        with torch.no_grad():
            for index, parameter in enumerate(self.parameters):
                parameter.copy_(kept("parameter", index))
                self.average[index].copy_(kept("average", index))
                self.best[index].copy_(kept("best", index))
                if f"steps.{index}" in state:
                    moments = {"exp_avg": kept("first", index), "exp_avg_sq": kept("second", index)}
                    self.optimiser.state[parameter] = {"step": kept("steps", index), **moments}


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
