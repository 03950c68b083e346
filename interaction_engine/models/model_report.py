"""What is known of a model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from ..core.result import Result


@dataclass(frozen=True, kw_only=True)
class ModelReport(Result):
    """What is known of a model on a data set: the outcome of training one, or of checking one that was brought.

    `mapping` pairs each model input with the feature that feeds it; `metrics` has the scores on held-out rows (`r2`,
    `rmse`, or `auc`, `accuracy`, `log_loss`); `curves` the losses by epoch (epoch, train, validation) and is empty for
    a brought model; `calibration` has predicted, observed, count by bin; `warnings` are sentences for the user.
    """

    family: ClassVar[str] = "model"

    model_id: str
    name: str
    format: str
    capabilities: tuple[str, ...]
    n_parameters: int
    mapping: tuple[tuple[str, str], ...]
    metrics: Mapping[str, float]
    curves: pd.DataFrame
    calibration: pd.DataFrame
    warnings: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return a row per metric."""
        return pd.DataFrame({"metric": list(self.metrics), "value": list(self.metrics.values())})
