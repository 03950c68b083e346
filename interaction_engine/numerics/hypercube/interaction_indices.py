"""Shapley values and interaction indices of any order, from the Moebius coefficients of a game in O(n 2^n) per order.

Every index here is a weighted sum of the Moebius coefficients m(T) (`subset_transforms.moebius`) of the supersets T of
S, with weights that depend on the sizes |S| and |T| only. Vectors over subsets stand on the last axis, any leading
axes; all figures have the unit of the game.
"""

import math
from collections.abc import Sequence
from fractions import Fraction

import torch
from jaxtyping import Float
from torch import Tensor

from ...core.errors import InputError
from .kronecker import players
from .subset_transforms import orders, superset_zeta


def index_of_order(
    moebius: Float[Tensor, "*batch subsets"], order: int, weights: Sequence[float]
) -> Float[Tensor, "*batch subsets"]:
    """Return, for every S of size `order`, the sum of weights[|T|] m(T) over T containing S; 0 for the others.

    `weights` has n + 1 numbers, by size of T. Raises `InputError` for another length or an order outside 1..n.
    """
    n = players(moebius)
    if not 1 <= order <= n or len(weights) != n + 1:
        raise InputError(
            f"Expected an `order` from 1 to {n} and {n + 1} `weights`, one per size; got order {order} and "
            f"{len(weights)} weights."
        )
    sizes = orders(n, moebius.device)
    table = torch.tensor(weights, dtype=moebius.dtype, device=moebius.device)
    return superset_zeta(moebius * table[sizes]) * (sizes == order)


def shapley_values(moebius: Float[Tensor, "*batch subsets"]) -> Float[Tensor, "*batch players"]:
    """Every player's Shapley value: each m(T) shared equally among the players of T (Harsanyi 1963)."""
    n = players(moebius)
    shares = index_of_order(moebius, 1, [0.0, *(1.0 / size for size in range(1, n + 1))])
    return shares[..., 2 ** torch.arange(n, device=moebius.device)]


def shapley_interactions(moebius: Float[Tensor, "*batch subsets"], order: int) -> Float[Tensor, "*batch subsets"]:
    """The Shapley interaction index of all S of one size: sum of m(T) / (|T| - |S| + 1) (Grabisch & Roubens 1999)."""
    n = players(moebius)
    return index_of_order(moebius, order, [1.0 / (size - order + 1) if size >= order else 0.0 for size in range(n + 1)])


def banzhaf_interactions(moebius: Float[Tensor, "*batch subsets"], order: int) -> Float[Tensor, "*batch subsets"]:
    """The Banzhaf interaction index of all S of one size: sum of m(T) / 2^(|T| - |S|) (Grabisch & Roubens 1999)."""
    n = players(moebius)
    return index_of_order(moebius, order, [0.5 ** (size - order) if size >= order else 0.0 for size in range(n + 1)])


def k_shapley_interactions(moebius: Float[Tensor, "*batch subsets"], max_order: int) -> Float[Tensor, "*batch subsets"]:
    """k-SII: Shapley interactions of orders 1 to k = `max_order` that add up to v(all) - v(empty); 0 for larger sets.

    Bordt & von Luxburg, "From Shapley values to generalized additive models and back" (2023), Definition 5: the index
    of S is sum over r of B_r times the Shapley interaction indices of the sets S and r further players, r <= k - |S|,
    with the Bernoulli numbers B_r (B_1 = -1/2). Entry 0 is v(empty). Raises `InputError` for a `max_order` outside
    1..n.
    """
    n = players(moebius)
    if not 1 <= max_order <= n:
        raise InputError(f"`max_order` must be from 1 to the number of players ({n}); got {max_order}.")
    bernoulli = _bernoulli(max_order)
    result = torch.zeros_like(moebius)
    result[..., 0] = moebius[..., 0]
    for order in range(1, max_order + 1):
        weights = [_share(size - order, max_order - order, bernoulli) for size in range(n + 1)]
        result += index_of_order(moebius, order, weights)
    return result


def _share(more: int, limit: int, bernoulli: list[Fraction]) -> float:
    """What a set S gets of m(T), for |T| - |S| = `more` and at most `limit` further players in the sum."""
    terms = (bernoulli[r] * math.comb(more, r) / (more - r + 1) for r in range(min(more, limit) + 1))
    return float(sum(terms, Fraction(0)))


def _bernoulli(count: int) -> list[Fraction]:
    """B_0 to B_count."""
    numbers = [Fraction(1)]
    for m in range(1, count + 1):
        total = sum((math.comb(m + 1, j) * numbers[j] for j in range(m)), Fraction(0))
        numbers.append(-total / (m + 1))
    return numbers
