"""Trees as sums over leaves: which values of each feature lead to a leaf."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Int64

from ...numerics.leaf_differences import Columns, LeafConditions
from .ensemble import TreeEnsemble


def leaf_conditions(trees: TreeEnsemble, columns: Columns, tests: float) -> LeafConditions | None:
    """Return the leaves of `trees` with what leads to them.

    Args:
        trees: The ensemble.
        columns: Gives what it sees of rows.
        tests: Tests of a row on its way through all trees, on average.

    Returns:
        None where a test is no comparison with a threshold, or is computed from several features.
    """
    inner = ~trees.is_leaf
    tested = np.unique(trees.column[inner])
    if not np.isfinite(trees.threshold[inner]).all() or (trees.supports[tested].sum(axis=1) != 1).any():
        return None
    leaf, column, threshold, is_left = _steps(trees)
    feature = trees.supports.argmax(axis=1)[column]
    order = np.lexsort((column, feature, leaf))
    leaf, column, feature, threshold, is_left = (each[order] for each in (leaf, column, feature, threshold, is_left))
    condition = _starts(leaf, column)
    above = np.maximum.reduceat(np.where(is_left, -np.inf, threshold), condition) if len(leaf) else threshold
    up_to = np.minimum.reduceat(np.where(is_left, threshold, np.inf), condition) if len(leaf) else threshold
    leaf, column, feature = leaf[condition], column[condition], feature[condition]
    requirement = _starts(leaf, feature)
    n_leaves = int(trees.is_leaf.sum())
    return LeafConditions(
        value=trees.value[trees.is_leaf],
        column=column,
        above=above,
        up_to=up_to,
        first_condition=np.append(requirement, len(leaf)),
        feature=feature[requirement],
        first_requirement=np.searchsorted(leaf[requirement], np.arange(n_leaves + 1)),
        tests=tests,
        columns=columns,
    )


class _Steps(NamedTuple):
    """All tests on the ways from the roots to the leaves."""

    leaf: Int64[np.ndarray, " steps"]
    column: Int64[np.ndarray, " steps"]
    threshold: Float64[np.ndarray, " steps"]
    is_left: Bool[np.ndarray, " steps"]


def _steps(trees: TreeEnsemble) -> _Steps:
    """Return every test on the way from the root to each leaf.

    The leaf (by its number among the leaves), the column, the threshold, and whether the way goes on to the left.
    """
    inner = np.flatnonzero(~trees.is_leaf)
    parent = np.full(len(trees.column), -1, dtype=np.int64)
    from_left = np.zeros(len(parent), dtype=bool)
    parent[trees.left[inner]] = parent[trees.right[inner]] = inner
    from_left[trees.left[inner]] = True
    node = np.flatnonzero(trees.is_leaf)
    leaf, result = np.arange(len(node)), []
    while True:
        below = parent[node] >= 0
        leaf, node = leaf[below], node[below]
        if not len(node):
            break
        above = parent[node]
        result.append((leaf, trees.column[above], trees.threshold[above], from_left[node]))
        node = above
    none = np.zeros(0, dtype=np.int64)
    parts = zip((none, none, np.zeros(0), np.zeros(0, dtype=bool)), *result, strict=True)
    return _Steps(*(np.concatenate(part) for part in parts))


def _starts(*sorted_keys: np.ndarray) -> Int64[np.ndarray, " groups"]:
    """The first place of each group of equal keys."""
    if not len(sorted_keys[0]):
        return np.zeros(0, dtype=np.int64)
    changes = np.zeros(len(sorted_keys[0]), dtype=bool)
    changes[0] = True
    for key in sorted_keys:
        changes[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(changes)
