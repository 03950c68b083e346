"""Group expected Hessian: pairs of a Bayesian network, averaged over regions of the data, with credible intervals."""

import time
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from ..data.dataset import Dataset
from ..numerics.compute import Compute
from ..results import GroupHessians
from ..types import Model, Report, silent
from .group_hessian_result import group_hessians_result
from .options import Seed, TopK, asked
from .permuted_targets import NullScores, Within, n_parts
from .posterior_study import PosteriorStudy

TITLE = "Group expected Hessian: pairs with credible intervals"
SOURCE = (
    "GEH paper (Learning Global Pairwise Interactions with Bayesian Neural Networks), section 4, equations 4 to 7; "
    "regions told in words, and their signed effects, beyond it"
)

PERMUTED_SHARE = 0.9
"""Of the progress, what trainings on permuted targets are told to be."""

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
        title="Permutations",
        description="Networks trained on shuffled targets, to see what chance makes. Each takes as long as a training.",
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


def group_expected_hessian(
    model: Model,
    data: Dataset,
    *,
    draws: Draws = 200,
    groups: Groups = 0,
    rows: Rows = 768,
    permutations: Permutations = 0,
    top_k: TopK = 20,
    most_features: MostFeatures = 100,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> GroupHessians:
    """How strongly pairs of features interact in the networks that a Bayesian network draws (GEH paper, section 4).

    Strength is the posterior mean of M-GEH over `groups` regions of the training rows, which k-means finds on the
    network's inputs: the mean size of the regions' mean Hessians, in the score's unit for a typical step of both
    features (see `typical_steps`; levels of a categorical feature as `FeatureBlocks` has it). Intervals are the mean
    and two posterior standard deviations, from 0 on; a pair is significant where they leave 0 out. `permutations`
    networks are trained on shuffled targets, for p- and q-values. Raises `InputError` for a model that is no Bayesian
    network, too few rows or features, and more regions than rows.
    """
    options, began = asked(locals()), time.perf_counter()
    study = PosteriorStudy(model, data, draws, groups, rows, most_features, seed, compute)
    null = _null(study, permutations, report)
    begin = PERMUTED_SHARE if permutations else 0.0
    measured = study.measured(study.model, lambda share: report(begin + (0.98 - begin) * share, "Taking derivatives"))
    facts = {"method": "group_expected_hessian", "title": TITLE, "source": SOURCE, "options": options}
    result = group_hessians_result(study, measured, null, top_k, began, **facts)
    report(1.0, "Finished")
    return result


def permuted_part(
    model: Model,
    data: Dataset,
    *,
    index: int,
    draws: int = 200,
    groups: int = 0,
    rows: int = 768,
    permutations: int = 0,
    top_k: int = 20,
    most_features: int = 100,
    seed: int = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> Mapping[str, Any]:
    """One part of the permutation test: `scores` (permutations, divisions, pairs) of a few permuted trainings."""
    study = PosteriorStudy(model, data, draws, groups, rows, most_features, seed, compute)
    return {"scores": study.permuted(index, permutations, report)}


def _null(study: PosteriorStudy, permutations: int, report: Report) -> NullScores | None:
    """The scores of all permuted trainings, which the surroundings may have had computed elsewhere."""
    if not permutations:
        return None
    count = n_parts(permutations)

    def compute_one(index: int) -> Mapping[str, Any]:
        begin, end = (PERMUTED_SHARE * place / count for place in (index, index + 1))
        return {"scores": study.permuted(index, permutations, Within(report, begin, end))}

    parts = report.parts(count, compute_one, "Training networks on permuted targets", end=PERMUTED_SHARE)
    return NullScores(np.concatenate([np.asarray(part["scores"], dtype=np.float64) for part in parts]))
