"""From the sets accepted at one order to the candidates of the next: cliques of the graph of accepted pairs."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import networkx as nx
import numpy as np

Subset = tuple[int, ...]
"""Features by index, ascending."""

REFUSED_KEPT = 300
"""Refused cliques of one order that are kept with the smaller set that they lack."""

MOST_CLIQUES = 20_000
"""Triangles of the graph whose cliques are listed: about two seconds."""


@dataclass(frozen=True)
class Step:
    """The candidates of one order.

    `cliques` counts the cliques of the graph of accepted pairs, `candidates` are those all of whose smaller sets were
    accepted, `refused` the others (at most REFUSED_KEPT) with the first set that they lack, `n_refused` how many,
    `skipped` how many possible candidates the limit left out: at least so many where `cut` says that the count was
    broken off.
    """

    candidates: tuple[Subset, ...]
    cliques: int
    refused: tuple[tuple[Subset, Subset], ...]
    n_refused: int
    skipped: int
    cut: bool


def given_pairs(allowed: Iterable[Iterable[int]]) -> Step:
    """Order 2: every pair that is allowed is tried."""
    pairs = tuple((first, second) for first, second in allowed)
    return Step(pairs, len(pairs), (), 0, 0, cut=False)


def next_candidates(pairs: Mapping[Subset, float], accepted: Mapping[Subset, float], order: int, limit: int) -> Step:
    """The candidates of `order`, given the accepted pairs and the accepted sets of order - 1, with their strengths.

    ParaACE paper, Algorithm 2, lines 5 to 8. Where there are more than `limit`, those stay whose weakest smaller set is
    strongest; a graph with more than MOST_CLIQUES cliques of this order is first thinned to its strongest pairs.
    """
    kept, n_cliques = _thinned(pairs, order)
    candidates, refused, n_refused = [], [], 0
    for clique in cliques_of(kept, order):
        missing = next((part for part in itertools.combinations(clique, order - 1) if part not in accepted), None)
        if missing is None:
            candidates.append(clique)
        else:
            n_refused += 1
            if len(refused) < REFUSED_KEPT:
                refused.append((clique, missing))
    looked_at = len(candidates) + n_refused
    weakest = [min(accepted[part] for part in itertools.combinations(one, order - 1)) for one in candidates]
    strongest_first = [candidates[place] for place in np.argsort([-value for value in weakest], kind="stable")]
    return Step(
        candidates=tuple(sorted(strongest_first[:limit])),
        cliques=max(n_cliques, looked_at),
        refused=tuple(refused),
        n_refused=n_refused,
        skipped=max(0, len(candidates) - limit) + max(0, n_cliques - looked_at),
        cut=len(kept) < len(pairs),
    )


def cliques_of(pairs: Iterable[Subset], order: int) -> Iterator[Subset]:
    """All cliques of `order` features of the graph whose edges are `pairs`, each ascending."""
    graph: nx.Graph = nx.Graph()
    graph.add_edges_from((first, second) for first, second in pairs)
    for clique in nx.enumerate_all_cliques(graph):  # by size
        if len(clique) > order:
            return
        if len(clique) == order:
            yield tuple(sorted(clique))


def _thinned(pairs: Mapping[Subset, float], order: int) -> tuple[list[Subset], int]:
    """The strongest pairs whose graph has at most MOST_CLIQUES triangles (all, where it has no more), and the number of
    cliques of `order` where it is known without listing them (triangles), else 0."""
    edges = sorted(pairs, key=lambda pair: (-pairs[pair], pair))
    triangles = _n_triangles(edges)
    known = triangles if order == 3 else 0
    if triangles <= MOST_CLIQUES:
        return edges, known
    fewest, most = 0, len(edges)
    while most - fewest > 1:
        middle = (fewest + most) // 2
        fewest, most = (middle, most) if _n_triangles(edges[:middle]) <= MOST_CLIQUES else (fewest, middle)
    return edges[:fewest], known


def _n_triangles(edges: list[Subset]) -> int:
    """Triangles of a graph: a sixth of the closed walks of three steps."""
    if not edges:
        return 0
    nodes, ends = np.unique(np.array(edges), return_inverse=True)
    ends = ends.reshape(-1, 2)
    adjacency = np.zeros((len(nodes), len(nodes)))
    adjacency[ends[:, 0], ends[:, 1]] = adjacency[ends[:, 1], ends[:, 0]] = 1.0
    return round(float(((adjacency @ adjacency) * adjacency).sum()) / 6.0)
