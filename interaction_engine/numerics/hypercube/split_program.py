"""The linear program of the sparsest AND-OR split, in the form that the solver needs: two easy projections.

    min ||a||_1 + ||b||_1   subject to   Z a + W b + e = v,   |e| <= noise,   e(empty) = 0

with Z[S, T] = 1(T subset of S), W[S, T] = 1(T meets S), a and b over the nonempty subsets, v(empty) = 0. Two steps make
the projection onto the equations cheap.

- W = 1 1^T - D with D[S, T] = 1(T and S are disjoint). With a and b given entries for the empty set that cost nothing,
  Z a + W b = v and Z a - D b = v have the same solutions on the nonempty subsets, so D serves for W.
- The matrices of one player, Z Z^T = [[1, 1], [1, 2]] and D D^T = [[2, 1], [1, 1]], have the generalised eigenvalues
  phi^2 and phi^-2 (golden ratio). In the basis P that diagonalises both, P^T Z = Q is a rotation, and P^T D = s Q J
  with s = diag(1/phi, -phi) and the quarter turn J. With beta = J b, that is beta(S) = (-1)^(n-|S|) b(all but S), the
  equations read Q a - s Q beta = Q Z^-1 v, one equation per coordinate.

A noise term takes that away, as three matrices have no common basis; its projection is made by `total_spin`.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ..support_fit import fit_patterns
from ..total_spin import SymmetricSolver
from . import kronecker
from .kronecker import Matrix2
from .subset_transforms import MOEBIUS, disjoint_sums, moebius, superset_moebius, superset_zeta, zeta

PHI = (1.0 + math.sqrt(5.0)) / 2.0
_RADIUS = math.hypot(1.0, PHI)
ROTATION: Matrix2 = ((1.0 / _RADIUS, PHI / _RADIUS), (-PHI / _RADIUS, 1.0 / _RADIUS))
BACK = kronecker.transposed(ROTATION)
INTO_BASIS = kronecker.product(ROTATION, MOEBIUS)
AND_SQUARE: Matrix2 = ((1.0, 1.0), (1.0, 2.0))
OR_SQUARE: Matrix2 = ((2.0, 1.0), (1.0, 1.0))

ROUNDING = 1e-12
"""Costs that differ by less than this share are equal: the first split found is kept, which is the simpler one."""


@dataclass(frozen=True)
class Point:
    """A split that satisfies all constraints, and what it costs: ||a||_1 + ||b||_1 over the nonempty subsets."""

    a: Float[Tensor, "samples subsets"]
    b: Float[Tensor, "samples subsets"]
    noise: Float[Tensor, "samples subsets"] | None
    cost: Float[Tensor, " samples"]

    def better(self, other: "Point") -> "Point":
        """The cheaper of two points, sample by sample; this one where they differ by no more than rounding."""
        wins = (other.cost < self.cost * (1.0 - ROUNDING))[:, None]
        noise = None if self.noise is None or other.noise is None else other.noise.where(wins, self.noise)
        cost = other.cost.where(wins[:, 0], self.cost)
        return Point(other.a.where(wins, self.a), other.b.where(wins, self.b), noise, cost)


class Program:
    """The program for a batch of samples: `values` with v(empty) = 0, `bound` the largest noise of each sample or None.

    A state has the axes samples, blocks, subsets; the blocks are a, beta and, with noise, e.
    """

    def __init__(self, values: Float[Tensor, "samples subsets"], bound: Float[Tensor, " samples"] | None) -> None:
        self.values, self.bound = values, bound
        self.n = kronecker.players(values)
        self.n_blocks = 2 if bound is None else 3

    def select(self, samples: Bool[Tensor, " samples"]) -> "Program":
        """The program of some of the samples."""
        part = Program(self.values[samples], None if self.bound is None else self.bound[samples])
        part.__dict__.update(
            {name: self.__dict__[name] for name in ("scales", "signs", "solver") if name in vars(self)}
        )
        return part

    @cached_property
    def scales(self) -> Float[Tensor, " subsets"]:
        """The factors that make the basis orthonormal."""
        return kronecker.scales(1.0 / PHI, -PHI, self.n, self.values.dtype, self.values.device)

    @cached_property
    def signs(self) -> Float[Tensor, " subsets"]:
        """(-1)^|S|."""
        return kronecker.scales(1.0, -1.0, self.n, self.values.dtype, self.values.device)

    @cached_property
    def target(self) -> Float[Tensor, "samples subsets"]:
        """The values in the basis of the program."""
        return kronecker.apply(INTO_BASIS, self.values)

    @cached_property
    def solver(self) -> SymmetricSolver:
        """(Z Z^T + D D^T + I)^-1."""
        return SymmetricSolver([AND_SQUARE, OR_SQUARE], 1.0, self.n, self.values.dtype, self.values.device)

    def start(self) -> Point:
        """All AND, or all OR: whichever is cheaper."""
        zero = torch.zeros_like(self.values)
        return self._as_and(zero, zero).better(self._as_or(zero, zero))

    def state(self, point: Point) -> Float[Tensor, "samples blocks subsets"]:
        """Return a point in the coordinates of the solver."""
        blocks = [point.a, point.b.flip(1) * self.signs.flip(0)]
        return torch.stack(blocks if point.noise is None else [*blocks, point.noise], 1)

    def clip(
        self, state: Float[Tensor, "samples blocks subsets"], threshold: Float[Tensor, " samples"]
    ) -> Float[Tensor, "samples blocks subsets"]:
        """What minimising cost * threshold + half the squared distance takes away from `state`: scaled multipliers."""
        limit = threshold[:, None]
        taken = torch.empty_like(state)
        torch.clamp(state[:, :2], -limit[:, None], limit[:, None], out=taken[:, :2])
        taken[:, 0, 0] = taken[:, 1, -1] = 0.0
        if self.bound is not None:
            box = self.bound[:, None]
            taken[:, 2] = state[:, 2] - state[:, 2].clamp(-box, box)
            taken[:, 2, 0] = state[:, 2, 0]
        return taken

    def step(self, state: Float[Tensor, "samples blocks subsets"]) -> Float[Tensor, "samples blocks subsets"]:
        """The way from `state` to the nearest point that satisfies the equations."""
        if self.bound is None:
            return self._rotated_step(state, self.target)
        missing = self.solver(self.values - self._images(state))
        return torch.stack([superset_zeta(missing), moebius(missing * self.signs.flip(0)).neg_(), missing], 1)

    def _rotated_step(self, state: Tensor, target: Tensor) -> Tensor:
        turned = kronecker.apply(ROTATION, state)
        missing = (target - turned[:, 0]).addcmul_(self.scales, turned[:, 1]).div_(1.0 + self.scales.square())
        return kronecker.apply(BACK, torch.stack([missing, -self.scales * missing], 1))

    def _images(self, state: Tensor) -> Tensor:
        """Z a - D b + e."""
        return zeta(state[:, 0]) - superset_moebius(state[:, 1]) * self.signs.flip(0) + state[:, 2]

    def best_point(self, state: Float[Tensor, "samples blocks subsets"]) -> Point:
        """The cheapest feasible split near `state`: its projection, or one of its halves with the other made to fit."""
        a, b = state[:, 0], state[:, 1].flip(1) * self.signs
        near = self._projected(state[:, :2], a, b)
        return near.better(self._as_and(a, b)).better(self._as_or(a, b))

    def sparse_point(self, state: Float[Tensor, "blocks subsets"], sample: int, limit: int) -> Point | None:
        """The cheapest exact split of one sample over the patterns that are not 0 in its shrunk `state`.

        None when there is none, or there are more than `limit` patterns, or noise is allowed.
        """
        b = state[1].flip(0) * self.signs
        b[2 ** torch.arange(self.n, device=b.device)] = 0.0
        and_sets, or_sets = (effects[1:].nonzero()[:, 0] + 1 for effects in (state[0], b))
        if self.bound is not None or not 0 < len(and_sets) + len(or_sets) <= limit:
            return None
        result = fit_patterns(self.values[sample], and_sets, or_sets)
        return None if result is None else self._point(result[0][None], result[1][None], None)

    def _projected(self, state: Tensor, a: Tensor, b: Tensor) -> Point:
        noise = self._noise(a, b)
        target = self.target if noise is None else kronecker.apply(INTO_BASIS, self.values - noise)
        near = state + self._rotated_step(state, target)
        return self._point(near[:, 0], near[:, 1].flip(1) * self.signs, noise)

    def _as_and(self, a: Tensor, b: Tensor) -> Point:
        noise = self._noise(a, b)
        rest = self.values + disjoint_sums(b)
        return self._point(moebius(rest if noise is None else rest - noise), b.clone(), noise)

    def _as_or(self, a: Tensor, b: Tensor) -> Point:
        noise = self._noise(a, b)
        rest = zeta(a) - self.values
        return self._point(a.clone(), moebius((rest if noise is None else rest + noise).flip(1)), noise)

    def _noise(self, a: Tensor, b: Tensor) -> Tensor | None:
        """What of the mismatch of a split may count as noise."""
        if self.bound is None:
            return None
        box = self.bound[:, None]
        noise = (self.values - zeta(a) + disjoint_sums(b)).clamp(-box, box)
        noise[:, 0] = 0.0
        return noise

    def _point(self, a: Tensor, b: Tensor, noise: Tensor | None) -> Point:
        """The split with effects a and b; what a single player does is the same as AND and as OR, and counts as AND."""
        singles = 2 ** torch.arange(self.n, device=a.device)
        a[:, singles] += b[:, singles]
        b[:, singles] = 0.0
        a[:, 0] = b[:, 0] = 0.0
        return Point(a, b, noise, a.abs().sum(1) + b.abs().sum(1))

    def lower_bound(self, taken: Float[Tensor, "samples blocks subsets"]) -> Float[Tensor, " samples"]:
        """A bound below every feasible cost, from the multipliers of `clip`.

        For any numbers lambda with sum 0, scaled so that |Z^T lambda| <= 1 and |W^T lambda| <= 1 on the nonempty
        subsets, lambda^T v - noise * ||lambda||_1 is one (linear programming duality).
        """
        prices = self._prices(taken)
        prices[:, 0] = 0.0
        size = prices.abs().sum(1)
        prices[:, 0] = -prices.sum(1)
        largest = superset_zeta(prices)[:, 1:].abs().amax(1).maximum(disjoint_sums(prices)[:, 1:].abs().amax(1))
        value = (prices * self.values).sum(1)
        if self.bound is not None:
            value -= self.bound * size
        return (value / largest.clamp(min=torch.finfo(value.dtype).tiny)).clamp(min=0.0)

    def _prices(self, taken: Tensor) -> Tensor:
        """The numbers lambda whose image under the transposed equations is nearest to the multipliers."""
        if self.bound is not None:
            return self.solver(self._images(taken))
        turned = kronecker.apply(ROTATION, taken)
        nearest = (turned[:, 0] - self.scales * turned[:, 1]) / (1.0 + self.scales.square())
        return superset_moebius(kronecker.apply(BACK, nearest))
