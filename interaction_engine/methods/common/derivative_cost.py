"""The cost of a method by derivatives, as a plan: steps with their evaluations and seconds."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from ...core.plan import DerivativePlan
from ...core.run_context import Description, RunContext
from ...core.types import Model
from ...data.dataset import Dataset

TITLE = "Cost of pairs by derivatives"
SOURCE = "timed on a few rows of these data with this model"

COLUMNS = ["step", "evaluations", "seconds", "by"]
Step = tuple[str, int, float, str]


def begin_plan(method: str, data: Dataset, seed: int) -> RunContext:
    """Start the clock of the plan of a method."""
    return RunContext.begin(Description(method, TITLE, SOURCE), data, seed)


def derivative_plan(
    run: RunContext, model: Model, data: Dataset, steps: Sequence[Step], facts: dict[str, Any]
) -> DerivativePlan:
    """Return the plan of a method from its steps and the fields of `DerivativePlan`."""
    n_features = facts.pop("n_features", len(data.space))
    provenance = run.provenance(model=model.name, device=str(model.device), rows=facts.get("n_rows", 0))
    return DerivativePlan(
        provenance=provenance,
        table=pd.DataFrame(steps, columns=COLUMNS),
        n_pairs=n_features * (n_features - 1) // 2,
        **facts,
    )
