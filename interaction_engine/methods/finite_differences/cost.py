"""What a detection will cost, before it runs: the model is timed and the race is foreseen on a first batch of rows."""

import math
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from ...core.common_options import Conditioning, Cross, Population, Scheme, Seed, Step, UsualTopK
from ...core.compute import Compute
from ...core.plan import DetectionPlan
from ...core.run_context import Description, RunContext, in_context
from ...core.timing import TIMED_SECONDS
from ...core.types import Model, Report, silent
from ...data.dataset import Dataset
from .perturbation import PerturbationOptions
from .racing.pair_race import PairRace
from .racing.rules import Rules
from .registration import CLIQUES, EXACT, UCB
from .screening import Candidates, Exclude, Pairs
from .ucb import Bound, Budget, Initial, Level, TailFactor, Tie

TITLE = "Cost of a detection"
SOURCE = "timed on a first batch of this model and data"

QUICK_SECONDS = 5.0
"""Where exact detection takes no longer than this, it is the better choice: its figures have no interval at all."""

WORTH = 2.0
"""Exact detection is the better choice up to so many times the cost of the race."""

RANGE_COST = {"betting": 1.0, "bernstein": 4.0, "subgaussian": math.inf}
"""Width that the range costs an interval, against a betting one; the paper's race also settles an order, and hardly
ever saves anything."""

PILOT_ROWS = 128
"""Rows of a pilot, as many as foresee a race within a factor of about two."""

PILOT_EVALUATIONS = 1 << 19
"""Evaluations that a pilot takes at most."""

TAIL_ARMS, TAIL_ROWS = 3, 1024
"""Pairs and rows on which a pilot looks for larger values: the width of all intervals hangs on the largest one, which
is often rare, and most often found on the pairs that have shown the largest so far."""


@in_context(Description("plan", TITLE, SOURCE))
def plan_detection(
    run: RunContext,
    model: Model,
    data: Dataset,
    *,
    top_k: UsualTopK = None,
    pairs: Pairs = (),
    exclude: Exclude = (),
    candidates: Candidates = None,
    background: Population = None,
    scheme: Scheme = "auto",
    step: Step = 0.75,
    moves: Conditioning = "marginal",
    cross: Cross = True,
    initial: Initial = 32,
    budget: Budget = None,
    bound: Bound = "betting",
    level: Level = 0.95,
    tail_factor: TailFactor = 2.0,
    tie: Tie = 0.02,
    probe_seconds: Annotated[float, Field(gt=0, le=60, title="Seconds to measure")] = TIMED_SECONDS,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> DetectionPlan:
    """Return the model evaluations, seconds and memory of exact detection and of the race on this model and data.

    The race takes at least its opening pulls and at most as much as exact detection; what is expected in between
    follows from a pilot of some rows. Of larger sets ("cliques") this is the cost of the pairs: that of each further
    order is known when the order before is. Exact detection is recommended where it takes a few seconds, or less than
    twice the expected race. Raises what the detections themselves raise for unusable data or models.
    """
    race = PairRace(model, data, PerturbationOptions.of(run), compute, pairs=pairs, exclude=exclude)
    n_pairs, every = len(race.pairs) + len(race.impossible), int(race.costs().sum())
    rate = race.rate(probe_seconds) if len(race.pairs) else 1.0
    race.screen(candidates, top_k or race.usual_top_k(), seed)
    rules = race.rules(run, budget=None, shared=0)
    n_rows, shared = len(race.rows), race.differences.shared_cost()
    exact = n_rows * (every + shared)
    raced = int(race.costs().sum()) + shared
    opening, most = min(initial, n_rows) * raced, n_rows * raced
    expected = min(most, max(opening, _expected_evaluations(race, rules)))
    most = most if budget is None else min(most, budget)
    races = {"least": min(opening, most), "expected": min(expected, most), "most": most}
    table = pd.DataFrame(
        {"method": [EXACT.name, UCB.name, CLIQUES.name]}
        | {f"evaluations_{name}": [exact, value, value] for name, value in races.items()}
        | {f"seconds_{name}": [exact / rate, value / rate, value / rate] for name, value in races.items()}
    )
    quick = exact / rate <= QUICK_SECONDS or exact <= WORTH * expected
    return DetectionPlan(
        provenance=race.context.provenance(run),
        table=table,
        n_pairs=n_pairs,
        n_impossible=len(race.impossible),
        rate=rate,
        memory_bytes=race.memory_bytes,
        recommended=(EXACT if quick else UCB).name,
    )


def expected_pulls(values: np.ndarray, rules: Rules, largest: float) -> np.ndarray:
    """Return the pulls that a race is expected to need of each arm, from the first `values` (arms, pulls) of each.

    `largest` is the largest size of a value that was seen, of these or others.

    A betting interval is about as wide as sqrt(2 v c / l) + range * c / l after l pulls of variance v, with c the
    logarithm of the inverse error; it must be narrower than the arm's distance from the middle of the cut.
    """
    n_arms, population = len(values), rules.population
    if largest == 0.0:
        return np.full(n_arms, float(population))
    mean, variance = values.mean(1), values.var(1)
    ranked = np.sort(mean)[::-1]
    margin = rules.tie * max(0.0, float(ranked[0]))
    below = ranked[rules.top_k] if rules.top_k < n_arms else 0.0
    cut = (ranked[min(rules.top_k, n_arms) - 1] + below) / 2.0
    distance = np.maximum(np.abs(mean - cut) + margin / 2.0, 1e-9 * largest)
    logs = math.log(2.0 * n_arms * len(rules.looks()) / (1.0 - rules.level))
    spread = np.sqrt(2.0 * variance * logs)
    span = rules.tail_factor * largest * logs * RANGE_COST[rules.bound]
    root = (spread + np.sqrt(spread**2 + 4.0 * distance * span)) / (2.0 * distance)
    pulls = root**2
    needed = 1.0 / (1.0 / np.maximum(pulls, 1e-9) + 1.0 / population)
    return np.clip(needed, min(rules.initial, population), population)


def _expected_evaluations(pairs: PairRace, rules: Rules) -> int:
    """The evaluations that the race is expected to take, from a pilot."""
    costs = pairs.costs()
    if not len(costs):
        return 0
    rows = min(len(pairs.rows), PILOT_ROWS, max(2, PILOT_EVALUATIONS // int(costs.sum())))
    values = pairs.pull(np.arange(len(costs)), 0, rows)
    sizes = np.abs(values).max(1)
    heaviest = np.argsort(-sizes, kind="stable")[:TAIL_ARMS]
    more = min(len(pairs.rows), TAIL_ROWS, max(rows, PILOT_EVALUATIONS // int(costs[heaviest].sum())))
    tail = np.abs(pairs.pull(heaviest, rows, more)).max() if more > rows else 0.0
    pulls = expected_pulls(values, rules, float(max(sizes.max(), tail)))
    return int((costs * pulls).sum() + pairs.differences.shared_cost() * pulls.max())
