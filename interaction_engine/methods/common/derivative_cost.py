"""The cost of a method by derivatives, as a plan: steps with their evaluations and seconds."""

import time
from collections.abc import Sequence
from typing import Any

import pandas as pd

from ...core.plan import DerivativePlan
from ...core.result import Provenance
from ...core.types import Model
from ...core.version import VERSION
from ...data.dataset import Dataset

TITLE = "Cost of pairs by derivatives"
SOURCE = "timed on a few rows of these data with this model"

COLUMNS = ["step", "evaluations", "seconds", "by"]
Step = tuple[str, int, float, str]


def derivative_plan(
    method: str, model: Model, data: Dataset, seed: int, began: float, steps: Sequence[Step], facts: dict[str, Any]
) -> DerivativePlan:
    n_features = facts.pop("n_features", len(data.space))
    return DerivativePlan(
        provenance=Provenance(
            method=method,
            title=TITLE,
            options={},
            seed=seed,
            data=data.name,
            model=model.name,
            rows=facts.get("n_rows", 0),
            evaluations=0,
            seconds=time.perf_counter() - began,
            device=str(model.device),
            version=VERSION,
            source=SOURCE,
        ),
        table=pd.DataFrame(steps, columns=COLUMNS),
        n_pairs=n_features * (n_features - 1) // 2,
        **facts,
    )
