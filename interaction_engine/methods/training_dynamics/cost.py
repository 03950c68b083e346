"""How long a training will take at most, told before it begins: its first steps are timed."""

import inspect
import time
from collections.abc import Callable
from typing import Any

from ...core.plan import TrainingPlan
from ...core.result import Provenance
from ...core.timing import seconds_in_all
from ...core.types import Model, Report, silent
from ...core.version import VERSION
from ...data.dataset import Dataset

TITLE = "Cost of a training"
SOURCE = "timed on the first steps of the training itself"


def plan_of_training(train: Callable[..., Model]) -> Callable[..., TrainingPlan]:
    """What tells the cost of `train`, a function of data and options, and takes what that takes.

    It holds for trainings of which equal shares, as they tell them, take about equally long.
    """

    def plan(data: Dataset, *, seed: int = 0, report: Report = silent, **options: Any) -> TrainingPlan:
        began = time.perf_counter()
        seconds = seconds_in_all(lambda watch: train(data, **options, seed=seed, report=watch), report)
        told = {name: value for name, value in options.items() if name != "compute"}
        provenance = Provenance(
            method=train.__name__,
            title=TITLE,
            options=told,
            seed=seed,
            data=data.name,
            model="",
            rows=len(data.train_rows),
            evaluations=0,
            seconds=time.perf_counter() - began,
            device=str(options["compute"].torch_device) if "compute" in options else "",
            version=VERSION,
            source=SOURCE,
        )
        return TrainingPlan(provenance=provenance, seconds=seconds)

    plan.__signature__ = inspect.signature(train)  # type: ignore[attr-defined]
    return plan
