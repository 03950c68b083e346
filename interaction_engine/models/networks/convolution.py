"""A small convolutional network for tables whose features are the pixels of a square image, row by row."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor, nn
from torch.nn import functional

from ...core.errors import InputError
from ...core.types import Capability, FeatureSpace, Kind, Target
from ..base import TabularModel
from ..scoring import log_odds, scored_class
from .layers import LayerList, set_layers

CHANNELS = (16, 32, 64)
"""Feature maps of the three convolutions: small enough for a second per 4000 images of 28 x 28 on two cores."""

KERNEL = 3
SMALLEST_SIDE = 5
"""Images below this have no inside: all their pixels are edge."""

ROWS_PER_CALL = 256
"""Images per product: more of them leave the processor's cache."""

PIXEL = re.compile(r"(?:p|px|pix|pixel)[ _.-]?(\d+)", re.IGNORECASE)
"""How the column of a pixel is called where the table tells that it holds images."""


class ConvolutionNetwork(nn.Module):
    """Three convolutions of 3 x 3, each followed by ReLU and the maximum over 2 x 2, then one linear layer, float32.

    Args:
        weights: Three kernels (outputs, inputs, 3, 3) and a matrix (classes, units).
        biases: One vector for each of them.
    """

    def __init__(self, weights: Sequence[Tensor], biases: Sequence[Tensor]) -> None:
        super().__init__()
        self.convolutions: LayerList[nn.Conv2d] = LayerList(
            nn.Conv2d(weight.shape[1], len(weight), KERNEL, padding=KERNEL // 2, device="meta")
            for weight in weights[:-1]
        )
        self.last = nn.Linear(weights[-1].shape[1], len(weights[-1]), device="meta")
        set_layers([*self.convolutions, self.last], weights, biases)

    def forward(self, images: Float[Tensor, "rows 1 side side"]) -> Float[Tensor, "rows classes"]:
        """Return unnormalised log-probabilities; differentiable."""
        return self.after_first_map(self.first_map(images))

    def first_map(self, images: Float[Tensor, "rows 1 side side"]) -> Float[Tensor, "rows channels side side"]:
        """Return the feature map after the first ReLU, of the size of the image."""
        return functional.relu(self.convolutions[0](images))

    def after_first_map(self, values: Float[Tensor, "rows channels side side"]) -> Float[Tensor, "rows classes"]:
        """Return what the rest of the network makes of the first feature map."""
        for convolution in self.convolutions[1:]:
            values = functional.relu(convolution(functional.max_pool2d(values, 2, ceil_mode=True)))
        return self.last(functional.max_pool2d(values, 2, ceil_mode=True).flatten(1))


@dataclass(frozen=True, eq=False)
class Cnn(TabularModel):
    """A convolutional network over the pixels of a square image; implements `Model`.

    All pixels are standardised alike: (value - `shift`) / `scale`. The score is the log-odds of `class_index`.
    """

    space: FeatureSpace
    target: Target
    network: ConvolutionNetwork
    shift: float
    scale: float
    class_index: int | None = None
    name: str = "cnn"

    capabilities = frozenset({Capability.QUERIES})
    learnt = ("network",)

    def __post_init__(self) -> None:
        expected = shapes(self.space, self.target)
        given = [tuple(layer.weight.shape) for layer in (*self.network.convolutions, self.network.last)]
        if given != expected:
            raise InputError(
                f"Images of {self.side} x {self.side} pixels in {len(self.target.classes)} classes need weights of the "
                f"shapes {expected}; got {given}. Use the network's own images."
            )

    @property
    def side(self) -> int:
        """Pixels along an edge of the image."""
        return image_side(self.space)

    @property
    def row_bytes(self) -> int:
        """Working memory that scoring one row takes."""
        return 4 * (2 * CHANNELS[0] + 2) * self.side**2 + 8 * len(self.space)

    def scores(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "1 rows"]:
        """Log-odds of the class for `rows`, without gradients."""
        index = scored_class(self.target, self.class_index) or 0
        with torch.inference_mode():
            parts = rows.to(self.device).split(ROWS_PER_CALL)
            return torch.cat([log_odds(self.network(self.images(part)), index) for part in parts])[None]

    def images(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "rows 1 side side"]:
        """Rows of the table as standardised images."""
        standardised = (rows.to(self.device) - self.shift) / self.scale
        return standardised.to(self.network.last.weight.dtype).reshape(-1, 1, self.side, self.side)


def image_side(space: FeatureSpace) -> int:
    """Pixels along an edge of the image that the features are; `InputError` when they cannot be one."""
    side = math.isqrt(len(space))
    if any(feature.kind is not Kind.NUMERIC for feature in space.features):
        raise InputError('Pixels are numbers, but some features are not; use `network="mlp"` for this table.')
    if side**2 != len(space) or side < SMALLEST_SIDE:
        raise InputError(
            f"A square image has as many pixels as the square of its side, at least {SMALLEST_SIDE**2}; the data set "
            f'has {len(space)} features. Leave out columns that are no pixels, or use `network="mlp"`.'
        )
    return side


def shows_images(space: FeatureSpace) -> bool:
    """Whether the features say that they are the pixels of a square image: p0, p1, ... or pixel1, pixel2, ..."""
    matches = [PIXEL.fullmatch(name) for name in space.names]
    numbers = [int(match[1]) for match in matches if match]
    square = math.isqrt(len(space)) ** 2 == len(space) and len(space) >= SMALLEST_SIDE**2
    consecutive = len(numbers) == len(space) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return square and consecutive and all(feature.kind is Kind.NUMERIC for feature in space.features)


def shapes(space: FeatureSpace, target: Target) -> list[tuple[int, ...]]:
    """The shapes of the weights of a network for these images and classes."""
    side = image_side(space)
    convolutions = list(zip(CHANNELS, (1, *CHANNELS[:-1]), strict=True))
    for _ in convolutions:
        side = (side + 1) // 2
    kernels = [(outputs, inputs, KERNEL, KERNEL) for outputs, inputs in convolutions]
    return [*kernels, (len(target.classes), CHANNELS[-1] * side**2)]
