"""Hat functions of features: piecewise-linear between knots, one per level; and their products for sets of features."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64, Int
from torch import Tensor

from ..core.types import FeatureSpace, Kind


@dataclass(frozen=True, eq=False)
class Hats:
    """At most `n_knots` hat functions (linear B-splines) for each feature.

    Function k is 1 at knot k, falls to 0 at its neighbours, and together they are 1 everywhere.

    Numbers have knots at quantiles (`knots`, padded with infinity; `used` of them), and beyond the outer knots their
    functions stay constant. Levels have a function each (`places`); the rarest ones share the last.
    """

    n_knots: int
    knots: Float64[Tensor, "features knots"]
    used: Int[Tensor, " features"]
    places: Int[Tensor, "features levels"]

    @classmethod
    def over(cls, space: FeatureSpace, rows: Float64[Tensor, "rows features"], n_knots: int) -> "Hats":
        """Hat functions with knots where the rows are."""
        knots = np.full((len(space), n_knots), np.inf)
        used = np.ones(len(space), dtype=np.int64)
        places = np.zeros((len(space), max(1, *(len(feature.levels) for feature in space.features), 1)), dtype=np.int64)
        for position, (feature, values) in enumerate(zip(space.features, rows.T.cpu().numpy(), strict=True)):
            if feature.kind is Kind.CATEGORICAL:
                counts = np.bincount(values.astype(int), minlength=len(feature.levels))
                ranks = np.argsort(np.argsort(-counts, kind="stable"))
                places[position, : len(ranks)] = np.minimum(ranks, n_knots - 1)
                continue
            distinct = np.unique(values)
            if len(distinct) > n_knots:
                distinct = np.unique(np.quantile(values, np.linspace(0, 1, n_knots)))
            knots[position, : len(distinct)] = distinct
            used[position] = len(distinct)
        return cls(n_knots, *(torch.from_numpy(one).to(rows.device) for one in (knots, used, places)))

    def located(
        self, rows: Float64[Tensor, "rows features"]
    ) -> tuple[Int[Tensor, "features rows"], Float64[Tensor, "features rows"]]:
        """For every value the knot below it, and how far it lies towards the next, in [0, 1]."""
        values = rows.T.contiguous()
        below = torch.searchsorted(self.knots, values, right=True) - 1
        below = below.minimum((self.used - 2)[:, None]).clamp(min=0)
        low, high = self.knots.gather(1, below), self.knots.gather(1, (below + 1).clamp(max=self.n_knots - 1))
        share = ((values - low) / (high - low)).clamp(0.0, 1.0)
        levels = self.places.gather(1, values.long().clamp(0, self.places.shape[1] - 1))
        is_level = self.knots[:, 0].isinf()[:, None]
        at = torch.where(is_level, levels, below)
        return at, torch.where(is_level | share.isnan(), torch.zeros_like(share), share)

    def corners(
        self, rows: Float64[Tensor, "rows features"], sets: Int[Tensor, "sets order"]
    ) -> tuple[Int[Tensor, "sets rows corners"], Float64[Tensor, "sets rows corners"]]:
        """Return the products of hat functions that are not 0 at each row, for sets of equally many features.

        Their places among the `n_knots ** order` products of the set, and their values.
        """
        at, share = self.located(rows)
        place = torch.zeros(len(sets), len(rows), 1, dtype=torch.long, device=rows.device)
        value = torch.ones(len(sets), len(rows), 1, dtype=torch.float64, device=rows.device)
        for member in sets.T:
            ends = torch.stack([at[member], (at[member] + 1).clamp(max=self.n_knots - 1)], dim=-1)
            weights = torch.stack([1.0 - share[member], share[member]], dim=-1)
            place = (place[..., :, None] * self.n_knots + ends[..., None, :]).flatten(-2)
            value = (value[..., :, None] * weights[..., None, :]).flatten(-2)
        return place, value

    def products(
        self, rows: Float64[Tensor, "rows features"], sets: Int[Tensor, "sets order"]
    ) -> Float64[Tensor, "sets rows products"]:
        """The values of all products of hat functions of each set at the rows."""
        place, value = self.corners(rows, sets)
        dense = value.new_zeros(len(sets), len(rows), self.n_knots ** sets.shape[1])
        return dense.scatter_add_(2, place, value)

    def combined(
        self,
        rows: Float64[Tensor, "rows features"],
        sets: Int[Tensor, "sets order"],
        coefficients: Float64[Tensor, "sets products outputs"],
    ) -> Float64[Tensor, "rows sets outputs"]:
        """The function of each set that has these coefficients on its products: exact at every point."""
        place, value = self.corners(rows, sets)
        n_sets, n_rows, n_corners = place.shape
        chosen = coefficients[torch.arange(n_sets, device=rows.device)[:, None], place.reshape(n_sets, -1)]
        weighted = chosen.reshape(n_sets, n_rows, n_corners, -1) * value[..., None]
        return weighted.sum(dim=2).transpose(0, 1)
