"""Regions of the rows in which Hessians are averaged: found by k-means, told in the user's features."""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float, Float64, Int

from ...core.types import Feature, FeatureSpace, Kind

MOST_TRIED = 20
"""Numbers of regions among which one is chosen; of the papers' tables the largest choice was 15."""

STARTS = 4
"""Random starts of k-means, of which the best is kept."""

FARTHEST = 3.0
"""Standard deviations beyond which k-means sees no difference: a few far rows would be regions of their own."""

SETTLED = 0.05
"""Share of the largest change below which the ranking hardly changes any more."""

DEPTH = 3
"""Conditions in a region's description, at most: what can be read at a glance."""

LEAST_GAIN = 1e-6
"""Of a further condition: less is rounding."""

MOSTLY = 0.8
"""Share of a region's rows, and of the rows described, that must agree for a description without "mostly"."""

Division = Int[np.ndarray, " rows"]


def divisions(encoded: Float[np.ndarray, "rows columns"], groups: int, seed: int) -> tuple[list[int], list[Division]]:
    """Numbers of regions to try, ascending, with each row's region.

    `groups` (0: none) is among them, and the number before it. As few as there are distinct rows.
    """
    tried = sorted({*range(1, min(MOST_TRIED, len(encoded)) + 1), *((groups - 1, groups) if groups > 1 else ())})
    distinct, places = np.unique(encoded, axis=0, return_inverse=True)
    made, labels = [], []
    for count in tried:
        if count <= len(distinct) or count == groups:
            made.append(count)
            labels.append(_labels(encoded, places.ravel(), len(distinct), count, seed))
    return made, labels


def _labels(encoded: np.ndarray, places: np.ndarray, n_distinct: int, count: int, seed: int) -> Division:
    """Regions by k-means, the largest first; the distinct rows themselves where they are no more than asked for."""
    from sklearn.cluster import KMeans

    if count == 1:
        return np.zeros(len(encoded), dtype=np.int64)
    if count >= n_distinct:
        return places.astype(np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer clusters than asked for is no harm: they are counted below
        result = KMeans(count, n_init=STARTS, random_state=seed).fit_predict(encoded.clip(-FARTHEST, FARTHEST))  # type: ignore[arg-type]
    _, ranks = np.unique(result, return_inverse=True)
    order = np.argsort(-np.bincount(ranks), kind="stable")
    return np.argsort(order, kind="stable")[ranks].astype(np.int64)


def changes(strengths: Float64[np.ndarray, "divisions pairs"]) -> Float64[np.ndarray, " steps"]:
    """Return how much the ranking changes from each division to the next (GEH paper, equation 7).

    Over the pairs, the sum of (w_M - w_M-1)^2 (rank_M - rank_M-1)^2 with strengths w that sum to 1.
    """
    totals = strengths.sum(1, keepdims=True)
    shares = strengths / np.where(totals > 0, totals, 1.0)
    ranks = np.argsort(np.argsort(-shares, axis=1, kind="stable"), axis=1, kind="stable")
    return (np.diff(shares, axis=0) ** 2 * np.diff(ranks, axis=0).astype(np.float64) ** 2).sum(1)


def settled(
    tried: Sequence[int],
    delta: Float64[np.ndarray, " steps"],
    strengths: Float64[np.ndarray, "divisions pairs"],
) -> int:
    """Return the smallest number of regions after which the ranking stays as it is.

    A small share of the largest change is allowed; where the ranking never changes, as that of one pair, the
    strengths decide.
    """
    if not len(delta):
        return tried[0]
    if delta.max() > 0:
        moved = np.flatnonzero(delta > SETTLED * delta.max())
    else:
        totals = strengths.sum(1)
        moved = np.flatnonzero(np.abs(np.diff(totals)) > SETTLED * max(float(totals.max()), np.finfo(float).tiny))
    return tried[int(moved[-1]) + 1] if len(moved) else tried[0]


def regions_table(space: FeatureSpace, rows: Float64[np.ndarray, "rows features"], labels: Division) -> pd.DataFrame:
    """Each region with its rows, its share of all, and what is true of its rows."""
    counts = np.bincount(labels)
    described = [_description(space, rows, labels == region) for region in range(len(counts))]
    return pd.DataFrame(
        {
            "region": np.arange(1, len(counts) + 1),
            "rows": counts,
            "share": counts / len(labels),
            "description": described,
        }
    )


def _description(space: FeatureSpace, rows: Float64[np.ndarray, "rows features"], inside: np.ndarray) -> str:
    """A few conditions that single out the rows `inside`: those of the node of a small tree that fits them best."""
    from sklearn.tree import DecisionTreeClassifier

    if inside.all():
        return "all rows"
    inputs, columns = _columns(space, rows)
    grown = DecisionTreeClassifier(
        max_depth=DEPTH, class_weight="balanced", min_impurity_decrease=LEAST_GAIN, random_state=0
    )
    tree = grown.fit(inputs, inside)
    reached = tree.decision_path(inputs).toarray().astype(bool)
    fits = [_agreement(reached[:, node], inside) for node in range(reached.shape[1])]
    node = int(np.argmax([2 * recall * precision / max(recall + precision, 1e-9) for recall, precision in fits]))
    example = inputs[np.flatnonzero(reached[:, node])[0]]
    path = tree.decision_path(example[None]).indices
    bounds: dict[int, list[float]] = {}
    for before in path[: list(path).index(node)]:
        column, threshold = int(tree.tree_.feature[before]), float(tree.tree_.threshold[before])
        low, high = bounds.setdefault(column, [-np.inf, np.inf])
        below = example[column] <= threshold
        bounds[column] = [low, min(high, threshold)] if below else [max(low, threshold), high]
    sentence = ", ".join(_condition(*columns[column], inputs[:, column], *ends) for column, ends in bounds.items())
    return sentence if min(fits[node]) >= MOSTLY else f"mostly {sentence}"


def _agreement(here: np.ndarray, inside: np.ndarray) -> tuple[float, float]:
    """Which share of the rows inside is here, and which share of those here inside."""
    both = float((here & inside).sum())
    return both / float(inside.sum()), both / float(here.sum())


def _columns(
    space: FeatureSpace, rows: Float64[np.ndarray, "rows features"]
) -> tuple[Float64[np.ndarray, "rows columns"], list[tuple[Feature, str]]]:
    """What a tree divides by: numbers as the user wrote them, and whether a level is there.

    With the feature and the level of each.
    """
    values, columns = [], []
    for place, feature in enumerate(space.features):
        if feature.kind is not Kind.CATEGORICAL:
            values.append(rows[:, place])
            columns.append((feature, ""))
            continue
        seen = np.unique(rows[:, place]).astype(int)
        values.extend((rows[:, place] == level).astype(np.float64) for level in seen)
        columns.extend((feature, feature.levels[level]) for level in seen)
    return np.stack(values, axis=1), columns


def _condition(feature: Feature, level: str, values: Float64[np.ndarray, " rows"], low: float, high: float) -> str:
    """What is true of a column between two thresholds, told with values that occur."""
    if level:
        others = [other for other in feature.levels if other != level]
        absent = f"= {others[0]}" if len(others) == 1 else f"not {level}"
        return f"{feature.name} = {level}" if low > -np.inf else f"{feature.name} {absent}"
    here = values[(values > low) & (values <= high)]
    least, most = float(here.min()), float(here.max())
    if least == most:
        return f"{feature.name} = {_number(least)}"
    if feature.discrete:
        low, high = (least if low > -np.inf else low), (most if high < np.inf else high)
        if low > -np.inf and high < np.inf:
            return f"{feature.name} from {_number(low)} to {_number(high)}"
        return f"{feature.name} {_number(low)} or more" if low > -np.inf else f"{feature.name} {_number(high)} or less"
    if low > -np.inf and high < np.inf:
        return f"{feature.name} from {_number(low)} to {_number(high)}"
    return f"{feature.name} above {_number(low)}" if low > -np.inf else f"{feature.name} at most {_number(high)}"


def _number(value: float) -> str:
    """Four significant digits, thousands parted, a minus sign: 0.715, −16, 226,700."""
    shown = f"{value:.4g}" if abs(value) < 10_000 else f"{float(f'{value:.4g}'):,.0f}"
    return shown.replace("-", "−")
