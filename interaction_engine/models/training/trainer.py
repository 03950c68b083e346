"""The training loop: steps of an optimiser over batches of rows, epoch by epoch, with hooks for all that differs."""

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from ...core.errors import InputError
from ...core.types import TargetKind

BETAS = (0.9, 0.99)
"""Adam's memory: a second moment over 100 steps follows the few thousand steps of a training better than over 1000."""

LEAST_STEPS, LEAST_BATCH = 20, 16
"""A small table is cut into smaller batches, so that an epoch still has this many steps, of at least so many rows."""

SMALL_PRODUCT = 5e8
"""Operations below which a product is computed by one thread. Threads that wait for each other thousands of times a
second gain less than a factor of two on an idle machine, and lose one of ten and more on a busy one."""

REPORT_SECONDS = 0.25
"""Time between two reports within an epoch."""

Watch = Callable[[float], object]
"""Called with the share of an epoch that is done; may raise to stop the training."""


Network = TypeVar("Network", bound=nn.Module)


class Trainer(ABC, Generic[Network]):
    """Trains a network in place, by steps of `optimiser`.

    A subclass gives the batches of an epoch and the losses of a batch; it may add a penalty, change the gradients, and
    do something after every step. All that is random has to be drawn from the seed and the epoch alone: then a training
    that goes on from `state` ends with the same weights as one that was never interrupted.
    """

    def __init__(self, network: Network, optimiser: torch.optim.Optimizer, seed: int) -> None:
        self.network, self.optimiser, self.seed = network, optimiser, seed
        self.named = dict(network.named_parameters())
        self.parameters: list[Tensor] = [one for group in optimiser.param_groups for one in group["params"]]
        self.device = self.parameters[0].device
        self.epoch = 0

    @abstractmethod
    def batches(self, epoch: int) -> Sequence[Int[Tensor, "*members batch"]]:
        """Return the rows of every step of an epoch."""

    @abstractmethod
    def losses(self, rows: Int[Tensor, "*members batch"]) -> Float[Tensor, "*members"]:
        """Return the loss of these rows, of each network that is trained; differentiable."""

    def penalty(self) -> Float[Tensor, ""] | None:
        """Return what is minimised besides the losses: nothing, unless a subclass says so."""
        return None

    def before_step(self, progress: float) -> None:
        """Change gradients or rates before a step; `progress` is the share of the epoch that is done."""
        return

    def after_step(self, step: int, n_steps: int) -> None:
        """Follow the parameters after a step of the epoch."""
        return

    def operations(self) -> float:
        """Return the operations of the largest product of a step; see `SMALL_PRODUCT`."""
        return math.inf

    def train_epoch(self, watch: Watch = lambda share: None) -> float:
        """Pass over the training rows once.

        Returns:
            The mean loss of the batches, over all networks.

        Raises:
            InputError: The loss is no finite number any more.
        """
        batches, total, reported = self.batches(self.epoch), None, time.monotonic()
        for step, rows in enumerate(batches):
            losses, penalty = self.losses(rows), self.penalty()
            self.optimiser.zero_grad()
            (losses.sum() if penalty is None else losses.sum() + penalty).backward()
            self.before_step(step / len(batches))
            self.optimiser.step()
            self.after_step(step, len(batches))
            total = losses.detach() if total is None else total + losses.detach()
            if time.monotonic() - reported >= REPORT_SECONDS or step == len(batches) - 1:
                reported = time.monotonic()
                watch((step + 1) / len(batches))
        mean = float(total.mean()) / len(batches) if total is not None else 0.0
        if not math.isfinite(mean):
            raise self.diverged()
        self.epoch += 1
        return mean

    def diverged(self) -> InputError:
        """Return the error of a loss that is no finite number."""
        rate = self.optimiser.param_groups[0].get("initial_lr", self.optimiser.param_groups[0]["lr"])
        return InputError(f"Training diverged in epoch {self.epoch + 1}; use a smaller `learning_rate` than {rate:g}.")

    @contextmanager
    def threads(self) -> Generator[None]:
        """Compute small products with one thread, large ones with as many as before; the caller's number afterwards."""
        before = torch.get_num_threads()
        if self.device.type == "cpu" and self.operations() < SMALL_PRODUCT:
            torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)

    def state(self) -> dict[str, Any]:
        """Return everything that the next epoch depends on: the epochs done, parameters, the optimiser's memory."""
        state: dict[str, Any] = {"trained": self.epoch}
        for name, parameter in self.named.items():
            state[f"parameter.{name}"] = array_of(parameter)
            for key, value in self.optimiser.state[parameter].items():
                if isinstance(value, Tensor):
                    state[f"{key}.{name}"] = array_of(value)
        return state

    def restore(self, state: Mapping[str, Any]) -> bool:
        """Go back to what `state` returned; False, and nothing changes, if that was another network's training."""
        if "trained" not in state or any(f"parameter.{name}" not in state for name in self.named):
            return False
        self.epoch = int(state["trained"])
        with torch.no_grad():
            for name, parameter in self.named.items():
                parameter.copy_(tensor_of(state[f"parameter.{name}"], parameter))
                memory = {key: state[f"{key}.{name}"] for key in MEMORY if f"{key}.{name}" in state}
                self.optimiser.state[parameter].update({key: tensor_of(one, parameter) for key, one in memory.items()})
        return True


MEMORY = ("step", "exp_avg", "exp_avg_sq", "momentum_buffer")
"""What Adam and stochastic gradient descent remember of a parameter."""


def batch_size(n_rows: int, batch: int) -> int:
    """Return the rows of a step: `batch`, or fewer of a small table, so that an epoch has `LEAST_STEPS` steps."""
    return min(batch, max(LEAST_BATCH, n_rows // LEAST_STEPS), n_rows)


def parameters_by_kind(network: nn.Module) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
    """Return weights, biases, and what is neither, by the ends of their names."""
    kinds: tuple[list[Tensor], list[Tensor], list[Tensor]] = ([], [], [])
    for name, parameter in network.named_parameters():
        kinds[0 if name.endswith("weight") else 1 if name.endswith("bias") else 2].append(parameter)
    return kinds


def array_of(tensor: Tensor) -> np.ndarray:
    """Return a tensor as an array that later steps do not change."""
    return tensor.detach().cpu().numpy().copy()


def tensor_of(stored: Any, like: Tensor) -> Tensor:
    """Return a stored array as a float32 tensor where `like` is."""
    return torch.from_numpy(np.array(stored, np.float32)).to(like.device)


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
