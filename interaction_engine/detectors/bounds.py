"""Confidence intervals for the mean of a finite population from which rows are drawn without replacement.

Each bound turns what was seen of n arms into the half-open facts an auditor can rely on: with the stated probability
the true means of all arms lie in all their intervals, at every moment at which the intervals were looked at.
"""

import math
from dataclasses import dataclass

import numpy as np

KAPPA = 7.0 / 3.0 + 3.0 / math.sqrt(2.0)
"""The constant of the empirical Bernstein-Serfling inequality (Bardenet & Maillard 2015, Theorem 4.3)."""

ROUNDING = 1e-12
"""Values below this share of the largest are rounding errors of a score, squared."""

FEWEST_ARMS = 30
"""Among fewer arms than this, it is too likely that none has shown how surprising the others can be."""

NEWTON_STEPS = 4
"""Steps towards the root of the Kullback-Leibler bound; from outside, so fewer steps only mean a wider interval."""


@dataclass
class Seen:
    """What was seen of each arm: number of pulls, their mean, sum of squared deviations, the smallest value, and the
    largest among the even and among the odd pulls (`peaks`, shape (2, arms))."""

    pulls: np.ndarray
    mean: np.ndarray
    squares: np.ndarray
    smallest: np.ndarray
    peaks: np.ndarray

    @classmethod
    def nothing(cls, n_arms: int) -> "Seen":
        zero = np.zeros(n_arms)
        pulls, smallest = np.zeros(n_arms, dtype=np.int64), np.full(n_arms, np.inf)
        return cls(pulls, zero, zero.copy(), smallest, np.full((2, n_arms), -np.inf))

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
        for parity in (0, 1):
            if values[:, parity::2].shape[1]:
                half = (count + parity) % 2
                self.peaks[half, arms] = np.maximum(self.peaks[half, arms], values[:, parity::2].max(1))

    @property
    def largest(self) -> np.ndarray:
        """The largest value of each arm."""
        return self.peaks.max(0)

    @property
    def deviation(self) -> np.ndarray:
        """Standard deviation of the pulls of each arm (divided by their number, as both papers do)."""
        return np.sqrt(self.squares / np.maximum(self.pulls, 1))


def subgaussian(seen: Seen, population: int, n_looks: int, level: float) -> tuple[np.ndarray, np.ndarray]:
    """The paper's interval, mean -+ sqrt(2 sigma^2 log(2 / delta) / l) with delta = 2 / (n^3 m), width 0 after m pulls.

    ParaACE paper, appendix C; sigma is the standard deviation of the arm's own pulls. `level` and `n_looks` play no
    part: the paper fixes delta by the numbers of arms n and of rows m alone.
    """
    delta = 2.0 / (len(seen.pulls) ** 3 * population)
    radius = np.sqrt(2.0 * seen.deviation**2 * math.log(2.0 / delta) / np.maximum(seen.pulls, 1))
    return _closed(seen, population, seen.mean - radius, seen.mean + radius)


def bernstein(seen: Seen, population: int, n_looks: int, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Empirical Bernstein-Serfling, cut with the Kullback-Leibler bound; all intervals hold together at `level`.

    Bardenet & Maillard (Bernoulli 2015, Theorem 4.3), with a union bound over arms, both sides, and the `n_looks`
    numbers of pulls at which an arm's interval is read. For arms that are mostly near zero the Kullback-Leibler
    (Chernoff-Hoeffding) bound, which holds without replacement too (Hoeffding 1963, section 6), is several times
    tighter, and so is the certain bound once few rows are left; half of the error probability goes to either
    inequality. The range that all of them need is that of `_ranges`.
    """
    pulls = np.maximum(seen.pulls, 1).astype(np.float64)
    floor, ceiling = _ranges(seen)
    span = np.maximum(ceiling - floor, np.finfo(np.float64).tiny)
    error = (1.0 - level) / (2.0 * len(pulls) * n_looks)
    logs = math.log(5.0 * 2.0 / error)
    share = pulls / population
    rho = np.where(share <= 0.5, 1.0 - (pulls - 1.0) / population, (1.0 - share) * (1.0 + 1.0 / pulls))
    radius = seen.deviation * np.sqrt(2.0 * rho * logs / pulls) + KAPPA * span * logs / pulls
    low, high = _kullback_leibler((seen.mean - floor) / span, math.log(2.0 / error) / pulls)
    unseen = 1.0 - share
    certain_low, certain_high = share * seen.mean + unseen * floor, share * seen.mean + unseen * ceiling
    lower = np.maximum.reduce([seen.mean - radius, floor + span * low, certain_low])
    upper = np.minimum.reduce([seen.mean + radius, floor + span * high, certain_high])
    return _closed(seen, population, lower, upper)


BOUNDS = {"bernstein": bernstein, "subgaussian": subgaussian}


def _ranges(seen: Seen) -> tuple[np.ndarray, np.ndarray]:
    """The smallest and largest value that each arm is held capable of, from what all arms have shown.

    A squared difference has no known range, and one rare large value not yet seen makes an interval too narrow. How
    surprising the unseen can be is learnt from the arms themselves: the peak among the odd pulls of an arm exceeds that
    among its even ones by some factor (or the other way round), and the largest such factor of any arm is granted to
    all. An arm that has shown nothing but rounding errors, and every arm where there are too few arms to learn from,
    is held capable of the largest value seen anywhere.
    """
    known = seen.pulls > 0
    largest, smallest = float(seen.largest.max()), min(0.0, float(seen.smallest.min()))
    rounding = ROUNDING * max(largest, np.finfo(np.float64).tiny)
    peaks = np.maximum(seen.peaks[:, known], rounding)
    surprise = float((peaks.max(0) / peaks.min(0)).max(initial=1.0)) if len(known) >= FEWEST_ARMS else np.inf
    shown = np.where(seen.largest > rounding, seen.largest, np.inf)
    dipped = np.where(seen.smallest < -rounding, -seen.smallest, 0.0 if smallest == 0.0 else np.inf)
    return -np.minimum(-smallest, dipped * surprise if smallest < 0.0 else dipped), np.minimum(
        largest, shown * surprise
    )


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


def _closed(seen: Seen, population: int, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Arms that were pulled on every row are known exactly; arms never pulled are not known at all."""
    done, fresh = seen.pulls >= population, seen.pulls == 0
    lower = np.where(done, seen.mean, np.where(fresh, -np.inf, lower))
    upper = np.where(done, seen.mean, np.where(fresh, np.inf, upper))
    return lower, upper
