"""UCB detection: the strongest pairs certified with as few model calls as their intervals allow."""

import time
from typing import Annotated, Literal

from pydantic import Field

from ..data.dataset import Dataset
from ..numerics.compute import Compute
from ..results import PairInteractions
from ..types import Model, Report, silent
from .bandit import Rules
from .options import Background, Cross, Scheme, SecondOpinion, Seed, Step, TopK, asked
from .pairs import PairRace

TITLE = "UCB race: the strongest pairs, certified"
SOURCE = (
    "ParaACE paper (Fast Generic Interaction Detection), Algorithm 1 and appendix C; "
    "intervals by Bardenet & Maillard 2015, Theorem 4.3"
)

Budget = Annotated[
    int | None,
    Field(
        ge=1,
        title="Model evaluations at most",
        description="Empty: no limit. What it leaves open is undecided.",
    ),
]
Bound = Annotated[
    Literal["bernstein", "subgaussian"],
    Field(
        title="Confidence interval",
        description="bernstein: holds for heavy tails too; subgaussian: the paper's, narrower, less safe.",
    ),
]
Level = Annotated[
    float, Field(gt=0, lt=1, title="Confidence level", description="Of all bernstein intervals together.")
]
Tolerance = Annotated[
    float,
    Field(ge=0, title="Narrow enough", description="Pairs whose interval is narrower than this are not pulled again."),
]
Initial = Annotated[
    int, Field(ge=3, title="Opening rows", description="Rows on which every pair is tried before the race.")
]
BatchArms = Annotated[
    int | None, Field(ge=1, title="Pairs a round", description="Empty: as many as one model call holds.")
]
BatchRows = Annotated[
    int | None, Field(ge=1, title="Rows a round", description="Empty: half as many again as a pair has had.")
]


def ucb_pairs(
    model: Model,
    data: Dataset,
    *,
    top_k: TopK = 20,
    background: Background = 1000,
    budget: Budget = None,
    bound: Bound = "bernstein",
    scheme: Scheme = "auto",
    step: Step = 0.75,
    level: Level = 0.95,
    tolerance: Tolerance = 0.0,
    cross: Cross = True,
    initial: Initial = 32,
    batch_arms: BatchArms = None,
    batch_rows: BatchRows = None,
    second_opinion: SecondOpinion = True,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> PairInteractions:
    """The `top_k` strongest pairs of features, certified by upper and lower confidence bounds (ParaACE paper, Algorithm
    1).

    Strength is the mean squared mixed difference per standard deviation of each feature over the background rows, with
    an interval that holds for all pairs together; effect the root mean square joint effect in the score's unit. With
    `batch_arms=1, batch_rows=1, bound="subgaussian"` it is the paper's algorithm pull by pull. What `budget` leaves
    open has status undecided. Raises `InputError` for fewer than two features or rows or a budget below one opening,
    `ModelError` when the model does not score the rows.
    """
    options, began = asked(locals()), time.perf_counter()
    pairs = PairRace(model, data, background, scheme, step, cross, seed, compute)
    rules = Rules(
        top_k=top_k,
        population=len(pairs.rows),
        bound=bound,
        level=level,
        budget=None if budget is None else pairs.budget_of_pulls(budget),
        tolerance=tolerance,
        initial=initial,
        batch_arms=batch_arms,
        batch_rows=batch_rows,
    )
    race = pairs.run(rules, report)
    return pairs.result(race, "ucb", TITLE, SOURCE, options, began)
