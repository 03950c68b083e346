"""Tree ensembles of every library in one form: the nodes of all trees in flat arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from jaxtyping import Bool, Float64, Int64


@dataclass(frozen=True, eq=False)
class Tree:
    """One tree. Node v tests input column `column[v]` (-1: a leaf, which adds `value[v]`); node 0 is the root.

    A row goes to `left[v]` where its input is at most `threshold[v]`, else to `right[v]`. The threshold is NaN where
    the test is of another kind (levels, missing values), of which only the column is known.
    """

    column: Int64[np.ndarray, " nodes"]
    threshold: Float64[np.ndarray, " nodes"]
    left: Int64[np.ndarray, " nodes"]
    right: Int64[np.ndarray, " nodes"]
    value: Float64[np.ndarray, " nodes"]

    def scaled(self, factor: float) -> "Tree":
        """The same tree with all leaf values multiplied by `factor`."""
        return replace(self, value=self.value * factor)


class Link(StrEnum):
    """How a score follows from a sum of leaf values or terms.

    It is the sum itself, the sum clipped to the log-odds of the smallest probability, the log-odds of the sum (a
    probability), its exponential, or not known.
    """

    IDENTITY = "identity"
    CLIPPED = "clipped"
    LOG_ODDS = "log-odds"
    EXPONENTIAL = "exponential"
    UNKNOWN = "unknown"


class Reads(StrEnum):
    """How an estimator rounds its inputs: not at all, to float32, or the tiniest ones (below 1e-35) to zero."""

    FLOAT64 = "float64"
    FLOAT32 = "float32"
    ZEROED = "zeroed"


@dataclass(frozen=True, eq=False)
class EstimatorTrees:
    """The trees of an estimator, and the leaf of each that some rows fall into, by its place in the tree.

    `link` is how the estimator's prediction (of a class: the log-odds of its probability, unclipped) follows from the
    sum of the leaf values, and `narrow` marks predictions computed in float32. `are_scores` marks leaf values that are
    scores of the class already, clipped as they are. `reads` says how inputs are rounded before they are compared with
    thresholds.
    """

    trees: Sequence[Tree]
    leaves: Int64[np.ndarray, "rows trees"]
    link: Link
    narrow: bool = False
    are_scores: bool = False
    reads: Reads = Reads.FLOAT64


@dataclass(frozen=True, eq=False)
class TreeEnsemble:
    """The nodes of all trees, one tree after the other; the leaf values that a row reaches add up.

    `roots` has the place of each tree's root; the other node arrays are those of `Tree` with places in the whole.
    Row c of `supports` marks the features that input column c is computed from, and `numbers` marks the columns that
    are a feature's number as it stands in the table, to which thresholds and bounds of the feature apply.
    """

    column: Int64[np.ndarray, " nodes"]
    threshold: Float64[np.ndarray, " nodes"]
    left: Int64[np.ndarray, " nodes"]
    right: Int64[np.ndarray, " nodes"]
    value: Float64[np.ndarray, " nodes"]
    roots: Int64[np.ndarray, " trees"]
    supports: Bool[np.ndarray, "columns features"]
    numbers: Bool[np.ndarray, " columns"]

    @classmethod
    def of(
        cls,
        trees: Sequence[Tree],
        supports: Bool[np.ndarray, "columns features"],
        numbers: Bool[np.ndarray, " columns"],
    ) -> "TreeEnsemble":
        """Join `trees` into one ensemble.

        Raises:
            ValueError: If a tree tests a column that `supports` does not have.
        """
        sizes = np.array([len(tree.column) for tree in trees], dtype=np.int64)
        roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
        shift = np.repeat(roots, sizes)
        column = np.concatenate([tree.column for tree in trees])
        if column.max(initial=-1) >= len(supports):
            raise ValueError(f"A tree tests column {column.max()}, but there are {len(supports)}.")
        return cls(
            column,
            np.concatenate([tree.threshold for tree in trees]),
            np.concatenate([tree.left for tree in trees]) + shift,
            np.concatenate([tree.right for tree in trees]) + shift,
            np.concatenate([tree.value for tree in trees]),
            roots,
            supports,
            numbers,
        )

    @property
    def is_leaf(self) -> Bool[np.ndarray, " nodes"]:
        """Whether each node is a leaf."""
        return self.column < 0

    def levels(self) -> list[Int64[np.ndarray, " nodes"]]:
        """The nodes of each depth, the roots first."""
        level, result = self.roots, []
        while len(level):
            result.append(level)
            inner = level[self.column[level] >= 0]
            level = np.concatenate([self.left[inner], self.right[inner]])
        return result

    def paths(self) -> Bool[np.ndarray, "paths features"]:
        """The distinct sets of features that the tests on one way from a root to a leaf are computed from."""
        packed = np.packbits(self.supports, axis=1)
        seen = np.zeros((len(self.column), packed.shape[1]), dtype=np.uint8)
        for level in self.levels():
            inner = level[self.column[level] >= 0]
            below = seen[inner] | packed[self.column[inner]]
            seen[self.left[inner]] = seen[self.right[inner]] = below
        distinct = np.unique(seen[self.is_leaf], axis=0)
        return np.unpackbits(distinct, axis=1, count=self.supports.shape[1]).astype(bool)

    def value_ranges(self) -> tuple[Float64[np.ndarray, " trees"], Float64[np.ndarray, " trees"]]:
        """The smallest and the largest leaf value of each tree."""
        low, high = np.where(self.is_leaf, self.value, np.inf), np.where(self.is_leaf, self.value, -np.inf)
        return np.minimum.reduceat(low, self.roots), np.maximum.reduceat(high, self.roots)

    def reached(self, inputs: Float64[np.ndarray, "rows columns"]) -> Int64[np.ndarray, "rows trees"]:
        """The leaf of each tree that rows fall into, by its place among all nodes."""
        nodes = np.tile(self.roots, (len(inputs), 1))
        rows = np.arange(len(inputs))[:, None]
        while (inner := self.column[nodes] >= 0).any():
            left = inputs[rows, np.maximum(self.column[nodes], 0)] <= self.threshold[nodes]
            nodes = np.where(inner, np.where(left, self.left[nodes], self.right[nodes]), nodes)
        return nodes

    def depths(self) -> Int64[np.ndarray, " nodes"]:
        """The number of tests on the way to each node."""
        depths = np.zeros(len(self.column), dtype=np.int64)
        for depth, level in enumerate(self.levels()):
            depths[level] = depth
        return depths

    def sums(self, leaves: Int64[np.ndarray, "rows trees"]) -> Float64[np.ndarray, " rows"]:
        """The sum of the values of the leaves (their places in each tree) that rows fall into."""
        return self.value[leaves + self.roots].sum(axis=1)
