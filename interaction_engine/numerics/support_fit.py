"""The sparsest exact effects of a few given AND and OR patterns: what remains to be done once the patterns are known.

An iteration finds which patterns a sparse game has long before their effects are exact. With k patterns what is left
are k x k normal equations, whose entries are powers of two, and, where patterns depend on each other, a linear program
of k unknowns.
"""

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.optimize import linprog
from torch import Tensor

from .hypercube.kronecker import players
from .hypercube.subset_transforms import and_or_values, disjoint_sums, orders, superset_zeta

REFINEMENTS = 3
"""Rounds of iterative refinement, with the residual on all subsets; each gains several digits."""

EXACT = 1e-11
"""Patterns explain a game when no value is missed by more, in units of its largest one."""

DEPENDENT = 1e-10
"""Eigenvalues of the normal equations below this share of the largest are those of dependent patterns."""


def fit_patterns(
    values: Float[Tensor, " subsets"], and_sets: Int[Tensor, " ands"], or_sets: Int[Tensor, " ors"]
) -> tuple[Float[Tensor, " subsets"], Float[Tensor, " subsets"]] | None:
    """Return AND and OR effects of least strength that add up to `values`; None where there are none.

    They are 0 but for the given nonempty sets; `values` are 0 on the empty set and about 1 at most.
    """
    products = _products(players(values), and_sets, or_sets)
    levels, directions = torch.linalg.eigh(products)
    solid = levels > DEPENDENT * levels[-1]
    if not bool(solid.all()):
        kept = _independent(products, torch.cat(_inner(values, and_sets, or_sets)))
        if kept is None or bool(kept.all()):
            return None
        return fit_patterns(values, and_sets[kept[: len(and_sets)]], or_sets[kept[len(and_sets) :]])
    a, b = torch.zeros_like(values), torch.zeros_like(values)
    missing = values
    for _ in range(1 + REFINEMENTS):
        right = torch.cat(_inner(missing, and_sets, or_sets))
        change = directions @ ((directions.mT @ right) / levels)
        a[and_sets] += change[: len(and_sets)]
        b[or_sets] += change[len(and_sets) :]
        missing = values - and_or_values(a, b)
    return (a, b) if bool(missing.abs().amax() <= EXACT) else None


def _inner(values: Tensor, and_sets: Tensor, or_sets: Tensor) -> tuple[Tensor, Tensor]:
    """Inner products of `values` with the patterns as 0-1 vectors over all subsets, as shares of 2^n."""
    share = 1.0 / len(values)
    return superset_zeta(values)[and_sets] * share, (values.sum() - disjoint_sums(values)[or_sets]) * share


def _products(n: int, and_sets: Tensor, or_sets: Tensor) -> Tensor:
    """Inner products of the patterns with each other, as shares of 2^n.

    2^-|T| of the subsets contain T, as many are disjoint from T, and both hold independently for sets that do not meet.
    """
    share = 0.5 ** orders(n, and_sets.device).double()
    first, second = share[and_sets], share[or_sets]
    both_and = share[and_sets[:, None] | and_sets]
    both_or = 1.0 - second[:, None] - second + share[or_sets[:, None] | or_sets]
    apart = ((and_sets[:, None] & or_sets) == 0).double()
    mixed = first[:, None] * (1.0 - apart * second)
    return torch.cat([torch.cat([both_and, mixed], 1), torch.cat([mixed.mT, both_or], 1)])


def _independent(products: Tensor, right: Tensor) -> Tensor | None:
    """Which of dependent patterns an effect of least strength takes: a vertex of the linear program."""
    matrix = products.cpu().numpy()
    costs = np.ones(2 * len(matrix))
    result = linprog(
        costs, A_eq=np.hstack([matrix, -matrix]), b_eq=right.cpu().numpy(), bounds=(0, None), method="highs-ds"
    )
    if result.status != 0:
        return None
    effects = np.abs(result.x[: len(matrix)] - result.x[len(matrix) :])
    return torch.from_numpy(effects > 1e-7 * max(effects.max(), 1e-300)).to(products.device)
