"""Models of terms and ParaACE networks as files: tensors as safetensors, the rest as JSON beside them and inside."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Literal

import torch
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from ..errors import InputError, ModelError
from ..types import FeatureSpace, Target
from .additive_network import Subnets, padded_width
from .networks import TrainingRecord, n_outputs
from .paraace import FixUp, ParaAce
from .terms import TENSORS, TermModel

FORMAT = 1
"""Version of the JSON; raised when an older reader could not understand it."""


@dataclass(config=ConfigDict(extra="forbid"), kw_only=True)
class TermsCard:
    """Everything about a model of terms but its tensors."""

    architecture: Literal["terms"] = "terms"
    format: int
    name: str
    mains: tuple[int, ...]
    pairs: tuple[tuple[int, int], ...]
    interval: str
    notes: tuple[str, ...]
    class_index: int | None
    space: FeatureSpace
    target: Target
    record: TrainingRecord | None


@dataclass(config=ConfigDict(extra="forbid"), kw_only=True)
class ParaAceCard:
    """Everything about a ParaACE network but its weights; `layers` is how many a subnet has."""

    architecture: Literal["paraace"] = "paraace"
    format: int
    name: str
    activation: str
    members: tuple[tuple[int, ...], ...]
    layers: int
    scale: float
    shift: float
    class_index: int | None
    space: FeatureSpace
    target: Target
    record: TrainingRecord | None


Card = Annotated[TermsCard | ParaAceCard, Field(discriminator="architecture")]

ARCHITECTURES = ("terms", "paraace")
"""What the JSON's `architecture` says of the files that are read here."""


def save_terms(model: TermModel | ParaAce, path: str | Path) -> tuple[Path, Path]:
    """Write `<path>.safetensors` and `<path>.json` (the suffix of `path` is replaced); returns both paths.

    The JSON also stands in the header of the tensors, so that they alone are enough.
    """
    path = Path(path)
    card, tensors = _taken_apart(model)
    text = json.dumps(asdict(card), indent=1)
    weights, beside = path.with_suffix(".safetensors"), path.with_suffix(".json")
    kept = {name: tensor.contiguous().cpu() for name, tensor in tensors.items()}
    save_file(kept, str(weights), metadata={"architecture": text})
    beside.write_text(text, encoding="utf-8")
    return weights, beside


def load_terms(path: str | Path) -> TermModel | ParaAce:
    """Read what `save_terms` wrote; the JSON beside the tensors counts before the one in their header.

    Raises `ModelError` when the file is no safetensors file, its JSON is missing, or the two do not fit.
    """
    path = Path(path)
    beside = path.with_suffix(".json")
    try:
        with safe_open(str(path), framework="pt") as file:
            header = file.metadata() or {}
            text = beside.read_text(encoding="utf-8") if beside.exists() else header.get("architecture")
            if text is None:
                raise ModelError(f"`{path.name}` has no architecture: put the JSON that was saved with it beside it.")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except SafetensorError as problem:
        raise ModelError(f"`{path.name}` is no safetensors file ({problem}); save the model again.") from None
    card = _read(text, path.name)
    try:
        model = _terms(card, tensors) if isinstance(card, TermsCard) else _paraace(card, tensors)
    except (KeyError, InputError) as problem:
        raise ModelError(
            f"The tensors of `{path.name}` do not fit its JSON ({problem}); save the model again."
        ) from None
    if any(bool(tensor.isnan().any()) for tensor in tensors.values()):
        raise ModelError(f"`{path.name}` holds numbers that are NaN; train it again.")
    return model


def is_terms(text: str) -> bool:
    """Whether an architecture is one of those that are read here."""
    try:
        fields = json.loads(text)
    except ValueError:
        return False
    return isinstance(fields, dict) and fields.get("architecture") in ARCHITECTURES


def at_places_of(model: TermModel | ParaAce, space: FeatureSpace) -> TermModel | ParaAce:
    """The model with the places of its features in `space`; a feature that it never saw is in no term."""
    own = {feature.name: feature for feature in model.space.features}
    whole = FeatureSpace(tuple(own.get(feature.name, feature) for feature in space.features))
    place = [whole.index(name) for name in model.space.names]
    if isinstance(model, TermModel):
        pairs = tuple((place[first], place[second]) for first, second in model.pairs)
        return replace(model, space=whole, mains=tuple(place[main] for main in model.mains), pairs=pairs)
    members = tuple(tuple(place[old] for old in one) for one in model.subnets.members)
    return replace(model, space=whole, subnets=replace(model.subnets, space=whole, members=members))


def _taken_apart(model: TermModel | ParaAce) -> tuple[TermsCard | ParaAceCard, dict[str, torch.Tensor]]:
    if isinstance(model, TermModel):
        card = TermsCard(
            format=FORMAT, name=model.name, mains=model.mains, pairs=model.pairs, interval=model.interval,
            notes=model.notes, class_index=model.class_index, space=model.space, target=model.target,
            record=model.record,
        )  # fmt: skip
        return card, {name: getattr(model, name) for name in TENSORS}
    subnets, fix_up = model.subnets, model.fix_up
    card = ParaAceCard(
        format=FORMAT, name=model.name, activation=subnets.activation, members=subnets.members,
        layers=len(subnets.weights), scale=model.scale, shift=model.shift, class_index=model.class_index,
        space=model.space, target=model.target, record=model.record,
    )  # fmt: skip
    parts = {"subnet": (subnets.weights, subnets.biases), "fix_up": (fix_up.weights, fix_up.biases)}
    return card, {
        f"{part}.{kind}.{layer}": tensor
        for part, both in parts.items()
        for kind, tensors in zip(("weight", "bias"), both, strict=True)
        for layer, tensor in enumerate(tensors)
    }


def _read(text: str, name: str) -> TermsCard | ParaAceCard:
    try:
        card: TermsCard | ParaAceCard = TypeAdapter(Card).validate_json(text)
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ModelError(f"The JSON of `{name}` cannot be read at `{place}` ({first['msg']}); save it again.") from None
    if card.format != FORMAT:
        raise ModelError(
            f"`{name}` was saved in format {card.format}, but this version reads format {FORMAT}; train it again."
        )
    sets = [(one,) for one in card.mains] + list(card.pairs) if isinstance(card, TermsCard) else list(card.members)
    if any(not 0 <= place < len(card.space) for one in sets for place in one):
        raise ModelError(f"The JSON of `{name}` speaks of features that it does not have; save the model again.")
    return card


def _terms(card: TermsCard, tensors: dict[str, torch.Tensor]) -> TermModel:
    given = {name: tensors[name] for name in TENSORS}
    outputs, bags = n_outputs(card.target), len(given["curve_bags"])
    mains, pieces, powers = len(card.mains), _width(given["origins"]), given["curves"].shape[2:3]
    first, second = _width(given["first_cuts"]) + 1, _width(given["second_cuts"]) + 1
    pairs = len(card.pairs)
    expected = {
        "intercept": (outputs,), "breaks": (mains, pieces - 1), "origins": (mains, pieces),
        "curves": (mains, pieces, *powers, outputs), "curve_bags": (bags, mains, pieces, *powers, outputs),
        "first_cuts": (pairs, first - 1), "second_cuts": (pairs, second - 1),
        "maps": (pairs, first, second, outputs), "map_bags": (bags, pairs, first, second, outputs),
    }  # fmt: skip
    for name, shape in expected.items():
        _check(name, given[name], shape, torch.float64)
    known = {"class_index": card.class_index, "name": card.name, "record": card.record}
    return TermModel(
        card.space, card.target, card.mains, card.pairs, **given, interval=card.interval, notes=card.notes, **known
    )  # pyright: ignore[reportArgumentType]


def _paraace(card: ParaAceCard, tensors: dict[str, torch.Tensor]) -> ParaAce:
    n_subnets, width = len(card.members), padded_width(card.space, card.members)
    subnet_weights = tuple(tensors[f"subnet.weight.{layer}"] for layer in range(card.layers))
    subnet_biases = tuple(tensors[f"subnet.bias.{layer}"] for layer in range(card.layers))
    for layer, (weight, bias) in enumerate(zip(subnet_weights, subnet_biases, strict=True)):
        units = bias.shape[1] if bias.ndim == 2 else 0
        _check(f"subnet.weight.{layer}", weight, (n_subnets, units, width), torch.float32)
        _check(f"subnet.bias.{layer}", bias, (n_subnets, units), torch.float32)
        width = units
    weights = tuple(tensors[f"fix_up.weight.{layer}"] for layer in range(3))
    biases = tuple(tensors[f"fix_up.bias.{layer}"] for layer in range(3))
    units, outputs = len(biases[0]), n_outputs(card.target)
    shapes = ((units, n_subnets), (n_subnets, units), (outputs, n_subnets))
    for layer, shape in enumerate(shapes):
        _check(f"fix_up.weight.{layer}", weights[layer], shape, torch.float32)
        _check(f"fix_up.bias.{layer}", biases[layer], shape[:1], torch.float32)
    subnets = Subnets(card.space, card.members, subnet_weights, subnet_biases, card.activation)
    return ParaAce(
        card.space, card.target, subnets, FixUp(weights, biases), card.scale, card.shift, card.class_index,
        name=card.name, record=card.record,
    )  # fmt: skip


def _width(tensor: torch.Tensor) -> int:
    return tensor.shape[1] if tensor.ndim == 2 else 0


def _check(name: str, tensor: torch.Tensor, shape: tuple[int, ...], dtype: torch.dtype) -> None:
    if tuple(tensor.shape) != shape or tensor.dtype != dtype:
        raise InputError(f"`{name}` must be {dtype} of shape {shape}, and is {tensor.dtype} {tuple(tensor.shape)}")
