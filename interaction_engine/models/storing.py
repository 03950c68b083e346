"""Our networks as files: weights as safetensors, their architecture as JSON beside them. Nothing is ever pickled."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from ..data.space_files import space_to_json, unfolded
from ..errors import InputError, ModelError
from ..types import FeatureSpace, Target
from .additive_network import AdditiveNetwork
from .additive_storing import additive_json, additive_network, additive_tensors, is_additive
from .convolution import Cnn
from .networks import Mlp, TrainingRecord
from .paraace import ParaAce
from .storing_terms import is_terms, load_terms, save_terms
from .terms import TermModel
from .word_network import WordNet

Layered = Mlp | Cnn | WordNet
"""Networks that are a list of layers."""

Network = Layered | AdditiveNetwork | ParaAce | TermModel
"""What is trained here and stored as safetensors."""

FORMAT = 1
"""Version of the architecture JSON; raised when an older reader could not understand it."""


@dataclass(config=ConfigDict(extra="forbid"))
class Architecture:
    """What the JSON beside the weights says: everything about a network but its weights.

    Only perceptrons have `activation`, `sizes` and several `members`; the shapes of the others' weights tell the same.
    """

    format: int
    name: str
    scale: float
    shift: float
    class_index: int | None
    space: FeatureSpace
    target: Target
    kind: Literal["mlp", "cnn", "words"] = "mlp"
    activation: str = "relu"
    sizes: tuple[int, ...] = ()
    members: int = 1
    record: TrainingRecord | None = None


def save_network(model: Network, path: str | Path) -> tuple[Path, Path]:
    """Write `<path>.safetensors` and `<path>.json` (the suffix of `path` is replaced); returns both paths.

    The JSON also stands in the header of the weights, so that the weights alone are enough.
    """
    path = Path(path)
    if isinstance(model, ParaAce | TermModel):
        return save_terms(model, path)
    text = architecture_json(model)
    weights, beside = path.with_suffix(".safetensors"), path.with_suffix(".json")
    tensors = additive_tensors(model) if isinstance(model, AdditiveNetwork) else _tensors(model)
    save_file(tensors, str(weights), metadata={"architecture": text})
    beside.write_text(text, encoding="utf-8")
    return weights, beside


def architecture_json(model: Layered | AdditiveNetwork) -> str:
    """The architecture of `model` as JSON text."""
    if isinstance(model, AdditiveNetwork):
        return additive_json(model)
    record = None if isinstance(model, Cnn) else model.record
    written: dict[str, Any] = {
        "format": FORMAT, "kind": _kind(model), "name": model.name, "scale": model.scale, "shift": model.shift,
        "class_index": model.class_index, "space": space_to_json(model.space), "target": asdict(model.target),
        "record": None if record is None else asdict(record),
    }  # fmt: skip
    if isinstance(model, Mlp):
        written |= {"activation": model.activation, "sizes": model.sizes, "members": model.n_members}
    return json.dumps(written, indent=1)


def load_network(path: str | Path) -> Network:
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
            if is_terms(text):
                return load_terms(path)
            if is_additive(text):
                return additive_network(text, file.get_tensor, path.name)
            architecture = _read_architecture(text, path.name)
            n_weights, n_biases = _counts(architecture, set(file.keys()))
            weights = tuple(file.get_tensor(f"weight.{layer}") for layer in range(n_weights))
            biases = tuple(file.get_tensor(f"bias.{layer}") for layer in range(n_biases))
    except SafetensorError as problem:
        raise ModelError(
            f"`{path.name}` is no safetensors file with the layers of its architecture ({problem}); "
            "save the network again."
        ) from None
    _check_numbers(weights, biases, path.name)
    return _network(architecture, weights, biases, path.name)


def _network(
    architecture: Architecture, weights: tuple[torch.Tensor, ...], biases: tuple[torch.Tensor, ...], name: str
) -> Layered:
    """The network of an architecture with these weights, which the network itself checks where it is no perceptron."""
    common: dict[str, Any] = {
        "space": architecture.space, "target": architecture.target, "weights": weights, "biases": biases,
        "scale": architecture.scale, "shift": architecture.shift, "class_index": architecture.class_index,
        "name": architecture.name,
    }  # fmt: skip
    if architecture.kind == "cnn":
        return Cnn(**common)
    if architecture.kind == "words":
        return WordNet(**common, record=architecture.record)
    _check_shapes(architecture, weights, biases, name)
    return Mlp(**common, activation=architecture.activation, record=architecture.record)


def _kind(model: Layered) -> str:
    return {Mlp: "mlp", Cnn: "cnn", WordNet: "words"}[type(model)]


def _counts(architecture: Architecture, stored: set[str]) -> tuple[int, int]:
    """How many weights and biases there must be: as many as layers of a perceptron, else as many as are stored."""
    if architecture.kind == "mlp":
        return len(architecture.sizes) - 1, len(architecture.sizes) - 1
    return sum(key.startswith("weight.") for key in stored), sum(key.startswith("bias.") for key in stored)


def _tensors(model: Layered) -> dict[str, torch.Tensor]:
    weights = {f"weight.{layer}": tensor for layer, tensor in enumerate(model.weights)}
    named = weights | {f"bias.{layer}": tensor for layer, tensor in enumerate(model.biases)}
    return {name: tensor.contiguous().cpu() for name, tensor in named.items()}


def _read_architecture(text: str, name: str) -> Architecture:
    try:
        architecture = TypeAdapter(Architecture).validate_python(_parsed(text))
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


def _parsed(text: str) -> Any:
    """JSON as Python values, with the levels of texts at every feature; what is no JSON stays text, to be refused."""
    try:
        written = json.loads(text)
    except ValueError:
        return text
    return written | {"space": unfolded(written.get("space"))} if isinstance(written, dict) else written


def _check_numbers(weights: tuple[torch.Tensor, ...], biases: tuple[torch.Tensor, ...], name: str) -> None:
    for tensor in (*weights, *biases):
        if tensor.dtype != torch.float32:
            raise InputError(f"The weights of `{name}` must be float32; got {tensor.dtype}. Save the network again.")
        if not tensor.isfinite().all():
            raise ModelError(f"`{name}` holds weights that are NaN or infinite; train it again.")


def _check_shapes(
    architecture: Architecture, weights: tuple[torch.Tensor, ...], biases: tuple[torch.Tensor, ...], name: str
) -> None:
    sizes, members = architecture.sizes, architecture.members
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        expected = (members, sizes[layer + 1], sizes[layer])
        if tuple(weight.shape) != expected or tuple(bias.shape) != expected[:2]:
            raise InputError(
                f"Layer {layer} of `{name}` must be of shape {expected}; got {tuple(weight.shape)}. "
                "Save the network again."
            )
