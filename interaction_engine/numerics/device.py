"""How a device computes: products in full float32 precision, and a sentence when its memory runs out."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import torch

from ..core.errors import RunError, memory_sentence

EXACT = ("ieee", "none")
"""PyTorch's names for float32 products that keep all of float32: because it was asked for, or because nothing was."""


def exact_products() -> Callable[[], None]:
    """Have every product of float32 keep all of float32, in this process from now on.

    TF32 keeps 11 bits of each factor, and is PyTorch's default for convolutions on a card. A joint effect is a
    difference of scores that nearly cancel: an error of 1e-3 in the scores would be larger than most effects.

    Returns:
        What makes the settings those of before.
    """
    before = [one.fp32_precision for one in _newer()]
    products, convolutions = _older()
    if products not in ("highest", None):
        torch.set_float32_matmul_precision("highest")
    if convolutions is not False:
        torch.backends.cudnn.allow_tf32 = False
    _set_newer(["ieee" if one.fp32_precision not in EXACT else one.fp32_precision for one in _newer()])

    def again() -> None:
        if products not in ("highest", None):
            torch.set_float32_matmul_precision(products)
        if convolutions is not None:
            torch.backends.cudnn.allow_tf32 = convolutions
        _set_newer(before)

    return again


@contextmanager
def computing() -> Generator[None]:
    """Compute with `exact_products`; afterwards PyTorch's settings are the caller's again.

    Raises:
        RunError: When the memory of the machine or of its card runs out, with what helps.
    """
    again = exact_products()
    try:
        yield
    except (MemoryError, RuntimeError) as problem:
        sentence = memory_sentence(problem)
        if sentence is None:
            raise
        raise RunError(sentence) from problem
    finally:
        again()


def _newer() -> tuple[Any, ...]:
    """PyTorch's settings of the precision, operation by operation."""
    cuda, cudnn = torch.backends.cuda, torch.backends.cudnn
    return cuda.matmul, cudnn.conv, cudnn.rnn  # type: ignore[attr-defined]


def _set_newer(precisions: list[str]) -> None:
    for one, precision in zip(_newer(), precisions, strict=True):
        if one.fp32_precision != precision:
            one.fp32_precision = precision


def _older() -> tuple[str | None, bool | None]:
    """The older settings of the same, each None where it cannot be read because a newer one contradicts it.

    They are changed first: PyTorch's own export reads them, and fails where the two kinds contradict each other.
    """
    matches: list[Any] = []
    for read in (torch.get_float32_matmul_precision, lambda: torch.backends.cudnn.allow_tf32):
        try:
            matches.append(read())
        except RuntimeError:
            matches.append(None)
    return matches[0], matches[1]
