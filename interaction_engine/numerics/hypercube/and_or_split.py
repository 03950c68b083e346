"""The sparsest split of a game into AND and OR interactions, with a certificate of how far from the optimum it is.

The linear program stands in `split_program`; this module solves it for many samples at once. Douglas-Rachford
splitting (the alternating direction method of multipliers) alternates between shrinking every interaction towards 0 and
projecting exactly onto the equations. After a warm-up, during which the size of the shrinkage adapts itself, the
iterates are anchored (Halpern) with restarts, which takes about half as many iterations to a small gap. The gap between
the cost of a feasible split and a dual bound tells when to stop.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ...core.compute import Compute
from ...core.errors import InputError
from .kronecker import players
from .split_program import Point, Program

THRESHOLD = 0.06
"""First shrinkage per iteration, as a share of the values' standard deviation; the warm-up corrects it."""

WARM_UP = 100
"""Plain iterations before anchoring begins."""

BALANCE = 10
"""Every so many iterations of the warm-up, the shrinkage is adapted."""

CHECK = 20
"""Every so many iterations, the gap is measured; a measurement costs as much as three iterations."""

RELAXATION = 1.6
"""Over-relaxation of plain iterations; 1.5 to 1.8 is the usual range."""

RESTART_AT_ONCE, RESTART_WHEN_STUCK, LONGEST_EPOCH = 0.2, 0.8, 0.36
"""An epoch ends when the residual has fallen to the first share of its start, or to the second and rises again, or when
the epoch takes the third of all iterations so far (the usual choice of restarted methods for linear programs)."""

FEW = 256
"""A split of at most so many patterns is made exact at the end: its effects are then those of a vertex of the linear
program, and all others 0 rather than nearly 0."""

ALIKE = 1e-9
"""An exact sparse split may cost so much more, in shares, than one of which every effect is a little off."""

VECTORS = 60
"""Vectors of 2^n numbers that a sample takes at most while it is solved: 53 were measured, 56 with noise."""

Watch = Callable[[int, Float[Tensor, " samples"]], None]


@dataclass(frozen=True)
class AndOrSplit:
    """A game as AND and OR interactions, with the certificate of its sparsity.

    v(S) = sum of `and_effects` inside S + sum of `or_effects` that meet S + `noise`(S).

    Effects have the unit of v. Entry 0 of `and_effects` is v(empty), entry 0 of `or_effects` is 0. `noise` is 0 on the
    empty set, and everywhere unless it was allowed. `primal` is the sum of the absolute effects of the nonempty
    subsets, `dual` a bound below the smallest possible one, `gap` = (primal - dual) / primal (0 where both are 0).
    """

    and_effects: Float[Tensor, "samples subsets"]
    or_effects: Float[Tensor, "samples subsets"]
    noise: Float[Tensor, "samples subsets"]
    primal: Float[Tensor, " samples"]
    dual: Float[Tensor, " samples"]
    gap: Float[Tensor, " samples"]
    iterations: Int[Tensor, " samples"]


def sparsest_split(
    values: Float[Tensor, "samples subsets"],
    *,
    tolerance: float = 1e-4,
    noise: float | Float[Tensor, " samples"] = 0.0,
    max_iterations: int = 5000,
    compute: Compute = Compute(),
    watch: Watch | None = None,
) -> AndOrSplit:
    """AND and OR interactions of smallest total strength that add up to `values` on every subset, in float64.

    `values` holds v of all 2^n subsets of n players (see `kronecker` for their order). The split of every sample stops
    at the relative gap `tolerance`, or after `max_iterations` with the gap that it has. `noise` >= 0, in the unit of v,
    is how far |v(S) - interactions| may be on any nonempty S. `watch(iterations, gaps)` is called at every measurement
    of the gap with those of all samples (1 where unknown), and may raise to stop.

    Working memory is `split_bytes` per sample; as many samples are solved together as fit that of `compute`. Raises
    `InputError` when the last axis is no power of two, for values that are not finite, or options out of range.
    Source: AND-OR paper, appendix C, as a linear program.
    """
    bound = _checked(values, tolerance, noise, max_iterations)
    at_once = compute.rows_per_call(split_bytes(players(values)))
    gaps = torch.ones(len(values), dtype=torch.float64)
    parts = []
    for start in range(0, max(len(values), 1), at_once):
        rows = slice(start, start + at_once)
        some = values[rows].to(compute.torch_device, torch.float64)
        limits = None if bound is None else bound[rows].to(some)

        def seen(iterations: int, found: Tensor, rows: slice = rows) -> None:
            gaps[rows] = found.cpu()
            if watch is not None:
                watch(iterations, gaps.clone())

        parts.append(_split(some, limits, tolerance, max_iterations, seen))
    return AndOrSplit(*(torch.cat(columns).to(values.device) for columns in zip(*parts, strict=True)))


def split_bytes(n_players: int) -> int:
    """Working memory in bytes that `sparsest_split` takes per sample."""
    return VECTORS * 8 * 2**n_players


def _checked(values: Tensor, tolerance: float, noise: float | Tensor, max_iterations: int) -> Tensor | None:
    players(values)
    if not bool(values.isfinite().all()):
        raise InputError("`values` must be finite; the model gave NaN or infinity for a masked sample.")
    if not 0.0 < tolerance < 1.0 or max_iterations < 1:
        raise InputError(
            f"`tolerance` must lie between 0 and 1 and `max_iterations` be at least 1; got {tolerance} and "
            f"{max_iterations}."
        )
    bound = torch.as_tensor(noise, dtype=torch.float64).expand(len(values))
    if not bool((bound >= 0.0).all()) or not bool(bound.isfinite().all()):
        raise InputError("`noise` must be finite and not negative; pass 0 to match the values exactly.")
    return bound if bool((bound > 0.0).any()) else None


def _split(
    values: Tensor, bound: Tensor | None, tolerance: float, max_iterations: int, seen: Watch
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """The fields of an `AndOrSplit` for samples that are solved together."""
    centred = values - values[:, :1]
    size = centred.abs().amax(1)
    unit = size.where(size > 0.0, 1.0)[:, None]
    race = _Race(Program(centred / unit, None if bound is None else bound / unit[:, 0]), tolerance)
    race.run(max_iterations, seen)
    best, unit_of = race.best, unit[:, 0]
    a, b = best.a * unit, best.b * unit
    a[:, 0] = values[:, 0]
    noise = torch.zeros_like(a) if best.noise is None else best.noise * unit
    primal = best.cost * unit_of
    return a, b, noise, primal, (race.bound * unit_of).minimum(primal), race.gaps, race.iterations


class _Race:
    """Samples on their way to their tolerance; those that have arrived no longer take part."""

    def __init__(self, program: Program, tolerance: float) -> None:
        self.program, self.tolerance = program, tolerance
        self.best = program.start()
        zeros = torch.zeros_like(self.best.cost)
        self.bound, self.gaps = zeros.clone(), torch.ones_like(zeros)
        self.iterations = zeros.long()
        self.running = torch.arange(len(zeros), device=zeros.device)
        self.state = program.state(self.best)
        spread = (program.values - program.values.mean(1, keepdim=True)).square().mean(1).sqrt()
        self.threshold = (THRESHOLD * spread).clamp(min=1e-6)
        self.anchor, self.since = self.state, zeros.clone()
        self.first = self.previous = torch.full_like(zeros, torch.inf)
        trivial = self.best.cost == 0.0
        if program.bound is not None:
            self._only_noise(program.bound >= 1.0)
            trivial = self.best.cost == 0.0
        self.gaps[trivial] = 0.0
        self._keep(~trivial)

    def _only_noise(self, covered: Tensor) -> None:
        """Samples whose values are noise altogether need no interactions."""
        zero = torch.zeros_like(self.best.a)
        nothing = torch.zeros_like(self.best.cost).where(covered, torch.inf)
        self.best = self.best.better(Point(zero, zero, self.program.values, nothing))

    def run(self, max_iterations: int, seen: Watch) -> None:
        for iteration in range(1, max_iterations + 1):
            if not len(self.running):
                return
            taken = self.program.clip(self.state, self.threshold)
            if iteration % CHECK == 0 or iteration == max_iterations:
                self._measure(taken, iteration)
                seen(iteration, self.gaps)
                open_ones = self.gaps[self.running] > self.tolerance
                taken = taken[open_ones]
                self._keep(open_ones)
            change = self.program.step(torch.sub(self.state, taken, alpha=2.0)).sub_(taken)
            if iteration <= WARM_UP:
                self._relax(taken, change, balance=iteration % BALANCE == 0)
            else:
                self._anchored(change, iteration)

    def _measure(self, taken: Tensor, iteration: int) -> None:
        rows = self.running
        shrunk = self.state - taken
        self._accept(rows, self.program.best_point(shrunk))
        self.bound[rows] = self.bound[rows].maximum(self.program.lower_bound(taken))
        self.iterations[rows] = iteration
        self._close(rows)
        for place in (self.gaps[rows] <= self.tolerance).nonzero()[:, 0].tolist():
            result = self.program.sparse_point(shrunk[place], place, FEW)
            row = rows[place : place + 1]
            if result is not None and self._preferable(result, row):
                self._store(row, result)
                self._close(row)

    def _preferable(self, found: Point, row: Tensor) -> bool:
        """Whether an exact sparse split is cheaper than the best of a sample, or alike and of fewer patterns."""
        cost = float(self.best.cost[row])
        fewer = _count(found.a, found.b) < _count(self.best.a[row], self.best.b[row])
        return float(found.cost) <= cost * (1.0 + ALIKE if fewer else 1.0 - ALIKE)

    def _accept(self, rows: Tensor, found: Point) -> None:
        noise = None if self.best.noise is None else self.best.noise[rows]
        old = Point(self.best.a[rows], self.best.b[rows], noise, self.best.cost[rows])
        self._store(rows, old.better(found))

    def _store(self, rows: Tensor, point: Point) -> None:
        self.best.a[rows], self.best.b[rows], self.best.cost[rows] = point.a, point.b, point.cost
        if self.best.noise is not None and point.noise is not None:
            self.best.noise[rows] = point.noise

    def _close(self, rows: Tensor) -> None:
        cost = self.best.cost[rows]
        self.gaps[rows] = ((cost - self.bound[rows]) / cost.clamp(min=1e-300)).clamp(min=0.0)

    def _keep(self, open_ones: Tensor) -> None:
        if bool(open_ones.all()):
            return
        self.running, self.program = self.running[open_ones], self.program.select(open_ones)
        self.state, self.anchor = self.state[open_ones], self.anchor[open_ones]
        self.threshold, self.since = self.threshold[open_ones], self.since[open_ones]
        self.first, self.previous = self.first[open_ones], self.previous[open_ones]

    def _relax(self, taken: Tensor, change: Tensor, balance: bool) -> None:
        """A plain iteration.

        With `balance`, the threshold moves to where both residuals are of the same relative size (residual
        balancing, Boyd et al. 2011, section 3.4.1, with the relative residuals of Wohlberg 2017).
        """
        shrunk = self.state - taken if balance else None
        self.state = self.state.add(change, alpha=RELAXATION)
        if shrunk is not None:
            again = self.program.clip(self.state, self.threshold)
            primal = _norm(change) / _norm(shrunk).maximum(_norm(shrunk + change))
            dual = _norm(self.state - again - shrunk) / _norm(taken)
            factor = (dual / primal).sqrt().nan_to_num(1.0).clamp(1.0 / 3.0, 3.0)
            factor = factor.where((factor - 1.0).abs() > 0.3, 1.0)
            self.threshold = self.threshold * factor
            self.state += again * (factor - 1.0)[:, None, None]
        self.anchor = self.state

    def _anchored(self, change: Tensor, iteration: int) -> None:
        """An iteration of the reflected method, drawn towards the anchor by 1 / (iterations since the restart + 1)."""
        residual = _norm(change)
        self.first = self.first.where(self.since > 0, residual)
        self.since = self.since + 1
        rises = (residual > self.previous) & (residual <= RESTART_WHEN_STUCK * self.first)
        restart = rises | (residual <= RESTART_AT_ONCE * self.first) | (self.since > LONGEST_EPOCH * iteration)
        weight = (self.since / (self.since + 1.0)).where(~restart, 1.0)[:, None, None]
        length = torch.full_like(residual, 2.0).where(~restart, RELAXATION)[:, None, None]
        moved = self.state + change.mul_(length)
        self.state = torch.lerp(self.anchor, moved, weight)
        self.previous = residual.where(~restart, torch.inf)
        self.since = self.since.where(~restart, 0.0)
        self.anchor = self.state.where(restart[:, None, None], self.anchor) if bool(restart.any()) else self.anchor


def _count(a: Tensor, b: Tensor) -> int:
    """Patterns, apart from rounding errors."""
    return int((a.abs() > ALIKE).sum() + (b.abs() > ALIKE).sum())


def _norm(state: Tensor) -> Tensor:
    return torch.linalg.vector_norm(state.flatten(1), dim=1)
