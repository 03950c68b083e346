"""Exact detection: every pair of features on every row of the population."""

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
from .registration import EXACT
from .screening import Exclude, Pairs
from .ucb import Tie


@in_context(EXACT)
def exact_pairs(
    run: RunContext,
    model: Model,
    data: Dataset,
    *,
    top_k: UsualTopK = None,
    pairs: Pairs = (),
    exclude: Exclude = (),
    background: Population = None,
    scheme: Scheme = "auto",
    step: Step = 0.75,
    tie: Tie = 0.02,
    moves: Conditioning = "marginal",
    support: LookAtSupport = True,
    cross: Cross = True,
    second_opinion: SecondOpinion = True,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> PairInteractions:
    """Evaluate the strength of all pairs of features on all rows of the population.

    Strength is the mean squared mixed difference per standard deviation of each feature; effect the root mean square
    joint effect in the score's unit. Every interval has width zero: the `top_k` strongest are certified, the others
    excluded. Pairs that the model cannot combine are excluded without an evaluation.

    Args:
        run: The call's options, clock and provenance; given by `in_context`.
        model: The model to study.
        data: The data set whose training rows are the population.
        top_k: Number of pairs to certify; None for 10, or a third of the pairs if that is less.
        pairs: Pairs or groups of features to consider, as tuples of names or written as `a & b`; none for all.
        exclude: Pairs or groups of features to leave out, of which no two are tried together.
        background: Number of training rows in the population, drawn at random; None for all.
        scheme: How features are moved.
        step: Step in standard deviations.
        moves: Whether features move freely, or only as far as the other features leave them free.
        support: Whether the moves of the strongest pairs are compared with the data.
        tie: Share of the strongest pair's strength within which pairs are reported as tied.
        cross: Whether strengths of an ensemble are products of the effects of two networks.
        second_opinion: Whether a boosted additive model of the same rows is asked about the strongest pairs.
        seed: Seed of the order of the rows.
        compute: Device and memory.
        report: Receives progress and checkpoints.

    Returns:
        All pairs, ranked.

    Raises:
        InputError: Fewer than two features or rows, or a pair that does not exist.
        ModelError: The model does not score the rows.

    References:
        ParaACE paper, Theorem 3.1.
    """
    race = PairRace(model, data, PerturbationOptions.of(run), compute, pairs=pairs, exclude=exclude)
    return race.result(race.run(race.rules(run, everything=True), report), run, support=support)
