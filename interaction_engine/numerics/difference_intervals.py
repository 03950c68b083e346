"""Interval arithmetic of a network's units and of their first and second differences.

For features i and j with two values each, a unit z has four values z00, z10, z01, z11. Beside bounds of its value, the
first differences z10 - z00, z11 - z01 (of i) and the second difference z11 - z10 - z01 + z00 are bounded, for whatever
values the other features have. A linear layer maps bounds by its positive and negative weights. An activation f with
slopes between m and M maps first differences by these slopes; its second difference is

    f(z11) - f(z10) - f(z01) + f(z00) = [f(z* + c) - f(z*)] + [f(z*) - f(z10) - f(z01) + f(z00)]

with z* = z10 + z01 - z00, and c the second difference of z. The first bracket is c times a slope. The second is
a (s1 - s0) = b (s2 - s3), with a and b the first differences and all s mean slopes, of which the slope can rise by
`rise` and fall by `drop` at most from left to right; and it is a b times a mean curvature. The bounds are rigorous, up
to rounding.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

Span = tuple[Tensor, Tensor]
"""Lower and upper bounds."""


@dataclass(frozen=True)
class Shape:
    """What is known of an activation.

    Its value, its slope, the places between which the slope is monotone, the place of its smallest value if that is
    no end, and bounds of its curvature if it has any.
    """

    value: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]
    turns: tuple[float, ...] = ()
    lowest: float | None = None
    curvature: tuple[float, float] | None = None


def _normal_density(z: Tensor) -> Tensor:
    return torch.exp(-(z**2) / 2) * 0.3989422804014327


def _silu_slope(z: Tensor) -> Tensor:
    share = torch.sigmoid(z)
    return share * (1 + z * (1 - share))


def _clipped_log_odds_slope(smallest: float) -> Callable[[Tensor], Tensor]:
    def slope(p: Tensor) -> Tensor:
        inside = (p >= smallest) & (p <= 1 - smallest)
        return torch.where(inside, 1 / (p * (1 - p)).clamp(min=smallest / 2), 0.0)

    return slope


SHAPES: dict[str, Shape] = {
    "identity": Shape(lambda z: z, torch.ones_like, curvature=(0.0, 0.0)),
    "relu": Shape(torch.relu, lambda z: (z > 0).to(z)),
    "leaky_relu": Shape(
        torch.nn.functional.leaky_relu,
        lambda z: torch.where(z > 0, torch.ones_like(z), 0.01),
    ),
    "elu": Shape(torch.nn.functional.elu, lambda z: torch.exp(z.clamp(max=0.0)), curvature=(0.0, 1.0)),
    "softplus": Shape(torch.nn.functional.softplus, torch.sigmoid, curvature=(0.0, 0.25)),
    "tanh": Shape(torch.tanh, lambda z: 1 - torch.tanh(z) ** 2, (0.0,), curvature=(-0.7699, 0.7699)),
    "sigmoid": Shape(
        torch.sigmoid, lambda z: torch.sigmoid(z) * torch.sigmoid(-z), (0.0,), curvature=(-0.09623, 0.09623)
    ),
    "gelu": Shape(
        torch.nn.functional.gelu,
        lambda z: torch.special.ndtr(z) + z * _normal_density(z),
        (-(2.0**0.5), 2.0**0.5),
        lowest=-0.7517916,
        curvature=(-0.1080, 0.7979),
    ),
    "silu": Shape(
        torch.nn.functional.silu, _silu_slope, (-2.3993573, 2.3993573), lowest=-1.2784645, curvature=(-0.037, 0.5001)
    ),
    "exponential": Shape(torch.exp, torch.exp),
}
"""The activations of `numerics.mlp` and the links of other models."""


def clipped(largest: float) -> Shape:
    """Return the identity, clipped to +- `largest`."""
    inside: Callable[[Tensor], Tensor] = lambda z: (z.abs() <= largest).to(z)  # noqa: E731
    return Shape(lambda z: z.clamp(-largest, largest), inside, (-largest, largest))


def clipped_log_odds(smallest: float) -> Shape:
    """Return the log-odds of a probability that is clipped to at least `smallest`, and to as much below 1."""
    turns = (smallest, 0.5, 1 - smallest)
    return Shape(lambda p: torch.logit(p, smallest), _clipped_log_odds_slope(smallest), turns)


@dataclass(frozen=True, eq=False)
class DifferenceIntervals:
    """Bounds of the units of a layer.

    Values (units,), first differences of each feature (features, units), second differences of each pair (pairs,
    units); `pairs` has the places of the features.
    """

    value: Span
    first: Span
    second: Span
    pairs: Int[Tensor, "pairs 2"]

    def linear(
        self, weight: Float[Tensor, "outputs units"], bias: Float[Tensor, " outputs"] | None = None
    ) -> "DifferenceIntervals":
        """Return the bounds behind a linear layer."""
        up, down = weight.clamp(min=0.0).mT, weight.clamp(max=0.0).mT
        value, first, second = (
            (low @ up + high @ down, high @ up + low @ down) for low, high in (self.value, self.first, self.second)
        )
        if bias is not None:
            value = (value[0] + bias, value[1] + bias)
        return replace(self, value=value, first=first, second=second)._narrowed()

    def activated(self, shape: Shape) -> "DifferenceIntervals":
        """Return the bounds behind an activation."""
        value = _values(shape, self.value)
        slopes, *_ = _slopes(shape, self.value)
        first = _product(slopes, self.first)
        # z* may lie outside of the values by as much as the second difference.
        wide = self.value[0] - self.second[1].clamp(min=0.0), self.value[1] - self.second[0].clamp(max=0.0)
        slopes, rise, drop = _slopes(shape, wide)
        moved, bent = _product(slopes, self.second), self._bent(shape, rise, drop)
        second = moved[0] + bent[0], moved[1] + bent[1]
        return replace(self, value=value, first=first, second=second)._narrowed()

    def plus(self, other: "DifferenceIntervals") -> "DifferenceIntervals":
        """Return the bounds of the sums of the units of two layers of one size."""
        value, first, second = (
            (one[0] + two[0], one[1] + two[1])
            for one, two in ((self.value, other.value), (self.first, other.first), (self.second, other.second))
        )
        return replace(self, value=value, first=first, second=second)._narrowed()

    def log_odds(self, index: int) -> "DifferenceIntervals":
        """Return the bounds of the log-odds of one of several classes, the units their logits.

        The logarithm of the sum of the exponentials of the others has slopes that are shares: at least 0, in sum 1.
        """
        others = [unit for unit in range(len(self.value[0])) if unit != index]
        value = (
            self.value[0][index] - self.value[1][others].logsumexp(0),
            self.value[1][index] - self.value[0][others].logsumexp(0),
        )
        low, high = self.first[0][:, others].amin(1), self.first[1][:, others].amax(1)
        first = self.first[0][:, index] - high, self.first[1][:, index] - low
        width = high - low
        of_first, of_second = width[self.pairs[:, 0]], width[self.pairs[:, 1]]
        bent = torch.minimum(torch.minimum(of_first, of_second), of_first * of_second / 4)
        if len(others) == 1:
            bent = torch.zeros_like(bent)
        moved = self.second[0][:, others].amin(1), self.second[1][:, others].amax(1)
        second = self.second[0][:, index] - moved[1] - bent, self.second[1][:, index] - moved[0] + bent
        spans = (tuple(end[..., None] for end in span) for span in (value, first, second))
        value, first, second = spans
        return replace(self, value=value, first=first, second=second)._narrowed()

    def largest(self) -> Float[Tensor, "pairs units"]:
        """Return the largest absolute second difference of each pair."""
        return torch.maximum(-self.second[0], self.second[1])

    def _bent(self, shape: Shape, rise: Tensor, drop: Tensor) -> Span:
        """The part of the second difference that the activation's curvature makes."""
        a, b = ((self.first[0][features], self.first[1][features]) for features in self.pairs.mT)
        shorter = torch.minimum(torch.maximum(-a[0], a[1]), torch.maximum(-b[0], b[1]))
        low, high = _product(a, b)
        alike, unlike = high > 0, low < 0  # whether both features may move the unit the same way, or opposite ways
        least = -shorter * torch.maximum(torch.where(alike, drop, 0.0), torch.where(unlike, rise, 0.0))
        most = shorter * torch.maximum(torch.where(alike, rise, 0.0), torch.where(unlike, drop, 0.0))
        if shape.curvature is None:
            return least, most
        curved = _product(shape.curvature, (low, high))
        return torch.maximum(least, curved[0]), torch.minimum(most, curved[1])

    def _narrowed(self) -> "DifferenceIntervals":
        """Differences are no larger than the values that they are of allow, second ones than the first ones do."""
        width = self.value[1] - self.value[0]
        first = self.first[0].maximum(-width), self.first[1].minimum(width)
        reach = (first[1] - first[0])[self.pairs].amin(1)
        second = self.second[0].maximum(-reach), self.second[1].minimum(reach)
        return replace(self, first=first, second=second)


def _values(shape: Shape, values: Span) -> Span:
    low, high = values
    ends = shape.value(low), shape.value(high)
    least, most = torch.minimum(*ends), torch.maximum(*ends)
    if shape.lowest is not None:
        place = torch.tensor(shape.lowest).to(low)
        least = torch.where((low < place) & (high > place), shape.value(place), least)
    return least, most


def _slopes(shape: Shape, values: Span) -> tuple[Span, Tensor, Tensor]:
    """The smallest and largest slope between two values, and how far it can rise and drop on the way."""
    low, high = values
    turns = (torch.full_like(low, turn).clamp(low, high) for turn in shape.turns)
    passed = [shape.slope(place) for place in (low, *turns, high)]
    least = most = passed[0]
    rise = drop = torch.zeros_like(low)
    for slope in passed[1:]:
        rise, drop = torch.maximum(rise, slope - least), torch.maximum(drop, most - slope)
        least, most = torch.minimum(least, slope), torch.maximum(most, slope)
    return (least, most), rise, drop


def _product(one: tuple[Tensor, ...] | tuple[float, ...], two: Span) -> Span:
    """The smallest and largest product of a number of each."""
    ends = [low_or_high * other for low_or_high in one for other in two]
    return (
        torch.minimum(torch.minimum(ends[0], ends[1]), torch.minimum(ends[2], ends[3])),
        torch.maximum(torch.maximum(ends[0], ends[1]), torch.maximum(ends[2], ends[3])),
    )
