"""n-fold Kronecker powers of 2 x 2 matrices, applied to vectors over all subsets of n players in O(n 2^n).

A vector over the subsets of n players has 2^n entries; entry S stands at the number whose bit i tells whether player i
is in S. What a transform does to the absent and the present state of one player is a 2 x 2 matrix (rows: the state in
the result, columns: in the argument), and the transform of the whole vector is its n-fold Kronecker power.
"""

import math
from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor

from ...core.errors import InputError

Matrix2 = tuple[tuple[float, float], tuple[float, float]]

GROUP_BITS = 5
"""So many bits at a time are one product with a dense 32 x 32 matrix: fewer, longer operations than bit by bit."""

DENSE_BITS = 10
"""From this bit on, a pass over one bit in place is cheaper than a product."""


def apply(matrix: Matrix2, values: Float[Tensor, "*batch subsets"]) -> Float[Tensor, "*batch subsets"]:
    """The n-fold Kronecker power of `matrix` (determinant 1) times every vector of `values`, as a new tensor."""
    n = players(values)
    result, bit = values, 0
    while bit < min(n, DENSE_BITS):
        group = min(GROUP_BITS, n - bit)
        dense = power_table(matrix, group, values.dtype, values.device)
        if bit == 0:
            result = result.reshape(-1, 2**group) @ dense.mT
        else:
            parts = result.view(-1, 2**group, 2**bit)
            result = torch.bmm(dense.expand(len(parts), -1, -1), parts)
        bit += group
    for high in range(bit, n):
        halves = result.view(-1, 2, 2**high).unbind(1)
        for target, factor in shears(matrix):
            halves[target].add_(halves[1 - target], alpha=factor)
    return result.view(values.shape)


def players(values: Tensor) -> int:
    """n, from the 2^n entries of the last axis; raises `InputError` for any other length, and for fewer than two."""
    size = values.shape[-1] if values.ndim else 0
    if size < 2 or size & (size - 1):
        raise InputError(
            f"A vector over all subsets of n players has 2^n entries (2, 4, 8, ...); got {size}. Evaluate every subset."
        )
    return size.bit_length() - 1


@cache
def shears(matrix: Matrix2) -> tuple[tuple[int, float], ...]:
    """The matrix as additions of a multiple of one state's half to the other's, (changed half, multiple), in order.

    Every 2 x 2 matrix of determinant 1 other than a scaling is a product of at most three of them, so that a pass needs
    no memory of its own. Raises `ValueError` for any other matrix.
    """
    (p, q), (r, s) = matrix
    if not math.isclose(p * s - q * r, 1.0, rel_tol=1e-12) or (q == r == 0.0 and p != 1.0):
        raise ValueError(f"expected a matrix of determinant 1 that is not a scaling; got {matrix}")
    if r != 0.0:
        steps = ((0, (s - 1.0) / r), (1, r), (0, (p - 1.0) / r))
    else:
        steps = ((0, q),) if p == 1.0 else ((1, (p - 1.0) / q), (0, q), (1, (s - 1.0) / q))
    return tuple(step for step in steps if step[1] != 0.0)


@cache
def power_table(matrix: Matrix2, n: int, dtype: torch.dtype, device: torch.device) -> Float[Tensor, "subsets subsets"]:
    """The n-fold Kronecker power as a dense matrix, for few players."""
    factor = torch.tensor(matrix, dtype=torch.float64)
    table = torch.ones(1, 1, dtype=torch.float64)
    for _ in range(n):
        table = torch.kron(table, factor)
    return table.to(dtype=dtype, device=device)


def scales(
    absent: float, present: float, n: int, dtype: torch.dtype, device: torch.device
) -> Float[Tensor, " subsets"]:
    """The diagonal of the n-fold power of diag(absent, present): absent^(n - |S|) present^|S|."""
    factor = torch.tensor((absent, present), dtype=torch.float64)
    table = torch.ones(1, dtype=torch.float64)
    for _ in range(n):
        table = torch.kron(table, factor)
    return table.to(dtype=dtype, device=device)


def transposed(matrix: Matrix2) -> Matrix2:
    """Return the transposed matrix."""
    (p, q), (r, s) = matrix
    return ((p, r), (q, s))


def inverse(matrix: Matrix2) -> Matrix2:
    """The inverse of a matrix of determinant 1."""
    (p, q), (r, s) = matrix
    return ((s, -q), (-r, p))


def product(first: Matrix2, second: Matrix2) -> Matrix2:
    """Return the product of two matrices."""
    rows = [[sum(row[k] * second[k][column] for k in (0, 1)) for column in (0, 1)] for row in first]
    return ((rows[0][0], rows[0][1]), (rows[1][0], rows[1][1]))


@cache
def symmetric_power(matrix: Matrix2, order: int) -> Float[Tensor, "states states"]:
    """The `order`-fold Kronecker power restricted to vectors that no exchange of players changes, order + 1 of them.

    The basis is orthonormal: vector k is spread evenly over the subsets of size k.
    """
    factor = torch.tensor(matrix, dtype=torch.float64)
    result = torch.ones(1, 1, dtype=torch.float64)
    for size in range(order):
        embed = _raising(size)
        result = torch.einsum("abi,ac,bd,cdj->ij", embed, result, factor, embed)
    return result


def _raising(size: int) -> Float[Tensor, "states 2 more"]:
    """Return the even vectors over size + 1 players from those over `size` players.

    They are combinations of the even vectors over `size` players and the states of one more.
    """
    embed = torch.zeros(size + 1, 2, size + 2, dtype=torch.float64)
    for k in range(size + 2):
        if k <= size:
            embed[k, 0, k] = math.sqrt((size + 1 - k) / (size + 1))
        if k:
            embed[k - 1, 1, k] = math.sqrt(k / (size + 1))
    return embed
