"""Solving with sums of Kronecker powers that share no eigenvectors: I + A x ... x A + B x ... x B, in O(n^2 2^n).

Such a sum does not change when players are exchanged. Adding one player after the other with Clebsch-Gordan
coefficients (2 x 2 rotations, as spins one half are coupled in physics) turns a vector over subsets into blocks: for
every J = n, n - 2, ... some number of copies of J + 1 states, on which the power of a matrix of determinant 1 acts as
its J-th symmetric power. What remains are dense systems of at most n + 1 unknowns.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from .hypercube.kronecker import Matrix2, players, symmetric_power

DENSE_BITS = 6
"""So many players are coupled by one dense product, which costs less than the many small steps that make it."""

Blocks = dict[int, Tensor]
"""By J: (batch, copies, J + 1, what is not yet coupled)."""


class SymmetricSolver:
    """Return x -> (shift I + sum of the n-fold powers of `matrices`)^-1 x.

    The matrices have determinant +1 or -1, and their powers make that sum positive definite.
    """

    def __init__(
        self, matrices: list[Matrix2], shift: float, n_players: int, dtype: torch.dtype, device: torch.device
    ) -> None:
        self.n = n_players
        self.dense = min(n_players, DENSE_BITS)
        like = torch.empty(0, dtype=dtype, device=device)
        eye = torch.eye(2**self.dense, dtype=dtype, device=device).reshape(2**self.dense, 1, 1, 2**self.dense)
        coupled = _coupled({0: eye}, 0, self.dense)
        self.table = torch.cat([block.flatten(1) for block in coupled.values()], 1)
        self.shapes = {spin: tuple(block.shape[1:3]) for spin, block in coupled.items()}
        self.inverses = {spin: self._inverse(matrices, shift, spin).to(like) for spin in range(n_players, -1, -2)}

    def _inverse(self, matrices: list[Matrix2], shift: float, spin: int) -> Tensor:
        total = shift * torch.eye(spin + 1, dtype=torch.float64)
        for matrix in matrices:
            (p, q), (r, s) = matrix
            sign = math.copysign(1.0, p * s - q * r) ** ((self.n - spin) // 2)
            total += sign * symmetric_power(matrix, spin)
        return torch.linalg.inv(total)

    def __call__(self, values: Float[Tensor, "batch subsets"]) -> Float[Tensor, "batch subsets"]:
        """Apply the inverse to vectors over subsets."""
        if players(values) != self.n:
            raise ValueError(f"expected vectors over the subsets of {self.n} players; got {values.shape[-1]} entries")
        rest = 2 ** (self.n - self.dense)
        first = self.table.mT @ values.reshape(-1, 2**self.dense, rest)
        sizes = [copies * states for copies, states in self.shapes.values()]
        blocks: Blocks = {
            spin: part.reshape(-1, *self.shapes[spin], rest)
            for spin, part in zip(self.shapes, first.split(sizes, 1), strict=True)
        }
        blocks = _coupled(blocks, self.dense, self.n)
        # the inverses are symmetric, and nothing is left uncoupled: the last axis has length 1
        blocks = {spin: (block[..., 0] @ self.inverses[spin])[..., None] for spin, block in blocks.items()}
        blocks = _separated(blocks, self.n, self.dense)
        joined = torch.cat([blocks[spin].flatten(1, 2) for spin in self.shapes], 1)
        return (self.table @ joined).reshape(values.shape)


def _coefficients(spin: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """Return cosine and sine of the rotations that couple J = `spin` with one more player, for 0 to J + 1 players."""
    k = torch.arange(spin + 2, dtype=like.dtype, device=like.device)
    return ((spin + 1 - k) / (spin + 1)).sqrt()[:, None], (k / (spin + 1)).sqrt()[:, None]


def _coupled(blocks: Blocks, start: int, stop: int) -> Blocks:
    """The blocks after coupling the players of the bits n - start - 1 down to n - stop."""
    for _ in range(start, stop):
        parts: dict[int, list[Tensor]] = {}
        for spin, block in blocks.items():
            absent, present = block.unflatten(3, (2, -1)).unbind(3)
            cos, sin = _coefficients(spin, block)
            higher = torch.zeros(*absent.shape[:2], spin + 2, absent.shape[3], dtype=block.dtype, device=block.device)
            torch.mul(absent, cos[:-1], out=higher[:, :, :-1])
            higher[:, :, 1:].addcmul_(present, sin[1:])
            parts.setdefault(spin + 1, []).append(higher)
            if spin:
                lower = present[:, :, :-1] * cos[1:-1]
                parts.setdefault(spin - 1, []).append(lower.addcmul_(absent[:, :, 1:], sin[1:-1], value=-1.0))
        blocks = {spin: torch.cat(some, 1) if len(some) > 1 else some[0] for spin, some in sorted(parts.items())}
    return blocks


def _separated(blocks: Blocks, start: int, stop: int) -> Blocks:
    """The inverse of `_coupled`: from `start` coupled players back to `stop`."""
    for size in range(start - 1, stop - 1, -1):
        fewer: Blocks = {}
        taken = dict.fromkeys(blocks, 0)
        for spin in range(size % 2, size + 1, 2):
            copies = _copies(size, spin)
            higher = blocks[spin + 1].narrow(1, taken[spin + 1], copies)
            taken[spin + 1] += copies
            cos, sin = _coefficients(spin, higher)
            block = torch.empty(*higher.shape[:2], spin + 1, 2, higher.shape[3], dtype=cos.dtype, device=cos.device)
            absent, present = block.unbind(3)
            torch.mul(higher[:, :, :-1], cos[:-1], out=absent)
            torch.mul(higher[:, :, 1:], sin[1:], out=present)
            if spin:
                lower = blocks[spin - 1].narrow(1, taken[spin - 1], copies)
                taken[spin - 1] += copies
                absent[:, :, 1:].addcmul_(lower, sin[1:-1], value=-1.0)
                present[:, :, :-1].addcmul_(lower, cos[1:-1])
            fewer[spin] = block.flatten(3)
        blocks = fewer
    return blocks


def _copies(size: int, spin: int) -> int:
    """How often J = `spin` occurs among `size` players."""
    k = (size - spin) // 2
    return math.comb(size, k) - (math.comb(size, k - 1) if k else 0)
