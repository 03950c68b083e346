"""Our networks as files: weights as safetensors, their architecture as JSON beside them. Nothing is ever pickled."""

import json
from dataclasses import asdict
from pathlib import Path

import torch
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from ..errors import InputError, ModelError
from ..types import FeatureSpace, Target
from .networks import Mlp, TrainingRecord

FORMAT = 1
"""Version of the architecture JSON; raised when an older reader could not understand it."""


@dataclass(config=ConfigDict(extra="forbid"))
class Architecture:
    """What the JSON beside the weights says: everything about a network but its weights."""

    format: int
    name: str
    activation: str
    sizes: tuple[int, ...]
    members: int
    scale: float
    shift: float
    class_index: int | None
    space: FeatureSpace
    target: Target
    record: TrainingRecord | None


def save_network(model: Mlp, path: str | Path) -> tuple[Path, Path]:
    """Write `<path>.safetensors` and `<path>.json` (the suffix of `path` is replaced); returns both paths.

    The JSON also stands in the header of the weights, so that the weights alone are enough.
    """
    path = Path(path)
    text = architecture_json(model)
    weights, beside = path.with_suffix(".safetensors"), path.with_suffix(".json")
    tensors = {f"{kind}.{layer}": tensor.contiguous().cpu() for kind, layer, tensor in _named(model)}
    save_file(tensors, str(weights), metadata={"architecture": text})
    beside.write_text(text, encoding="utf-8")
    return weights, beside


def architecture_json(model: Mlp) -> str:
    """The architecture of `model` as JSON text."""
    architecture = Architecture(
        format=FORMAT, name=model.name, activation=model.activation, sizes=model.sizes, members=model.n_members,
        scale=model.scale, shift=model.shift, class_index=model.class_index, space=model.space, target=model.target,
        record=model.record,
    )  # fmt: skip
    return json.dumps(asdict(architecture), indent=1)


def load_network(path: str | Path) -> Mlp:
    """Read what `save_network` wrote; the JSON beside the weights counts before the one in their header.

    Raises `ModelError` when the file is no safetensors file, its architecture is missing or does not fit the weights.
    """
    path = Path(path)
    beside = path.with_suffix(".json")
    try:
        with safe_open(str(path), framework="pt") as file:
            header = file.metadata() or {}
            text = beside.read_text(encoding="utf-8") if beside.exists() else header.get("architecture")
            if text is None:
                raise ModelError(
                    f"`{path.name}` has no architecture: put the JSON that was saved with it beside it, named "
                    f"`{beside.name}`."
                )
            architecture = _read_architecture(text, path.name)
            layers = range(len(architecture.sizes) - 1)
            weights = tuple(file.get_tensor(f"weight.{layer}") for layer in layers)
            biases = tuple(file.get_tensor(f"bias.{layer}") for layer in layers)
    except SafetensorError as problem:
        raise ModelError(
            f"`{path.name}` is no safetensors file with the layers of its architecture ({problem}); "
            "save the network again."
        ) from None
    _check_shapes(architecture, weights, biases, path.name)
    return Mlp(
        space=architecture.space, target=architecture.target, weights=weights, biases=biases,
        activation=architecture.activation, scale=architecture.scale, shift=architecture.shift,
        class_index=architecture.class_index, name=architecture.name, record=architecture.record,
    )  # fmt: skip


def _named(model: Mlp) -> list[tuple[str, int, torch.Tensor]]:
    weights = [("weight", layer, tensor) for layer, tensor in enumerate(model.weights)]
    return weights + [("bias", layer, tensor) for layer, tensor in enumerate(model.biases)]


def _read_architecture(text: str, name: str) -> Architecture:
    try:
        architecture = TypeAdapter(Architecture).validate_json(text)
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ModelError(
            f"The architecture of `{name}` cannot be read at `{place}` ({first['msg']}); save the network again."
        ) from None
    if architecture.format != FORMAT:
        raise ModelError(
            f"`{name}` was saved in format {architecture.format}, but this version reads format {FORMAT}; "
            "train or save it again."
        )
    return architecture


def _check_shapes(
    architecture: Architecture, weights: tuple[torch.Tensor, ...], biases: tuple[torch.Tensor, ...], name: str
) -> None:
    sizes, members = architecture.sizes, architecture.members
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        expected = (members, sizes[layer + 1], sizes[layer])
        if (
            tuple(weight.shape) != expected
            or tuple(bias.shape) != expected[:2]
            or weight.dtype != torch.float32
            or bias.dtype != torch.float32
        ):
            raise InputError(
                f"Layer {layer} of `{name}` must be float32 of shape {expected}; "
                f"got {weight.dtype} {tuple(weight.shape)}. Save the network again."
            )
    if not all(tensor.isfinite().all() for tensor in (*weights, *biases)):
        raise ModelError(f"`{name}` holds weights that are NaN or infinite; train it again.")
