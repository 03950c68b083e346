"""One prediction taken apart into AND and OR patterns of its players."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from ...core.result import Result
from ...core.status import PatternStatus

PATTERN_COLUMNS = ("sample", "features", "order", "kind", "strength", "effect", "lower", "upper", "status", "rank")

PART_COLUMNS = {
    "word": ("sample", "kind", "place", "player", "text"),
    "patch": ("sample", "kind", "place", "player", "row", "column", "value"),
    "cluster": ("sample", "kind", "place", "player", "x", "y", "z"),
}
"""The columns of `AndOrPatterns.parts`, by what is drawn; points in a plane have no z."""


@dataclass(frozen=True, kw_only=True)
class AndOrPatterns(Result):
    """The AND and OR patterns that make up one or many predictions, and a proven bound on how sparse they can be.

    `players` are the names of what is masked or shown: features, groups of them, tokens, patches. `samples` has a row
    per explained sample: sample (0, 1, ...), row (its place in the data, -1 for one that is not in it), label (what it
    is), score (v of the whole sample), base (v with every player masked), threshold (an effect is salient from this
    size on), salient (how many are), carried (their share of the strength of all patterns), primal, dual, gap (sum of
    the absolute effects, a proven bound below the smallest possible one, their relative distance), iterations (until
    then), noise (what of score - base the noise box leaves to no pattern) and matching_error (largest distance over
    all 2^n masks between v and the sum of all patterns, noise included).

    `table` has a row per pattern and sample, strongest first: PATTERN_COLUMNS. `features` is a tuple of players, `kind`
    "and" (triggered when all of them are there) or "or" (when any of them is); `effect` the change of the score in
    `unit`, `strength` its absolute value, `lower` = `upper` = `strength` (values on all masks are exact); `status`
    a word of `PatternStatus`: salient (its strength reaches `threshold`) or below threshold (only the strongest of
    these are kept).

    By sample: `orders` (sample, order, kind, sign "+" or "-", strength: sum of the absolute salient effects, count),
    `matching` (sample, kept: number of strongest patterns, error: root mean square distance over all masks as a share
    of |score - base|), `sparsity` (sample, kind, rank, strength: absolute effect, at selected ranks), `attributions`
    (sample, player, shapley), `indices` (sample, player_1, player_2, k_sii: the Shapley interaction index of order 2).
    Over samples: `transfer` (features, kind, order, share: of the samples in which it is salient, effect: mean over
    these, agreement: share of these with the more frequent sign).

    `parts` is what can be drawn of the samples, None where that is nothing but a row of a table: a row per word of a
    sentence (kind "word"), pixel of an image ("patch") or point of a cloud ("cluster"), in order: PART_COLUMNS. `place`
    counts them from 0, `player` is the name of the player that it belongs to, "" for what belongs to none and stays as
    it is. A word has its `text`, a pixel its `row` and `column` (from 0, top left) and its `value`, a point its
    coordinates `x`, `y` and, in space, `z`.
    """

    family: ClassVar[str] = "and_or"

    players: tuple[str, ...]
    samples: pd.DataFrame
    table: pd.DataFrame
    orders: pd.DataFrame
    matching: pd.DataFrame
    sparsity: pd.DataFrame
    attributions: pd.DataFrame
    indices: pd.DataFrame
    transfer: pd.DataFrame
    unit: str
    baseline: str
    delta: float
    interval: str
    parts: pd.DataFrame | None = None

    def to_frame(self) -> pd.DataFrame:
        """Return the salient patterns, strongest first."""
        return self.table.loc[:, list(PATTERN_COLUMNS)].copy()

    def without_certificates(self) -> "AndOrPatterns":
        """Return the result itself: whether a pattern is salient is a size and certifies nothing."""
        return self

    def of_sample(self, sample: int) -> pd.DataFrame:
        """The patterns of one sample, strongest first."""
        return self.table[self.table["sample"] == sample].reset_index(drop=True)

    def salient_of(self, sample: int) -> pd.DataFrame:
        """The salient patterns of one sample, strongest first."""
        rows = self.of_sample(sample)
        return rows[rows["status"] == PatternStatus.SALIENT].reset_index(drop=True)

    @property
    def primal(self) -> np.ndarray:
        """Sum of the absolute effects, by sample."""
        return self.samples["primal"].to_numpy()

    @property
    def dual(self) -> np.ndarray:
        """A proven bound below the smallest possible sum, by sample."""
        return self.samples["dual"].to_numpy()

    @property
    def gap(self) -> np.ndarray:
        """(primal - dual) / primal, by sample."""
        return self.samples["gap"].to_numpy()

    @property
    def matching_error(self) -> np.ndarray:
        """Largest distance over all masks between the score and the sum of all patterns, by sample."""
        return self.samples["matching_error"].to_numpy()
