"""How strongly trees can combine features: bounds on joint effects that hold wherever the other features stand.

Let D_S(v) bound the joint effect of the set S in the part of a tree below node v: the alternating sum over the corners
of S of the leaf value, for any values of all features. The empty set is bounded by the smallest and largest leaf. At a
node that tests a feature outside S all corners go the same way, so D_S is the larger one of the children. At a node
that tests i in S they may part, and the joint effect is the difference of those of S without i in the two children:

    D_S(v) = max(D_S(left), D_S(right), D_{S - i}(left) + D_{S - i}(right)),
    D_i(v) = max(D_i(left), D_i(right), max(right) - min(left), max(left) - min(right)).

The bound of an ensemble is the sum over its trees. Only sets that some path combines are ever stored, so that the work
grows with the number of nodes and the sets below them, and not with the number of all sets.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from .ensemble import TreeEnsemble

ROUNDED = 1e-6
"""How far a number may have moved, relative to a threshold, where a library keeps it in float32."""

LARGEST_KEY = 1 << 62
"""Node and set share one 64-bit number; more of them than this are refused."""


@dataclass(frozen=True, eq=False)
class SetBounds:
    """Bounds on the joint effects of sets of one order: `codes`, ascending, name the sets (`set_codes`)."""

    codes: Int64[np.ndarray, " sets"]
    bounds: Float64[np.ndarray, " sets"]

    def of(self, codes: Int64[np.ndarray, " asked"]) -> Float64[np.ndarray, " asked"]:
        """The bound of each set; 0 for one that no path combines."""
        if not len(self.codes):
            return np.zeros(len(codes))
        place = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        return np.where(self.codes[place] == codes, self.bounds[place], 0.0)


def set_codes(subsets: Int64[np.ndarray, "sets order"], n_features: int) -> Int64[np.ndarray, " sets"]:
    """Return a number for each set of features, whatever their order: its ascending places as digits."""
    codes = np.zeros(len(subsets), dtype=np.int64)
    for places in np.sort(subsets, axis=1).T:
        codes = codes * n_features + places
    return codes


def tree_bounds(
    trees: TreeEnsemble, order: int, low: Float64[np.ndarray, " features"], high: Float64[np.ndarray, " features"]
) -> tuple[SetBounds, ...] | None:
    """Bound the joint effects of all sets of up to `order` features in the sum of `trees`.

    Args:
        trees: The ensemble.
        order: The largest number of features in a set.
        low: The smallest value of each feature, over all rows and moves; leaves beyond it count for nothing.
        high: The largest value of each feature.

    Returns:
        The bounds of the sets of 1, 2, .. `order` features; None where a test is computed from several features, or
        there are too many features for sets of this order.
    """
    tested = np.unique(trees.column[~trees.is_leaf])
    if (trees.supports[tested].sum(axis=1) > 1).any():
        return None
    n_features = trees.supports.shape[1]
    if float(len(trees.column)) * float(n_features) ** order > LARGEST_KEY:
        return None
    return _Recursion(trees, order, low, high).run()


Known = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Nodes, the codes of sets, and their bounds below these nodes."""


class _Recursion:
    """From the leaves to the roots, all nodes of one height at a time."""

    def __init__(self, trees: TreeEnsemble, order: int, low: np.ndarray, high: np.ndarray) -> None:
        self.trees, self.order, self.n_features = trees, order, trees.supports.shape[1]
        owner = np.where(trees.supports.any(axis=1), trees.supports.argmax(axis=1), 0)
        self.feature = np.where(trees.is_leaf, -1, owner[np.maximum(trees.column, 0)])
        self.goes_left, self.goes_right = self._reachable(low, high)
        self.least, self.most = trees.value.copy(), trees.value.copy()
        self.height, self.parent, self.alive = self._linked()
        self.top = int(self.height.max(initial=0)) + 1
        # What the children of the nodes of each height know, by order; the roots hand on to the last.
        self.waiting: list[list[list[Known]]] = [[[] for _ in range(self.top + 1)] for _ in range(order)]

    def run(self) -> tuple[SetBounds, ...]:
        by_height = np.argsort(self.height, kind="stable")
        ends = np.searchsorted(self.height[by_height], np.arange(self.top + 1))
        for height in range(1, self.top):
            self._one_height(height, by_height[ends[height] : ends[height + 1]])
        matches = []
        for order in range(self.order):
            node, code, bound = _joined(self.waiting[order][self.top])
            matches.append(SetBounds(*self._grouped(0 * node, code, bound, order, np.add)[1:]))
        return tuple(matches)

    def _one_height(self, height: int, nodes: Int64[np.ndarray, " nodes"]) -> None:
        left, right = self.trees.left[nodes], self.trees.right[nodes]
        first, last = np.where(self.goes_left[nodes], left, right), np.where(self.goes_right[nodes], right, left)
        self.least[nodes] = np.minimum(self.least[first], self.least[last])
        self.most[nodes] = np.maximum(self.most[first], self.most[last])
        parts = nodes[first != last]
        left, right = self.trees.left[parts], self.trees.right[parts]
        apart = np.maximum(self.most[right] - self.least[left], self.most[left] - self.least[right])
        crossing = (parts, self.feature[parts], apart)
        for order in range(self.order):
            below = _joined(self.waiting[order][height])
            self.waiting[order][height] = []
            self._hand_on(*self._grouped(*_joined([below, crossing]), order, np.maximum), order)
            crossing = self._crossing(*below, order)

    def _crossing(self, node: np.ndarray, code: np.ndarray, bound: np.ndarray, order: int) -> Known:
        """The sets to which the test of a node adds its feature: the sum of what both children know of the rest."""
        members = self._members(code, order)
        usable = self.goes_left[node] & self.goes_right[node] & (members != self.feature[node][:, None]).all(axis=1)
        node, code, bound = self._grouped(node[usable], code[usable], bound[usable], order, np.add)
        members = np.concatenate([self._members(code, order), self.feature[node][:, None]], axis=1)
        return node, set_codes(members, self.n_features), bound

    def _hand_on(self, node: np.ndarray, code: np.ndarray, bound: np.ndarray, order: int) -> None:
        """To the parents of the nodes, where any row gets from there to here."""
        kept = self.alive[node]
        parents = self.parent[node[kept]]
        heights = np.where(parents >= 0, self.height[parents], self.top)
        for height in np.unique(heights):
            at = heights == height
            self.waiting[order][height].append((parents[at], code[kept][at], bound[kept][at]))

    def _grouped(self, node: np.ndarray, code: np.ndarray, bound: np.ndarray, order: int, how: np.ufunc) -> Known:
        """One entry for each node and set: the sum of the bounds, or the largest."""
        if not len(node):
            return node, code, bound
        base = self.n_features ** (order + 1)
        keys = node * base + code
        sorting = np.argsort(keys, kind="stable")
        keys = keys[sorting]
        starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
        return keys[starts] // base, keys[starts] % base, how.reduceat(bound[sorting], starts)

    def _members(self, code: Int64[np.ndarray, " sets"], order: int) -> Int64[np.ndarray, "sets order"]:
        """The features of sets of `order` + 1 of them."""
        digits = self.n_features ** np.arange(order, -1, -1)
        return code[:, None] // digits % self.n_features

    def _reachable(self, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Whether any value between the bounds of a node's feature goes left, and right."""
        trees = self.trees
        known = ~trees.is_leaf & trees.numbers[np.maximum(trees.column, 0)] & np.isfinite(trees.threshold)
        slack = ROUNDED * np.abs(trees.threshold)
        goes_left = ~known | ~(low[self.feature] > trees.threshold + slack)
        goes_right = ~known | ~(high[self.feature] < trees.threshold - slack)
        return goes_left, goes_right

    def _linked(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The height of each node above the leaves, its parent (-1: none), and whether any row gets there from it."""
        trees = self.trees
        height, parent = np.zeros((2, len(trees.column)), dtype=np.int64)
        parent[:] = -1
        alive = np.ones(len(height), dtype=bool)
        for level in reversed(trees.levels()):
            inner = level[~trees.is_leaf[level]]
            left, right = trees.left[inner], trees.right[inner]
            height[inner] = 1 + np.maximum(height[left], height[right])
            parent[left] = parent[right] = inner
            alive[left], alive[right] = self.goes_left[inner], self.goes_right[inner]
        return height, parent, alive


def _joined(known: list[Known]) -> Known:
    none = np.zeros(0, dtype=np.int64)
    nodes, codes, bounds = zip((none, none, np.zeros(0)), *known, strict=True)
    return np.concatenate(nodes), np.concatenate(codes), np.concatenate(bounds)
