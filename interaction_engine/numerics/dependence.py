"""How much freedom the data leave to each feature once all others are known: for moves that keep to the data.

Each feature is regressed on all others, out of fold: ridge regression on a few columns per feature (linear splines of a
number, the levels of a category). All regressions of a fold share one inverse: leaving a feature's own columns out is
a block of that inverse (the partitioned inverse), so p regressions cost little more than one.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.spatial import KDTree

from ..core.types import FeatureSpace, Kind
from .ranks import normal_scores

FIT_ROWS = 4000
"""Rows from which dependence is learnt: a residual spread is then known to about 1 %."""

FOLDS = 4

COLUMNS, MOST_COLUMNS, ROWS_PER_COLUMN = 1500, 16, 5
"""Columns of all features together, whose inverse takes a fraction of a second, and of one feature at most; each needs
a few rows to be estimated."""

KNOTS = (-1.0, 0.0, 1.0)
"""Where the linear splines of a number bend, in standard deviations or normal scores."""

RIDGE, CROWDED = 1e-3, 0.1
"""Relative to columns of variance 1: small enough to show that a feature is a hundredth free. As many columns as rows
need CROWDED, or they would fit their own noise; in between it grows with the square of columns per row."""

FARTHEST = 4.0
"""Standardised values beyond are taken as this in regressions: one outlier does not decide them."""

NEIGHBOURS = 20
"""Rows alike in the other features, of which one gives its value in a swap."""

MATCHED_DIMENSIONS = 4
"""Leading directions of the fitted values in which rows are compared; more make neighbours distant."""

INSEPARABLE = 0.1
"""Conditional spread, as a share of the marginal one, below which the data never separate a feature from others."""

BOOSTED_FEATURES, BOOSTED_ROWS = 12, 2000
"""Up to so many features, a boosted forest looks for dependence that no sum of curves has, on so many rows."""

PARTNERS, SCREENED = 3, 24
"""Features that may determine another together, and the most correlated ones among which they are looked for."""


@dataclass(frozen=True)
class Dependence:
    """What the other features say about each one.

    `spread` is the standard deviation that is left of a feature given all others, as a share of its own: 1 is
    independent, 0 determined. `groups` are the sets of features that the data never separate. `matched` holds, for each
    swapped feature, the reference row whose value every row takes: one of those alike in all other features.
    """

    spread: Float[np.ndarray, " features"]
    groups: tuple[tuple[int, ...], ...]
    matched: dict[int, Int[np.ndarray, " rows"]]


def dependence(
    space: FeatureSpace,
    rows: Float[np.ndarray, "rows features"],
    reference: Float[np.ndarray, "reference features"],
    ranked: Bool[np.ndarray, " features"],
    swapped: Bool[np.ndarray, " features"],
    seed: int,
) -> Dependence:
    """Learn from `reference` rows how far each feature is determined by the others.

    Args:
        space: The features.
        rows: Table values of the rows that are going to be moved.
        reference: Table values of the training rows.
        ranked: Numeric features measured by normal scores; the others are standardised.
        swapped: Features for which rows alike in the others are wanted.
        seed: Which reference rows are used when there are more than FIT_ROWS, and which of the alike rows is taken.
    """
    rng = np.random.default_rng([seed, len(reference)])
    kept = rng.permutation(len(reference))[:FIT_ROWS]
    fit = _Regressions(space, reference, kept, ranked, rng)
    spread = fit.spread()
    stepped = np.flatnonzero(~swapped)
    if 2 <= len(space) <= BOOSTED_FEATURES:
        spread[stepped] = np.minimum(spread[stepped], _boosted_spread(space, fit, stepped))
    matched = {int(one): kept[fit.alike(int(one), rows, rng)] for one in np.flatnonzero(swapped)}
    return Dependence(spread=spread, groups=fit.groups(spread), matched=matched)


class _Columns:
    """The columns that a regression sees of each feature, standardised.

    For a number its `coordinate` first, then its splines; one per level for categories and for numbers of few
    values. `blocks` are the places of each feature's.
    """

    def __init__(self, space: FeatureSpace, rows: np.ndarray, reference: np.ndarray, ranked: np.ndarray) -> None:
        self.space, self.ranked = space, ranked
        self.sorted = np.sort(reference, axis=0)
        affordable = min(COLUMNS, len(rows) // ROWS_PER_COLUMN)
        most = int(np.clip(affordable // len(space), 1, MOST_COLUMNS))
        self.levels: list[np.ndarray | None] = []
        for index, feature in enumerate(space.features):
            values, counts = np.unique(rows[:, index], return_counts=True)
            listed = feature.kind is Kind.CATEGORICAL or len(values) <= most
            self.levels.append(values[np.argsort(-counts, kind="stable")][:most] if listed else None)
        self.knots = KNOTS[: most - 1]
        raw = self._raw(rows)
        ends = np.cumsum([part.shape[1] for part in raw])
        self.blocks = [slice(int(end) - part.shape[1], int(end)) for part, end in zip(raw, ends, strict=True)]
        joined = np.concatenate(raw, 1)
        self.means, scales = joined.mean(0), joined.std(0)
        self.scales = np.where(scales > 1e-12, scales, np.inf)  # a constant column says nothing

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        return (np.concatenate(self._raw(rows), 1) - self.means) / self.scales

    def coordinate(self, index: int, values: np.ndarray) -> np.ndarray:
        """A number as it is measured: in standard deviations or in normal scores."""
        if self.ranked[index]:
            return normal_scores(self.sorted[:, index], values)
        feature = self.space.features[index]
        return np.clip((values - feature.mean) / feature.scale, -FARTHEST, FARTHEST)

    def _raw(self, rows: np.ndarray) -> list[np.ndarray]:
        parts = []
        for index, levels in enumerate(self.levels):
            values = rows[:, index]
            if levels is not None:
                parts.append((values[:, None] == levels).astype(np.float64))
            else:
                at = self.coordinate(index, values)
                parts.append(np.stack([at, *(np.maximum(at - knot, 0.0) for knot in self.knots)], 1))
        return parts


class _Regressions:
    """Every feature's columns regressed on all other features' columns, one model per fold of the kept rows."""

    def __init__(
        self,
        space: FeatureSpace,
        reference: np.ndarray,
        kept: np.ndarray,
        ranked: np.ndarray,
        rng: np.random.Generator,
    ) -> None:
        self.rows = reference[kept]
        self.columns = _Columns(space, self.rows, reference, ranked)
        self.design = self.columns(self.rows)
        self.fold = rng.permutation(len(kept)) % min(FOLDS, len(kept))
        self.moments = self.design.T @ self.design / len(kept)
        self._inverses = []
        for one in np.unique(self.fold):
            part = self.design[self.fold == one]
            n_rest = len(kept) - len(part)
            rest = (len(kept) * self.moments - part.T @ part) / max(1, n_rest)
            ridge = RIDGE + CROWDED * (len(rest) / max(1, n_rest)) ** 2
            self._inverses.append((rest, np.linalg.inv(rest + ridge * np.eye(len(rest)))))

    def coefficients(self, index: int) -> list[np.ndarray]:
        """Of one feature's columns on all others, (columns, own columns) per fold; zero at its own."""
        own, result = self.columns.blocks[index], []
        for moments, inverse in self._inverses:
            target = moments[:, own].copy()
            target[own] = 0.0
            solved = inverse @ target
            result.append(solved - inverse[:, own] @ np.linalg.solve(inverse[own, own], solved[own]))
        return result

    def fitted(self, index: int) -> np.ndarray:
        """Out-of-fold values of one feature's columns at the kept rows."""
        own = self.columns.blocks[index]
        fitted = np.empty((len(self.design), own.stop - own.start))
        for one, coefficients in enumerate(self.coefficients(index)):
            fitted[self.fold == one] = self.design[self.fold == one] @ coefficients
        return fitted

    def spread(self) -> np.ndarray:
        """Share of each feature's standard deviation that is left; of a category, of all its levels together."""
        left = np.ones(len(self.columns.blocks))
        for index, own in enumerate(self.columns.blocks):
            weights = self._weights(index)
            if weights.sum() > 0:
                off = self.design[:, own] - self.fitted(index)
                left[index] = np.sqrt((off**2).mean(0) @ weights / weights.sum())
        return np.clip(left, 0.0, 1.0)

    def _weights(self, index: int) -> np.ndarray:
        """Return how much each column counts in a feature's spread.

        Of a number its coordinate alone, of a category every level by its variance.
        """
        scales = self.columns.scales[self.columns.blocks[index]]
        weights = np.where(np.isfinite(scales), scales, 0.0) ** 2
        if self.columns.levels[index] is None:
            weights[1:] = 0.0
        return weights

    def alike(self, index: int, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """For each row a kept row whose other features say nearly the same about this one."""
        known = self.fitted(index)
        centre = known.mean(0)
        directions = np.linalg.svd(known - centre, full_matrices=False)[2][:MATCHED_DIMENSIONS].T
        known = (known - centre) @ directions
        average = np.mean(self.coefficients(index), axis=0) @ directions
        moved = np.concatenate([self.columns(part) @ average for part in _parts(rows)]) - centre @ directions
        jitter = 1e-6 * max(float(known.std()), 1e-12)  # rows that are exactly alike are taken at random
        known = known + jitter * rng.standard_normal(known.shape)
        count = min(NEIGHBOURS, len(known))
        near = KDTree(known).query(moved + jitter * rng.standard_normal(moved.shape), k=count)[1].reshape(-1, count)
        return near[np.arange(len(rows)), rng.integers(count, size=len(rows))]

    def groups(self, spread: np.ndarray) -> tuple[tuple[int, ...], ...]:
        """Sets of features that the data never separate: each such feature with those that determine it."""
        label = np.arange(len(spread))
        for index in np.flatnonzero(spread < INSEPARABLE):
            for partner in self._determined_by(int(index)):
                label[label == label[partner]] = label[index]
        sets = (np.flatnonzero(label == one) for one in np.unique(label))
        return tuple(sorted(tuple(int(at) for at in members) for members in sets if len(members) > 1))

    def _determined_by(self, index: int) -> list[int]:
        """The fewest features found, one after the other, that leave less than INSEPARABLE of this one's spread."""
        blocks, own = self.columns.blocks, self.columns.blocks[index]
        related = np.array([np.abs(self.moments[block, own]).max() for block in blocks])
        related[index] = -1.0
        screened = np.argsort(-related, kind="stable")[: min(SCREENED, len(blocks) - 1)]
        chosen: list[int] = []
        for _ in range(PARTNERS):
            left = {int(at): self._left(index, [*chosen, int(at)]) for at in screened if at not in chosen}
            if not left:
                break
            chosen.append(min(left, key=lambda at: left[at]))
            if left[chosen[-1]] < INSEPARABLE:
                return chosen
        return []

    def _left(self, index: int, others: list[int]) -> float:
        """Share of a feature's spread that is left given some others."""
        own, weights = self.columns.blocks[index], self._weights(index)
        blocks = [self.columns.blocks[at] for at in others]
        places = np.concatenate([np.arange(block.start, block.stop) for block in blocks])
        cross = self.moments[places, own]
        inner = self.moments[np.ix_(places, places)] + RIDGE * np.eye(len(places))
        explained = (cross * np.linalg.solve(inner, cross)).sum(0) @ weights
        return float(np.sqrt(max(0.0, 1.0 - explained / weights.sum()))) if weights.sum() > 0 else 1.0


def _parts(rows: np.ndarray) -> list[np.ndarray]:
    return np.array_split(rows, max(1, -(-len(rows) // FIT_ROWS)))


def _boosted_spread(space: FeatureSpace, fit: _Regressions, stepped: np.ndarray) -> np.ndarray:
    """The residual spread of stepped features by boosted trees, which see products of others too; out of fold."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    rows = fit.rows[:BOOSTED_ROWS]
    half, left = np.arange(len(rows)) % 2, np.ones(len(stepped))
    if len(rows) < 200:  # trees of at least 20 rows a leaf find nothing here
        return left
    for place, index in enumerate(stepped):
        target, others = fit.columns.coordinate(int(index), rows[:, index]), np.delete(rows, index, axis=1)
        if target.std() == 0:
            continue
        off = np.empty(len(rows))
        for one in (0, 1):
            trees = HistGradientBoostingRegressor(max_iter=40, learning_rate=0.2, max_leaf_nodes=15, random_state=0)
            trees.fit(others[half != one], target[half != one])
            off[half == one] = target[half == one] - trees.predict(others[half == one])
        left[place] = min(1.0, float(np.sqrt((off**2).mean()) / target.std()))
    return left
