"""AND and OR interactions of all 2^n subsets of n players, their inverses and adjoints, in O(n 2^n).

All functions take vectors over subsets on the last axis (entry S at the number whose bit i tells whether player i is in
S; see `kronecker`), any leading axes, float64 or float32, on any device, and return a new tensor of the same kind. They
raise `InputError` when the last axis is no power of two.

With Z[S, T] = 1(T subset of S) and D[S, T] = 1(T and S are disjoint):

    zeta             Z x        sums over subsets             adjoint: superset_zeta, Z^T x
    moebius          Z^-1 x     AND interactions              adjoint: superset_moebius, Z^-T x
    disjoint_sums    D x        sums over disjoint subsets    adjoint: itself (D is symmetric)
    or_interactions  -D^-1 x    OR interactions               adjoint: itself
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from . import kronecker
from .kronecker import Matrix2, players

ZETA: Matrix2 = ((1.0, 0.0), (1.0, 1.0))
MOEBIUS: Matrix2 = ((1.0, 0.0), (-1.0, 1.0))


def zeta(values: Float[Tensor, "*batch subsets"]) -> Float[Tensor, "*batch subsets"]:
    """Sums over subsets: entry S becomes the sum of the entries T with T subset of S."""
    return kronecker.apply(ZETA, values)


def moebius(values: Float[Tensor, "*batch subsets"]) -> Float[Tensor, "*batch subsets"]:
    """AND (Harsanyi) interactions, in the unit of `values`: sum over T subset of S of (-1)^(|S|-|T|) v(T).

    The inverse of `zeta` (AND-OR paper, equation 2). Entry 0 is v(empty).
    """
    return kronecker.apply(MOEBIUS, values)


def superset_zeta(values: Float[Tensor, "*batch subsets"]) -> Float[Tensor, "*batch subsets"]:
    """Sums over supersets: entry S becomes the sum of the entries T with S subset of T. The adjoint of `zeta`."""
    return kronecker.apply(kronecker.transposed(ZETA), values)


def superset_moebius(values: Float[Tensor, "*batch subsets"]) -> Float[Tensor, "*batch subsets"]:
    """The inverse of `superset_zeta` and the adjoint of `moebius`."""
    return kronecker.apply(kronecker.transposed(MOEBIUS), values)


def disjoint_sums(values: Float[Tensor, "*batch subsets"]) -> Float[Tensor, "*batch subsets"]:
    """Entry S becomes the sum of the entries T that share no player with S."""
    return kronecker.apply(ZETA, values).flip(-1)


def or_interactions(values: Float[Tensor, "*batch subsets"]) -> Float[Tensor, "*batch subsets"]:
    """OR interactions, in the unit of `values`: -sum over T subset of S of (-1)^(|S|-|T|) v(all players but T).

    AND-OR paper, equation 2. Entry 0 is -v(all), which is no interaction: `or_values` leaves it out.
    """
    return kronecker.apply(MOEBIUS, values.flip(-1)).neg_()


def or_values(interactions: Float[Tensor, "*batch subsets"]) -> Float[Tensor, "*batch subsets"]:
    """v_or(S), the sum of the OR interactions that share a player with S.

    The inverse of `or_interactions` for values that are 0 on the empty set. Entry 0 of `interactions` does not
    count.
    """
    sums = disjoint_sums(interactions)
    return sums[..., :1] - sums


def and_or_values(
    and_effects: Float[Tensor, "*batch subsets"], or_effects: Float[Tensor, "*batch subsets"]
) -> Float[Tensor, "*batch subsets"]:
    """What AND and OR interactions predict on every masked sample (universal matching, AND-OR paper, equation 3)."""
    return zeta(and_effects) + or_values(or_effects)


def orders(n_players: int, device: torch.device | str = "cpu") -> Int[Tensor, " subsets"]:
    """The number of players in every subset."""
    counts = torch.zeros(1, dtype=torch.int64, device=device)
    for _ in range(n_players):
        counts = torch.cat([counts, counts + 1])
    return counts


def by_order(values: Float[Tensor, "*batch subsets"]) -> Float[Tensor, "*batch orders"]:
    """Sums over the subsets of each size, 0 to n."""
    n = players(values)
    sums = torch.zeros(*values.shape[:-1], n + 1, dtype=values.dtype, device=values.device)
    return sums.index_add_(-1, orders(n, values.device), values)
