"""How far a ranking of pairs depends on the step and on the number of pulls."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from ...core.result import Result


@dataclass(frozen=True, kw_only=True)
class StepSensitivity(Result):
    """The ranking of pairs over a grid of steps and of pulls (background rows per pair).

    `table` has a row per cell: step (standard deviations), pulls, auc (area under the ROC curve of the strength for the
    true pairs; NaN where the truth is not known), correlation (Spearman's, of the strengths with those of the
    reference: `step`, `pulls` of this result), overlap (share of the reference's `top` strongest pairs that are among
    the cell's). `ranks` follows the reference's `top` pairs over the steps at the most pulls: feature_1, feature_2,
    step, strength, rank (1 = strongest). `n_pairs` were ranked.
    """

    family: ClassVar[str] = "sensitivity"

    table: pd.DataFrame
    ranks: pd.DataFrame
    step: float
    pulls: int
    top: int
    n_pairs: int
    truth_known: bool

    def to_frame(self) -> pd.DataFrame:
        """Return a row per step and number of pulls."""
        return self.table.copy()
