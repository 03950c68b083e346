"""What a detection, or taking a prediction apart, will cost."""

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


@dataclass(frozen=True, kw_only=True)
class AndOrPlan(Result):
    """What taking predictions apart will cost, and which players will take part in it.

    `table` has a row per step, in order: step ("players": choosing them, "scores": of all masked samples, "split": into
    AND and OR patterns), evaluations (of the model), seconds. `rate` is the measured evaluations a second,
    `memory_bytes` the working memory of the largest step, `n_masks` how many masked samples each of `n_samples` has.
    `players`, `unit`, `baseline` and `parts` are those that the result will have (see `AndOrPatterns`); where finding
    the strongest features takes long, the run does it, and only `n_players`, their number, is known.
    """

    family: ClassVar[str] = "and_or_plan"

    table: pd.DataFrame
    players: tuple[str, ...]
    n_players: int
    n_samples: int
    n_masks: int
    rate: float
    memory_bytes: int
    unit: str
    baseline: str
    parts: pd.DataFrame | None = None

    def to_frame(self) -> pd.DataFrame:
        return self.table.copy()

    @property
    def evaluations(self) -> int:
        """Model evaluations of all steps."""
        return int(self.table["evaluations"].sum())

    @property
    def seconds(self) -> float:
        """Seconds of all steps."""
        return float(self.table["seconds"].sum())
