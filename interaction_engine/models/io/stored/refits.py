"""Refits of subnets taken apart and put together."""

from collections.abc import Sequence

from torch import Tensor

from ...additive.refits import Refits
from .cards import Tensors, check_tensor, layers

NAMES = "refit."
"""What the names of their tensors begin with."""


def n_refits(refits: Refits | None) -> int:
    return 0 if refits is None else len(refits)


def refit_layers(refits: Refits | None) -> dict[str, Tensor]:
    """The tensors of refits by the names that a file gives them."""
    return {} if refits is None else layers(NAMES, refits.weights, refits.biases)


def stored_refits(tensors: Tensors, count: int, n_subnets: int, sizes: Sequence[int]) -> Refits | None:
    """So many refits of subnets with these units in each layer, checked layer by layer; None where there are none."""
    if not count:
        return None
    weights = tuple(tensors[f"{NAMES}weight.{layer}"] for layer in range(len(sizes) - 1))
    biases = tuple(tensors[f"{NAMES}bias.{layer}"] for layer in range(len(sizes) - 1))
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        check_tensor(f"layer {layer} of the refits", weight, (count, n_subnets, sizes[layer + 1], sizes[layer]))
        check_tensor(f"the thresholds of layer {layer} of the refits", bias, (count, n_subnets, sizes[layer + 1]))
    return Refits(weights, biases)
