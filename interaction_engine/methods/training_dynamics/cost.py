"""How long a training will take at most, told before it begins: its first steps are timed."""

import inspect
from collections.abc import Callable
from typing import Any

from ...core.plan import TrainingPlan
from ...core.run_context import Description, RunContext
from ...core.timing import seconds_in_all
from ...core.types import Model, Report, silent
from ...data.dataset import Dataset

TITLE = "Cost of a training"
SOURCE = "timed on the first steps of the training itself"


def plan_of_training(train: Callable[..., Model]) -> Callable[..., TrainingPlan]:
    """What tells the cost of `train`, a function of data and options, and takes what that takes.

    It holds for trainings of which equal shares, as they tell them, take about equally long.
    """

    def plan(data: Dataset, *, seed: int = 0, report: Report = silent, **options: Any) -> TrainingPlan:
        given = {name: value for name, value in options.items() if name != "compute"}
        run = RunContext.begin(Description(train.__name__, TITLE, SOURCE), data, seed, given)
        seconds = seconds_in_all(lambda watch: train(data, **options, seed=seed, report=watch), report)
        device = str(options["compute"].torch_device) if "compute" in options else ""
        provenance = run.provenance(model="", device=device, rows=len(data.train_rows))
        return TrainingPlan(provenance=provenance, seconds=seconds)

    plan.__signature__ = inspect.signature(train)  # type: ignore[attr-defined]
    return plan
