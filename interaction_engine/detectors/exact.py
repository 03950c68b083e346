"""Exact detection: every pair of features on every background row."""

import time

from ..data.dataset import Dataset
from ..numerics.compute import Compute
from ..results import PairInteractions
from ..types import Model, Report, silent
from .bandit import Rules
from .options import Background, Cross, Scheme, SecondOpinion, Seed, Step, TopK, asked
from .pairs import PairRace

TITLE = "Exact: all pairs on all rows"
SOURCE = "ParaACE paper (Fast Generic Interaction Detection), Theorem 3.1, on every background row"


def exact_pairs(
    model: Model,
    data: Dataset,
    *,
    top_k: TopK = 20,
    background: Background = 1000,
    scheme: Scheme = "auto",
    step: Step = 0.75,
    cross: Cross = True,
    second_opinion: SecondOpinion = True,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> PairInteractions:
    """Strength of all pairs of features, exact over the background rows (ParaACE paper, Theorem 3.1).

    Strength is the mean squared mixed difference per standard deviation of each feature; effect the root mean square
    joint effect in the score's unit. Every interval has width zero: the `top_k` strongest are certified, the others
    excluded. Raises `InputError` for fewer than two features or rows, `ModelError` when the model does not score the
    rows.
    """
    options, began = asked(locals()), time.perf_counter()
    pairs = PairRace(model, data, background, scheme, step, cross, seed, compute)
    race = pairs.run(Rules(top_k=top_k, population=len(pairs.rows), everything=True), report)
    return pairs.result(race, "exact", TITLE, SOURCE, options, began)
