"""Additive models as tables: each feature's curve a piecewise polynomial, each pair's map constant on a grid of cells.

What trees boosted on one or two features, splines and straight lines have learnt is all of this form, so one class
evaluates, stores and draws them, without the library that fitted them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor

from ...core.types import Capability, FeatureSpace, Target, TargetKind
from ..base import TabularModel
from ..networks.mlp import TrainingRecord
from .shape_result import Shapes
from .shapes import build_shapes

if TYPE_CHECKING:
    from ...data.dataset import Dataset

ROWS_PER_CALL = 4096
"""Rows per call: the cells looked up for all terms stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class TermModel(TabularModel):
    """An intercept, a curve for each feature in `mains` and a map for each pair in `pairs`; implements `Model`.

    Curve t is a polynomial on each of its pieces: piece s lies between `breaks[t, s - 1]` (included) and `breaks[t, s]`
    (rows padded with infinity), and has the value sum_k curves[t, s, k] (x - origins[t, s])^k in table values x (a
    level is its place). Map t has the value `maps[t, a, b]` in the cell of `first_cuts` and `second_cuts`, the pieces
    of its two features. The last axis is that of the outputs: one, or the logits of several classes. `curve_bags` and
    `map_bags` hold the same terms of models fitted to other samples of the rows, `bags` of them, perhaps none;
    `interval` says what they were.
    """

    space: FeatureSpace
    target: Target
    mains: tuple[int, ...]
    pairs: tuple[tuple[int, int], ...]
    intercept: Float64[Tensor, " outputs"]
    breaks: Float64[Tensor, "mains breaks"]
    origins: Float64[Tensor, "mains pieces"]
    curves: Float64[Tensor, "mains pieces powers outputs"]
    first_cuts: Float64[Tensor, "pairs first"]
    second_cuts: Float64[Tensor, "pairs second"]
    maps: Float64[Tensor, "pairs first_cells second_cells outputs"]
    curve_bags: Float64[Tensor, "bags mains pieces powers outputs"]
    map_bags: Float64[Tensor, "bags pairs first_cells second_cells outputs"]
    interval: str = "none"
    class_index: int | None = None
    name: str = "terms"
    record: TrainingRecord | None = None
    notes: tuple[str, ...] = ()

    capabilities = frozenset({Capability.QUERIES, Capability.TERMS})
    learnt = (
        "intercept", "breaks", "origins", "curves", "first_cuts", "second_cuts", "maps", "curve_bags", "map_bags",
    )  # fmt: skip

    @property
    def members(self) -> tuple[tuple[int, ...], ...]:
        """The features of each term, curves first."""
        return (*((main,) for main in self.mains), *self.pairs)

    @property
    def n_parameters(self) -> int:
        """Numbers that the model is made of, without the padding and without the bags."""
        pieces = self.breaks.isfinite().sum(1) + 1
        cells = (self.first_cuts.isfinite().sum(1) + 1) * (self.second_cuts.isfinite().sum(1) + 1)
        powers, outputs = self.curves.shape[2:]
        return int((pieces * powers).sum() + cells.sum()) * outputs + outputs

    @property
    def row_bytes(self) -> int:
        """Working memory that scoring one row takes."""
        powers, outputs = self.curves.shape[2:]
        return 8 * (len(self.members) * (2 + powers * outputs) + len(self.space))

    def scores(self, rows: Float64[Tensor, "rows features"]) -> Float64[Tensor, "1 rows"]:
        """Scores of `rows` in the unit of the target."""
        with torch.inference_mode():
            parts = rows.to(self.device).split(ROWS_PER_CALL)
            return torch.cat([self.head(self.intercept + self.contributions(part).sum(1)) for part in parts])[None]

    def contributions(self, rows: Float64[Tensor, "rows features"]) -> Float64[Tensor, "rows terms outputs"]:
        """What each term adds to each output."""
        return self._values(rows, self.curves[None], self.maps[None])[0]

    def bag_contributions(self, rows: Float64[Tensor, "rows features"]) -> Float64[Tensor, "bags rows terms outputs"]:
        """What each term adds in each of the models fitted to other samples of the rows."""
        return self._values(rows, self.curve_bags, self.map_bags)

    def shapes(self, data: "Dataset") -> Shapes:
        """The terms as curves and maps over the rows of `data`, with what each is worth."""
        spread = self.spread if len(self.curve_bags) > 1 else None
        return build_shapes(self, data, self, spread=spread, interval=self.interval, notes=self.notes)

    def spread(self, rows: np.ndarray) -> np.ndarray:
        """Standard deviation over the bags of what each term adds to the score: (rows, terms)."""
        bags = self.bag_contributions(torch.from_numpy(rows))
        several = self.target.kind is TargetKind.MULTICLASS
        scored = bags[..., self.class_index or 0] - bags.mean(-1) if several else bags[..., 0]
        return scored.std(dim=0).numpy()

    def _values(
        self,
        rows: Float64[Tensor, "rows features"],
        curves: Float64[Tensor, "bags mains pieces powers outputs"],
        maps: Float64[Tensor, "bags pairs first_cells second_cells outputs"],
    ) -> Float64[Tensor, "bags rows terms outputs"]:
        columns = rows.T.contiguous()
        parts = []
        if self.mains:
            own = columns[list(self.mains)]
            piece = torch.searchsorted(self.breaks, own, right=True)
            term = torch.arange(len(self.mains), device=rows.device)[:, None]
            parts.append(_polynomial(curves[:, term, piece], own - self.origins[term, piece]))
        if self.pairs:
            first, second = (columns[[pair[end] for pair in self.pairs]] for end in (0, 1))
            at_first = torch.searchsorted(self.first_cuts, first, right=True)
            at_second = torch.searchsorted(self.second_cuts, second, right=True)
            term = torch.arange(len(self.pairs), device=rows.device)[:, None]
            parts.append(maps[:, term, at_first, at_second])
        if not parts:
            return curves.new_zeros(len(curves), len(rows), 0, curves.shape[-1])
        return torch.cat(parts, dim=1).transpose(1, 2)


def _polynomial(
    coefficients: Float[Tensor, "bags mains rows powers outputs"], at: Float[Tensor, "mains rows"]
) -> Float[Tensor, "bags mains rows outputs"]:
    """Horner's rule, the highest power first."""
    value = coefficients[..., -1, :]
    for power in range(coefficients.shape[-2] - 2, -1, -1):
        value = value * at[..., None] + coefficients[..., power, :]
    return value
