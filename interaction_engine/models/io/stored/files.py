"""Our networks as files: tensors as safetensors, everything else as JSON beside them. Nothing is ever pickled.

Each kind of network has a card, what its JSON says, and two functions: `to_state` gives the card and the tensors of a
network, `from_state` the network of a card and tensors.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import torch
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ....core.errors import InputError, ModelError
from ....data.space_files import space_to_json, unfolded
from ...additive.editing.edited import Edited
from ...additive.network import AdditiveNetwork
from ...additive.paraace import ParaAce
from ...additive.terms import TermModel
from ...networks.bayesian import BayesianNetwork
from ...networks.layered import Layered
from . import additive, bayesian, edited, layered, paraace, terms
from .cards import FORMAT, READ, Tensors, part

Network = Layered | AdditiveNetwork | ParaAce | TermModel | BayesianNetwork | Edited
"""What is trained or made here and stored as safetensors."""

__all__ = ["FORMAT", "Network", "architecture_json", "load_network", "save_network"]

BASE = "base."
"""What the names of the tensors of an edited model's base begin with."""


class Kind(NamedTuple):
    """How one kind of network is stored."""

    card: type
    to_state: Callable[[Any], tuple[Any, dict[str, Tensor]]]
    from_state: Callable[[Any, Tensors], Any]


_LAYERED = Kind(layered.LayeredCard, layered.to_state, layered.from_state)

KINDS: dict[str, Kind] = {
    "additive": Kind(additive.AdditiveCard, additive.to_state, additive.from_state),
    "terms": Kind(terms.TermsCard, terms.to_state, terms.from_state),
    "paraace": Kind(paraace.ParaAceCard, paraace.to_state, paraace.from_state),
    "bayesian": Kind(bayesian.BayesianCard, bayesian.to_state, bayesian.from_state),
}
"""By what the JSON calls `architecture`; networks that are a list of layers have a `kind` instead."""

NAMES: dict[type, str] = {
    AdditiveNetwork: "additive",
    TermModel: "terms",
    ParaAce: "paraace",
    BayesianNetwork: "bayesian",
}


def save_network(model: Network, path: str | Path) -> tuple[Path, Path]:
    """Write `<path>.safetensors` and `<path>.json` (the suffix of `path` is replaced); returns both paths.

    The JSON also stands in the header of the tensors, so that they alone are enough.
    """
    path = Path(path)
    weights, beside = path.with_suffix(".safetensors"), path.with_suffix(".json")
    written, tensors = _to_state(model)
    text = json.dumps(written, indent=1)
    kept = {name: tensor.contiguous().cpu() for name, tensor in tensors.items()}
    save_file(kept, str(weights), metadata={"architecture": text})
    beside.write_text(text, encoding="utf-8")
    return weights, beside


def architecture_json(model: Network) -> str:
    """The architecture of `model` as JSON text."""
    return json.dumps(_to_state(model)[0], indent=1)


def load_network(path: str | Path) -> Network:
    """Read what `save_network` wrote; the JSON beside the tensors counts before the one in their header.

    Raises `ModelError` when the file is no safetensors file, its architecture is missing, or the two do not fit.
    """
    path = Path(path)
    beside = path.with_suffix(".json")
    try:
        with safe_open(str(path), framework="pt") as file:
            header = file.metadata() or {}
            text = beside.read_text(encoding="utf-8") if beside.exists() else header.get("architecture")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except SafetensorError as problem:
        raise ModelError(f"`{path.name}` is no safetensors file ({problem}); save the network again.") from None
    if text is None:
        raise ModelError(
            f"`{path.name}` has no architecture: put the JSON that was saved with it beside it, named `{beside.name}`."
        )
    broken = [name for name, tensor in tensors.items() if _is_broken(tensor)]
    if broken:
        raise ModelError(f"`{path.name}` holds numbers that are NaN or infinite (`{broken[0]}`); train it again.")
    return _from_state(_parsed(text, path.name), tensors, path.name)


def _to_state(model: Network) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """What the JSON of `model` says, and its tensors."""
    if isinstance(model, Edited):
        card, tensors = edited.to_state(model)
        base, inner = _to_state(model.base)
        return asdict(card) | {"base": base}, tensors | {f"{BASE}{name}": one for name, one in inner.items()}
    kind = KINDS[NAMES[type(model)]] if type(model) in NAMES else _LAYERED
    card, tensors = kind.to_state(model)
    return asdict(card) | {"space": space_to_json(model.space)}, tensors


def _from_state(written: Mapping[str, Any], tensors: Tensors, name: str) -> Network:
    """The network of which the JSON says `written`, with these tensors; `ModelError` where they do not fit."""
    architecture = written.get("architecture")
    try:
        if architecture == "edited":
            card = _read(edited.EditedCard, written, name)
            base = _from_state(card.base, part(tensors, BASE), name)
            return edited.from_state(card, tensors, base)
        if architecture is not None and architecture not in KINDS:
            raise ModelError(f"`{name}` has the `architecture` {str(architecture)[:40]!r}, which is none of ours.")
        kind = KINDS[architecture] if architecture else _LAYERED
        return kind.from_state(_read(kind.card, written, name), tensors)
    except ModelError:
        raise
    except KeyError as problem:
        raise ModelError(f"`{name}` has no tensor {problem}, so it does not fit its JSON; save it again.") from None
    except (InputError, RuntimeError, IndexError) as problem:
        sentence = str(problem).rstrip(".")
        raise ModelError(f"The tensors of `{name}` do not fit its JSON ({sentence}); save it again.") from None


def _read(card: type, written: Mapping[str, Any], name: str) -> Any:
    """The card in some JSON, its levels of texts at every feature; `ModelError` names the first field that is wrong."""
    if written.get("format", FORMAT) not in READ:
        raise ModelError(
            f"`{name}` was saved in format {written.get('format')}, but this version reads formats up to {FORMAT}; "
            "train or save it again."
        )
    given = {**written, "space": unfolded(written["space"])} if "space" in written else written
    try:
        return TypeAdapter(card).validate_python(given)
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "the file"
        raise ModelError(
            f"The architecture of `{name}` cannot be read at `{place}` ({first['msg']}); save the network again."
        ) from None


def _parsed(text: str, name: str) -> dict[str, Any]:
    try:
        written = json.loads(text)
    except (ValueError, RecursionError):
        written = None
    if not isinstance(written, dict):
        raise ModelError(f"The architecture of `{name}` is no JSON object; save the network again.")
    return written


def _is_broken(tensor: Tensor) -> bool:
    """Whether it holds what no network computes with; float64 tables are padded with infinity."""
    wrong = tensor.isnan() if tensor.dtype == torch.float64 else ~tensor.isfinite()
    return bool(wrong.any())
