"""What a detection will cost, told before it runs: the model is timed on a first batch."""

import time
from typing import Annotated

import pandas as pd
from pydantic import Field

from ..data.dataset import Dataset
from ..numerics.compute import Compute
from ..results import DetectionPlan
from ..types import Model, Report, silent
from .options import Background, Cross, Scheme, Seed, Step, asked
from .pairs import PairRace
from .timing import TIMED_SECONDS
from .ucb import Budget, Initial

TITLE = "Cost of a detection"
SOURCE = "timed on a first batch of this model and data"

QUICK_SECONDS = 5.0
"""Where exact detection takes no longer than this, it is the better choice: its figures have no interval at all."""


def plan_detection(
    model: Model,
    data: Dataset,
    *,
    background: Background = 1000,
    scheme: Scheme = "auto",
    step: Step = 0.75,
    cross: Cross = True,
    initial: Initial = 32,
    budget: Budget = None,
    probe_seconds: Annotated[float, Field(gt=0, le=60, title="Seconds to measure")] = TIMED_SECONDS,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> DetectionPlan:
    """Model evaluations, seconds and memory that exact detection and the UCB race take on this model and data.

    The race needs at least its opening pulls and at most as much as exact detection; where in between is known only
    afterwards. Of larger sets ("cliques") this is the cost of the pairs: that of each further order is told when the
    order before is known. Raises what the detections themselves raise for unusable data or models.
    """
    options, began = asked(locals()), time.perf_counter()
    pairs = PairRace(model, data, background, scheme, step, cross, seed, compute)
    rate = pairs.rate(probe_seconds)
    n_rows, shared = len(pairs.rows), pairs.differences.shared_cost()
    per_row = int(pairs.differences.cost(pairs.pairs).sum())
    exact = n_rows * (per_row + shared)
    opening = min(initial, n_rows) * (per_row + shared)
    most = exact if budget is None else min(exact, budget)
    table = pd.DataFrame(
        {
            "method": ["exact", "ucb", "cliques"],
            "evaluations_least": [exact, min(opening, most), min(opening, most)],
            "evaluations_most": [exact, most, most],
        }
    )
    table["seconds_least"] = table["evaluations_least"] / rate
    table["seconds_most"] = table["evaluations_most"] / rate
    return DetectionPlan(
        provenance=pairs.ground.provenance("plan", TITLE, SOURCE, options, began),
        table=table,
        n_pairs=len(pairs.pairs),
        rate=rate,
        memory_bytes=pairs.memory_bytes,
        recommended="exact" if exact / rate <= QUICK_SECONDS else "ucb",
    )
