"""How much of a pair's strength rests on rows that look like data.

A mixed difference asks the model about rows that nobody has observed: two features at new values, the others as they
are. Where features depend on each other such rows may be unlike any data, and what the model says of them is a guess.
A classifier that has learnt to tell real rows from moved ones shows which they are: a density ratio estimated by
classification, judged on rows that the classifier has not seen.
"""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from ...core.types import FeatureSpace, Kind
from ...data.dataset import Dataset
from ...numerics.moves import Moves
from ...numerics.ranks import normal_scores

REJECTED = 0.05
"""Share of real rows, not seen by the classifier, that count as unlike the data: it sets the threshold."""

MOST_ROWS, FEWEST_ROWS = 3000, 200
"""Rows that are moved for one pair, and below which a classifier cannot tell the two kinds apart even where they
differ: no share is stated."""

RELATED = 8
"""Features beside the pair that the classifier sees: those that depend on the pair most."""

FOLDS = 2

Corner = tuple[int, int]


def support(
    data: Dataset,
    pairs: Int[np.ndarray, "pairs 2"],
    moved: Moves,
    rows: Float[Tensor, "rows features"],
    seed: int,
) -> Float[np.ndarray, " pairs"]:
    """Return, for each pair, the share of its moves that look like data.

    A mixed difference is no better than the worst of its corners: of b = a + noise, both features moved up together
    look like data, one moved up and the other down does not, and the difference needs both. So the share is taken for
    each kind of corner (each combination of low and high values; that of the row itself is left out), and the least
    one is returned.

    A corner looks like data when the probability of being real that a classifier gives it is at least that of all but
    REJECTED of the real rows. The classifier (boosted trees) is trained on the other half of the rows and their
    corners. Shares are relative to those of real rows: where moved rows cannot be told from real ones the share is 1.

    Args:
        data: The data set; its training rows give the ranks and the dependence between features.
        pairs: Positions of the two features of each pair.
        moved: How every feature was moved in `rows`.
        rows: Table values of the background rows, in random order; at most MOST_ROWS of them are used.
        seed: Of the choice of corners and folds.

    Returns:
        Shares between 0 and 1; NaN where there are fewer than FEWEST_ROWS rows.
    """
    if len(rows) < FEWEST_ROWS:
        return np.full(len(pairs), np.nan)
    real = rows[:MOST_ROWS].numpy()
    corners = torch.stack([moved.low[: len(real)], moved.high[: len(real)]]).numpy()
    view = _View(data, moved)
    rng = np.random.default_rng([seed, len(real)])
    fold = rng.permutation(len(real)) % FOLDS
    return np.array([_share(view, real, corners, (int(i), int(j)), moved, fold, rng) for i, j in pairs])


class _View:
    """What the classifier of a pair sees of a row.

    The values of the pair and of the features that depend on it most, and by how much each number of the pair
    deviates from what the others lead to expect.
    """

    def __init__(self, data: Dataset, moved: Moves) -> None:
        self.space = data.space
        known = data.rows[data.train_rows]
        self.sorted = np.sort(known, axis=0)
        self.frequencies = [
            np.bincount(known[:, at].astype(int), minlength=one.n_columns) if one.kind is Kind.CATEGORICAL else None
            for at, one in enumerate(data.space.features)
        ]
        self.plain = [shift is not None for shift in moved.shift]
        part = known[:: max(1, len(known) // MOST_ROWS)][:MOST_ROWS]
        self.scores = np.stack([self.score(at, part[:, at]) for at in range(len(data.space))], 1)
        self.related = _associations(data.space, part, self.scores)

    def score(self, index: int, values: np.ndarray) -> np.ndarray:
        """A number in standard deviations, or, where steps are taken along ranks, in normal scores.

        A level's rank by frequency.

        A number between two values of the training rows is taken as the nearer one: that a plain step leads between
        whole numbers shows a classifier what was moved, but not that the model was asked about anything unusual.
        """
        counts = self.frequencies[index]
        if counts is not None:
            return np.argsort(np.argsort(-counts, kind="stable"))[values.astype(int)].astype(np.float64)
        ordered = self.sorted[:, index]
        if self.plain[index]:
            feature = self.space.features[index]
            return (_nearest(ordered, values) - feature.mean) / feature.scale
        return normal_scores(ordered, values)

    def of(self, pair: Corner) -> "_PairView":
        """The view of one pair."""
        nearness = np.maximum(self.related[pair[0]], self.related[pair[1]])
        nearness[list(pair)] = -1.0
        others = np.argsort(-nearness, kind="stable")[: min(RELATED, len(self.space) - 2)]
        return _PairView(self, pair, [int(at) for at in others])


class _PairView:
    """The columns of one pair's classifier."""

    def __init__(self, view: _View, pair: Corner, others: list[int]) -> None:
        self.view, self.used = view, [*pair, *others]
        scores = view.scores[:, self.used]
        self.centre = scores.mean(0)
        moments = np.cov(scores.T) + 1e-6 * np.eye(len(self.used))
        inverse = np.linalg.inv(moments)
        # row i of the inverse covariance, divided by its diagonal, is minus the regression of feature i on the others
        numeric = [at for at in (0, 1) if view.frequencies[pair[at]] is None]
        self.residuals = (inverse[numeric] / np.diag(inverse)[numeric, None]).T

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        scores = np.stack([self.view.score(at, rows[:, at]) for at in self.used], 1)
        residuals = (scores - self.centre) @ self.residuals
        return np.concatenate([scores, residuals, np.abs(residuals)], 1)


def _share(
    view: _View,
    real: np.ndarray,
    corners: np.ndarray,
    pair: Corner,
    moved: Moves,
    fold: np.ndarray,
    rng: np.random.Generator,
) -> float:
    """The share of one pair: every real row against one of its corners, drawn at random."""
    kinds = [(a, b) for a in (0, 1) for b in (0, 1) if not _own(moved, pair, (a, b))]
    drawn = rng.permutation(np.arange(len(real)) % len(kinds))
    at, every = np.array(kinds)[drawn], np.arange(len(real))
    changed = real.copy()
    for position, feature in enumerate(pair):
        changed[:, feature] = corners[at[:, position], every, feature]
    columns = view.of(pair)
    probability = _real_probability(columns(real), columns(changed), fold)
    accepted, expected = np.empty(len(real), dtype=bool), np.empty(len(real))
    for one in range(FOLDS):
        inside = fold == one
        threshold = np.quantile(probability[0, inside], REJECTED)
        accepted[inside] = probability[1, inside] >= threshold
        expected[inside] = (probability[0, inside] >= threshold).mean()
    shares = np.bincount(drawn, accepted, len(kinds)) / np.bincount(drawn, expected, len(kinds))
    return float(np.clip(shares.min(), 0.0, 1.0))


def _nearest(ordered: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The nearest of some ascending numbers; values beyond their ends stay as they are."""
    above = np.clip(np.searchsorted(ordered, values), 1, len(ordered) - 1)
    low, high = ordered[above - 1], ordered[above]
    near = np.where(values - low <= high - values, low, high)
    return np.where((values < ordered[0]) | (values > ordered[-1]), values, near)


def _own(moved: Moves, pair: Corner, corner: Corner) -> bool:
    """Whether a corner is the row itself."""
    return all(at == 0 and bool(moved.still[feature]) for at, feature in zip(corner, pair, strict=True))


def _real_probability(real: np.ndarray, changed: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Out-of-fold probabilities of being real, (real or changed, rows). A row and its corner are in the same fold."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    probability = np.empty((2, len(real)))
    for one in range(FOLDS):
        inside = fold == one
        trees = HistGradientBoostingClassifier(max_iter=40, learning_rate=0.15, max_leaf_nodes=12, random_state=0)
        labels = np.repeat([1, 0], int((~inside).sum()))
        trees.fit(np.concatenate([real[~inside], changed[~inside]]), labels)
        for place, columns in enumerate((real, changed)):
            probability[place, inside] = trees.predict_proba(columns[inside])[:, 1]
    return probability


def _associations(space: FeatureSpace, rows: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return how strongly each feature is related to each other one, (features, features).

    It is the largest correlation between a score or its square of the one, or one of its frequent levels, and those
    of the other.
    """
    columns, owner = [], []
    for index, feature in enumerate(space.features):
        if feature.kind is Kind.CATEGORICAL:
            levels, counts = np.unique(rows[:, index], return_counts=True)
            frequent = levels[np.argsort(-counts, kind="stable")][:4]
            mine = (rows[:, index, None] == frequent).astype(np.float64)
        else:
            mine = np.stack([scores[:, index], scores[:, index] ** 2], 1)
        columns.append(mine)
        owner += [index] * mine.shape[1]
    joined = np.concatenate(columns, 1)
    joined -= joined.mean(0)
    lengths = np.linalg.norm(joined, axis=0)
    joined /= np.where(lengths > 0, lengths, 1.0)
    correlations = np.abs(joined.T @ joined)
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    return np.maximum.reduceat(np.maximum.reduceat(correlations, starts, axis=0), starts, axis=1)
