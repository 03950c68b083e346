"""How often all betting intervals of a race hold together, on strengths of known distributions."""

from collections.abc import Callable

import numpy as np
import torch

from benchmarks.race_cases import USUAL
from interaction_engine.methods.finite_differences.racing.betting import lower_ends
from interaction_engine.methods.finite_differences.racing.bounds import Seen
from interaction_engine.methods.finite_differences.racing.rules import Rules
from interaction_engine.methods.finite_differences.racing.value_range import ValueRange

POPULATION, ARMS = 600, 6

FAMILIES = ("squared normal", "exponential", "log-normal", "rare, 1 %", "rare, 0.2 %")

ROUNDED = 1e-6
"""Rounding of float32, as a share of the range."""


def populations(family: str, n_races: int) -> np.ndarray:
    """Return the strengths of the rows of independent pairs, shape (races, ARMS, POPULATION)."""
    draw = np.random.default_rng(FAMILIES.index(family))
    shape = (n_races, ARMS, POPULATION)
    if family == "squared normal":
        return draw.standard_normal(shape) ** 2
    if family == "exponential":
        return draw.exponential(size=shape)
    if family == "log-normal":
        return draw.lognormal(sigma=1.0, size=shape)
    share = 0.01 if family == "rare, 1 %" else 0.002
    return (draw.random(shape) < share) * draw.exponential(size=shape)


Ranges = Callable[[np.ndarray, int], np.ndarray]
"""(values, look) -> the largest value that is held possible after so many pulls, by race."""


def known_range(values: np.ndarray, look: int) -> np.ndarray:
    """Return a range that is known from the beginning: the largest value of all populations."""
    return np.full(len(values), values.max())


class LearntRange:
    """The range that each race learns from what it has seen: the usual tail factor times the largest value."""

    def __init__(self, n_races: int) -> None:
        self.ranges = [ValueRange.start(ARMS, USUAL["tail_factor"], two_sided=False) for _ in range(n_races)]

    def __call__(self, values: np.ndarray, look: int) -> np.ndarray:
        for allowed, largest in zip(self.ranges, values[:, :, :look].max(2), strict=True):
            seen = Seen.nothing(ARMS)
            seen.largest, seen.smallest = largest, np.zeros(ARMS)
            allowed.update(seen)
        return np.array([allowed.assumed_high for allowed in self.ranges])


def covered(values: np.ndarray, ranges: Ranges = known_range) -> np.ndarray:
    """Return whether all intervals, of all arms at all looks, hold their means, by race.

    As in a race, intervals are nested while the range stays the same and read anew where it has grown, and there are
    none before anything was seen. Every arm is read at every look, more often than in a race.

    Args:
        values: Strengths in the order drawn, shape (races, ARMS, POPULATION).
        ranges: The range by race and look.
    """
    n_races, n_arms, population = values.shape
    looks = Rules(top_k=1, population=population, initial=USUAL["initial"]).looks()
    error = (1.0 - USUAL["level"]) / (2.0 * n_arms * len(looks))
    flat = torch.from_numpy(values.reshape(-1, population)).float()
    means, right = flat.double().mean(1), torch.ones(len(flat), dtype=torch.bool)
    lower, upper = torch.zeros(len(flat), dtype=torch.float64), torch.ones(len(flat), dtype=torch.float64)
    before = torch.full((len(flat),), torch.inf, dtype=torch.float64)
    for look in looks[:-1]:
        limits = torch.from_numpy(ranges(values, int(look))).repeat_interleave(n_arms)
        known, grown = limits.isfinite(), limits != before
        before, span = limits, torch.where(known, limits, 1.0)
        lower[grown], upper[grown] = 0.0, 1.0
        seen = (flat[:, :look] / span.float()[:, None]).clamp(0.0, 1.0)
        lower = lower_ends(seen, population, error, lower)
        upper = 1.0 - lower_ends(1.0 - seen, population, error, 1.0 - upper)
        right &= ~known | ((span * lower <= means + ROUNDED * span) & (span * upper >= means - ROUNDED * span))
    return np.asarray(right.numpy().reshape(n_races, n_arms).all(1))
