"""What a network's JSON says of it, whatever its kind, and the checks that its tensors must pass."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from ....core.errors import InputError
from ....core.types import FeatureSpace, Target
from ...networks.mlp import TrainingRecord

FORMAT = 2
"""Version of the files; raised when an older reader could not understand it."""

READ = (1, 2)
"""Versions that are read: in the first, layers had numbers and no names."""

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


def stacked_layers(tensors: Tensors, prefix: str, shapes: Sequence[Sequence[int]]) -> tuple[list[Tensor], list[Tensor]]:
    """Return the weights and biases of a `LayerStack` with weights of these shapes, from its `state_dict`.

    Args:
        tensors: Of a file, by name; in files of earlier versions, layers are called `weight.0`, `bias.0`, ...
        prefix: What the names of the stack begin with.
        shapes: Of the weight of each layer; its bias has all of it but the last axis.

    Raises:
        InputError: A tensor has another shape or precision.
        KeyError: A tensor is missing.
    """
    old = f"{prefix}weight.0" in tensors
    weights, biases = [], []
    for layer, shape in enumerate(shapes):
        names = [f"{prefix}{kind}.{layer}" if old else f"{prefix}layers.{layer}.{kind}" for kind in ("weight", "bias")]
        weight, bias = (tensors[name] for name in names)
        check_tensor(f"`{names[0]}`", weight, shape)
        check_tensor(f"`{names[1]}`", bias, shape[:-1])
        weights.append(weight)
        biases.append(bias)
    return weights, biases


def state_of(module: nn.Module, prefix: str = "") -> dict[str, Tensor]:
    """Return the `state_dict` of a module, its names after `prefix`."""
    return {f"{prefix}{name}": tensor for name, tensor in module.state_dict().items()}


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
