"""What effect surfaces are made of: the values of a feature along an axis, and average predictions over them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from pydantic import Field

from ...core.compute import Compute
from ...core.result import Provenance
from ...core.run_context import RunContext
from ...core.types import Feature, Kind, Model
from ...data.dataset import Dataset

TAILS = (0.01, 0.99)
"""Quantiles between which a numeric axis runs: outliers would squeeze all others into one cell."""

FeatureName = Annotated[str, Field(title="Feature")]


@dataclass(frozen=True)
class Axis:
    """The values of one feature along an axis: ascending table values, and how they are labelled."""

    feature: Feature
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    @property
    def labels(self) -> np.ndarray:
        """The values of the axis in words."""
        return self.label(self.values)

    def label(self, values: np.ndarray) -> np.ndarray:
        """Return values of the feature in words."""
        if self.feature.kind is Kind.CATEGORICAL:
            return np.array(self.feature.levels, dtype=object)[values.astype(int)]
        return values

    def nearest(self, values: np.ndarray) -> np.ndarray:
        """The cell of each value."""
        return np.searchsorted((self.values[1:] + self.values[:-1]) / 2.0, values)

    def holds(self, values: np.ndarray) -> np.ndarray:
        """Which values lie on the axis: within its range, or at one of its levels."""
        if self.feature.kind is Kind.CATEGORICAL:
            return np.isin(values, self.values)
        return (values >= self.values[0]) & (values <= self.values[-1])


def axis_of(data: Dataset, index: int, cells: int) -> Axis:
    """An axis of at most `cells` values: every value where they are few, else evenly spaced between TAILS.

    Of levels the most frequent ones.
    """
    feature, column = data.space.features[index], data.rows[:, index]
    distinct, counts = np.unique(column, return_counts=True)
    if feature.kind is Kind.CATEGORICAL:
        return Axis(feature, np.sort(distinct[np.argsort(-counts, kind="stable")[:cells]]))
    if len(distinct) <= cells:
        return Axis(feature, distinct)
    low, high = np.quantile(column, TAILS)
    if high <= low:
        low, high = distinct[0], distinct[-1]
    return Axis(feature, np.linspace(low, high, cells))


class Averages:
    """Average predictions over the background rows with some features set; of an ensemble the members' mean.

    `evaluations` counts the scores asked of the model.
    """

    def __init__(self, model: Model, data: Dataset, background: int, seed: int, compute: Compute) -> None:
        self.model, self.data, self.seed = model.to(compute.torch_device), data, seed
        self.rows = torch.from_numpy(data.background(background, seed))
        self.evaluations = 0
        self.batch = min(1 << 16, compute.rows_per_call(model.row_bytes + 16 * self.rows.shape[1]))

    @property
    def unit(self) -> str:
        """What the averages are measured in."""
        return self.model.unit

    def over(self, features: Sequence[int], axes: Sequence[Axis]) -> np.ndarray:
        """The average prediction at every combination of the axes' values, an array dimension per axis."""
        mesh = np.meshgrid(*(axis.values for axis in axes), indexing="ij")
        settings = np.stack([values.ravel() for values in mesh], 1) if axes else np.empty((1, 0))
        return self._at(list(features), settings).reshape([len(axis) for axis in axes])

    def provenance(self, run: RunContext) -> Provenance:
        """Return how a surface of these averages came about."""
        return run.provenance(
            model=self.model.name,
            device=str(self.model.device),
            rows=len(self.rows),
            evaluations=self.evaluations,
        )

    def _at(self, features: list[int], settings: np.ndarray) -> np.ndarray:
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


def counts(axes: Sequence[Axis], rows: np.ndarray) -> np.ndarray:
    """The `rows` (rows, axes) nearest to each combination of the axes' values; rows off the axes count nowhere."""
    result = np.zeros([len(axis) for axis in axes], dtype=np.int64)
    inside = rows[np.all([axis.holds(rows[:, at]) for at, axis in enumerate(axes)], axis=0)]
    np.add.at(result, tuple(axis.nearest(inside[:, at]) for at, axis in enumerate(axes)), 1)
    return result
