"""Grids over all pairs of features at once: what is left over of a target, as a term of each pair, and its test.

Every feature falls into a few cells. Sums over the cells of all pairs are one product of 0-1 columns with themselves,
so that no loop runs over pairs or rows.
"""

from dataclasses import dataclass

import numpy as np

BINS = 8
"""Cells of a grid along each feature, of equal numbers of rows."""


@dataclass(frozen=True)
class Grid:
    """The cells of every feature: edges between the cells of a number, the cell of every level of a category."""

    edges: tuple[np.ndarray, ...]
    levels: tuple[np.ndarray | None, ...]

    @classmethod
    def of(cls, rows: np.ndarray, categorical: np.ndarray) -> "Grid":
        """Return the grid of some rows."""
        columns = list(zip(rows.T, categorical, strict=True))
        edges = tuple(np.empty(0) if is_level else _edges(column) for column, is_level in columns)
        levels = tuple(_cells_of_levels(column) if is_level else None for column, is_level in columns)
        return cls(edges, levels)

    def cells(self, rows: np.ndarray) -> np.ndarray:
        """The cell of each value, (rows, features)."""
        columns = [
            np.searchsorted(edges, column, side="right")
            if levels is None
            else levels[np.minimum(column.astype(int), len(levels) - 1)]
            for column, edges, levels in zip(rows.T, self.edges, self.levels, strict=True)
        ]
        return np.stack(columns, axis=1)

    def one_hot(self, rows: np.ndarray) -> np.ndarray:
        """Rows as (rows, features * BINS) of 0 and 1: products of two such columns count the rows of a cell."""
        cells = self.cells(rows)
        hot = np.zeros((len(rows), cells.shape[1] * BINS), dtype=np.float32)
        hot[np.arange(len(rows))[:, None], np.arange(cells.shape[1]) * BINS + cells] = 1.0
        return hot


def _edges(column: np.ndarray) -> np.ndarray:
    """At most `BINS - 1` edges that divide the rows evenly; each of few values gets a cell of its own."""
    values, counts = np.unique(column, return_counts=True)
    if len(values) <= BINS:
        return (values[1:] + values[:-1]) / 2.0
    edges = np.unique(np.quantile(column, np.linspace(0, 1, BINS + 1)[1:-1]))
    left = BINS - 1 - len(edges)
    if left > 0:  # one value holds many rows: the other values share the cells that it leaves
        others = column[column != values[counts.argmax()]]
        edges = np.unique(np.append(edges, np.quantile(others, np.linspace(0, 1, left + 2)[1:-1])))
    return edges[: BINS - 1]


def _cells_of_levels(column: np.ndarray) -> np.ndarray:
    """The cell of every level: one each for the most frequent, the last for all others."""
    counts = np.bincount(column.astype(int))
    cells = np.empty(len(counts) + 1, dtype=int)
    cells[np.argsort(-counts, kind="stable")] = np.minimum(np.arange(len(counts)), BINS - 1)
    cells[-1] = BINS - 1  # a level that no training row has
    return cells


def tested_pairs(
    cells: np.ndarray,
    bases: np.ndarray,
    fold: np.ndarray,
    left_over: np.ndarray,
    weights: np.ndarray,
    beyond: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Return strength and z value of all pairs, (features, features).

    They are those of terms of what is left over, tried on rows of another fold and on held-out rows, of which
    `beyond` are the sums and the sums of squares.

    Each pair has two terms, a smooth one for few rows and one of free cells; the one of more evidence counts. The sums
    that a term takes over its cells are products of `cells` with itself, so that all pairs cost one matrix product a
    fold.
    """
    size = len(bases)
    inside = [fold == one for one in np.unique(fold)]
    sums, squares, masses = (
        [sums_of_pairs(cells[rows], values[rows], size) for rows in inside]
        for values in (left_over, np.square(left_over), weights)
    )
    noise = float(np.square(left_over).mean() / weights.mean())
    strength, gain, spread = (np.zeros((2, size, size)) for _ in range(3))
    nothing = np.zeros_like(sums[0])
    folds = [*zip(masses, sums, sums, squares, strict=True), (nothing, nothing, *beyond)]
    for mass_here, sum_here, tried, tried_squares in folds:
        mass, total = sum(masses) - mass_here, sum(sums) - sum_here
        for kind, term in enumerate((_smooth(total, mass, noise, bases), shrunk_term(total, mass, noise))):
            strength[kind] += (mass * np.square(term)).sum((1, 3)) / np.maximum(mass.sum((1, 3)), 1e-12) / len(folds)
            gain[kind] += (term * tried).sum((1, 3))
            spread[kind] += (np.square(term) * tried_squares).sum((1, 3))
    evidence = gain / np.sqrt(np.maximum(spread, 1e-12))
    better = evidence[0] > evidence[1]
    return np.sqrt(np.where(better, *strength)), np.where(better, *evidence)


def smooth_bases(cells: np.ndarray, categorical: np.ndarray) -> np.ndarray:
    """Smooth functions of the cells of each feature, (features, BINS, BINS - 1), orthonormal over the rows.

    A number has a slope and a bend over its cells, a category everything that its cells can do; unused columns are 0.
    """
    shares = cells.mean(axis=0, dtype=np.float64).reshape(len(categorical), BINS)
    bases = np.zeros((len(categorical), BINS, BINS - 1))
    for feature, (share, is_level) in enumerate(zip(shares, categorical, strict=True)):
        places = np.cumsum(share) - share / 2.0
        columns = np.eye(BINS)[:, 1:] if is_level else np.stack([places, np.square(places)], axis=1)
        root = np.sqrt(share)[:, None]
        basis, triangle = np.linalg.qr(np.hstack([root, root * columns]))
        used = np.abs(np.diag(triangle)) > 1e-9
        used[0] = False  # the constant
        kept = basis[:, used] / np.maximum(root, 1e-12)
        bases[feature, :, : kept.shape[1]] = np.where(share[:, None] > 0, kept, 0.0)
    return bases


def _smooth(sums: np.ndarray, mass: np.ndarray, noise: float, bases: np.ndarray) -> np.ndarray:
    """Products of smooth functions of two features that follow the mean of each cell, shrunk as in `shrunk_term`."""
    total = np.maximum(mass.sum((1, 3)), 1e-12)
    own = _pure(sums / np.maximum(mass, 1e-12), mass) * mass
    products = np.einsum("iak,iajb,jbl->ikjl", bases, own, bases, optimize=True) / total[:, None, :, None]
    filled = (bases != 0).any(axis=1).sum(axis=1)
    number = np.maximum(np.outer(filled, filled), 1)
    between = np.maximum(np.square(products).sum((1, 3)) / number - noise / total, 0.0)
    kept = between / np.maximum(between + noise / total, 1e-12)
    term = np.einsum("iak,ikjl,jbl->iajb", bases, products * kept[:, None, :, None], bases, optimize=True)
    return _pure(term, mass)


def sums_of_pairs(cells: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """Sums of `values` over the cells of all pairs, (size, BINS, size, BINS)."""
    weighted = cells * values[:, None].astype(np.float32)
    return (cells.T @ weighted).astype(np.float64).reshape(size, BINS, size, BINS)


def shrunk_term(sums: np.ndarray, mass: np.ndarray, noise: float) -> np.ndarray:
    """The mean of each cell, freed of both features' own effects and drawn to 0 by as much as it is noise.

    The variance between the cells of a pair, beyond what rows of variance `noise` give, is the prior of its cells
    (empirical Bayes); of a pair without interaction nearly nothing is left.
    """
    term = _pure(sums / np.maximum(mass, 1e-12), mass)
    filled = mass > 0
    freedom = filled.sum((1, 3)) - (mass.sum(3) > 0).sum(1) - (mass.sum(1) > 0).sum(2) + 1
    beyond = (mass * np.square(term)).sum((1, 3)) - np.maximum(freedom, 1) * noise
    between = np.maximum(beyond, 0.0) / np.maximum(mass.sum((1, 3)), 1e-12)
    prior = noise / np.maximum(between, 1e-3 * noise)
    return _pure(term * mass / (mass + prior[:, None, :, None]), mass)


def _pure(term: np.ndarray, mass: np.ndarray, sweeps: int = 4) -> np.ndarray:
    """`term` without its means over rows and columns; a few sweeps, as these are not independent."""
    over = [np.maximum(mass.sum(axis, keepdims=True), 1e-12) for axis in (3, 1)]
    for _ in range(sweeps):
        for axis, total in zip((3, 1), over, strict=True):
            term = term - (term * mass).sum(axis, keepdims=True) / total
    return np.where(mass > 0, term, 0.0)
