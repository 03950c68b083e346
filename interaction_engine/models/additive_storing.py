"""Additive networks as files: weights as safetensors, their architecture as JSON; `storing` is the door to it."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Literal

import torch
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from torch import Tensor

from ..errors import InputError, ModelError
from ..types import FeatureSpace, Target
from .additive_network import AdditiveNetwork, Members, Subnets, padded_width
from .networks import TrainingRecord, n_outputs

FORMAT = 1
"""Version of the architecture JSON; raised when an older reader could not understand it."""


@dataclass(config=ConfigDict(extra="forbid"))
class AdditiveArchitecture:
    """What the JSON beside the weights says: everything about an additive network but its weights."""

    format: int
    architecture: Literal["additive"]
    name: str
    activation: str
    hidden: tuple[int, ...]
    members: Members
    scale: float
    shift: float
    class_index: int | None
    space: FeatureSpace
    target: Target
    record: TrainingRecord | None


def additive_json(model: AdditiveNetwork) -> str:
    """The architecture of `model` as JSON text."""
    subnets = model.subnets
    architecture = AdditiveArchitecture(
        format=FORMAT, architecture="additive", name=model.name, activation=subnets.activation,
        hidden=subnets.sizes[1:-1], members=subnets.members, scale=model.scale, shift=model.shift,
        class_index=model.class_index, space=model.space, target=model.target, record=model.record,
    )  # fmt: skip
    return json.dumps(asdict(architecture), indent=1)


def additive_tensors(model: AdditiveNetwork) -> dict[str, Tensor]:
    """The weights of `model` by the names that its file gives them."""
    subnets = model.subnets
    named = {f"weight.{layer}": tensor for layer, tensor in enumerate(subnets.weights)}
    named |= {f"bias.{layer}": tensor for layer, tensor in enumerate(subnets.biases)}
    return {name: tensor.contiguous().cpu() for name, tensor in (named | {"intercept": model.intercept}).items()}


def is_additive(text: str) -> bool:
    """Whether an architecture is that of an additive network."""
    try:
        fields = json.loads(text)
    except ValueError:
        return False
    return isinstance(fields, dict) and fields.get("architecture") == "additive"


def additive_network(text: str, tensor: Callable[[str], Tensor], name: str) -> AdditiveNetwork:
    """The network of an architecture, its weights by name from `tensor`.

    Raises `ModelError` when the architecture cannot be read or the weights are broken, `InputError` when they do not
    fit it.
    """
    try:
        made = TypeAdapter(AdditiveArchitecture).validate_json(text)
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ModelError(
            f"The architecture of `{name}` cannot be read at `{place}` ({first['msg']}); save the network again."
        ) from None
    if made.format != FORMAT:
        raise ModelError(
            f"`{name}` was saved in format {made.format}, but this version reads format {FORMAT}; "
            "train or save it again."
        )
    if not made.members or not all(0 <= place < len(made.space) for one in made.members for place in one):
        raise ModelError(f"`{name}` has terms of features that it does not have; save the network again.")
    sizes = (padded_width(made.space, made.members), *made.hidden, n_outputs(made.target))
    weights = tuple(tensor(f"weight.{layer}") for layer in range(len(sizes) - 1))
    biases = tuple(tensor(f"bias.{layer}") for layer in range(len(sizes) - 1))
    intercept = tensor("intercept")
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        _check(weight, (len(made.members), sizes[layer + 1], sizes[layer]), f"Layer {layer} of `{name}`")
        _check(bias, (len(made.members), sizes[layer + 1]), f"The thresholds of layer {layer} of `{name}`")
    _check(intercept, (sizes[-1],), f"The intercept of `{name}`")
    if not all(one.isfinite().all() for one in (*weights, *biases, intercept)):
        raise ModelError(f"`{name}` holds weights that are NaN or infinite; train it again.")
    subnets = Subnets(made.space, made.members, weights, biases, made.activation)
    return AdditiveNetwork(
        made.space, made.target, subnets, intercept, made.scale, made.shift, made.class_index, made.name, made.record
    )


def _check(tensor: Tensor, shape: tuple[int, ...], what: str) -> None:
    if tuple(tensor.shape) != shape or tensor.dtype != torch.float32:
        raise InputError(
            f"{what} must be float32 of shape {shape}; got {tensor.dtype} {tuple(tensor.shape)}. "
            "Save the network again."
        )
