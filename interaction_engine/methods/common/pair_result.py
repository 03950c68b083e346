"""Pairs of features, ranked by how strongly they act together."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from ...core.errors import InputError
from ...core.result import Result
from ...core.status import RaceStatus, vocabulary_of

PAIR_COLUMNS = ("feature_1", "feature_2", "strength", "effect", "lower", "upper", "pulls", "status", "rank")

COMPLETE = 0.01
"""Largest completeness gap with which an explanation passes: a share of the distance from the baseline, or of the
predictions' usual spread where that is larger."""


@dataclass(frozen=True, kw_only=True)
class PairInteractions(Result):
    """Which pairs of features act together, how strongly, and how sure that is.

    `table` has a row per pair, strongest first, with the columns PAIR_COLUMNS and `standard_error`:
    `strength` is the method's own global figure with its interval `lower`, `upper`; `effect` the root mean square joint
    effect in `unit`, the change of the prediction beyond the sum of the two separate ones; `pulls` the rows evaluated;
    `status` a word of the method's family (see `status.py`); `standard_error` that of the strength, were the rows a
    sample of many. Races and exact evaluation add `tie_group` (pairs of one number are not proven to differ by more
    than `tie` of the strongest), `unseen_rows` (in how many rows an effect may hide that no pull has shown, at `level`,
    each pair by itself) `reason` (why a pair was excluded without an evaluation, else empty) and, where
    asked for, `support` (of the strongest pairs, the share of their moves that look like data, else NaN).

    `interval` names the kind of interval and its population in words, `assumption` what it takes for granted (empty:
    nothing), `audit` what fresh rows of the excluded pairs showed (empty: there was no audit);
    `settled` whether nothing but ties is left open. `truth` holds the true
    interactions where known. `trace` has the intervals while the method ran: feature_1, feature_2, pulls, mean, lower,
    upper (empty where it keeps none). `degree` is the power of an effect that strength grows with: 2 for mean squares,
    1 for mean sizes.
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
    assumption: str = ""
    audit: str = ""
    tie: float = 0.0
    settled: bool = True

    @property
    def is_exact(self) -> bool:
        """Whether every pair that the model can combine was evaluated on every row of the population."""
        possible = self.table["reason"] == "" if "reason" in self.table else np.ones(len(self.table), dtype=bool)
        return bool((self.table["lower"] == self.table["upper"])[possible].all())

    @property
    def n_requested(self) -> int | None:
        """How many pairs were looked for; None where the method proves no places, or was given no number.

        A method that goes on to larger sets certifies whatever passes its reference: `top_k` only limits that.
        """
        if vocabulary_of(self.table) is not RaceStatus:
            return None
        options = self.provenance.options
        if "max_order" in options:
            return self.n_with_status(RaceStatus.CERTIFIED) or None
        top_k = options.get("top_k")
        return int(top_k) if isinstance(top_k, int | float) else None

    def n_with_status(self, status: str) -> int:
        """Return how many pairs have a status."""
        return int((self.table["status"] == str(status)).to_numpy().sum())

    def place_of(self, first: str, second: str) -> int:
        """Return the row of the table that a pair is in.

        Raises:
            InputError: The result has no such pair.
        """
        ends = self.table["feature_1"].to_numpy(), self.table["feature_2"].to_numpy()
        same = ((ends[0] == first) & (ends[1] == second)) | ((ends[0] == second) & (ends[1] == first))
        places = np.flatnonzero(same)
        if len(places) == 0:
            raise InputError(f"Two different features of the result are needed; got `{first}` and `{second}`.")
        return int(places[0])

    def to_frame(self) -> pd.DataFrame:
        """Return the pairs, strongest first."""
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
        """Return the pairs, strongest first."""
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
