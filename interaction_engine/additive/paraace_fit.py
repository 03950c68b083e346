"""The training of ParaACE: subnets and fix-up together or in turns, the best weights so far, and how it is resumed."""

import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError
from ..models.additive_network import AdditiveNetwork, Subnets, initial_subnets
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
from ..models.paraace import FixUp, ParaAce
from ..models.training_rows import WEIGHTS, TrainingRows, random_stream
from ..numerics.compute import Compute
from ..types import Report
from .choosing import Sets

if TYPE_CHECKING:
    from ..data.dataset import Dataset

ANCHORS = 1000
"""Rows on which the thresholds of the first units may lie."""


@dataclass(frozen=True)
class ParaAceSettings:
    """The options of a training; see `train_paraace` for what each means. `turn` is the epochs that the fix-up or the
    subnets are trained alone, 0 for both together; `fix_up` its hidden units, 0 for a plain sum."""

    hidden: tuple[int, ...]
    fix_up: int
    turn: int
    epochs: int
    learning_rate: float
    weight_decay: float
    batch: int
    patience: int
    seed: int


class ParaAceFit:
    """Training of one network with the subnets `members` on the training rows of `data`.

    All that is random is drawn from the seed and the epoch alone: so a training that goes on from a checkpoint ends
    with the same weights as one that was never interrupted.
    """

    def __init__(self, data: "Dataset", members: Sets, settings: ParaAceSettings, compute: Compute) -> None:
        self.data, self.members, self.settings = data, members, settings
        self.device = torch.device(compute.torch_device)
        self.loss = LOSSES[data.target.kind]
        self.rows = TrainingRows(data, 1, settings.seed, self.device)
        self.n_outputs = n_outputs(data.target)
        self.weights, self.biases = self._initial()
        self.parameters = [*self.weights, *self.biases]
        groups = [
            {"params": [tensor], "weight_decay": settings.weight_decay if place < len(self.weights) else 0.0}
            for place, tensor in enumerate(self.parameters)
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=settings.learning_rate, betas=BETAS)
        self.average = [parameter.detach().clone() for parameter in self.parameters]
        self.best = [parameter.detach().clone() for parameter in self.parameters]
        self.best_loss, self.best_epoch = math.inf, 0
        self.curve: list[tuple[float, float]] = []
        self.seconds = 0.0

    def run(self, report: Report) -> ParaAce | AdditiveNetwork:
        """Train to the last epoch, or until nothing has improved for `patience` epochs; returns the best weights."""
        if report.restored and "curve" in report.restored:
            self._restore(report.restored)
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # the products are too small for threads that wait for each other
        try:
            return self._run(report)
        finally:
            torch.set_num_threads(threads)

    def _run(self, report: Report) -> ParaAce | AdditiveNetwork:
        started = saved = time.monotonic()
        seconds = self.seconds
        for epoch in range(len(self.curve), self.settings.epochs):
            if epoch - self.best_epoch > self.settings.patience:
                break
            train = self._epoch(epoch, report)
            self._validate(epoch, train)
            self.seconds = seconds + time.monotonic() - started
            report((epoch + 1) / self.settings.epochs, self._message(), {"kind": "curve"} | self._curves())
            if time.monotonic() - saved >= CHECKPOINT_SECONDS:
                report.checkpoint(self._state())
                saved = time.monotonic()
        return self.model(self.best)

    def _epoch(self, epoch: int, report: Report) -> float:
        """One pass over the training rows; returns the mean loss of its batches."""
        settings, order = self.settings, self.rows.order(epoch)[0]
        batch = min(settings.batch, max(LEAST_BATCH, len(order) // LEAST_STEPS), len(order))
        n_steps = len(order) // batch
        horizon = max(1.0, min(AVERAGED_STEPS, AVERAGED_SHARE * n_steps * settings.epochs))
        total, told = torch.zeros((), device=self.device), time.monotonic()
        for step in range(n_steps):
            progress = (epoch + step / n_steps) / settings.epochs
            total += self._step(order[step * batch : (step + 1) * batch], schedule(progress), epoch)
            share = max(1 / (epoch * n_steps + step + 1), 1 / horizon)
            for average, parameter in zip(self.average, self.parameters, strict=True):
                average.lerp_(parameter.detach(), share)
            if time.monotonic() - told >= REPORT_SECONDS:
                told = time.monotonic()
                report(progress, self._message())
        return float(total) / n_steps

    def _step(self, rows: Tensor, rate: float, epoch: int) -> Tensor:
        """One step on `rows` at a share `rate` of the learning rate; returns the loss. In turns, what waits has no
        gradient, and so stays as it is."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.learning_rate * rate
        outputs = self.outputs(self.parameters, self.rows.inputs[rows])
        loss = self.loss(outputs[None], self.rows.targets[rows][None])[0]
        self.optimiser.zero_grad()
        loss.backward()
        for place in self._waiting(epoch):
            self.parameters[place].grad = None
        self.optimiser.step()
        return loss.detach()

    def _waiting(self, epoch: int) -> list[int]:
        """Places of the parameters that another's turn leaves alone in this epoch: the subnets first, then the
        fix-up."""
        settings, n_weights = self.settings, len(self.weights)
        if not settings.turn or not settings.fix_up:
            return []
        n_layers = len(settings.hidden) + 1
        fix_up = [*range(n_layers, n_weights), *range(n_weights + n_layers, len(self.parameters))]
        if epoch // settings.turn % 2 == 0:
            return fix_up
        return [place for place in range(len(self.parameters)) if place not in fix_up]

    def _validate(self, epoch: int, train: float) -> None:
        """Note the losses of the averaged weights, and keep those that are better than ever."""
        rows = self.rows.validation[0]
        with torch.inference_mode():
            outputs = self.outputs(self.average, self.rows.inputs[rows])
            loss = float(self.loss(outputs[None], self.rows.targets[rows][None]))
        if not math.isfinite(train) or not math.isfinite(loss):
            rate = self.settings.learning_rate
            raise InputError(f"Training diverged in epoch {epoch + 1}; use a smaller `learning_rate` than {rate:g}.")
        self.curve.append((train, loss))
        if loss < self.best_loss:
            self.best_loss, self.best_epoch = loss, epoch
            for best, average in zip(self.best, self.average, strict=True):
                best.copy_(average)

    def outputs(self, parameters: list[Tensor], encoded: Tensor) -> Tensor:
        """Outputs (rows, outputs) of the network with these parameters."""
        subnets, rest = self._parts(parameters)
        values = subnets(encoded)
        return rest(values[..., 0]) if isinstance(rest, FixUp) else rest + values.sum(1)

    def model(self, parameters: list[Tensor]) -> ParaAce | AdditiveNetwork:
        """The network with these parameters as a model."""
        subnets, rest = self._parts([one.detach() for one in parameters])
        curves = self._curves()
        record = TrainingRecord(
            epoch=tuple(curves["epoch"]),
            train=tuple(curves["train"]),
            validation=tuple(curves["validation"]),
            best_epoch=self.best_epoch + 1,
            seconds=self.seconds,
            options=asdict(self.settings) | {"interactions": sum(len(one) > 1 for one in self.members)},
        )
        space, target = self.data.space, self.data.target
        known: Any = {"scale": self.rows.scale, "shift": self.rows.shift, "name": "paraace", "record": record}
        if isinstance(rest, FixUp):
            return ParaAce(space, target, subnets, rest, **known)
        return AdditiveNetwork(space, target, subnets, rest, **known)

    def _parts(self, parameters: list[Tensor]) -> tuple[Subnets, FixUp | Tensor]:
        """The subnets, and the fix-up or the intercept."""
        n_layers, n_weights = len(self.settings.hidden) + 1, len(self.weights)
        weights, biases = parameters[:n_weights], parameters[n_weights:]
        subnets = Subnets(self.data.space, self.members, tuple(weights[:n_layers]), tuple(biases[:n_layers]))
        if not self.settings.fix_up:
            return subnets, biases[-1]
        return subnets, FixUp(tuple(weights[n_layers:]), tuple(biases[n_layers:]))

    def _initial(self) -> tuple[list[Tensor], list[Tensor]]:
        """Subnets with thresholds all over the data; a fix-up that begins close to the plain sum."""
        source = random_stream(self.settings.seed, 0, WEIGHTS)
        anchors = self.rows.inputs[self.rows.train[0]][:ANCHORS]
        n_subnets, units = len(self.members), self.settings.fix_up
        ends = 1 if units else self.n_outputs
        subnets = initial_subnets(self.data.space, self.members, self.settings.hidden, ends, "relu", anchors, source)
        weights, biases = list(subnets.weights), list(subnets.biases)
        if units:
            shapes = ((units, n_subnets), (n_subnets, units), (self.n_outputs, n_subnets))
            spreads = (math.sqrt(2 / n_subnets), math.sqrt(2 / units) / 4, math.sqrt(1 / n_subnets))
            weights += [self._drawn(source, shape, spread) for shape, spread in zip(shapes, spreads, strict=True)]
            biases += [torch.zeros(shape[0], device=self.device) for shape in shapes]
        else:
            weights[-1] = weights[-1] / math.sqrt(n_subnets)
            biases.append(torch.zeros(self.n_outputs, device=self.device))
        return [one.clone().requires_grad_() for one in weights], [one.clone().requires_grad_() for one in biases]

    def _drawn(self, source: np.random.Generator, shape: tuple[int, int], spread: float) -> Tensor:
        return torch.from_numpy(source.normal(0.0, spread, shape)).float().to(self.device)

    def _message(self) -> str:
        epoch = len(self.curve)
        if not epoch:
            return f"Epoch 1 of at most {self.settings.epochs}"
        return f"Epoch {epoch} of at most {self.settings.epochs}: validation loss {self.curve[-1][1]:.4f}"

    def _curves(self) -> dict[str, list[Any]]:
        train, validation = zip(*self.curve, strict=True)
        return {"epoch": list(range(1, len(train) + 1)), "train": list(train), "validation": list(validation)}

    def _state(self) -> dict[str, Any]:
        """Everything that the next epoch depends on."""
        state: dict[str, Any] = {
            "members": [list(one) for one in self.members],
            "curve": [list(losses) for losses in self.curve],
            "seconds": self.seconds,
            "best_loss": self.best_loss,
            "best_epoch": self.best_epoch,
        }
        for index, parameter in enumerate(self.parameters):
            kept = {"parameter": parameter, "average": self.average[index], "best": self.best[index]}
            moments = self.optimiser.state.get(parameter)
            if moments:
                kept |= {"steps": moments["step"], "first": moments["exp_avg"], "second": moments["exp_avg_sq"]}
            state |= {f"{key}.{index}": tensor.detach().cpu().numpy().copy() for key, tensor in kept.items()}
        return state

    def _restore(self, state: Mapping[str, Any]) -> None:
        """Go back to what `_state` gave."""
        self.curve = [(float(train), float(validation)) for train, validation in state["curve"]]
        self.seconds, self.best_loss = float(state["seconds"]), float(state["best_loss"])
        self.best_epoch = int(state["best_epoch"])

        def kept(key: str, index: int) -> Tensor:
            return torch.from_numpy(np.array(state[f"{key}.{index}"], np.float32)).to(self.device)

        with torch.no_grad():
            for index, parameter in enumerate(self.parameters):
                parameter.copy_(kept("parameter", index))
                self.average[index].copy_(kept("average", index))
                self.best[index].copy_(kept("best", index))
                if f"steps.{index}" in state:
                    moments = {"exp_avg": kept("first", index), "exp_avg_sq": kept("second", index)}
                    self.optimiser.state[parameter] = {"step": kept("steps", index).cpu(), **moments}
