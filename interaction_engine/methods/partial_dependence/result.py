"""The surfaces behind a pair of features, and behind a pair at several values of a third."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from ...core.result import Result


@dataclass(frozen=True, kw_only=True)
class PairEffect(Result):
    """How two features move the prediction together: the surface behind one pair.

    `grid` has a row per cell: value_1, value_2, total (the average prediction with both features set there, minus
    `average`), interaction (total minus both main effects), count (data rows in the cell). `main_1` and `main_2` have
    value, effect. `rows` has a row per sampled data row: value_1, value_2, total, interaction, main_1, main_2 at that
    row. Values are in table units, levels by name; effects in `unit`.
    """

    family: ClassVar[str] = "pair_effect"

    features: tuple[str, ...]
    kinds: tuple[str, ...]
    unit: str
    average: float
    grid: pd.DataFrame
    main_1: pd.DataFrame
    main_2: pd.DataFrame
    rows: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return the surface, a row per cell."""
        return self.grid.copy()


@dataclass(frozen=True, kw_only=True)
class TripleEffect(Result):
    """How two features move the prediction together at several values of a third: `features` is (first, second, third).

    `grid` has a row per cell and value of the third feature: slice (0, 1, 2, ... along the third), value_3, value_1,
    value_2, total (the average prediction there, minus `average`), interaction (total minus the main effects of the
    first two within the slice), count (data rows in the cell whose third value is nearest to this slice's). Values
    are in table units, levels by name; effects in `unit`.
    """

    family: ClassVar[str] = "triple_effect"

    features: tuple[str, str, str]
    kinds: tuple[str, str, str]
    unit: str
    average: float
    grid: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return the surfaces, a row per cell."""
        return self.grid.copy()
