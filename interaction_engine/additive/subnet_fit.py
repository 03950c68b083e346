"""The second phase of NIT: subnets of settled feature sets trained as one, and how that is resumed."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError
from ..models.additive_network import AdditiveNetwork, Members, Subnets, initial_subnets
from ..models.fitting import (
    AVERAGED_SHARE,
    AVERAGED_STEPS,
    BETAS,
    CHECKPOINT_SECONDS,
    LEAST_BATCH,
    LEAST_STEPS,
    LOSSES,
    REPORT_SECONDS,
    schedule,
)
from ..models.networks import TrainingRecord, n_outputs
from ..models.training_rows import WEIGHTS, TrainingRows, random_stream
from ..types import Report

if TYPE_CHECKING:
    from ..data.dataset import Dataset

ANCHORS = 4096
"""Training rows on which the thresholds of the first units may lie."""

STEEPEST = 1.0
"""Longest gradient: rows far outside the others would otherwise throw the weights about."""


@dataclass(frozen=True)
class SubnetSettings:
    """What the training of subnets needs to know; see `train_nit` for what each means."""

    hidden: tuple[int, ...]
    activation: str
    epochs: int
    learning_rate: float
    weight_decay: float
    batch: int
    patience: int
    seed: int


class SubnetFit:
    """Training of one subnet for each of `members` on the training rows of `data`.

    All that is random is drawn from the seed and the epoch alone: so a training that goes on from a checkpoint ends
    with the same weights as one that was never interrupted.
    """

    def __init__(self, data: "Dataset", rows: TrainingRows, members: Members, settings: SubnetSettings) -> None:
        self.data, self.rows, self.settings = data, rows, settings
        self.loss = LOSSES[data.target.kind]
        anchors, outputs = rows.inputs[rows.train[0, :ANCHORS]], n_outputs(data.target)
        source = random_stream(settings.seed, 0, WEIGHTS)
        shape = (settings.hidden, outputs, settings.activation)
        self.subnets = initial_subnets(data.space, members, *shape, anchors, source)
        quieter = self.subnets.weights[-1] / math.sqrt(max(1, len(members)))  # their sum has the target's spread
        weights = [*self.subnets.weights[:-1], quieter]
        biases = [*self.subnets.biases, anchors.new_zeros(outputs)]
        self.parameters = [one.clone().requires_grad_() for one in (*weights, *biases)]
        decayed = {"params": self.parameters[: len(weights)], "weight_decay": settings.weight_decay}
        groups = [decayed, {"params": self.parameters[len(weights) :], "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=settings.learning_rate, betas=BETAS, fused=True)
        self.average = [parameter.detach().clone() for parameter in self.parameters]
        self.best = [parameter.detach().clone() for parameter in self.parameters]
        self.best_loss, self.best_epoch = math.inf, 0
        self.curve: list[tuple[float, float]] = []
        self.seconds = 0.0

    def run(self, report: Report, begins: float = 0.0, kept: Mapping[str, Any] | None = None) -> None:
        """Train to the last epoch, or until nothing has improved for `patience` epochs.

        Progress is told from `begins` on; `kept` goes into every checkpoint.
        """
        started = saved = time.monotonic()
        seconds, epochs = self.seconds, self.settings.epochs
        for epoch in range(len(self.curve), epochs):
            if epoch - self.best_epoch > self.settings.patience:
                break
            train = self._epoch(epoch, report, begins)
            self._validate(epoch, train)
            self.seconds = seconds + time.monotonic() - started
            share = 1 - (1 - begins) * (1 - (epoch + 1) / epochs)
            report(share, self._message(), {"kind": "curve"} | self.curves())
            if time.monotonic() - saved >= CHECKPOINT_SECONDS:
                report.checkpoint({**(kept or {}), **self.state()})
                saved = time.monotonic()

    def network(self, name: str, options: Mapping[str, Any], seconds: float) -> AdditiveNetwork:
        """The best weights as a model; `seconds` is what came before."""
        subnets, curves = self._with(self.best), self.curves()
        record = TrainingRecord(
            epoch=tuple(curves["epoch"]),
            train=tuple(curves["train"]),
            validation=tuple(curves["validation"]),
            best_epoch=self.best_epoch + 1,
            seconds=self.seconds + seconds,
            options=dict(options),
        )
        space, target, rows = self.data.space, self.data.target, self.rows
        return AdditiveNetwork(space, target, subnets, self.best[-1], rows.scale, rows.shift, name=name, record=record)

    def curves(self) -> dict[str, list[Any]]:
        """Losses by epoch."""
        train, validation = zip(*self.curve, strict=True)
        return {"epoch": list(range(1, len(train) + 1)), "train": list(train), "validation": list(validation)}

    def state(self) -> dict[str, Any]:
        """Everything that the next epoch depends on."""
        state: dict[str, Any] = {
            "curve": [list(losses) for losses in self.curve],
            "seconds": self.seconds,
            "best_loss": self.best_loss,
            "best_epoch": self.best_epoch,
        }
        for index, parameter in enumerate(self.parameters):
            moments = self.optimiser.state[parameter]
            kept = {"parameter": parameter, "average": self.average[index], "best": self.best[index]}
            kept |= {"steps": moments["step"], "first": moments["exp_avg"], "second": moments["exp_avg_sq"]}
            state |= {f"{key}.{index}": tensor.detach().cpu().numpy().copy() for key, tensor in kept.items()}
        return state

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to what `state` gave."""
        self.curve = [(float(train), float(validation)) for train, validation in state["curve"]]
        self.seconds, self.best_loss = float(state["seconds"]), float(state["best_loss"])
        self.best_epoch = int(state["best_epoch"])
        with torch.no_grad():
            for index, parameter in enumerate(self.parameters):
                kept = {
                    key: torch.from_numpy(np.array(state[f"{key}.{index}"], np.float32)).to(parameter.device)
                    for key in ("parameter", "average", "best", "steps", "first", "second")
                }
                parameter.copy_(kept["parameter"])
                self.average[index].copy_(kept["average"])
                self.best[index].copy_(kept["best"])
                moments = {"step": kept["steps"], "exp_avg": kept["first"], "exp_avg_sq": kept["second"]}
                self.optimiser.state[parameter] = moments

    def _epoch(self, epoch: int, report: Report, begins: float) -> float:
        """One pass over the training rows; returns the mean loss of its batches."""
        settings, order = self.settings, self.rows.order(epoch)[0]
        batch, n_steps = batches(len(order), settings.batch)
        horizon = max(1.0, min(AVERAGED_STEPS, AVERAGED_SHARE * n_steps * settings.epochs))
        total, told = torch.zeros((), device=order.device), time.monotonic()
        for step in range(n_steps):
            progress = (epoch + step / n_steps) / settings.epochs
            total += self._step(order[step * batch : (step + 1) * batch], schedule(progress))
            share = max(1 / (epoch * n_steps + step + 1), 1 / horizon)
            for average, parameter in zip(self.average, self.parameters, strict=True):
                average.lerp_(parameter.detach(), share)
            if time.monotonic() - told >= REPORT_SECONDS:
                told = time.monotonic()
                report(1 - (1 - begins) * (1 - progress), self._message())
        return float(total) / n_steps

    def _step(self, rows: Tensor, rate: float) -> Tensor:
        """One step on `rows` at a share `rate` of the learning rate; returns the loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.learning_rate * rate
        loss = self._loss(self.parameters, rows)
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, STEEPEST)
        self.optimiser.step()
        return loss.detach()

    def _validate(self, epoch: int, train: float) -> None:
        """Note the losses of the averaged weights, and keep those that are better than ever."""
        validation, total = self.rows.validation[0], 0.0
        with torch.inference_mode():
            for part in validation.split(self.settings.batch):
                total += float(self._loss(self.average, part)) * len(part)
        loss = total / len(validation)
        if not math.isfinite(train) or not math.isfinite(loss):
            rate = self.settings.learning_rate
            raise InputError(f"Training diverged in epoch {epoch + 1}; use a smaller `learning_rate` than {rate:g}.")
        self.curve.append((train, loss))
        if loss < self.best_loss:
            self.best_loss, self.best_epoch = loss, epoch
            self.best = [average.clone() for average in self.average]

    def _loss(self, parameters: list[Tensor], rows: Tensor) -> Tensor:
        outputs = parameters[-1] + self._with(parameters)(self.rows.inputs[rows]).sum(dim=1)
        return self.loss(outputs[None], self.rows.targets[rows][None])[0]

    def _with(self, parameters: list[Tensor]) -> Subnets:
        n_layers = len(self.subnets.weights)
        return self.subnets.holding(parameters[:n_layers], parameters[n_layers : 2 * n_layers])

    def _message(self) -> str:
        epoch = len(self.curve)
        if not epoch:
            return f"Training the terms: epoch 1 of at most {self.settings.epochs}"
        loss = self.curve[-1][1]
        return f"Training the terms: epoch {epoch} of at most {self.settings.epochs}: validation loss {loss:.4f}"


def batches(n_rows: int, batch: int) -> tuple[int, int]:
    """Rows of a batch, and how many batches an epoch has; a small table is cut into smaller ones."""
    size = min(batch, max(LEAST_BATCH, n_rows // LEAST_STEPS), n_rows)
    return size, n_rows // size
