"""Models of terms as files."""

from typing import Literal

import torch
from pydantic.dataclasses import dataclass
from torch import Tensor

from ...additive.terms import TermModel
from ...networks.mlp import n_outputs
from .cards import STRICT, Card, Tensors, check_members, check_tensor, common


@dataclass(config=STRICT, kw_only=True)
class TermsCard(Card):
    """The features of the curves and maps, and what the bags were."""

    architecture: Literal["terms"] = "terms"
    mains: tuple[int, ...]
    pairs: tuple[tuple[int, int], ...]
    interval: str
    notes: tuple[str, ...]


def to_state(model: TermModel) -> tuple[TermsCard, dict[str, Tensor]]:
    """Return what the JSON of a model says, and its tensors."""
    written = TermsCard(
        **common(model, model.record), mains=model.mains, pairs=model.pairs, interval=model.interval, notes=model.notes
    )
    return written, {name: getattr(model, name) for name in TermModel.learnt}


def from_state(card: TermsCard, tensors: Tensors) -> TermModel:
    """Return the model.

    Raises:
        InputError: The tensors do not fit the card.
    """
    check_members([*((one,) for one in card.mains), *card.pairs], card.space)
    given = {name: tensors[name] for name in TermModel.learnt}
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
        check_tensor(f"`{name}`", given[name], shape, torch.float64)
    return TermModel(
        card.space, card.target, card.mains, card.pairs, **given, interval=card.interval, notes=card.notes,
        class_index=card.class_index, name=card.name, record=card.record,
    )  # fmt: skip


def _width(tensor: Tensor) -> int:
    return tensor.shape[1] if tensor.ndim == 2 else 0
