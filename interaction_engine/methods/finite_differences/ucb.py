"""UCB detection: the strongest pairs certified with as few model calls as their intervals allow."""

from typing import Annotated, Literal

from pydantic import Field

from ...core.common_options import (
    Conditioning,
    Cross,
    LookAtSupport,
    Population,
    Scheme,
    SecondOpinion,
    Seed,
    Step,
    UsualTopK,
)
from ...core.compute import Compute
from ...core.run_context import RunContext, in_context
from ...core.types import Model, Report, silent
from ...data.dataset import Dataset
from ..common.pair_result import PairInteractions
from .perturbation import PerturbationOptions
from .racing.pair_race import PairRace
from .registration import UCB
from .screening import Candidates, Exclude, Pairs

Budget = Annotated[
    int | None,
    Field(
        ge=1,
        title="Evaluation budget",
        description="Empty: no limit. What it leaves open is undecided.",
        json_schema_extra={"placeholder": "no limit"},
    ),
]
Bound = Annotated[
    Literal["betting", "bernstein", "subgaussian"],
    Field(
        title="Confidence interval",
        description="betting: the narrowest that holds; bernstein: holds too, wider; subgaussian: the paper's, "
        "approximate, certifies nothing.",
    ),
]
Level = Annotated[float, Field(gt=0, lt=1, title="Confidence level", description="Of all intervals together.")]
TailFactor = Annotated[
    float,
    Field(
        ge=1,
        title="Tail factor",
        description="No row is assumed to have a strength above so many times the largest seen on any pair, where the "
        "model proves no limit.",
    ),
]
Tie = Annotated[
    float,
    Field(
        ge=0,
        lt=1,
        title="Tie",
        description="Pairs that differ by less than this share of the strongest are not told apart.",
    ),
]
Initial = Annotated[
    int, Field(ge=3, title="Opening rows", description="Rows on which every pair is tried before the race.")
]
BatchArms = Annotated[int | None, Field(ge=1, title="Pairs a round", description="Empty: all whose place is in doubt.")]
BatchRows = Annotated[
    int | None, Field(ge=1, title="Rows a round", description="Empty: a third as many again as a pair has had.")
]


@in_context(UCB)
def ucb_pairs(
    run: RunContext,
    model: Model,
    data: Dataset,
    *,
    top_k: UsualTopK = None,
    pairs: Pairs = (),
    exclude: Exclude = (),
    candidates: Candidates = None,
    background: Population = None,
    budget: Budget = None,
    bound: Bound = "betting",
    scheme: Scheme = "auto",
    step: Step = 0.75,
    moves: Conditioning = "marginal",
    support: LookAtSupport = True,
    level: Level = 0.95,
    tail_factor: TailFactor = 2.0,
    tie: Tie = 0.02,
    cross: Cross = True,
    initial: Initial = 32,
    batch_arms: BatchArms = None,
    batch_rows: BatchRows = None,
    second_opinion: SecondOpinion = True,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> PairInteractions:
    """Find the `top_k` strongest pairs of features by a race of upper and lower confidence bounds.

    Strength is the mean squared mixed difference per standard deviation of each feature over the population of rows,
    effect the root mean square joint effect in the score's unit. The race ends when the `top_k` strongest stand apart
    from all others, or differ from them by less than `tie`. A pair is certified if it is proven to be among the `top_k`
    strongest, excluded if it is proven not to be, else undecided. The intervals hold together with probability `level`,
    given a range of the strengths of single rows: that of the model's structure where it is known (trees, bounded
    outputs), else `tail_factor` times the largest strength seen. Where no pair has shown any effect nothing is excluded
    before all rows are evaluated.

    With `bound="subgaussian", batch_arms=1, batch_rows=1` it is the paper's algorithm pull by pull, which ranks and
    certifies nothing.

    Args:
        run: The call's options, clock and provenance; given by `in_context`.
        model: The model to study.
        data: The data set whose training rows are the population.
        top_k: Number of pairs to look for; None for 10, or a third of the pairs if that is less.
        pairs: Pairs or groups of features to consider, as tuples of names or written as `a & b`; none for all.
        exclude: Pairs or groups of features to leave out, of which no two are tried together.
        candidates: Number of pairs to race, chosen by a quick screen; None for all.
        background: Number of training rows in the population, drawn at random; None for all.
        budget: Most model evaluations; None for no limit.
        bound: Kind of interval.
        scheme: How features are moved.
        step: Step in standard deviations.
        moves: Whether features move freely, or only as far as the other features leave them free.
        support: Whether the moves of the strongest pairs are compared with the data.
        level: Probability with which all intervals hold together.
        tail_factor: Assumed largest strength of a row over the largest one seen.
        tie: Share of the strongest pair's strength below which differences are not settled.
        cross: Whether strengths of an ensemble are products of the effects of two networks.
        initial: Rows on which every pair is evaluated before the first interval is read.
        batch_arms: Pairs in a round; None for all in doubt.
        batch_rows: Rows in a round; None to let the rows of a pair grow by a third.
        second_opinion: Whether a boosted additive model of the same rows is asked about the strongest pairs.
        seed: Seed of the order of the rows.
        compute: Device and memory.
        report: Receives progress and checkpoints.

    Returns:
        All pairs, ranked, with intervals and status.

    Raises:
        InputError: Fewer than two features or rows, a budget below one opening, or a pair that does not exist.
        ModelError: The model does not score the rows.

    References:
        ParaACE paper, Algorithm 1 and appendix C. Waudby-Smith & Ramdas, JRSS B 2024, section 5. Bardenet & Maillard,
        Bernoulli 2015, Theorem 4.3.
    """
    race = PairRace(model, data, PerturbationOptions.of(run), compute, pairs=pairs, exclude=exclude)
    top_k = top_k or race.usual_top_k()
    race.screen(candidates, top_k, seed)
    left = None if budget is None else budget - race.context.evaluations
    rules = race.rules(run, budget=race.checked_budget(left, initial), ordered=bound == "subgaussian")
    return race.result(race.run(rules, report), run, support=support)
