"""What a run will cost, told before it begins."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from .result import Result


@dataclass(frozen=True, kw_only=True)
class DetectionPlan(Result):
    """What a detection will cost on one model and data set.

    `table` has a row per method: method, evaluations and seconds, each with the suffixes _least, _expected and _most.
    `rate` is the measured evaluations a second, `memory_bytes` the working memory of the largest call, `recommended`
    the method that answers soonest with the most certainty. Of the `n_pairs` pairs `n_impossible` need no evaluation:
    the model cannot combine them.
    """

    family: ClassVar[str] = "plan"

    table: pd.DataFrame
    n_pairs: int
    rate: float
    memory_bytes: int
    recommended: str
    n_impossible: int = 0

    def to_frame(self) -> pd.DataFrame:
        """Return the steps with their evaluations and seconds."""
        return self.table.copy()


@dataclass(frozen=True, kw_only=True)
class StepsPlan(Result):
    """What a run of several steps will cost.

    `table` has a row per step, in order: step, evaluations (of the model, or points at which its derivatives are
    taken), seconds. `memory_bytes` is the working memory of the largest step.
    """

    table: pd.DataFrame
    memory_bytes: int

    def to_frame(self) -> pd.DataFrame:
        """Return the steps with their evaluations and seconds."""
        return self.table.copy()

    @property
    def evaluations(self) -> int:
        """Evaluations of all steps."""
        return int(self.table["evaluations"].sum())

    @property
    def seconds(self) -> float:
        """Seconds of all steps."""
        return float(self.table["seconds"].sum())


@dataclass(frozen=True, kw_only=True)
class AndOrPlan(StepsPlan):
    """What taking predictions apart will cost, and which players will take part in it.

    The steps of `table` are "players" (choosing them), "scores" (of all masked samples) and "split" (into AND and OR
    patterns). `rate` is the measured evaluations a second, `n_masks` how many masked samples each of `n_samples` has.
    `players`, `unit`, `baseline` and `parts` are those that the result will have (see `AndOrPatterns`); where finding
    the strongest features takes long, the run does it, and only `n_players`, their number, is known.
    """

    family: ClassVar[str] = "and_or_plan"

    players: tuple[str, ...]
    n_players: int
    n_samples: int
    n_masks: int
    rate: float
    unit: str
    baseline: str
    parts: pd.DataFrame | None = None


@dataclass(frozen=True, kw_only=True)
class DerivativePlan(StepsPlan):
    """What pairs by derivatives, or by weights, will cost.

    The steps of `table` are "preparation" (what does not grow with the rows), "trainings" (of `permutations` networks
    on targets without interactions, on `workers` workers), "derivatives" and "accuracy" (how exact the figures are);
    those that a method has. Its column `by` says what the seconds go in proportion to, as "rows"; empty where nothing
    that can be chosen shortens the step. Derivatives of `n_networks` networks are taken at, or on the way to, `n_rows`
    rows (0: of weights alone), on the way from each of `n_baselines` baselines (0: at the rows themselves).
    """

    family: ClassVar[str] = "derivative_plan"

    n_pairs: int
    n_networks: int
    n_rows: int = 0
    n_baselines: int = 0
    permutations: int = 0
    workers: int = 1


@dataclass(frozen=True, kw_only=True)
class TrainingPlan(Result):
    """What a training will cost: `seconds` at most, for it may stop as soon as it gets no better.

    Measured on its first steps.
    """

    family: ClassVar[str] = "training_plan"

    seconds: float

    def to_frame(self) -> pd.DataFrame:
        """Return the seconds of the training."""
        return pd.DataFrame({"step": ["training"], "seconds": [self.seconds]})
