"""The surfaces behind three features: what two of them do together at several values of the third."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from ...core.common_options import Background, Seed
from ...core.compute import Compute
from ...core.errors import InputError
from ...core.run_context import RunContext, in_context
from ...core.types import Kind, Model, Report, silent
from ...data.dataset import Dataset
from .registration import TRIPLE_EFFECT
from .result import TripleEffect
from .surfaces import Averages, Axis, FeatureName, axis_of, counts

SLICED = (0.1, 0.9)
"""Quantiles of the third feature between which its values lie: far apart, yet among the data."""


@in_context(TRIPLE_EFFECT)
def triple_effect(
    run: RunContext,
    model: Model,
    data: Dataset,
    *,
    feature_1: FeatureName,
    feature_2: FeatureName,
    feature_3: Annotated[str, Field(title="Third feature", description="The one that is held at several values.")],
    slices: Annotated[
        int, Field(ge=2, le=6, title="Slices", description="At most this many values of the third feature.")
    ] = 3,
    cells: Annotated[
        int, Field(ge=2, le=100, title="Cells", description="At most this many values along each axis.")
    ] = 15,
    background: Background = 200,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> TripleEffect:
    """The average prediction over a grid of two features' values at several values of a third, and its joint part.

    With F_123(u, v, w) the average over the background rows of the prediction with all three features set, and F_0 with
    none: total = F_123 - F_0, interaction = F_123 - F_13 - F_23 + F_3, which is zero in every slice for a model
    additive in the first two, and the same in every slice for one in which the third does not change how they act
    together. A numeric third feature is held at values of the data at evenly spaced quantiles from 0.1 to 0.9, a
    categorical one at its most frequent levels. In the score's unit; of an ensemble the members' mean. Raises
    `InputError` for an unknown feature or the same one twice.
    """
    names = (feature_1, feature_2, feature_3)
    first, second, third = places = [data.space.index(name) for name in names]
    if len(set(places)) < 3:
        raise InputError(f"Three different features are needed; got {', '.join(f'`{name}`' for name in names)}.")
    axes = [axis_of(data, first, cells), axis_of(data, second, cells), _slices(data, third, slices)]
    averages = Averages(model, data, background, seed, compute)
    joint = averages.over(places, axes)
    report(0.9, "Separate effects")
    average = float(averages.over([], []))
    alone_1 = averages.over([first, third], [axes[0], axes[2]])
    alone_2 = averages.over([second, third], [axes[1], axes[2]])
    interaction = joint - alone_1[:, None] - alone_2[None] + averages.over([third], [axes[2]])
    return TripleEffect(
        provenance=averages.provenance(run),
        features=names,
        kinds=(axes[0].feature.kind.value, axes[1].feature.kind.value, axes[2].feature.kind.value),
        unit=averages.unit,
        average=average,
        grid=_grid(axes, joint - average, interaction, data.rows[:, places]),
    )


def _slices(data: Dataset, index: int, n_slices: int) -> Axis:
    """The values at which the third feature is held, ascending; every one of them occurs in the data."""
    axis, column = axis_of(data, index, n_slices), data.rows[:, index]
    distinct = np.unique(column)
    if axis.feature.kind is Kind.CATEGORICAL or len(distinct) <= n_slices:
        return axis
    parts = np.linspace(*SLICED, n_slices)
    values = np.unique(np.quantile(column, parts, method="inverted_cdf"))
    if len(values) == 1:  # nearly all rows have the same value: the others are what there is to compare it with
        values = np.unique(np.quantile(distinct, parts, method="inverted_cdf"))
    return Axis(axis.feature, values)


def _grid(axes: Sequence[Axis], total: np.ndarray, interaction: np.ndarray, rows: np.ndarray) -> pd.DataFrame:
    at = np.indices(total.shape).reshape(3, -1)
    third = axes[2]
    nearest = rows.copy()
    if third.feature.kind is not Kind.CATEGORICAL:  # a row counts in the slice that is nearest to it, however far
        nearest[:, 2] = third.values[third.nearest(rows[:, 2])]
    grid = pd.DataFrame(
        {
            "slice": at[2],
            "value_3": third.labels[at[2]],
            "value_1": axes[0].labels[at[0]],
            "value_2": axes[1].labels[at[1]],
            "total": total.ravel(),
            "interaction": interaction.ravel(),
            "count": counts(axes, nearest).ravel(),
        }
    )
    return grid.sort_values("slice", kind="stable", ignore_index=True)
