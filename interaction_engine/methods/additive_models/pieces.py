"""Curves and maps as they come out of a fit, made pure and put together to a model of terms."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from ...models.additive.terms import TermModel
from ...models.networks.mlp import TrainingRecord

if TYPE_CHECKING:
    from ...data.dataset import Dataset


@dataclass(frozen=True)
class Curve:
    """A piecewise polynomial of one feature.

    `coefficients` (fits, pieces, powers, outputs) around `origins` (pieces), pieces divided by `breaks`, which
    belong to the piece on their right. Fit 0 is the model, the others its bags.
    """

    feature: int
    breaks: np.ndarray
    origins: np.ndarray
    coefficients: np.ndarray

    @classmethod
    def steps(cls, feature: int, breaks: np.ndarray, values: np.ndarray) -> "Curve":
        """A curve that is constant on each piece: `values` (fits, pieces, outputs)."""
        return cls(feature, np.asarray(breaks, np.float64), np.zeros(len(breaks) + 1), values[:, :, None])

    def values(self, points: np.ndarray) -> np.ndarray:
        """Values at `points` (rows,): (fits, rows, outputs)."""
        piece = np.searchsorted(self.breaks, points, side="right")
        powers = (points - self.origins[piece])[:, None] ** np.arange(self.coefficients.shape[2])
        return np.einsum("nk,fnko->fno", powers, self.coefficients[:, piece])

    def plus(self, breaks: np.ndarray, values: np.ndarray) -> "Curve":
        """The sum of this curve and one constant on each piece."""
        merged = np.union1d(self.breaks, breaks)
        own, other = (
            np.concatenate([[0], np.searchsorted(some, merged, side="right")]) for some in (self.breaks, breaks)
        )
        coefficients = self.coefficients[:, own].copy()
        coefficients[:, :, 0] += values[:, other]
        return Curve(self.feature, merged, self.origins[own], coefficients)


@dataclass(frozen=True)
class Map:
    """A function of two features that is constant on each cell of a grid: `values` (fits, first, second, outputs)."""

    pair: tuple[int, int]
    first_cuts: np.ndarray
    second_cuts: np.ndarray
    values: np.ndarray

    def cells(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The cell of each row along either feature."""
        first, second = (rows[:, end] for end in self.pair)
        return (
            np.searchsorted(self.first_cuts, first, side="right"),
            np.searchsorted(self.second_cuts, second, side="right"),
        )


def purified(
    curves: Sequence[Curve], maps: Sequence[Map], intercept: np.ndarray, rows: np.ndarray
) -> tuple[list[Curve], list[Map], np.ndarray]:
    """Return the same function as purified terms.

    All that a map's features explain one by one is moved into their curves, and the means of the curves into the
    intercept (fits, outputs): over `rows` every map is orthogonal to all functions of one of its features, and
    every curve has mean zero (functional ANOVA under the empirical distribution).
    """
    result = {curve.feature: curve for curve in curves}
    pure = []
    for one in maps:
        first, second = _main_effects(one, rows)
        pure.append(replace(one, values=one.values - first[:, :, None] - second[:, None]))
        for feature, cuts, values in zip(one.pair, (one.first_cuts, one.second_cuts), (first, second), strict=True):
            before = result.get(feature) or Curve.steps(feature, cuts, np.zeros_like(values))
            result[feature] = before.plus(cuts, values)
    centred = []
    for feature in sorted(result):
        mean = result[feature].values(rows[:, feature]).mean(1)
        centred.append(result[feature].plus(np.empty(0), -mean[:, None]))
        intercept = intercept + mean
    return centred, pure, intercept


def term_model(
    data: "Dataset",
    curves: Sequence[Curve],
    maps: Sequence[Map],
    intercept: np.ndarray,
    name: str,
    interval: str,
    record: TrainingRecord,
) -> TermModel:
    """The model of these terms, each padded to the largest. `intercept` is (outputs,)."""
    outputs = len(intercept)
    powers = max((curve.coefficients.shape[2] for curve in curves), default=1)
    n_fits = max((len(one.coefficients) for one in curves), default=1)
    pieces = max((len(curve.origins) for curve in curves), default=1)
    sizes = [max((one.values.shape[axis] for one in maps), default=1) for axis in (1, 2)]
    coefficients = np.zeros((n_fits, len(curves), pieces, powers, outputs))
    values = np.zeros((n_fits, len(maps), *sizes, outputs))
    for place, curve in enumerate(curves):
        _, used, degree, _ = curve.coefficients.shape
        coefficients[:, place, :used, :degree] = curve.coefficients
    for place, one in enumerate(maps):
        values[:, place, : one.values.shape[1], : one.values.shape[2]] = one.values
    return TermModel(
        space=data.space, target=data.target, name=name, interval=interval, record=record,
        mains=tuple(curve.feature for curve in curves), pairs=tuple(one.pair for one in maps),
        intercept=torch.from_numpy(np.asarray(intercept, np.float64)),
        breaks=_padded([curve.breaks for curve in curves], pieces - 1, np.inf),
        origins=_padded([curve.origins for curve in curves], pieces, 0.0),
        curves=torch.from_numpy(coefficients[0].copy()), curve_bags=torch.from_numpy(coefficients[1:].copy()),
        first_cuts=_padded([one.first_cuts for one in maps], sizes[0] - 1, np.inf),
        second_cuts=_padded([one.second_cuts for one in maps], sizes[1] - 1, np.inf),
        maps=torch.from_numpy(values[0].copy()), map_bags=torch.from_numpy(values[1:].copy()),
    )  # fmt: skip


def _main_effects(one: Map, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the functions of either feature alone nearest to a map over `rows`.

    (fits, first, outputs) and (fits, second, outputs). Cells without rows weigh nothing; pieces without rows get
    nothing.
    """
    n_fits, n_first, n_second, n_outputs = one.values.shape
    weight = np.zeros((n_first, n_second))
    np.add.at(weight, one.cells(rows), 1.0)
    weight /= len(rows)
    normal = np.block([[np.diag(weight.sum(1)), weight], [weight.T, np.diag(weight.sum(0))]])
    weighted = one.values * weight[:, :, None]
    right = np.concatenate([weighted.sum(2), weighted.sum(1)], axis=1)  # fits, first + second, outputs
    flat = right.transpose(1, 0, 2).reshape(n_first + n_second, -1)
    solved = np.linalg.lstsq(normal, flat, rcond=1e-12)[0].reshape(-1, n_fits, n_outputs).transpose(1, 0, 2)
    return solved[:, :n_first], solved[:, n_first:]


def _padded(rows: list[np.ndarray], width: int, filling: float) -> torch.Tensor:
    padded = np.full((len(rows), width), filling)
    for place, row in enumerate(rows):
        padded[place, : len(row)] = row
    return torch.from_numpy(padded)
