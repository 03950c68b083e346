"""A small convolutional network for tables whose features are the pixels of a square image, row by row."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor
from torch.nn import functional

from ...core.errors import InputError
from ...core.types import Capability, FeatureSpace, Kind, Target
from ..base import TabularModel
from ..scoring import log_odds, scored_class

CHANNELS = (16, 32, 64)
"""Feature maps of the three convolutions: small enough for a second per 4000 images of 28 x 28 on two cores."""

KERNEL = 3
SMALLEST_SIDE = 5
"""Images below this have no inside: all their pixels are edge."""

ROWS_PER_CALL = 256
"""Images per product: more of them leave the processor's cache."""

PIXEL = re.compile(r"(?:p|px|pix|pixel)[ _.-]?(\d+)", re.IGNORECASE)
"""How the column of a pixel is called where the table tells that it holds images."""


@dataclass(frozen=True, eq=False)
class Cnn(TabularModel):
    """Three convolutions of 3 x 3, each followed by ReLU and the maximum over 2 x 2, then one linear layer; implements
    `Model`.

    `weights` are three kernels (outputs, inputs, 3, 3) and a matrix (classes, units), `biases` one vector each,
    float32. All pixels are standardised alike: (value - `shift`) / `scale`. The score is the log-odds of `class_index`.
    """

    space: FeatureSpace
    target: Target
    weights: tuple[Float[Tensor, "_ ..."], ...]
    biases: tuple[Float[Tensor, " _"], ...]
    shift: float
    scale: float
    class_index: int | None = None
    name: str = "cnn"

    capabilities = frozenset({Capability.QUERIES})

    def __post_init__(self) -> None:
        expected = shapes(self.space, self.target)
        found = [tuple(weight.shape) for weight in self.weights]
        if found != expected or not fit(found, self.biases):
            raise InputError(
                f"Images of {self.side} x {self.side} pixels in {len(self.target.classes)} classes need weights of the "
                f"shapes {expected}; got {found}. Use the network's own images."
            )

    @property
    def side(self) -> int:
        return image_side(self.space)

    @property
    def n_parameters(self) -> int:
        return sum(tensor.numel() for tensor in (*self.weights, *self.biases))

    @property
    def row_bytes(self) -> int:
        return 4 * (2 * CHANNELS[0] + 2) * self.side**2 + 8 * len(self.space)

    def scores(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "1 rows"]:
        """Log-odds of the class for `rows`, without gradients."""
        index = scored_class(self.target, self.class_index) or 0
        with torch.inference_mode():
            parts = rows.to(self.device).split(ROWS_PER_CALL)
            return torch.cat([log_odds(self.logits(self.images(part)), index) for part in parts])[None]

    def images(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "rows 1 side side"]:
        """Rows of the table as standardised images."""
        standardised = (rows.to(self.device) - self.shift) / self.scale
        return standardised.to(self.weights[0].dtype).reshape(-1, 1, self.side, self.side)

    def logits(self, images: Float[Tensor, "rows 1 side side"]) -> Float[Tensor, "rows classes"]:
        """Unnormalised log-probabilities; differentiable."""
        return self.after_first_map(self.first_map(images))

    def first_map(self, images: Float[Tensor, "rows 1 side side"]) -> Float[Tensor, "rows channels side side"]:
        """The feature map after the first ReLU, of the size of the image."""
        return functional.relu(functional.conv2d(images, self.weights[0], self.biases[0], padding=KERNEL // 2))

    def after_first_map(self, values: Float[Tensor, "rows channels side side"]) -> Float[Tensor, "rows classes"]:
        """What the rest of the network makes of the first feature map."""
        for weight, bias in zip(self.weights[1:-1], self.biases[1:-1], strict=True):
            pooled = functional.max_pool2d(values, 2, ceil_mode=True)
            values = functional.relu(functional.conv2d(pooled, weight, bias, padding=KERNEL // 2))
        units = functional.max_pool2d(values, 2, ceil_mode=True).flatten(1)
        return functional.linear(units, self.weights[-1], self.biases[-1])


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
    found = [PIXEL.fullmatch(name) for name in space.names]
    numbers = [int(match[1]) for match in found if match]
    square = math.isqrt(len(space)) ** 2 == len(space) and len(space) >= SMALLEST_SIDE**2
    consecutive = len(numbers) == len(space) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return square and consecutive and all(feature.kind is Kind.NUMERIC for feature in space.features)


def fit(weights: Sequence[tuple[int, ...]], biases: Sequence[Tensor]) -> bool:
    """Whether each layer, whose weights have these shapes, has a bias per output."""
    return [tuple(bias.shape) for bias in biases] == [shape[:1] for shape in weights]


def shapes(space: FeatureSpace, target: Target) -> list[tuple[int, ...]]:
    """The shapes of the weights of a network for these images and classes."""
    side = image_side(space)
    convolutions = list(zip(CHANNELS, (1, *CHANNELS[:-1]), strict=True))
    for _ in convolutions:
        side = (side + 1) // 2
    kernels = [(outputs, inputs, KERNEL, KERNEL) for outputs, inputs in convolutions]
    return [*kernels, (len(target.classes), CHANNELS[-1] * side**2)]
