"""Betting confidence sequences for the mean of a finite population, drawn from without replacement.

Waudby-Smith & Ramdas, "Estimating means of bounded random variables by betting", JRSS B 2024, section 5. Somebody who
believes that the mean of the population is m bets on every next value: with wealth K and a stake that depends on the
values before, K grows by the factor 1 + stake * (value - r), where r is the mean that the values not yet drawn must
have if m is right. Under the true m the wealth is a non-negative martingale that starts at 1, so by Ville's inequality
it reaches 1 / error with probability at most `error`: every m at which it does is refuted. The interval holds the
means that are not.

The stakes are those of the paper's equation (26) (predictable plug-in), tuned to the number of values at which the
interval is read. Only the bounds of the values enter, no assumption on their distribution.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

STAKE = 0.95
"""Largest share of the wealth that one value can cost. The paper proposes 1/2 or 3/4; values that are mostly near zero
are told from zero sooner with more."""

PRIOR = 0.05
"""Variance that stands for one value seen before the first; the paper's 1/4 is that of a coin, far above ours."""

PRECISION = 0.02
"""The search for an end of an interval stops at this share of its distance from the mean; what it then returns is
refuted, so that stopping early only means a slightly wider interval."""

MOST_STEPS = 24

ROUNDED = 0.02
"""What is added to the logarithm of the wealth that refutes a mean, for rounding in float32."""

AT_ONCE = 1 << 19
"""Values in one pass: their temporaries stay in a CPU's cache or near it."""


def lower_ends(
    values: Float[Tensor, "arms pulls"], population: int, error: float, known: Float[Tensor, " arms"]
) -> Float[Tensor, " arms"]:
    """Return the lower ends of one-sided confidence intervals for the means of populations of values in [0, 1].

    Args:
        values: In float32, the first `pulls` values of each arm in a random order of its population.
        population: Number of values in the population of each arm.
        error: Probability with which the end of one arm may lie above its mean.
        known: Lower ends that are already known to hold; the result is nowhere below them.

    Returns:
        The lower ends. Those of `1 - values`, subtracted from 1, are upper ends.
    """
    pulls = values.shape[1]
    per_pass = max(1, AT_ONCE // max(1, pulls))
    parts = [
        _LowerEnds(some, population, math.log(1.0 / error)).search(start)
        for some, start in zip(values.split(per_pass), known.split(per_pass), strict=True)
    ]
    return torch.cat(parts) if parts else known


class _LowerEnds:
    """The search on a few arms: wealth as a function of the mean that is bet against.

    In float32, with sums in float64: twice as fast, and the wealth is right to about a thousandth of what `need` is
    raised by.
    """

    def __init__(self, values: Tensor, population: int, need: float) -> None:
        self.values, self.population, self.need = values, population, need + ROUNDED
        pulls = values.shape[1]
        drawn = torch.arange(pulls, dtype=torch.float64, device=values.device)
        sums = values.cumsum(1, dtype=torch.float64)
        self.total = sums[:, -1].clone()
        # The stake on a value may depend on the values before it only, so that the variance is shifted by one.
        deviations = (values - (sums + 0.5).div_(drawn + 2.0)).square_()
        variance = torch.full_like(values, PRIOR)
        variance[:, 1:] = (deviations.cumsum_(1)[:, :-1].add_(PRIOR)).div_(drawn[1:] + 1.0)
        self.stakes = variance.mul_(pulls / (2.0 * self.need)).rsqrt_()
        # If the mean is m, the values not drawn before number i have the mean m * weight - offset.
        left = population - drawn
        self.weight = (population / left).float()
        self.offset = sums.sub_(values).div_(left).float()

    def refuted(self, mean: Float[Tensor, " arms"]) -> Float[Tensor, " arms"]:
        """By how much the logarithm of the wealth exceeds what refutes `mean` (below 0: not refuted)."""
        rest = torch.sub(mean.float()[:, None] * self.weight, self.offset).clamp_(1e-12, 1.0)
        stakes = torch.minimum(torch.reciprocal(rest).mul_(STAKE), self.stakes)
        return torch.sub(self.values, rest, out=rest).mul_(stakes).log1p_().sum(1, dtype=torch.float64) - self.need

    def search(self, known: Float[Tensor, " arms"]) -> Float[Tensor, " arms"]:
        """The largest mean shown to be refuted, at least `known`."""
        mean = self.total / self.values.shape[1]
        low = torch.maximum(self.total / self.population, known)  # the values not drawn are at least 0
        high = torch.maximum(mean, low)
        at_low, at_high = self.refuted(low), torch.full_like(low, -self.need)
        # An end that the values seen so far cannot move stays where it is.
        open_ends = (at_low > 0.0) & (high > low)
        for step in range(MOST_STEPS):
            active = open_ends & (high - low > PRECISION * (mean - low).clamp_min(1e-15))
            if not bool(active.any()):
                break
            share = at_low / (at_low - at_high)
            share = torch.full_like(share, 0.5) if step % 3 == 2 else share.clamp(0.05, 0.95)
            middle = torch.lerp(low, high, share)
            at_middle = self.refuted(middle)
            is_refuted = at_middle > 0.0
            low = torch.where(active & is_refuted, middle, low)
            at_low = torch.where(active & is_refuted, at_middle, at_low)
            high = torch.where(active & ~is_refuted, middle, high)
            at_high = torch.where(active & ~is_refuted, at_middle, at_high)
        return low
