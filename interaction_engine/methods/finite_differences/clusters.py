"""The graph of accepted pairs for drawing: clusters, and places of the features."""

from collections.abc import Mapping

import networkx as nx
import numpy as np
from scipy.linalg import eigh
from scipy.sparse.csgraph import connected_components
from sklearn.cluster import SpectralClustering

MOST_CLUSTERS = 12
"""More colours than that are not told apart."""

LAYOUT_STEPS = 120

SPREAD = 0.8
"""Share of its room that a part of the graph fills."""

SPIRAL = 0.12
"""How far the search for room moves outwards with each radian."""

Weights = Mapping[tuple[int, ...], float]
"""Pairs of features, by index, with a positive weight."""


def clusters(n_features: int, weights: Weights) -> np.ndarray:
    """The cluster of every feature, (features,): 0, 1, ... in the order of the features, -1 for one without a pair.

    Spectral clustering of the weighted graph; the number of clusters is where the eigenvalues of its normalised
    Laplacian make the widest step (eigengap; von Luxburg 2007, section 8.3).
    """
    result = np.full(n_features, -1, dtype=np.int64)
    linked = np.array(sorted({feature for pair in weights for feature in pair}), dtype=np.int64)
    if len(linked) < 3:
        result[linked] = 0
        return result
    affinity = _affinity(linked, weights)
    n_parts, parts = connected_components(affinity)
    n_clusters = _eigengap(affinity, n_parts)
    if n_clusters == n_parts:
        labels = parts
    else:
        spectral = SpectralClustering(
            n_clusters, affinity="precomputed", assign_labels="cluster_qr", eigen_solver="arpack", random_state=0
        )
        labels = spectral.fit_predict(affinity + 1e-9)  # without any link between parts, scikit-learn warns
    _, first, place = np.unique(labels, return_index=True, return_inverse=True)
    result[linked] = np.argsort(np.argsort(first))[place]
    return result


def on_circle(n_features: int) -> np.ndarray:
    """Places (features, 2) on the unit circle, clockwise from the top: the same in every run."""
    angle = 2.0 * np.pi * np.arange(n_features) / max(n_features, 1)
    return np.stack([np.sin(angle), np.cos(angle)], 1)


def drawn_together(n_features: int, weights: Weights) -> np.ndarray:
    """Places (features, 2) in the unit circle, features with strong pairs near each other.

    Those without any pair on the rim, where they are on the circle.

    Parts of the graph that no pair connects are drawn apart, each by a spring layout (Fruchterman & Reingold 1991), and
    packed from the largest in the middle outwards.
    """
    places = on_circle(n_features)
    linked = sorted({feature for pair in weights for feature in pair})
    if len(linked) < 3:
        return places
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(linked)
    strongest = max(weights.values())
    graph.add_weighted_edges_from((a, b, 0.2 + weight / strongest) for (a, b), weight in sorted(weights.items()))
    parts = sorted((sorted(part) for part in nx.connected_components(graph)), key=lambda part: (-len(part), part))
    centres = _packed([_radius(part) for part in parts])
    for part, centre in zip(parts, centres, strict=True):
        places[part] = centre + _radius(part) * SPREAD * _spring(graph.subgraph(part), places)
    inner = places[linked] - (places[linked].max(0) + places[linked].min(0)) / 2.0
    room = 0.85 if len(linked) < n_features else 1.0
    places[linked] = room * inner / max(float(np.linalg.norm(inner, axis=1).max()), 1e-12)
    return places


def _radius(part: list[int]) -> float:
    """The room that a part takes grows with its features."""
    return float(np.sqrt(len(part)))


def _spring(graph: "nx.Graph[int]", start: np.ndarray) -> np.ndarray:
    """Places (nodes, 2) of one connected part in the unit circle, nodes ascending."""
    nodes = sorted(graph)
    begin = {node: start[node] for node in nodes}
    result = nx.spring_layout(graph, pos=begin, iterations=LAYOUT_STEPS, seed=0, method="force")
    inner = np.array([result[node] for node in nodes])
    inner -= inner.mean(0)
    return inner / max(float(np.linalg.norm(inner, axis=1).max()), 1e-12)


def _packed(radii: list[float]) -> list[np.ndarray]:
    """Centres of discs that do not overlap, each as near to the middle as a spiral finds room."""
    centres: list[np.ndarray] = []
    for place, radius in enumerate(radii):
        taken, sizes = np.array(centres).reshape(-1, 2), np.array(radii[:place])
        turn = 0.0
        while True:
            at = SPIRAL * turn * np.array([np.cos(turn), np.sin(turn)])
            if (np.linalg.norm(taken - at, axis=1) >= sizes + radius).all():
                break
            turn += 0.1
        centres.append(at)
    return centres


def _affinity(linked: np.ndarray, weights: Weights) -> np.ndarray:
    affinity = np.zeros((len(linked), len(linked)))
    ends = np.searchsorted(linked, np.array(list(weights)))
    affinity[ends[:, 0], ends[:, 1]] = affinity[ends[:, 1], ends[:, 0]] = list(weights.values())
    return affinity


def _eigengap(affinity: np.ndarray, n_parts: int) -> int:
    """Return how many clusters there are.

    The number of eigenvalues of the normalised Laplacian below their widest step up to 1, where those of a single
    dense cluster lie; at least the unconnected parts, whose eigenvalues are all 0.
    """
    root = np.sqrt(affinity.sum(1))
    laplacian = np.eye(len(affinity)) - affinity / np.outer(root, root)
    most = min(max(MOST_CLUSTERS, n_parts) + 1, len(affinity))
    values = np.minimum(eigh(laplacian, eigvals_only=True, subset_by_index=(0, most - 1)), 1.0)
    return n_parts + int(np.argmax(np.diff(values[n_parts - 1 :])))
