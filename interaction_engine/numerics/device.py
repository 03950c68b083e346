"""How a device computes: products in full float32 precision, and a sentence when its memory runs out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from ..errors import RunError, memory_sentence

EXACT = "ieee"
"""PyTorch's name for float32 products that keep all of float32."""


def _settings() -> tuple[Any, ...]:
    """What PyTorch computes products of float32 with: it lets convolutions on a card use TF32 unless told otherwise."""
    cuda, cudnn = torch.backends.cuda, torch.backends.cudnn
    return cuda.matmul, cudnn.conv, cudnn.rnn  # type: ignore[attr-defined]


def exact_products() -> None:
    """Have every product of float32 keep all of float32, in this process from now on.

    TF32 keeps 11 bits of each factor. A joint effect is a difference of scores that nearly cancel: an error of 1e-3 in
    the scores would be larger than most effects.
    """
    for one in _settings():
        if one.fp32_precision not in (EXACT, "none"):  # where nothing was asked for, products are exact already
            one.fp32_precision = EXACT


@contextmanager
def computing() -> Iterator[None]:
    """Compute with `exact_products`; afterwards PyTorch's settings are the caller's again.

    Raises:
        RunError: when the memory of the machine or of its card runs out, with what helps.
    """
    before = [one.fp32_precision for one in _settings()]
    exact_products()
    try:
        yield
    except (MemoryError, RuntimeError) as problem:
        sentence = memory_sentence(problem)
        if sentence is None:
            raise
        raise RunError(sentence) from problem
    finally:
        for one, precision in zip(_settings(), before, strict=True):
            if one.fp32_precision != precision:
                one.fp32_precision = precision
