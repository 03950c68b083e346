"""Networks trained side by side with AdamW, the best weights by validation rows kept."""

import copy
import math
import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from ...core.random_streams import FIRST_EPOCH, random_stream
from ...core.types import Report
from ..networks.mlp import TrainingRecord
from .rows import TrainingRows
from .trainer import BETAS, LOSSES, Network, Trainer, array_of, batch_size, parameters_by_kind, tensor_of

if TYPE_CHECKING:
    from ...data.dataset import Dataset

WARM_UP = 0.1
"""Share of the steps during which the learning rate rises: Adam's first steps, of full size, would be blind."""

AVERAGED_STEPS, AVERAGED_SHARE = 500, 1 / 6
"""The weights kept are a running mean over so many steps, at most this share of the training: the noise of single
steps, and of the target, averages out."""

CHECKPOINT_SECONDS = 2.0

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


class ValidatedTrainer(Trainer[Network], Generic[Network, Trained]):
    """Trains networks side by side, and keeps the best weights by each one's validation rows.

    There are `members` of them, on the training rows of `data`; a single network is an ensemble of one.

    The weights that are judged and kept are a running mean over the last steps. A subclass says what model the network
    makes. The rate rises, then falls along a cosine (AdamW).
    """

    def __init__(self, network: Network, data: "Dataset", rows: TrainingRows, settings: Settings) -> None:
        self.data, self.rows, self.settings = data, rows, settings
        self.members, self.loss = rows.members, LOSSES[data.target.kind]
        network.to(rows.inputs.device).requires_grad_()
        weights, *others = parameters_by_kind(network)
        groups = [
            {"params": weights, "weight_decay": settings.weight_decay},
            {"params": [one for many in others for one in many], "weight_decay": 0.0},
        ]
        optimiser = torch.optim.AdamW(groups, lr=settings.learning_rate, betas=BETAS, fused=True)
        super().__init__(network, optimiser, settings.seed)
        self.averaged, self.best = (copy.deepcopy(network).requires_grad_(False) for _ in range(2))
        self._followed = list(zip(self.averaged.parameters(), network.parameters(), strict=True))
        self.best_loss = torch.full((self.members,), math.inf, dtype=torch.float32)
        self.best_epoch = torch.zeros(self.members, dtype=torch.long)
        self.curve: list[tuple[float, float]] = []
        self.seconds = 0.0

    @abstractmethod
    def model(self, network: Network, record: TrainingRecord, name: str) -> Trained:
        """Return the model that a trained network makes."""

    def inputs(self, rows: Int[Tensor, "members batch"]) -> Float[Tensor, "members batch columns"]:
        """Return what a step learns from: the rows themselves, unless a subclass disturbs them."""
        return self.rows.inputs[rows]

    def outputs(
        self, network: Network, inputs: Float[Tensor, "members batch columns"]
    ) -> Float[Tensor, "members batch outputs"]:
        """Return the network's outputs; differentiable in its parameters."""
        return network(inputs)

    def losses(self, rows: Int[Tensor, "members batch"]) -> Float[Tensor, " members"]:
        """Return the loss of each member, on its own rows."""
        return self.loss(self.outputs(self.network, self.inputs(rows)), self.rows.targets[rows])

    def validation_losses(self, network: Network) -> Float[Tensor, " members"]:
        """Return the loss of each member on its validation rows."""
        rows = self.rows.validation
        return self.loss(self.outputs(network, self.rows.inputs[rows]), self.rows.targets[rows])

    def batches(self, epoch: int) -> Sequence[Int[Tensor, "members batch"]]:
        """Return each member's rows of every step, in this epoch's order."""
        order = self.rows.order(epoch)
        self.source = random_stream(self.seed, self.members, FIRST_EPOCH + epoch)
        size = batch_size(order.shape[1], self.settings.batch)
        self.n_steps = order.shape[1] // size
        return order[:, : self.n_steps * size].split(size, dim=1)

    def before_step(self, progress: float) -> None:
        """Set the learning rate."""
        rate = self.settings.learning_rate * schedule((self.epoch + progress) / self.settings.epochs)
        for group in self.optimiser.param_groups:
            group["lr"] = rate

    def after_step(self, step: int, n_steps: int) -> None:
        """Move the running mean (torch's `AveragedModel` groups and copies at every step)."""
        horizon = max(1.0, min(AVERAGED_STEPS, AVERAGED_SHARE * n_steps * self.settings.epochs))
        share = max(1 / (self.epoch * n_steps + step + 1), 1 / horizon)
        with torch.no_grad():
            for average, parameter in self._followed:
                average.lerp_(parameter, share)

    def run(self, name: str, report: Report) -> Trained:
        """Train to the last epoch, or until it stops early, and return the model of the best weights.

        It stops once no member has improved for `patience` epochs of fitting the training rows ever better.
        """
        with self.threads():
            if report.restored:
                self.restore(report.restored)
            started = saved = time.monotonic()
            seconds = self.seconds
            while self.epoch < self.settings.epochs and self._idle_epochs() < self.settings.patience:
                done = self.epoch
                train = self.train_epoch(
                    lambda share, done=done: report((done + share) / self.settings.epochs, self._message())
                )
                self._validate(train)
                self.seconds = seconds + time.monotonic() - started
                report(self.epoch / self.settings.epochs, self._message(), {"kind": "curve"} | self._curves())
                if time.monotonic() - saved >= CHECKPOINT_SECONDS:
                    report.checkpoint(self.state())
                    saved = time.monotonic()
        return self.model(self.best, self._record(), name)

    def state(self) -> dict[str, Any]:
        """Return everything that the next epoch depends on."""
        state = super().state() | {
            "curve": [list(losses) for losses in self.curve],
            "seconds": self.seconds,
            "best_loss": self.best_loss.numpy(),
            "best_epoch": self.best_epoch.numpy(),
        }
        for kind, network in (("average", self.averaged), ("best", self.best)):
            state |= {f"{kind}.{name}": array_of(one) for name, one in network.named_parameters()}
        return state

    def restore(self, state: Mapping[str, Any]) -> bool:
        """Go back to what `state` returned; False, and nothing changes, if that was another network's training."""
        if not super().restore(state):
            return False
        self.curve = [(float(train), float(validation)) for train, validation in state["curve"]]
        self.seconds = float(state["seconds"])
        self.best_loss = torch.from_numpy(np.array(state["best_loss"], np.float32))
        self.best_epoch = torch.from_numpy(np.array(state["best_epoch"], np.int64))
        for kind, network in (("average", self.averaged), ("best", self.best)):
            for name, parameter in network.named_parameters():
                parameter.copy_(tensor_of(state[f"{kind}.{name}"], parameter))
        return True

    def _validate(self, train: float) -> None:
        """Note the losses of the averaged weights, and keep those of the members that are better than ever."""
        with torch.inference_mode():
            losses = self.validation_losses(self.averaged).cpu()
        if not losses.isfinite().all():
            self.epoch -= 1
            raise self.diverged()
        self.curve.append((train, float(losses.mean())))
        better = losses < self.best_loss
        self.best_loss[better] = losses[better]
        self.best_epoch[better] = self.epoch - 1
        chosen = better.to(self.device)  # once, not for every parameter
        for best, average in zip(self.best.parameters(), self.averaged.parameters(), strict=True):
            if self.members > 1:
                best[chosen] = average[chosen]
            elif better.all():
                best.copy_(average)

    def _idle_epochs(self) -> int:
        """Epochs since the best one that fitted the training rows better and the others not.

        Those that fitted neither do not count: the steps were still too large.
        """
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


def schedule(progress: float) -> float:
    """The learning rate as a share of its largest, by the share of the training done: a line up, a cosine down."""
    if progress < WARM_UP:
        return 0.05 + 0.95 * progress / WARM_UP
    return 0.5 + 0.5 * math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP))
