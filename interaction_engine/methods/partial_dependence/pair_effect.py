"""The surface behind one pair: how two features move the prediction together, and what each does alone."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field
from scipy.interpolate import RegularGridInterpolator

from ...core.common_options import Background, Seed
from ...core.compute import Compute
from ...core.errors import InputError
from ...core.run_context import RunContext, in_context
from ...core.types import Model, Report, silent
from ...data.dataset import Dataset
from .registration import PAIR_EFFECT
from .result import PairEffect
from .surfaces import Averages, Axis, FeatureName, axis_of, counts


@in_context(PAIR_EFFECT)
def pair_effect(
    run: RunContext,
    model: Model,
    data: Dataset,
    *,
    feature_1: FeatureName,
    feature_2: FeatureName,
    cells: Annotated[
        int, Field(ge=2, le=100, title="Cells", description="At most this many values along each axis.")
    ] = 25,
    background: Background = 200,
    shown: Annotated[int, Field(ge=1, title="Rows shown", description="Data rows in the dependence plot.")] = 600,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> PairEffect:
    """The average prediction over a grid of two features' values, and its parts (partial dependence).

    With F_12(u, v) the average over the background rows of the prediction with both features set, F_1 and F_2 with one
    set and F_0 with none: total = F_12 - F_0, main effects F_1 - F_0 and F_2 - F_0, interaction = F_12 - F_1 - F_2 +
    F_0, which is zero everywhere for a model additive in the two. In the score's unit; of an ensemble the members'
    mean. Raises `InputError` for an unknown feature or the same one twice.
    """
    first, second = data.space.index(feature_1), data.space.index(feature_2)
    if first == second:
        raise InputError(f"`feature_1` and `feature_2` must differ; got `{feature_1}` twice.")
    places = [first, second]
    axes = [axis_of(data, index, cells) for index in places]
    averages = Averages(model, data, background, seed, compute)
    both = averages.over(places, axes)
    report(0.8, "Main effects")
    average = float(averages.over([], []))
    total = both - average
    mains = [averages.over([index], [axis]) - average for index, axis in zip(places, axes, strict=True)]
    interaction = total - mains[0][:, None] - mains[1][None, :]
    return PairEffect(
        provenance=averages.provenance(run),
        features=(feature_1, feature_2),
        kinds=tuple(axis.feature.kind.value for axis in axes),
        unit=averages.unit,
        average=average,
        grid=_grid(axes, total, interaction, data.rows[:, places]),
        main_1=pd.DataFrame({"value": axes[0].labels, "effect": mains[0]}),
        main_2=pd.DataFrame({"value": axes[1].labels, "effect": mains[1]}),
        rows=_at_rows(axes, total, interaction, mains, _some_rows(data, shown, seed)[:, places]),
    )


def _grid(axes: Sequence[Axis], total: np.ndarray, interaction: np.ndarray, rows: np.ndarray) -> pd.DataFrame:
    at = np.indices(total.shape).reshape(2, -1)
    return pd.DataFrame(
        {
            "value_1": axes[0].labels[at[0]],
            "value_2": axes[1].labels[at[1]],
            "total": total.ravel(),
            "interaction": interaction.ravel(),
            "count": counts(axes, rows).ravel(),
        }
    )


def _some_rows(data: Dataset, shown: int, seed: int) -> np.ndarray:
    return data.rows[np.random.default_rng(seed).permutation(len(data.rows))[:shown]]


def _at_rows(
    axes: Sequence[Axis], total: np.ndarray, interaction: np.ndarray, mains: list[np.ndarray], rows: np.ndarray
) -> pd.DataFrame:
    """The parts at the values of data rows, interpolated between cells."""
    rows = rows[np.all([axis.holds(rows[:, at]) for at, axis in enumerate(axes)], axis=0)]
    return pd.DataFrame(
        {
            "value_1": axes[0].label(rows[:, 0]),
            "value_2": axes[1].label(rows[:, 1]),
            "total": _between(axes, total, rows),
            "interaction": _between(axes, interaction, rows),
            "main_1": np.interp(rows[:, 0], axes[0].values, mains[0]),
            "main_2": np.interp(rows[:, 1], axes[1].values, mains[1]),
        }
    )


def _between(axes: Sequence[Axis], surface: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """A surface at `rows`: bilinear between its cells, the cell itself along an axis of one value."""
    for position, axis in enumerate(axes):
        if len(axis.values) == 1:
            surface = np.repeat(surface, 2, axis=position)
    grid = tuple(axis.values if len(axis.values) > 1 else axis.values[0] + np.array([0.0, 1.0]) for axis in axes)
    return RegularGridInterpolator(grid, surface)(rows)
