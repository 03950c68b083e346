"""What is required of a race, and the numbers of pulls at which its intervals are read."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

GROWTH = 1.3
"""An arm's pulls grow by this factor a look: looking often costs width (a union bound), looking seldom costs pulls."""

ROUND_COST = 1 << 16
"""Evaluations in one call: a fraction of a second on a CPU, enough to fill a GPU, few enough to report often."""


@dataclass(frozen=True)
class Rules:
    """What is required of a race.

    Attributes:
        top_k: Number of largest arms to find.
        population: Number of rows over which an arm's mean is taken.
        bound: Kind of interval: "betting", "bernstein" or "subgaussian".
        level: Probability with which all intervals hold together at all looks (not for "subgaussian").
        tail_factor: Assumed largest value over the largest one seen, where the model proves no range.
        two_sided: Whether values can be negative.
        tie: Arms that differ by less than this share of the strongest count as tied, and end the race.
        strongest: Least strength that `tie` is a share of, where strengths are compared with others outside the race.
        budget: Most evaluations, or None.
        initial: Pulls of every arm before the first interval is read.
        batch_arms: Arms in a round, or None for all that are in doubt.
        batch_rows: Rows in a round, or None to let pulls grow by GROWTH.
        round_cost: Evaluations in one call.
        everything: Pull all arms on all rows.
        ordered: Also settle the order of the `top_k` among themselves (the paper's algorithm).
        complete: At the end pull the certified arms on all rows.
        shared: Evaluations per row that all arms share.
    """

    top_k: int
    population: int
    bound: str = "betting"
    level: float = 0.95
    tail_factor: float = 2.0
    two_sided: bool = False
    tie: float = 0.0
    strongest: float = 0.0
    budget: int | None = None
    initial: int = 32
    batch_arms: int | None = None
    batch_rows: int | None = None
    round_cost: int = ROUND_COST
    everything: bool = False
    ordered: bool = False
    complete: bool = False
    shared: int = 0

    @classmethod
    def of(cls, options: Mapping[str, Any], population: int, two_sided: bool, **changes: Any) -> "Rules":
        """Return the rules with those options of a run that are named like attributes, and `changes` of them."""
        given = {one.name: options[one.name] for one in fields(cls) if one.name in options}
        return cls(**{**given, "population": population, "two_sided": two_sided, **changes})

    def looks(self) -> np.ndarray:
        """Return the numbers of pulls at which an arm's interval may be read."""
        steps = [min(self.initial, self.population)]
        while steps[-1] < self.population:
            grown = steps[-1] + (self.batch_rows or max(1, int(steps[-1] * (GROWTH - 1.0))))
            steps.append(min(self.population, grown))
        return np.array(steps)
