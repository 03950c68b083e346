"""The surface behind one pair: how two features move the prediction together, and what each does alone."""

import time
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
import torch
from pydantic import Field
from scipy.interpolate import RegularGridInterpolator

from ..data.dataset import Dataset
from ..errors import InputError
from ..numerics.compute import Compute
from ..results import PairEffect, Provenance
from ..types import Feature, Kind, Model, Report, silent
from ..version import VERSION
from .options import Background, Seed, asked

TITLE = "Effect surface of a pair"
SOURCE = "partial dependence and its interaction part (Friedman & Popescu 2008, section 8.1)"

TAILS = (0.01, 0.99)
"""Quantiles between which a numeric axis runs: outliers would squeeze all others into one cell."""

FeatureName = Annotated[str, Field(title="Feature")]


def pair_effect(
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
    options, began = asked(locals()), time.perf_counter()
    first, second = data.space.index(feature_1), data.space.index(feature_2)
    if first == second:
        raise InputError(f"`feature_1` and `feature_2` must differ; got `{feature_1}` twice.")
    model = model.to(compute.torch_device)
    axes = [_axis(data, index, cells) for index in (first, second)]
    rows = torch.from_numpy(data.background(background, seed))
    surface = _Averages(model, rows, compute)
    both = surface.over(
        [first, second],
        np.stack([mesh.ravel() for mesh in np.meshgrid(axes[0].values, axes[1].values, indexing="ij")], 1),
    )
    report(0.8, "Main effects")
    alone = [surface.over([index], axis.values[:, None]) for index, axis in zip((first, second), axes, strict=True)]
    average = float(surface.over([], np.empty((1, 0)))[0])
    total = both.reshape(len(axes[0].values), len(axes[1].values)) - average
    mains = [values - average for values in alone]
    interaction = total - mains[0][:, None] - mains[1][None, :]
    return PairEffect(
        provenance=Provenance(
            method="pair_effect",
            title=TITLE,
            options=options,
            seed=seed,
            data=data.name,
            model=model.name,
            rows=len(rows),
            evaluations=surface.evaluations,
            seconds=time.perf_counter() - began,
            device=str(model.device),
            version=VERSION,
            source=SOURCE,
        ),
        features=(feature_1, feature_2),
        kinds=tuple(axis.feature.kind.value for axis in axes),
        unit=model.target.unit(getattr(model, "class_index", None)),
        average=average,
        grid=_grid(axes, total, interaction, data.rows[:, [first, second]]),
        main_1=pd.DataFrame({"value": axes[0].labels, "effect": mains[0]}),
        main_2=pd.DataFrame({"value": axes[1].labels, "effect": mains[1]}),
        rows=_at_rows(axes, total, interaction, mains, _some_rows(data, shown, seed)[:, [first, second]]),
    )


@dataclass(frozen=True)
class _Axis:
    """The values of one feature along an axis: ascending table values, and how they are labelled."""

    feature: Feature
    values: np.ndarray

    @property
    def labels(self) -> list[str] | np.ndarray:
        if self.feature.kind is Kind.CATEGORICAL:
            return [self.feature.levels[int(value)] for value in self.values]
        return self.values

    def nearest(self, values: np.ndarray) -> np.ndarray:
        """The cell of each value."""
        return np.searchsorted((self.values[1:] + self.values[:-1]) / 2.0, values)

    def label(self, values: np.ndarray) -> np.ndarray:
        if self.feature.kind is Kind.CATEGORICAL:
            return np.array(self.feature.levels, dtype=object)[values.astype(int)]
        return values


def _axis(data: Dataset, index: int, cells: int) -> _Axis:
    feature, column = data.space.features[index], data.rows[:, index]
    distinct, counts = np.unique(column, return_counts=True)
    if feature.kind is Kind.CATEGORICAL:
        return _Axis(feature, np.sort(distinct[np.argsort(-counts, kind="stable")[:cells]]))
    if len(distinct) <= cells:
        return _Axis(feature, distinct)
    low, high = np.quantile(column, TAILS)
    if high <= low:
        low, high = distinct[0], distinct[-1]
    return _Axis(feature, np.linspace(low, high, cells))


class _Averages:
    """Average predictions over the background rows with some features set."""

    def __init__(self, model: Model, rows: torch.Tensor, compute: Compute) -> None:
        self.model, self.rows, self.evaluations = model, rows, 0
        self.batch = min(1 << 16, compute.rows_per_call(model.row_bytes + 16 * rows.shape[1]))

    def over(self, features: list[int], settings: np.ndarray) -> np.ndarray:
        """The average prediction under each of `settings` (settings, features)."""
        n_rows = len(self.rows)
        averages = []
        for part in torch.from_numpy(settings).split(max(1, self.batch // n_rows)):
            rows = self.rows.repeat(len(part), 1, 1)
            rows[:, :, features] = part[:, None, :]
            scores = self.model.scores(rows.flatten(0, 1)).double().mean(0)
            averages.append(scores.reshape(len(part), n_rows).mean(1).cpu().numpy())
            self.evaluations += len(part) * n_rows
        return np.concatenate(averages)


def _grid(axes: list[_Axis], total: np.ndarray, interaction: np.ndarray, rows: np.ndarray) -> pd.DataFrame:
    counts = np.zeros(total.shape, dtype=np.int64)
    inside = rows[_inside(axes, rows)]
    np.add.at(counts, (axes[0].nearest(inside[:, 0]), axes[1].nearest(inside[:, 1])), 1)
    at = np.indices(total.shape).reshape(2, -1)
    return pd.DataFrame(
        {
            "value_1": np.asarray(axes[0].labels)[at[0]],
            "value_2": np.asarray(axes[1].labels)[at[1]],
            "total": total.ravel(),
            "interaction": interaction.ravel(),
            "count": counts.ravel(),
        }
    )


def _inside(axes: list[_Axis], rows: np.ndarray) -> np.ndarray:
    """Rows that lie on both axes: within their range, or at one of their levels."""
    kept = np.ones(len(rows), dtype=bool)
    for position, axis in enumerate(axes):
        values = rows[:, position]
        if axis.feature.kind is Kind.CATEGORICAL:
            kept &= np.isin(values, axis.values)
        else:
            kept &= (values >= axis.values[0]) & (values <= axis.values[-1])
    return kept


def _some_rows(data: Dataset, shown: int, seed: int) -> np.ndarray:
    return data.rows[np.random.default_rng(seed).permutation(len(data.rows))[:shown]]


def _at_rows(
    axes: list[_Axis], total: np.ndarray, interaction: np.ndarray, mains: list[np.ndarray], rows: np.ndarray
) -> pd.DataFrame:
    """The parts at the values of data rows, interpolated between cells."""
    rows = rows[_inside(axes, rows)]
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


def _between(axes: list[_Axis], surface: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """A surface at `rows`: bilinear between its cells, the cell itself along an axis of one value."""
    for position, axis in enumerate(axes):
        if len(axis.values) == 1:
            surface = np.repeat(surface, 2, axis=position)
    grid = tuple(axis.values if len(axis.values) > 1 else axis.values[0] + np.array([0.0, 1.0]) for axis in axes)
    return RegularGridInterpolator(grid, surface)(rows)
