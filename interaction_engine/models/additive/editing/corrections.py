"""What stands in for the terms of a network that were changed: curves of single features and products of hats.

Everything here is a function of the encoded inputs, differentiable in them and made of plain tensor operations only, so
that it can be exported along with the network.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from ....core.types import FeatureSpace, Kind
from ....numerics.hats import Hats
from ..purification import Moved, PureTerms

Points = tuple[np.ndarray, np.ndarray]
"""A curve by its points: values of the feature (points,), ascending, and what it adds there (points, outputs)."""


@dataclass(frozen=True, eq=False)
class Curves:
    """Piecewise-linear functions of single columns, level beyond their outer knots.

    `columns` has the column of each; `knots`, ascending up to `last`, are padded with infinity to a power of two, with
    `values` and `slopes` (towards the next knot) of zero there.
    """

    columns: Int[Tensor, " curves"]
    knots: Float[Tensor, "curves knots"]
    last: Float[Tensor, " curves"]
    values: Float[Tensor, "curves knots outputs"]
    slopes: Float[Tensor, "curves knots outputs"]

    @classmethod
    def of(cls, columns: Sequence[int], curves: Sequence[Points], n_outputs: int) -> "Curves":
        """The curves through points, each of the column beside it."""
        longest = max((len(points) for points, _ in curves), default=1)
        shape = (len(curves), 2 ** int(longest - 1).bit_length())
        knots, values = np.full(shape, np.inf), np.zeros((*shape, n_outputs))
        slopes = np.zeros_like(values)
        for place, (points, heights) in enumerate(curves):
            knots[place, : len(points)], values[place, : len(points)] = points, heights
            slopes[place, : len(points) - 1] = np.diff(heights, axis=0) / np.diff(points)[:, None]
        last = np.array([points[-1] for points, _ in curves], dtype=np.float64)
        return cls(torch.tensor(columns, dtype=torch.long), *map(torch.from_numpy, (knots, last, values, slopes)))

    def __call__(self, inputs: Float[Tensor, "rows columns"]) -> Float[Tensor, "rows curves outputs"]:
        """What each adds at every row."""
        own = torch.minimum(torch.maximum(inputs[:, self.columns], self.knots[:, 0]), self.last)
        below = knot_below(self.knots, own)
        values, slopes = (one.reshape(-1, one.shape[2])[below] for one in (self.values, self.slopes))
        return values + slopes * (own - self.knots.reshape(-1)[below])[..., None]

    def to(self, device: str | torch.device | torch.dtype) -> "Curves":
        """The same curves on another device, or of another precision."""
        return Curves(**_moved(self, device))


def knot_below(
    knots: Float[Tensor, "curves knots"], values: Float[Tensor, "rows curves"]
) -> Int[Tensor, "*rows curves"]:
    """The place, among all knots one curve after the other, of the last one that is not above each value.

    Found by halving, in operations that every format has; the number of knots is a power of two, and all values are
    taken to be above the first.
    """
    n_curves, step = knots.shape
    flat, below = knots.reshape(-1), step * torch.arange(n_curves, device=knots.device)
    while step := step // 2:
        below = below + step * (values >= flat[below + step]).long()
    return below


@dataclass(frozen=True, eq=False)
class Products:
    """Sums of products of hat functions, one function for each set of equally many features.

    The hats of `hats` features are 1 at one of their knots and fall to 0 at its neighbours: differences of ramps that
    rise from `starts`, at `rates`, for numbers; linear in the one-hot columns (`levels`) for categories. `sets` has
    places among these features.
    """

    columns: Int[Tensor, " hats"]
    is_number: Float[Tensor, " hats"]
    starts: Float[Tensor, "hats ramps"]
    rates: Float[Tensor, "hats ramps"]
    levels: Float[Tensor, "columns all_hats"]
    sets: Int[Tensor, "sets order"]
    coefficients: Float[Tensor, "coefficients outputs"]

    @classmethod
    def of(cls, space: FeatureSpace, hats: Hats, sets: Tensor, coefficients: Tensor) -> "Products":
        """The functions with these coefficients (sets, products, outputs) on the products of `hats`."""
        features, places = torch.unique(sets, return_inverse=True)
        size, numbers = hats.n_knots, np.zeros(len(features))
        starts, rates = np.zeros((len(features), size - 1)), np.zeros((len(features), size - 1))
        levels = np.zeros((space.n_columns, len(features), size))
        for place, one in enumerate(features.tolist()):
            feature, group = space.features[one], space.groups[one]
            if feature.kind is Kind.CATEGORICAL:
                own = hats.places[one, : len(feature.levels)].cpu().numpy()
                levels[np.arange(group.start, group.stop), place, own] = 1.0
                continue
            numbers[place] = 1.0
            knots = (hats.knots[one, : int(hats.used[one])].cpu().numpy() - feature.mean) / feature.scale
            starts[place, : len(knots) - 1], rates[place, : len(knots) - 1] = knots[:-1], 1 / np.diff(knots)
        columns = torch.tensor([space.groups[one].start for one in features.tolist()], dtype=torch.long)
        flat = coefficients.cpu().reshape(-1, coefficients.shape[2])
        of_levels = torch.from_numpy(levels.reshape(space.n_columns, -1))
        ramps = torch.from_numpy(starts), torch.from_numpy(rates)
        return cls(columns, torch.from_numpy(numbers), *ramps, of_levels, places.cpu(), flat)

    def __call__(self, inputs: Float[Tensor, "rows columns"]) -> Float[Tensor, "rows outputs"]:
        """The sum of the functions at every row."""
        ramps = ((inputs[:, self.columns, None] - self.starts) * self.rates).clamp(0.0, 1.0)
        hats = functional.pad(ramps, (1, 0), value=1.0) - functional.pad(ramps, (0, 1))
        hats = hats * self.is_number[:, None] + (inputs @ self.levels).reshape(-1, *hats.shape[1:])
        product = hats[:, self.sets[:, 0]]
        for member in range(1, self.sets.shape[1]):
            product = (product[..., :, None] * hats[:, self.sets[:, member]][..., None, :]).flatten(2)
        return product.flatten(1) @ self.coefficients

    def to(self, device: str | torch.device | torch.dtype) -> "Products":
        """The same functions on another device, or of another precision."""
        return Products(**_moved(self, device))


@dataclass(frozen=True, eq=False)
class Corrections:
    """What is added to the outputs of a network in the place of terms that were taken out of it.

    A constant, curves of numbers, tables of levels (linear in the one-hot columns) and products.
    """

    constant: Float[Tensor, " outputs"]
    curves: Curves
    tables: Float[Tensor, "columns outputs"]
    products: tuple[Products, ...] = ()

    def __call__(self, inputs: Float[Tensor, "rows columns"]) -> Float[Tensor, "rows outputs"]:
        """What is added at encoded rows."""
        added = self.constant + inputs @ self.tables + self.curves(inputs).sum(1)
        for product in self.products:
            added = added + product(inputs)
        return added

    @property
    def n_parameters(self) -> int:
        """Numbers that the curves and tables are made of: points, and what is added there."""
        points = int(self.curves.knots.isfinite().sum())
        levels = int((self.tables != 0).any(1).sum())
        n_outputs = len(self.constant)
        return (
            points * (1 + n_outputs) + (levels + 1) * n_outputs + sum(one.coefficients.numel() for one in self.products)
        )

    def to(self, device: str | torch.device | torch.dtype) -> "Corrections":
        """The same corrections on another device, or of another precision."""
        products = tuple(one.to(device) for one in self.products)
        return Corrections(self.constant.to(device), self.curves.to(device), self.tables.to(device), products)


def corrections(
    space: FeatureSpace, constant: Tensor, curves: Mapping[int, Sequence[Points]], products: Sequence[Products] = ()
) -> Corrections:
    """The sums of the curves of each feature, in the values of the table, as functions of the encoded inputs."""
    tables = np.zeros((space.n_columns, len(constant)))
    columns, numbers = [], []
    for one, parts in curves.items():
        feature, group = space.features[one], space.groups[one]
        if feature.kind is Kind.CATEGORICAL:
            places = np.arange(len(feature.levels), dtype=np.float64)
            tables[group] += sum(at(part, places) for part in parts)
            continue
        knots = np.unique(np.concatenate([points for points, _ in parts]))
        columns.append(group.start)
        numbers.append(((knots - feature.mean) / feature.scale, sum(at(part, knots) for part in parts)))
    drawn = Curves.of(columns, numbers, len(constant))
    return Corrections(constant.cpu(), drawn, torch.from_numpy(tables), tuple(products))


def left_behind(
    pure: PureTerms, space: FeatureSpace, changed: Collection[int]
) -> tuple[Tensor, dict[int, list[Points]], list[Products]]:
    """Return what must be added to the terms that stay, once the `changed` ones are taken out.

    Their means, and what purification moved between them and the others: (constant, curves by feature, products).

    Without the changed terms, the others are then what they were.
    """
    curves: dict[int, list[Points]] = {}
    products = []
    taken = torch.zeros(len(pure.members) + 1, dtype=torch.float64)
    taken[list(changed)] = 1.0
    for move in pure.moves:
        sign = (taken[move.sources.cpu()] - taken[move.targets.cpu()]).to(move.coefficients.device)
        touched = sign.nonzero()[:, 0]
        if not len(touched):
            continue
        coefficients = move.coefficients[touched] * sign[touched, None, None]
        if move.sets.shape[1] > 1:
            products.append(Products.of(space, move.hats, move.sets[touched], coefficients))
            continue
        for (one,), own in zip(move.sets[touched].tolist(), coefficients.cpu().numpy(), strict=True):
            curves.setdefault(one, []).append(_hat_curve(space, move, one, own))
    return pure.means[list(changed)].sum(0), curves, products


def at(curve: Points, values: np.ndarray) -> np.ndarray:
    """A curve through points at some values (values, outputs), level beyond its ends."""
    points, heights = curve
    return np.stack([np.interp(values, points, column) for column in heights.T], axis=1)


def _hat_curve(space: FeatureSpace, move: Moved, feature: int, coefficients: np.ndarray) -> Points:
    """What was moved of one feature, by its points."""
    if space.features[feature].kind is Kind.CATEGORICAL:
        places = move.hats.places[feature, : len(space.features[feature].levels)].cpu().numpy()
        return np.arange(len(places), dtype=np.float64), coefficients[places]
    used = int(move.hats.used[feature])
    return move.hats.knots[feature, :used].cpu().numpy(), coefficients[:used]


def _moved(one: Curves | Products, device: str | torch.device | torch.dtype) -> dict[str, Tensor]:
    """The tensors by name on another device; of another precision only what is no place."""
    tensors = {item.name: getattr(one, item.name) for item in fields(one)}
    keep = isinstance(device, torch.dtype)
    return {name: part if keep and not part.is_floating_point() else part.to(device) for name, part in tensors.items()}
