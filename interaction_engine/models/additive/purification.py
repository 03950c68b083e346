"""Pure terms: what fewer of a term's features explain is moved out of it, so that every shape has one meaning."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations

import torch
from jaxtyping import Float64, Int
from torch import Tensor

from ...core.types import FeatureSpace
from ...numerics.hats import Hats

Members = tuple[tuple[int, ...], ...]
Evaluate = Callable[[Float64[Tensor, "rows features"]], Float64[Tensor, "rows members outputs"]]

KNOTS: dict[int, dict[int, int]] = {2: {1: 16}, 3: {1: 12, 2: 5}, 4: {1: 10, 2: 4, 3: 3}}
"""By the order of a term: knots per feature of the functions of 1, 2, ... features that are moved out of it. With
more, chance correlations of the rows would be moved along: about sqrt(products / rows) of the term."""

MOST_PRODUCTS, MOST_KNOTS = 600, 8
"""For terms of more features than `KNOTS` has: pairs are moved while there are at most so many products of hats, and
single features with at most so many knots."""

RIDGE = 1e-7
"""Share of the mean square of the products that is added to each: it settles cells without rows at 0."""

ROWS_PER_CALL = 1024


@dataclass(frozen=True, eq=False)
class Moved:
    """Functions moved from terms (`sources`) to terms of fewer features (`targets`, with features `sets`)."""

    hats: Hats
    sources: Int[Tensor, " moved"]
    targets: Int[Tensor, " moved"]
    sets: Int[Tensor, "moved order"]
    coefficients: Float64[Tensor, "moved products outputs"]

    def apply(
        self, rows: Float64[Tensor, "rows features"], values: Float64[Tensor, "rows terms outputs"]
    ) -> Float64[Tensor, "rows terms outputs"]:
        """The terms' values after the move."""
        moved = self.hats.combined(rows, self.sets, self.coefficients)
        return values.index_add(1, self.targets, moved).index_add(1, self.sources, moved, alpha=-1)


@dataclass(frozen=True, eq=False)
class PureTerms:
    """Terms of distinct feature sets (`members`), each centred, that with `intercept` add up to what they were made of.

    `owners` has the term to which each function of `evaluate` belongs, -1 for a constant.
    """

    members: Members
    intercept: Float64[Tensor, " outputs"]
    evaluate: Evaluate
    owners: tuple[int, ...]
    moves: tuple[Moved, ...]
    means: Float64[Tensor, "terms outputs"]

    def contributions(self, rows: Float64[Tensor, "rows features"]) -> Float64[Tensor, "rows terms outputs"]:
        """What each term adds to each output at `rows`, wherever they are."""
        parts = [self._values(part) for part in rows.split(ROWS_PER_CALL)]
        return torch.cat(parts) if parts else rows.new_zeros(0, *self.means.shape)

    def _values(self, rows: Float64[Tensor, "rows features"]) -> Float64[Tensor, "rows terms outputs"]:
        values = gathered(self.evaluate(rows), self.owners, len(self.members))
        for move in self.moves:
            values = move.apply(rows, values)
        return values - self.means


def purify(
    members: Members,
    evaluate: Evaluate,
    space: FeatureSpace,
    rows: Float64[Tensor, "rows features"],
    intercept: Float64[Tensor, " outputs"],
) -> PureTerms:
    """Return the functions `evaluate` as purified terms.

    They are functions of the features `members`, purified under the empirical joint distribution of `rows`.

    Order by order from the highest, each term is projected on all functions of fewer of its features (hat functions and
    their products, least squares over `rows`), and the projection is moved to the terms of those features. A term is
    then orthogonal to all these functions, and what was moved is a function itself: so the sum is unchanged at every
    point. Functions of equal features become one term. Source: functional ANOVA with dependent features, Hooker,
    J. Comput. Graph. Stat. 16 (2007).
    """
    sets = _all_terms(members)
    place = {one: position for position, one in enumerate(sets)}
    owners = tuple(place.get(tuple(sorted(one)), -1) for one in members)
    raw = torch.cat([evaluate(part) for part in rows.split(ROWS_PER_CALL)])
    values, constant = gathered(raw, owners, len(sets)), raw[:, [owner < 0 for owner in owners]].sum(1).mean(0)
    moves: list[Moved] = []
    for order in sorted({len(one) for one in sets if len(one) > 1}, reverse=True):
        plan = moved_orders(order)
        hats = {knots: Hats.over(space, rows, knots) for knots in set(plan.values())}
        made = _projected([one for one in sets if len(one) == order], place, values, rows, plan, hats)
        for move in made:
            values = torch.cat(
                [
                    move.apply(part, some)
                    for part, some in zip(rows.split(ROWS_PER_CALL), values.split(ROWS_PER_CALL), strict=True)
                ]
            )
        moves += made
    means = values.mean(dim=0)
    return PureTerms(sets, intercept + constant + means.sum(0), evaluate, owners, tuple(moves), means)


def moved_orders(order: int) -> dict[int, int]:
    """What is moved out of a term of so many features: knots per feature by the order of the functions moved."""
    if order in KNOTS:
        return KNOTS[order]
    knots = max(2, min(MOST_KNOTS, MOST_PRODUCTS // order))
    pairs = order * (order - 1) // 2
    return {1: knots, 2: 3} if order * knots + 9 * pairs <= MOST_PRODUCTS else {1: knots}


def gathered(
    values: Float64[Tensor, "rows functions outputs"], owners: tuple[int, ...], n_terms: int
) -> Float64[Tensor, "rows terms outputs"]:
    """The sum of the functions of each term; those of term -1 are left out."""
    kept = [function for function, owner in enumerate(owners) if owner >= 0]
    index = torch.tensor([owners[function] for function in kept], dtype=torch.long, device=values.device)
    return values.new_zeros(len(values), n_terms, values.shape[2]).index_add(1, index, values[:, kept])


def _all_terms(members: Members) -> Members:
    """The feature sets of the members and of all that is moved out of them, fewest features first."""
    sets = {tuple(sorted(one)) for one in members if one}
    for order in range(max(map(len, sets), default=0), 1, -1):
        sets |= {
            part
            for one in tuple(sets)
            if len(one) == order
            for smaller in moved_orders(order)
            for part in combinations(one, smaller)
        }
    return tuple(sorted(sets, key=lambda one: (len(one), one)))


def _projected(
    sources: Iterable[tuple[int, ...]],
    place: dict[tuple[int, ...], int],
    values: Float64[Tensor, "rows terms outputs"],
    rows: Float64[Tensor, "rows features"],
    plan: dict[int, int],
    hats: dict[int, Hats],
) -> list[Moved]:
    """What is moved out of `sources`, terms of equally many features: batched least squares over the rows."""
    sources = list(sources)
    own = torch.tensor([place[one] for one in sources], device=rows.device)
    parts = {
        smaller: [list(combinations(one, smaller)) for one in sources] for smaller in plan
    }  # by order: for each source, its subsets
    n_products = sum(len(subsets[0]) * plan[smaller] ** smaller for smaller, subsets in parts.items())
    gram = rows.new_zeros(len(sources), n_products, n_products)
    right = rows.new_zeros(len(sources), n_products, values.shape[2])
    for part, some in zip(rows.split(ROWS_PER_CALL), values.split(ROWS_PER_CALL), strict=True):
        columns = []
        for smaller, subsets in parts.items():
            flat = torch.tensor(subsets, device=rows.device).reshape(-1, smaller)
            products = hats[plan[smaller]].products(part, flat)
            shape = (len(sources), len(subsets[0]), len(part), -1)
            columns.append(products.reshape(shape).transpose(1, 2).flatten(2))
        basis = torch.cat(columns, dim=2)
        gram += basis.mT @ basis
        right += basis.mT @ some[:, own].transpose(0, 1)
    ridge = RIDGE * gram.diagonal(dim1=1, dim2=2).mean(dim=1).clamp(min=1e-12)
    gram.diagonal(dim1=1, dim2=2).add_(ridge[:, None])
    solved = torch.cholesky_solve(right, torch.linalg.cholesky(gram))
    moves, start = [], 0
    for smaller, subsets in parts.items():
        n_subsets, size = len(subsets[0]), plan[smaller] ** smaller
        block = solved[:, start : start + n_subsets * size].reshape(len(sources) * n_subsets, size, -1)
        start += n_subsets * size
        moves.append(
            Moved(
                hats[plan[smaller]],
                own.repeat_interleave(n_subsets),
                torch.tensor([place[one] for many in subsets for one in many], device=rows.device),
                torch.tensor(subsets, device=rows.device).reshape(-1, smaller),
                block,
            )
        )
    return moves
