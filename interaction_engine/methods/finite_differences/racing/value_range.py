"""The range of the values of a race: the one assumption behind its intervals.

Every interval for a mean from a part of the rows needs a bound on the values of the rows not seen. It is never learnt
to be small. Where the model proves one (leaf values of trees, bounded outputs), that is used; else all arms share one
range, `tail_factor` times the largest value that any arm has shown. Where no arm has shown anything there is no range,
and no interval excludes anything.
"""

from dataclasses import dataclass

import numpy as np

from .bounds import Seen

BELOW = 0.1
"""Products of two networks' effects are held capable of negative values of at least this share of the largest size."""

WORTH = 2.0
"""A proven range up to this many times the assumed one is used instead of it: it costs up to so many times the pulls
and needs no assumption."""

STEP = 1.1
"""The assumed range grows in steps of this factor, so that intervals are not read anew after every larger value."""


@dataclass
class ValueRange:
    """The range of each arm's values.

    Attributes:
        tail_factor: Assumed largest value of any row over the largest value seen on any arm.
        two_sided: Whether values can be negative (products of the effects of two networks).
        proven: Largest size of a value of each arm that the model allows, shape (arms,); infinite where unknown.
        low: Smallest value that each arm is held capable of, shape (arms,).
        high: Largest value that each arm is held capable of, shape (arms,).
    """

    tail_factor: float
    two_sided: bool
    proven: np.ndarray
    low: np.ndarray
    high: np.ndarray
    assumed_low: float = 0.0
    assumed_high: float = float("inf")

    @classmethod
    def start(cls, n_arms: int, tail_factor: float, two_sided: bool, proven: np.ndarray | None = None) -> "ValueRange":
        """Return the range before anything was seen: unknown, but where the model proves one."""
        limits = np.full(n_arms, np.inf) if proven is None else np.asarray(proven, dtype=np.float64)
        made = cls(tail_factor, two_sided, limits, np.zeros(n_arms), np.full(n_arms, np.inf))
        made._settle()
        return made

    def update(self, seen: Seen) -> bool:
        """Take in what was seen, and return whether the range of any arm has changed."""
        largest = float(seen.largest.max(initial=0.0))
        smallest = float(seen.smallest.min(initial=0.0))
        shown = max(largest, -smallest)
        if shown <= 0.0:
            return False
        high = self._grown(largest, self.assumed_high)
        # Where nothing below 0 was seen, or little, the range still allows for some: it is never learnt to be small.
        low = -self._grown(max(-smallest, BELOW * shown), -self.assumed_low) if self.two_sided else 0.0
        if high == self.assumed_high and low == self.assumed_low:
            return False
        self.assumed_low, self.assumed_high = low, high
        self._settle()
        return True

    def restore(self, low: float, high: float) -> None:
        """Take up the assumed range of an earlier state."""
        self.assumed_low, self.assumed_high = low, high
        self._settle()

    @property
    def is_proven(self) -> np.ndarray:
        """Whether the range of each arm follows from the model, by arm."""
        return np.isfinite(self.proven) & (self.high == self.proven)

    def _grown(self, seen: float, before: float) -> float:
        """The assumed size for a largest value `seen`: kept while it suffices."""
        needed = self.tail_factor * seen
        if np.isfinite(before) and before >= needed:
            return before
        first = not np.isfinite(before) or before == 0.0
        return needed if first else max(needed, before * STEP)

    def _settle(self) -> None:
        """Choose between the proven and the assumed range of each arm."""
        use = self.proven <= WORTH * self.assumed_high if np.isfinite(self.assumed_high) else np.isfinite(self.proven)
        self.high = np.where(use, self.proven, self.assumed_high)
        self.low = np.where(use, -self.proven if self.two_sided else 0.0, self.assumed_low)
