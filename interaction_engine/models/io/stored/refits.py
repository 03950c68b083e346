"""Refits of subnets as parts of files."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor

from ...additive.refits import Refits
from .cards import Tensors, stacked_layers, state_of

NAMES = "refit."
"""What the names of their tensors begin with."""


def n_refits(refits: Refits | None) -> int:
    """Return how many refits there are."""
    return 0 if refits is None else len(refits)


def refit_state(refits: Refits | None) -> dict[str, Tensor]:
    """Return the tensors of refits by the names that a file gives them."""
    return {} if refits is None else state_of(refits, NAMES)


def stored_refits(tensors: Tensors, count: int, n_subnets: int, sizes: Sequence[int]) -> Refits | None:
    """Return so many refits of subnets with these units in each layer; None where there are none.

    Raises:
        InputError: A tensor has another shape or precision.
    """
    if not count:
        return None
    shapes = [(count, n_subnets, n_units, n_inputs) for n_inputs, n_units in pairwise(sizes)]
    return Refits(*stacked_layers(tensors, NAMES, shapes))
