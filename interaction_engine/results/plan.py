"""What a detection will cost."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from .base import Result


@dataclass(frozen=True, kw_only=True)
class DetectionPlan(Result):
    """What a detection will cost on one model and data set.

    `table` has a row per method: method, evaluations_least, evaluations_most, seconds_least, seconds_most. `rate` is
    the measured evaluations a second, `memory_bytes` the working memory of the largest call, `recommended` the method
    that answers soonest with the most certainty.
    """

    family: ClassVar[str] = "plan"

    table: pd.DataFrame
    n_pairs: int
    rate: float
    memory_bytes: int
    recommended: str

    def to_frame(self) -> pd.DataFrame:
        return self.table.copy()
