"""Confidence intervals for the mean of a finite population from which rows are drawn without replacement.

Each bound turns what was seen of n arms, and the range that their values are held capable of, into intervals. With
`bernstein` the true means of all arms lie in all their intervals with the stated probability, at every number of pulls
at which the intervals are read; `subgaussian` is the paper's approximation and has no probability. The default bound of
a race, `betting`, stands in `betting.py`.
"""

import math
from dataclasses import dataclass

import numpy as np

KAPPA = 7.0 / 3.0 + 3.0 / math.sqrt(2.0)
"""The constant of the empirical Bernstein-Serfling inequality (Bardenet & Maillard 2015, Theorem 4.3)."""

NEWTON_STEPS = 4
"""Steps towards the root of the Kullback-Leibler bound; from outside, so fewer steps only mean a wider interval."""


@dataclass
class Seen:
    """What was seen of each arm: number of pulls, their mean, sum of squared deviations, smallest and largest value."""

    pulls: np.ndarray
    mean: np.ndarray
    squares: np.ndarray
    smallest: np.ndarray
    largest: np.ndarray

    @classmethod
    def nothing(cls, n_arms: int) -> "Seen":
        """Return the state of `n_arms` arms that have not been pulled."""
        zero, infinite = np.zeros(n_arms), np.full(n_arms, np.inf)
        return cls(np.zeros(n_arms, dtype=np.int64), zero, zero.copy(), infinite, -infinite)

    def add(self, arms: np.ndarray, values: np.ndarray) -> None:
        """Take in `values` (arms, pulls) of `arms`: the pairwise update of mean and squares (Chan et al. 1983)."""
        count, more = self.pulls[arms], values.shape[1]
        mean = values.mean(1)
        squares = ((values - mean[:, None]) ** 2).sum(1)
        shift, total = mean - self.mean[arms], count + more
        self.mean[arms] += shift * more / total
        self.squares[arms] += squares + shift**2 * count * more / total
        self.pulls[arms] = total
        self.smallest[arms] = np.minimum(self.smallest[arms], values.min(1))
        self.largest[arms] = np.maximum(self.largest[arms], values.max(1))

    @property
    def deviation(self) -> np.ndarray:
        """Standard deviation of the pulls of each arm (divided by their number, as both papers do)."""
        return np.sqrt(self.squares / np.maximum(self.pulls, 1))


def subgaussian(
    seen: Seen, low: np.ndarray, high: np.ndarray, population: int, n_looks: int, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the paper's interval, mean -+ sqrt(2 sigma^2 log(2 / delta) / l), delta = 2 / (n^3 m), width 0 at l = m.

    sigma^2 is the variance of the arm's own pulls and one more value half the range away from their mean: the paper's
    estimate, from the pulls alone, is 0 for an arm whose effect is rare, however large that effect is. `level` and
    `n_looks` play no part, and the interval has no probability: the paper fixes delta by the numbers of arms n and of
    rows m, and squared differences are not sub-Gaussian.

    References:
        ParaACE paper, appendix C.
    """
    delta = 2.0 / (len(seen.pulls) ** 3 * population)
    variance = (seen.squares + ((high - low) / 2.0) ** 2) / (seen.pulls + 1.0)
    radius = np.sqrt(2.0 * variance * math.log(2.0 / delta) / np.maximum(seen.pulls, 1))
    return closed(seen, population, seen.mean - radius, seen.mean + radius)


def bernstein(
    seen: Seen, low: np.ndarray, high: np.ndarray, population: int, n_looks: int, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return empirical Bernstein-Serfling intervals, cut with the Kullback-Leibler bound; all hold together at `level`.

    A union bound over arms, both sides, and the `n_looks` numbers of pulls at which an arm's interval is read. For arms
    that are mostly near zero the Kullback-Leibler (Chernoff-Hoeffding) bound, which holds without replacement too
    (Hoeffding 1963, section 6), is several times tighter, and so is the certain bound once few rows are left; half of
    the error probability goes to either inequality.

    Args:
        seen: What was seen of each arm.
        low: Smallest value that each arm is held capable of, shape (arms,).
        high: Largest such value, shape (arms,); infinite where no range is known.
        population: Number of rows.
        n_looks: Numbers of pulls at which an interval may be read.
        level: Probability with which all intervals hold together.

    References:
        Bardenet & Maillard (Bernoulli 2015), Theorem 4.3.
    """
    pulls = np.maximum(seen.pulls, 1).astype(np.float64)
    known = np.isfinite(high) & np.isfinite(low)
    floor, ceiling = np.where(known, low, 0.0), np.where(known, high, 0.0)
    span = np.maximum(ceiling - floor, np.finfo(np.float64).tiny)
    error = (1.0 - level) / (2.0 * len(pulls) * n_looks)
    logs = math.log(5.0 * 2.0 / error)
    share = pulls / population
    rho = np.where(share <= 0.5, 1.0 - (pulls - 1.0) / population, (1.0 - share) * (1.0 + 1.0 / pulls))
    radius = seen.deviation * np.sqrt(2.0 * rho * logs / pulls) + KAPPA * span * logs / pulls
    least, most = _kullback_leibler((seen.mean - floor) / span, math.log(2.0 / error) / pulls)
    unseen = 1.0 - share
    certain_low, certain_high = share * seen.mean + unseen * floor, share * seen.mean + unseen * ceiling
    lower = np.maximum.reduce([seen.mean - radius, floor + span * least, certain_low])
    upper = np.minimum.reduce([seen.mean + radius, floor + span * most, certain_high])
    return closed(seen, population, np.where(known, lower, -np.inf), np.where(known, upper, np.inf))


BOUNDS = {"bernstein": bernstein, "subgaussian": subgaussian}
"""Bounds that need no more than what `Seen` keeps."""


def closed(seen: Seen, population: int, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the intervals with what needs no bound.

    Arms pulled on every row are known exactly, arms never pulled are not known at all.
    """
    done, fresh = seen.pulls >= population, seen.pulls == 0
    lower = np.where(done, seen.mean, np.where(fresh, -np.inf, lower))
    upper = np.where(done, seen.mean, np.where(fresh, np.inf, upper))
    return lower, upper


def _kullback_leibler(mean: np.ndarray, budget: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The means q below and above `mean`, both in [0, 1], with kl(mean, q) = budget.

    Newton's method on a convex function, begun outside by Pinsker-like bounds (2 (q-p)^2, (q-p)^2 / 2q and
    (q-p)^2 / 2p all lie below kl), stays outside: what it returns is at worst a little too wide.
    """
    mean = np.clip(mean, 0.0, 1.0)
    pinsker = np.sqrt(budget / 2.0)
    low = np.maximum(mean - np.minimum(pinsker, np.sqrt(2.0 * mean * budget)), 0.0)
    high = np.minimum(mean + np.minimum(pinsker, budget + np.sqrt(budget**2 + 2.0 * mean * budget)), 1.0)
    for _ in range(NEWTON_STEPS):
        low, high = _newton_step(mean, low, budget), _newton_step(mean, high, budget)
    return low, high


def _newton_step(mean: np.ndarray, at: np.ndarray, budget: np.ndarray) -> np.ndarray:
    """One step towards kl(mean, q) = budget; a start at 0 or 1, where kl has no slope, stays."""
    inside = (at > 0.0) & (at < 1.0) & (at != mean)
    q = np.where(inside, at, 0.5)
    slope = (q - mean) / (q * (1.0 - q))
    step = (_divergence(mean, q) - budget) / np.where(slope == 0.0, 1.0, slope)
    return np.where(inside, np.clip(q - step, 0.0, 1.0), at)


def _divergence(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Kullback-Leibler divergence of two Bernoulli variables of means p and q."""
    tiny = np.finfo(np.float64).tiny
    q = np.clip(q, tiny, 1.0 - np.finfo(np.float64).epsneg)
    ones = np.where(p > 0.0, p * np.log(np.maximum(p, tiny) / q), 0.0)
    zeros = np.where(p < 1.0, (1.0 - p) * np.log(np.maximum(1.0 - p, tiny) / (1.0 - q)), 0.0)
    return ones + zeros
