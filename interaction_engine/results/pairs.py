"""Pairs of features, ranked by how strongly they act together."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from ..errors import InputError
from .base import Result

PAIR_COLUMNS = ("feature_1", "feature_2", "strength", "effect", "lower", "upper", "pulls", "status", "rank")


@dataclass(frozen=True, kw_only=True)
class PairInteractions(Result):
    """Which pairs of features act together, how strongly, and how sure that is.

    `table` has a row per pair, strongest first, with the columns PAIR_COLUMNS and `standard_error`:
    `strength` is the method's own global figure with its interval `lower`, `upper`; `effect` the root mean square joint
    effect in `unit`, the change of the prediction beyond the sum of the two separate ones; `pulls` the background rows
    evaluated; `status` certified (its place among the strongest is proven at `level`), excluded (proven not to be among
    them) or undecided, where the method proves places; else a word of `RankStatus` or `BayesianStatus`;
    `standard_error` that of the strength, were the background rows a sample of many.
    `interval` names the kind of interval in words. `truth` holds the true interactions where known. `trace` has the
    intervals while the method ran: feature_1, feature_2, pulls, mean, lower, upper (empty where it keeps none).
    `degree` is the power of an effect that strength grows with: 2 for mean squares, 1 for mean sizes.
    """

    family: ClassVar[str] = "pairs"

    features: tuple[str, ...]
    table: pd.DataFrame
    unit: str
    interval: str
    level: float
    truth: tuple[tuple[str, ...], ...] | None
    trace: pd.DataFrame
    degree: int = 2

    def to_frame(self) -> pd.DataFrame:
        return self.table.loc[:, list(PAIR_COLUMNS)].copy()

    def matrix(self, column: str = "strength") -> pd.DataFrame:
        """A column of the table as a symmetric p x p DataFrame by feature name, NaN on the diagonal."""
        if column not in self.table.columns or column.startswith("feature_"):
            choices = [name for name in self.table.columns if not name.startswith("feature_")]
            raise InputError(f"`column` must be one of {', '.join(choices)}; got {column!r}.")
        names = pd.Index(self.features)
        first, second = (names.get_indexer(pd.Index(self.table[end])) for end in ("feature_1", "feature_2"))
        dtype = object if self.table[column].dtype.kind not in "fiu" else np.float64
        values = np.full((len(self.features), len(self.features)), np.nan, dtype=dtype)
        values[first, second] = values[second, first] = self.table[column].to_numpy()
        return pd.DataFrame(values, index=list(self.features), columns=list(self.features))

    def effect_interval(self) -> pd.DataFrame:
        """The interval of `effect` (columns lower, upper; rows as in `table`), from that of `strength`.

        The effect follows the root of that `degree` of the strength; NaN where the strength is not above 0.
        """
        strength = self.table["strength"].where(self.table["strength"] > 0)
        ends = {
            end: self.table["effect"] * (self.table[end] / strength).clip(lower=0) ** (1 / self.degree)
            for end in ("lower", "upper")
        }
        return pd.DataFrame(ends)

    @property
    def true_pairs(self) -> frozenset[frozenset[str]] | None:
        """The pairs inside the true interactions, or None where the truth is not known."""
        if self.truth is None:
            return None
        return frozenset(
            frozenset((a, b)) for members in self.truth for i, a in enumerate(members) for b in members[i + 1 :]
        )


@dataclass(frozen=True, kw_only=True)
class RankedPairs(Result):
    """A result with pairs among other things: their `table` is that of `PairInteractions`, strengths are mean sizes."""

    features: tuple[str, ...]
    table: pd.DataFrame
    unit: str
    interval: str
    level: float
    truth: tuple[tuple[str, ...], ...] | None

    def to_frame(self) -> pd.DataFrame:
        return self.table.loc[:, list(PAIR_COLUMNS)].copy()

    def matrix(self, column: str = "strength") -> pd.DataFrame:
        """A column of `table` as a symmetric DataFrame by feature name."""
        return self.pairs().matrix(column)

    def pairs(self) -> PairInteractions:
        """The pairs by themselves, as the screens of pairs show them."""
        own = {name: getattr(self, name) for name in ("features", "table", "unit", "interval", "level", "truth")}
        return PairInteractions(provenance=self.provenance, trace=no_trace(), degree=1, **own)


def no_trace() -> pd.DataFrame:
    """The trace of a method that keeps none."""
    return pd.DataFrame({name: [] for name in ("feature_1", "feature_2", "pulls", "mean", "lower", "upper")})
