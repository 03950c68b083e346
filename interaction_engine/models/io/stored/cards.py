"""What a network's JSON says of it, whatever its kind, and the checks that its tensors must pass."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass
from torch import Tensor

from ....core.errors import InputError
from ....core.types import FeatureSpace, Target
from ...networks.mlp import TrainingRecord

FORMAT = 1
"""Version of the JSON; raised when an older reader could not understand it."""

Tensors = Mapping[str, Tensor]
"""The tensors of a file by name."""

STRICT = ConfigDict(extra="forbid")
"""A field that a card does not know is refused."""


@dataclass(config=STRICT, kw_only=True)
class Card:
    """Everything about a network but its tensors; each kind of network adds its own."""

    format: int
    name: str
    class_index: int | None
    space: FeatureSpace
    target: Target
    record: TrainingRecord | None = None


def common(model: Any, record: TrainingRecord | None = None) -> dict[str, Any]:
    """What every card says."""
    return {
        "format": FORMAT, "name": model.name, "class_index": model.class_index, "space": model.space,
        "target": model.target, "record": record,
    }  # fmt: skip


def layers(prefix: str, weights: Iterable[Tensor], biases: Iterable[Tensor]) -> dict[str, Tensor]:
    """Weights and biases by the names that a file gives them: prefix, "weight" or "bias", layer."""
    return {
        f"{prefix}{kind}.{layer}": tensor
        for kind, tensors in (("weight", weights), ("bias", biases))
        for layer, tensor in enumerate(tensors)
    }


def part(tensors: Tensors, prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin with `prefix`, by the rest of their names."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def check_tensor(what: str, tensor: Tensor, shape: Sequence[int], dtype: torch.dtype = torch.float32) -> None:
    """`InputError` unless `tensor` is of this shape and precision."""
    if tuple(tensor.shape) != tuple(shape) or tensor.dtype != dtype:
        raise InputError(
            f"{what} must be {_short(dtype)} of shape {tuple(shape)}; got {_short(tensor.dtype)} {tuple(tensor.shape)}"
        )


def check_members(members: Iterable[Sequence[int]], space: FeatureSpace) -> None:
    """`InputError` when a term speaks of a feature that is none."""
    if any(not 0 <= place < len(space) for one in members for place in one):
        raise InputError("it has terms of features that it does not have")


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
