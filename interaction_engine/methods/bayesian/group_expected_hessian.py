"""Group expected Hessian: pairs of a Bayesian network, averaged over regions of the data, with credible intervals."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from ...core.common_options import Seed
from ...core.compute import Compute
from ...core.run_context import RunContext, completed, in_context
from ...core.types import Model, Report, Within, silent
from ...data.dataset import Dataset
from .assembly import group_hessians_result
from .null_models import TRAINING, NullScores, n_parts
from .null_targets import Null
from .posterior_study import PosteriorStudy
from .registration import GROUP_EXPECTED_HESSIAN
from .result import GroupHessians

PERMUTED_SHARE = 0.9
"""Of the progress, what trainings on chance targets are told to be."""

FIRST_PASS = 0.6
"""Of the rest, the share of the first pass over the networks, for all numbers of regions; a second one follows."""

Draws = Annotated[
    int, Field(ge=2, le=10_000, title="Networks drawn", description="From the Bayesian network; more are steadier.")
]
Groups = Annotated[
    int,
    Field(
        ge=0,
        title="Regions",
        description="Of the data, in which effects of one direction add up. 0: as many as the ranking needs.",
    ),
]
Rows = Annotated[
    int, Field(ge=2, le=100_000, title="Rows", description="Training rows at which the networks are looked at.")
]
Permutations = Annotated[
    int,
    Field(
        ge=0,
        le=10_000,
        title="Networks compared with",
        description="Networks trained on targets without interactions, to see what chance makes of them. Each takes as "
        "long as a training.",
    ),
]
Followed = Annotated[
    int,
    Field(
        ge=1,
        title="Pairs followed",
        description="How many of the pairs with the largest estimates are followed into the regions.",
    ),
]
MostFeatures = Annotated[
    int,
    Field(
        ge=2,
        le=500,
        title="Features examined",
        description="Of a table with more, those that the network leaves out least.",
    ),
]


@in_context(GROUP_EXPECTED_HESSIAN)
def group_expected_hessian(
    run: RunContext,
    model: Model,
    data: Dataset,
    *,
    draws: Draws = 200,
    groups: Groups = 0,
    rows: Rows = 768,
    permutations: Permutations = 0,
    null: Null = "additive",
    top_k: Followed = 20,
    most_features: MostFeatures = 100,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> GroupHessians:
    """How strongly pairs of features interact in the networks that a Bayesian network draws (GEH paper, section 4).

    Strength is the posterior mean of M-GEH over `groups` regions of the training rows, which k-means finds on the
    network's inputs: the mean size of the regions' mean Hessians, in the score's unit per standard deviation of both
    features (see `robust_steps`; levels of a categorical feature as `FeatureBlocks` has it). Intervals are the mean
    and two posterior standard deviations; since the size itself is above 0 in every network, that of a pair whose
    Bayesian p (see `contour_probabilities`) is not below 5 % begins at 0. `permutations`
    networks are trained on targets in which no features act together (`null`, see `chance_targets`), for p- and
    q-values. Raises `InputError` for a model that is no Bayesian
    network, too few rows or features, and more regions than rows.
    """
    study = PosteriorStudy.asked_for(model, data, {**run.options, "seed": seed}, compute)
    scores = _chance(study, null, permutations, report)
    begin = PERMUTED_SHARE if permutations else 0.0
    middle = begin + FIRST_PASS * (0.98 - begin)
    measured = study.measured(study.model, _told(report, begin, middle, "Taking derivatives"))
    progress = _told(report, middle, 0.98, "Comparing the networks")
    result = group_hessians_result(run, study, measured, scores, top_k, progress)
    report(1.0, "Finished")
    return result


def chance_part(
    model: Model, data: Dataset, *, index: int, compute: Compute = Compute(), report: Report = silent, **options: Any
) -> Mapping[str, Any]:
    """One part of the permutation test with the options of the method: `scores` (networks, divisions, pairs)."""
    every = completed(group_expected_hessian, options)
    study = PosteriorStudy.asked_for(model, data, every, compute)
    return {"scores": study.chance(every["null"], index, every["permutations"], report)}


def _chance(study: PosteriorStudy, null: str, permutations: int, report: Report) -> NullScores | None:
    """The scores of all chance trainings, which the surroundings may have had computed elsewhere."""
    if not permutations:
        return None
    count = n_parts(permutations)

    def compute_one(index: int) -> Mapping[str, Any]:
        begin, end = (PERMUTED_SHARE * place / count for place in (index, index + 1))
        return {"scores": study.chance(null, index, permutations, Within(report, begin, end))}

    parts = report.parts(count, compute_one, TRAINING, end=PERMUTED_SHARE)
    return NullScores(np.concatenate([np.asarray(part["scores"], dtype=np.float64) for part in parts]))


def _told(report: Report, begin: float, end: float, message: str) -> Callable[[float], None]:
    """What hears the share of a pass that is done."""
    return lambda share: report(begin + (end - begin) * share, message)
