"""Strengths of pairs as a table: ranked, with an interval for each pair by itself."""

from typing import Annotated, Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from pydantic import Field

from ...core.errors import InputError
from ...core.status import RankStatus
from ...data.dataset import Dataset

PER_PAIR = Float[np.ndarray, " pairs"]

Highlighted = Annotated[
    int,
    Field(
        ge=1,
        title="Pairs highlighted",
        description="How many of the first pairs figures highlight; nothing is proven about places.",
    ),
]
"""`top_k` of a method that ranks pairs and proves no places."""

MOST_FEATURES = 2000
"""Two million pairs: beyond, a table of them outgrows an ordinary machine."""


def check_features(data: Dataset) -> None:
    """`InputError` for fewer than two features, and for more than pairs can be kept of."""
    n_features = len(data.space)
    if n_features < 2:
        raise InputError(
            f"Pairs need at least 2 features; `{data.name}` has {n_features}. Make features of more columns."
        )
    if n_features > MOST_FEATURES:
        raise InputError(
            f"Pairs of at most {MOST_FEATURES:,} features can be ranked; `{data.name}` has {n_features:,}. "
            "Ignore the columns that matter least."
        )


def pair_places(n_features: int) -> tuple[np.ndarray, np.ndarray]:
    """The two features of every pair, in the order of the features."""
    return np.triu_indices(n_features, 1)


def pair_table(
    data: Dataset,
    strength: PER_PAIR,
    error: PER_PAIR,
    *,
    effect: PER_PAIR,
    pulls: int,
    status: RankStatus = RankStatus.RANKED,
    **others: PER_PAIR,
) -> pd.DataFrame:
    """Return a row per pair, strongest first, with an interval of two standard errors (see `PairInteractions`).

    Args:
        data: Names the features.
        strength: Figure by which the pairs are ranked, in the order of `pair_places`, as all that follow.
        error: Standard error of `strength`; 0 where it is exact.
        effect: What each pair does, in the unit of the result.
        pulls: How many rows, or networks, stand behind every pair.
        status: Of all pairs: the check of a method holds or fails for its figures as a whole.
        **others: Further columns.
    """
    order = np.argsort(-strength, kind="stable")
    names = np.array(data.space.names, dtype=object)
    first, second = (names[ends[order]] for ends in pair_places(len(names)))
    lower, upper = np.maximum(0.0, strength - 2.0 * error)[order], (strength + 2.0 * error)[order]
    columns: dict[str, Any] = {
        "feature_1": first,
        "feature_2": second,
        "strength": strength[order],
        "effect": effect[order],
        "lower": lower,
        "upper": upper,
        "pulls": pulls,
        "status": status.value,
        "rank": np.arange(1, len(order) + 1),
        "standard_error": error[order],
    }
    return pd.DataFrame(columns | {name: values[order] for name, values in others.items()})


class Means:
    """Means over rows of what pairs do, from parts of the rows; strength is that of the `degree`-th power of sizes.

    `effect` is as many times the mean size (its root, for squares).
    """

    def __init__(self, n_features: int, effect: float, degree: int = 1) -> None:
        self.first, self.second = pair_places(n_features)
        self.effect, self.degree = effect, degree
        self.count, self.total, self.squares, self.signed = 0, *np.zeros((3, len(self.first)))

    def add(self, values: Float[np.ndarray, "rows pairs"]) -> None:
        """Add the values of further rows."""
        sizes = np.abs(values) ** self.degree
        self.count += len(values)
        self.total += sizes.sum(0)
        self.squares += (sizes**2).sum(0)
        self.signed += values.sum(0)

    def table(self, data: Dataset, status: RankStatus = RankStatus.RANKED) -> pd.DataFrame:
        """As `pair_table`, with the column `signed`: the mean effect with its sign."""
        n = self.count
        strength = self.total / n
        variance = np.maximum(0.0, self.squares / n - strength**2) * n / max(1, n - 1)
        error = np.sqrt(variance / n) if n > 1 else np.zeros(len(strength))
        effect, signed = self.effect * strength ** (1 / self.degree), self.effect * self.signed / n
        return pair_table(data, strength, error, effect=effect, pulls=n, status=status, signed=signed)

    @property
    def interval(self) -> str:
        """What the intervals are."""
        if self.count == 1:
            return "exact for the one row explained, of width zero"
        return (
            f"mean of {self.count:,} rows plus and minus two standard errors: about 95 % for other rows like these, "
            "each pair by itself"
        )

    @property
    def level(self) -> float:
        """The coverage of the intervals."""
        return 1.0 if self.count == 1 else 0.95


def truth_of(data: Dataset) -> tuple[tuple[str, ...], ...] | None:
    """The true interactions, each in the order of the features; None where they are not known."""
    if data.truth is None:
        return None
    return tuple(sorted(tuple(sorted(one, key=data.space.index)) for one in data.truth))
