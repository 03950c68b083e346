"""How small a network can be made, and what each way of doing so costs in error."""

from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from ...core.result import Result

COMPRESSION_COLUMNS = ("method", "title", "n_parameters", "ratio", "error", "seconds", "note")


@dataclass(frozen=True, kw_only=True)
class Compression(Result):
    """Networks of one size made in several ways from one teacher's data, in the order in which they were made.

    `table` has a row per network: method ("teacher", "paraace", "random", "gann", "distillation", "lottery",
    "synflow"), title, n_parameters, ratio (the teacher's parameters over its own), error (of held-out rows: `metric`
    names it), seconds (of training) and note (a sentence, or empty). Pruned networks count the weights that are left;
    their thresholds are not pruned and not counted. `interactions` are the sets of features that "paraace" was given,
    as `random` those of the ablation. `target` is the column that is predicted.
    """

    family: ClassVar[str] = "compression"

    table: pd.DataFrame
    target: str
    metric: str
    unit: str
    interactions: tuple[tuple[str, ...], ...]
    random: tuple[tuple[str, ...], ...]

    def to_frame(self) -> pd.DataFrame:
        """Return the table of the compared networks."""
        return self.table.loc[:, list(COMPRESSION_COLUMNS)].copy()

    def row(self, method: str) -> dict[str, Any]:
        """The row of one method as a dictionary."""
        return {str(name): value for name, value in self.table.set_index("method").loc[method].items()}
