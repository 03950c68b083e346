"""Joint effects in a sum of trees from its leaves, without asking the model.

A row reaches a leaf if every feature on the leaf's path has one of the values that lead there. A sum of trees so is a
sum of products, one for each leaf: its value times, for each feature f on its path, r_f = 1 where the feature's value
leads there and 0 where not. The mixed difference of a product is the product of the differences: of the set S it is

    value * prod_{f in S} (r_f(high) - r_f(low)) * prod_{f not in S} r_f(the row's own),

and 0 unless S is part of the path. The work grows with the leaves and the sets below each, not with the evaluations
that all corners of all sets would take; of an ensemble of a hundred trees of depth six it is a hundredth.
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int, Int64
from torch import Tensor

from .moves import Moves

Columns = Callable[[Float64[np.ndarray, "rows features"]], Float64[np.ndarray, "rows columns"]]
"""What a model's trees see of rows of table values, in the precision in which they compare it with thresholds."""

ROWS, PRODUCTS = 256, 4096
"""Rows, and products of a leaf and a set, that are worked on together: what is kept of them stays in the caches."""

MOST_PRODUCTS = 1 << 24
"""More products than this are not listed: they take a gigabyte."""

LISTING = 150.0
"""Work of finding a product once, in products worked on: it is spread over the rows."""

LARGEST_CODE = 1 << 62
"""A set of features is one 64-bit number."""

CONDITION_WORK = 4.0
"""Work of a condition, for the row and both moves, in products."""


@dataclass(frozen=True, eq=False)
class LeafConditions:
    """The leaves of an ensemble of trees, and the conditions on the features that lead to them.

    A condition says that input column `column[c]` is above `above[c]` and at most `up_to[c]`. All conditions of a leaf
    on one feature are a *requirement*: requirement r has the conditions from `first_condition[r]` to the next one's,
    and leaf l the requirements from `first_requirement[l]` to the next one's, in the order of the features.

    Attributes:
        value: What each leaf adds to the score.
        feature: The feature of each requirement.
        tests: Tests of a row on its way through all trees, on average.
        columns: Gives the input columns of rows; each depends on one feature alone.
    """

    value: Float64[np.ndarray, " leaves"]
    column: Int64[np.ndarray, " conditions"]
    above: Float64[np.ndarray, " conditions"]
    up_to: Float64[np.ndarray, " conditions"]
    first_condition: Int64[np.ndarray, " requirement_ends"]
    feature: Int64[np.ndarray, " requirements"]
    first_requirement: Int64[np.ndarray, " leaf_ends"]
    tests: float
    columns: Columns


class _Products(NamedTuple):
    """Every set of one order below every leaf: the set's number (`codes`, ascending), its requirements, its leaf."""

    codes: Int64[np.ndarray, " products"]
    requirements: Int64[np.ndarray, "products order"]
    leaf: Int64[np.ndarray, " products"]


class _Chosen(NamedTuple):
    """What the effects of some sets are made of.

    For each product the place of its set, the value of its leaf, its requirements and its leaf by their numbers
    among those `kept`.
    """

    target: Int64[np.ndarray, " products"]
    value: Float64[np.ndarray, " products"]
    requirements: Int64[np.ndarray, "products order"]
    leaf: Int64[np.ndarray, " products"]
    kept: "_Kept"


class _Kept(NamedTuple):
    """The conditions of some leaves, renumbered: a column's value is compared by its rank among the thresholds.

    The leaves with most requirements come first, and `longer` has the number of leaves with more than 0, 1, .. of
    them.
    """

    column: Int64[np.ndarray, " conditions"]
    least: np.ndarray
    most: np.ndarray
    first_condition: Int64[np.ndarray, " requirements"]
    first_requirement: Int64[np.ndarray, " leaves"]
    longer: list[int]
    single: bool


class _Ranked(NamedTuple):
    """The thresholds of each column used, and each condition in ranks.

    How many thresholds a value must at least, and may at most, be above.
    """

    thresholds: list[np.ndarray]
    least: np.ndarray
    most: np.ndarray


class LeafDifferences:
    """Joint effects of sets of features, row by row, in the sum of the leaves that a row reaches.

    Args:
        leaves: The leaves of the model.
        rows: Background rows in table values.
        moved: Low and high value of every feature in every row.

    Attributes:
        size: The largest leaf value; effects far below it are rounding.
    """

    def __init__(self, leaves: LeafConditions, rows: Float[Tensor, "rows features"], moved: Moves) -> None:
        self.leaves, self.size = leaves, float(np.abs(leaves.value).max(initial=0.0))
        self._states = [one.double().cpu().numpy() for one in (rows, moved.low, moved.high)]
        self._n_features = rows.shape[1]
        self._products: dict[int, _Products | None] = {}
        self._last: tuple[Tensor, _Chosen] | None = None
        self._used = np.unique(leaves.column)
        self._counts = np.diff(leaves.first_requirement)
        self._dtype = np.int8 if self._counts.max(initial=0) <= np.iinfo(np.int8).max else np.int32

    def serves(self, subsets: Int[Tensor, "subsets order"], evaluations: int) -> bool:
        """Return whether the effects of `subsets` on a row take less work than so many evaluations of the model."""
        order, most = subsets.shape[1], evaluations * self.leaves.tests
        if order not in self._products and self._total(order) * (order / 2 + LISTING / len(self._states[0])) > most:
            return False
        products = self._listed(order)
        if products is None:
            return False
        first, last = self._found(products, subsets)
        work = float((last - first).sum()) * order / 2
        return work <= most and work + CONDITION_WORK * len(self._chosen(subsets).kept.column) <= most

    def __call__(self, subsets: Int[Tensor, "subsets order"], start: int, stop: int) -> Float[Tensor, "subsets rows"]:
        """Return the joint effects of `subsets` on the rows `start` to `stop`, in the unit of the score.

        Raises:
            ValueError: What the trees see of these rows is not a number, or cannot be computed: where a row goes then
                is for the model to say.
        """
        chosen = self._chosen(subsets)
        effects = np.zeros((len(subsets), stop - start))
        for begin in range(start, stop, ROWS):
            end = min(stop, begin + ROWS)
            self._add(effects[:, begin - start : end - start], chosen, begin, end)
        return torch.from_numpy(effects)

    def _add(self, effects: Float64[np.ndarray, "subsets rows"], chosen: _Chosen, start: int, stop: int) -> None:
        kept, width = chosen.kept, stop - start
        base, low, high = (self._holds(kept, state[start:stop]) for state in self._states)
        step = high.view(np.int8) - low.view(np.int8)
        fails = (~base).astype(self._dtype)
        failed = np.zeros((len(kept.first_requirement), width), dtype=self._dtype)
        for position, n_leaves in enumerate(kept.longer):
            failed[:n_leaves] += fails.take(kept.first_requirement[:n_leaves] + position, axis=0)
        for begin in range(0, len(chosen.target), PRODUCTS):
            part = slice(begin, begin + PRODUCTS)
            product, others = None, failed.take(chosen.leaf[part], axis=0)
            for one in chosen.requirements[part].T:
                others -= fails.take(one, axis=0)
                moved = step.take(one, axis=0)
                product = moved if product is None else np.multiply(product, moved, out=product)
            assert product is not None
            product *= others == 0
            place = np.flatnonzero(product)
            which, row = np.divmod(place, width)
            target = chosen.target[part]
            first, last = int(target[0]), int(target[-1]) + 1
            sums = np.bincount(
                (target[which] - first) * width + row,
                weights=chosen.value[part][which] * product.ravel()[place],
                minlength=(last - first) * width,
            )
            effects[first:last] += sums.reshape(-1, width)

    def _holds(self, kept: _Kept, rows: Float64[np.ndarray, "rows features"]) -> Bool[np.ndarray, "requirements rows"]:
        """Whether each requirement is met by each row."""
        seen = self.leaves.columns(rows)
        if np.isnan(seen[:, self._used]).any():
            raise ValueError("The trees see values that are no numbers.")
        ranks = np.zeros((seen.shape[1], len(rows)), dtype=kept.least.dtype)
        for column, thresholds in zip(self._used, self._ranked.thresholds, strict=True):
            ranks[column] = np.searchsorted(thresholds, seen[:, column])
        met = np.empty((len(kept.column), len(rows)), dtype=bool)
        for begin in range(0, len(met), PRODUCTS):
            part = slice(begin, begin + PRODUCTS)
            rank = ranks.take(kept.column[part], axis=0)
            np.greater_equal(rank, kept.least[part, None], out=met[part])
            met[part] &= rank <= kept.most[part, None]
        return met if kept.single else np.logical_and.reduceat(met, kept.first_condition, axis=0)

    @cached_property
    def _ranked(self) -> "_Ranked":
        leaves = self.leaves
        least, most = np.zeros((2, len(leaves.column)), dtype=np.int64)
        order = np.argsort(leaves.column, kind="stable")
        ends = np.searchsorted(leaves.column[order], [*self._used, np.inf])
        matches = []
        for begin, end in itertools.pairwise(ends):
            own = order[begin:end]
            both = np.concatenate([leaves.above[own], leaves.up_to[own]])
            thresholds = np.unique(both[np.isfinite(both)])
            matches.append(thresholds)
            least[own] = np.searchsorted(thresholds, leaves.above[own], side="right")
            most[own] = np.searchsorted(thresholds, leaves.up_to[own])
        narrow = max(map(len, matches), default=0) < np.iinfo(np.int16).max
        dtype = np.int16 if narrow else np.int32
        return _Ranked(matches, least.astype(dtype), most.astype(dtype))

    def _listed(self, order: int) -> _Products | None:
        if order not in self._products:
            self._products[order] = self._list(order)
        return self._products[order]

    def _total(self, order: int) -> int:
        """How many sets of one order all leaves have below them, each leaf's own."""
        sizes, numbers = np.unique(self._counts, return_counts=True)
        return sum(math.comb(int(size), order) * int(number) for size, number in zip(sizes, numbers, strict=True))

    def _list(self, order: int) -> _Products | None:
        """All products of one order; None where they are too many."""
        if self._total(order) > MOST_PRODUCTS or float(self._n_features) ** order > LARGEST_CODE:
            return None
        first, counts = self.leaves.first_requirement, self._counts
        requirements, leaf = [np.zeros((0, order), dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        for size in np.unique(counts[counts >= order]):
            own = np.flatnonzero(counts == size)
            inside = np.array(list(itertools.combinations(range(size), order)))
            requirements.append((first[own, None, None] + inside).reshape(-1, order))
            leaf.append(np.repeat(own, len(inside)))
        places, leaves = np.concatenate(requirements), np.concatenate(leaf)
        codes = self._codes(self.leaves.feature[places])
        sorting = np.argsort(codes, kind="stable")
        return _Products(codes[sorting], places[sorting], leaves[sorting])

    def _codes(self, features: Int64[np.ndarray, "sets order"]) -> Int64[np.ndarray, " sets"]:
        """A number for each set, its features ascending."""
        codes = np.zeros(len(features), dtype=np.int64)
        for places in features.T:
            codes = codes * self._n_features + places
        return codes

    def _found(self, products: _Products, subsets: Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Where the products of each set start and end."""
        codes = self._codes(np.sort(subsets.cpu().numpy(), axis=1))
        return np.searchsorted(products.codes, codes), np.searchsorted(products.codes, codes, side="right")

    def _chosen(self, subsets: Int[Tensor, "subsets order"]) -> _Chosen:
        """The products of some sets; kept for the next call, which often is about the same ones."""
        if self._last is not None and torch.equal(self._last[0], subsets):
            return self._last[1]
        products = self._listed(subsets.shape[1])
        assert products is not None
        start, stop = self._found(products, subsets)
        counts = stop - start
        target = np.repeat(np.arange(len(subsets)), counts)
        own = np.arange(len(target)) + np.repeat(start - np.concatenate([[0], counts.cumsum()[:-1]]), counts)
        leaf, requirements = products.leaf[own], products.requirements[own]
        used = np.unique(leaf)
        used = used[np.argsort(-self._counts[used], kind="stable")]
        kept, requirement_place = self._keep(used)
        leaf_place = np.zeros(len(self.leaves.value), dtype=np.int64)
        leaf_place[used] = np.arange(len(used))
        chosen = _Chosen(target, self.leaves.value[leaf], requirement_place[requirements], leaf_place[leaf], kept)
        self._last = (subsets.clone(), chosen)
        return chosen

    def _keep(self, used: Int64[np.ndarray, " leaves"]) -> tuple[_Kept, Int64[np.ndarray, " requirements"]]:
        """The conditions of some leaves, and the new number of each requirement."""
        leaves = self.leaves
        requirements, first_requirement = _ranges(leaves.first_requirement, used)
        conditions, first_condition = _ranges(leaves.first_condition, requirements)
        place = np.zeros(len(leaves.feature), dtype=np.int64)
        place[requirements] = np.arange(len(requirements))
        counts = self._counts[used]
        longer = [int((counts > position).sum()) for position in range(counts.max(initial=0))]
        single = len(conditions) == len(requirements)
        kept = _Kept(
            leaves.column[conditions],
            self._ranked.least[conditions],
            self._ranked.most[conditions],
            first_condition,
            first_requirement,
            longer,
            single,
        )
        return kept, place


def _ranges(
    first: Int64[np.ndarray, " ends"], chosen: Int64[np.ndarray, " chosen"]
) -> tuple[Int64[np.ndarray, " members"], Int64[np.ndarray, " chosen"]]:
    """The members of the chosen groups, and where each group starts among them."""
    counts = first[chosen + 1] - first[chosen]
    starts = np.concatenate([[0], counts.cumsum()[:-1]]).astype(np.int64)[: len(chosen)]
    members = np.arange(counts.sum()) + np.repeat(first[chosen] - starts, counts)
    return members, starts
