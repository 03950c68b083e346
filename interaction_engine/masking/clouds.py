"""Clusters of a point cloud as players: a table whose features are x0, y0 (, z0), x1, y1 (, z1), ..."""

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float64

from ..core.errors import InputError
from ..core.types import FeatureSpace, Kind
from .baselines import Baseline
from .masking_task import MaskingTask
from .players import PlayerSet

COORDINATE = re.compile(r"([xyz])[ _.-]?(\d+)", re.IGNORECASE)
"""How the column of a coordinate is called where the table tells that it holds points."""

FEWEST_POINTS = 3

STARTS = 4
"""k-means from so many starts keeps the tightest clusters; a row has few points."""


@dataclass(frozen=True)
class Cloud:
    """The places of the coordinates in the feature space, int [points, axes]; two axes in the plane, three in space."""

    places: np.ndarray

    def points(self, row: Float64[np.ndarray, " features"]) -> Float64[np.ndarray, "points axes"]:
        """The points of a row."""
        return row[self.places]


def cloud_of(space: FeatureSpace) -> Cloud | None:
    """Return the point cloud that the features are, by their names; None for any other table.

    They are x, y and perhaps z of points that are numbered without a gap.
    """
    matches = [COORDINATE.fullmatch(name) for name in space.names]
    if not all(matches) or any(feature.kind is not Kind.NUMERIC for feature in space.features):
        return None
    place = {(match[1].lower(), int(match[2])): place for place, match in enumerate(matches) if match}
    axes = [axis for axis in "xyz" if any(name == axis for name, _ in place)]
    numbers = sorted({number for _, number in place})
    whole = len(place) == len(space) == len(axes) * len(numbers) and axes in (["x", "y"], ["x", "y", "z"])
    if not whole or len(numbers) < FEWEST_POINTS or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return None
    return Cloud(np.array([[place[axis, number] for axis in axes] for number in numbers]))


def cluster_players(task: MaskingTask, max_players: int, seed: int) -> PlayerSet:
    """Clusters of the sample's own points (k-means), numbered from left to right.

    Raises `InputError` when the features are no cloud of points, and for several samples, whose clusters differ.
    """
    cloud = cloud_of(task.data.space)
    if cloud is None:
        raise InputError(
            "Clusters need a table of points whose columns are x0, y0, x1, y1, ... (or x0, y0, z0, ...); "
            f'`{task.data.name}` has other columns. Rename them, or pass `parts="auto"`.'
        )
    points = cloud.points(task.rows[0])
    of_point = _clusters(points, min(max_players, len(np.unique(points, axis=0))), seed)
    count = int(of_point.max()) + 1
    members = [cloud.places[of_point == cluster].ravel() for cluster in range(count)]
    return PlayerSet(
        tuple(f"cluster {number + 1}" for number in range(count)),
        tuple(tuple(sorted(places.tolist())) for places in members),
        kind="cluster",
    )


def at_centre(task: MaskingTask) -> MaskingTask:
    """The task with the mean (median) of all points of the sample's cloud for that of the training rows."""
    cloud, word = cloud_of(task.data.space), task.baseline.label
    if cloud is None or word not in ("mean", "median"):
        return task
    points = cloud.points(task.rows[0])
    base = task.baseline.rows.copy()
    base[:, cloud.places] = (points.mean(0) if word == "mean" else np.median(points, axis=0))[None, None]
    return replace(task, baseline=Baseline(base, f"the {word} of the points"))


def _clusters(points: Float64[np.ndarray, "points axes"], count: int, seed: int) -> np.ndarray:
    """The cluster of every point: 0, 1, ... in the order of the clusters' means along x, then y."""
    from sklearn.cluster import KMeans  # takes half a second to import, which no other game needs

    settings: Any = {"n_init": STARTS, "random_state": seed}
    labels = KMeans(count, **settings).fit(points).labels_
    means = np.array([points[labels == label].mean(0) for label in range(count)])
    rank = np.empty(count, dtype=int)
    rank[np.lexsort(means.T[::-1])] = np.arange(count)
    return rank[labels]
