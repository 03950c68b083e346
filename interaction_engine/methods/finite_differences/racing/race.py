"""The race of the arms: which of n finite-population means are the k largest, with as few pulls as the proof allows.

Algorithm 1 of the ParaACE paper, in rounds. Pull number l of any arm is the same row of one random permutation of the
population, so after as many pulls as there are rows a mean is exact. A round takes the arms whose place is in doubt to
their next look; with one arm and one row a round and `ordered` it is the paper's algorithm.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from ....core.status import RaceStatus
from .betting import lower_ends
from .bounds import BOUNDS, Seen, closed
from .pulled_values import PulledValues
from .rules import Rules
from .value_range import ValueRange

Pull = Callable[[np.ndarray, int, int], np.ndarray]
"""(arms, start, stop) -> values (arms, stop - start): the pulls number start to stop of each of these arms."""

HISTORY = 24
"""Intervals kept of each arm over its pulls, for drawing."""

MOST_KEPT = 1 << 27
"""Values kept for reading betting intervals: half a gigabyte. Beyond, arms in doubt are pulled to the end at once."""

AUDITED = 0.05
"""Share of a race's pulls that is spent again on fresh rows of the excluded arms."""

MOST_AUDITS = 3
"""An audit that finds a value outside the range restarts the race with a larger one; after so many it is reported."""


@dataclass(frozen=True)
class Audit:
    """What fresh rows of the excluded arms showed after a race.

    Attributes:
        arms: Number of excluded arms that were pulled again.
        pulls: Pulls on rows that these arms had not been pulled on.
        outside: Pulls whose value lay outside the range that the intervals assume.
        restarts: How often such a value made the race go on with a larger range.
    """

    arms: int = 0
    pulls: int = 0
    outside: int = 0
    restarts: int = 0


@dataclass
class Race:
    """The state of a race: what was `seen`, the arms' intervals, and a history.

    `floor` is what counts as nothing, by arm: an arm is certified only if it is proven to be above it. `targets` are
    the pulls to which the current round takes the arms. `history` is (lower, mean, upper) by arm and look, NaN where
    an arm never was at that look. All of it can be written to a checkpoint with `state` and taken up again with
    `resume`.
    """

    rules: Rules
    costs: np.ndarray
    seen: Seen
    range: ValueRange
    values: PulledValues
    lower: np.ndarray
    upper: np.ndarray
    history: np.ndarray
    marks: np.ndarray
    floor: np.ndarray
    targets: np.ndarray
    spent: int = 0
    audit: Audit = field(default_factory=Audit)

    @classmethod
    def start(cls, rules: Rules, costs: np.ndarray, proven: np.ndarray | None = None) -> "Race":
        """Return a race among arms that cost `costs` evaluations a pull, before its first pull.

        Args:
            rules: What is required.
            costs: Evaluations a pull, shape (arms,).
            proven: Largest size of a value that the model allows, shape (arms,), infinite where unknown; or None.
        """
        n_arms, looks = len(costs), rules.looks()
        marks = looks[np.unique(np.linspace(0, len(looks) - 1, HISTORY).round().astype(int))]
        history = np.full((3, n_arms, len(marks)), np.nan, dtype=np.float32)
        lower, upper = np.full(n_arms, -np.inf), np.full(n_arms, np.inf)
        values = PulledValues(n_arms, looks)
        allowed = ValueRange.start(n_arms, rules.tail_factor, rules.two_sided, proven)
        return cls(
            rules=rules,
            costs=costs,
            seen=Seen.nothing(n_arms),
            range=allowed,
            values=values,
            lower=lower,
            upper=upper,
            history=history,
            marks=marks,
            floor=np.zeros(n_arms),
            targets=np.zeros(n_arms, dtype=np.int64),
        )

    @property
    def n_arms(self) -> int:
        """The sets of features that race."""
        return len(self.costs)

    @property
    def wanted(self) -> int:
        """How many arms are looked for."""
        return min(self.rules.top_k, self.n_arms)

    @property
    def is_exact(self) -> bool:
        """Whether every arm was pulled on every row."""
        return bool((self.seen.pulls >= self.rules.population).all())

    @property
    def margin(self) -> float:
        """The difference below which two arms count as tied."""
        return self.rules.tie * max(self.rules.strongest, float(self.seen.mean.max(initial=0.0)))

    def opening_cost(self) -> int:
        """Return the evaluations of the opening: `initial` pulls of every arm."""
        stop = min(self.rules.initial, self.rules.population)
        return stop * (int(self.costs.sum()) + self.rules.shared)

    def run(self, pull: Pull, after_round: Callable[["Race"], None]) -> None:
        """Pull until the question is settled or the budget is spent; `after_round` sees the race after every call."""
        if not self.rules.everything:
            if not self._open(pull, after_round):
                return
            self._pull_to_targets(pull, after_round)
            self._ranged()
            self._read(np.arange(self.n_arms))
        else:  # arms that were pulled to the end before an interruption, and not read any more
            self._read(np.flatnonzero(self.seen.pulls == self.rules.population))
        for _ in range(MOST_AUDITS):
            self._settle(pull, after_round)
            if self.is_exact or self._is_spent() or not self._audit(pull, after_round):
                break
            self._read(self._ranged())
        if self.rules.complete:
            self._complete(pull, after_round)

    def status(self) -> np.ndarray:
        """Return the RaceStatus of every arm.

        Certified: fewer than `top_k` other arms can be above it, and it is proven above its floor. Excluded: `top_k`
        others are proven above it, or it is proven not to be above its floor.
        """
        n_arms, k = self.n_arms, self.wanted
        place = np.empty(n_arms, dtype=np.int64)
        place[self.ranking()] = np.arange(n_arms)
        uppers, lowers = np.sort(self.upper), np.sort(self.lower)
        may_be_above = n_arms - np.searchsorted(uppers, self.lower, side="right") - (self.upper > self.lower)
        are_above = n_arms - np.searchsorted(lowers, self.upper, side="left") - (self.lower >= self.upper)
        status = np.full(n_arms, RaceStatus.UNDECIDED.value, dtype=object)
        status[(place < k) & (may_be_above < k) & (self.lower > self.floor)] = RaceStatus.CERTIFIED.value
        status[(place >= k) & (are_above >= k)] = RaceStatus.EXCLUDED.value
        status[self.upper <= self.floor] = RaceStatus.EXCLUDED.value
        return status

    @property
    def certified(self) -> np.ndarray:
        """The certified arms, from strongest to weakest."""
        status = self.status()
        return np.array([arm for arm in self.ranking() if status[arm] == RaceStatus.CERTIFIED], dtype=np.int64)

    def ranking(self) -> np.ndarray:
        """Return the arms from strongest to weakest mean; arms that were not pulled last."""
        mean = np.where(self.seen.pulls > 0, self.seen.mean, -np.inf)
        return np.argsort(-mean, kind="stable")

    def tie_groups(self) -> np.ndarray:
        """Return the number of the tie group of every arm, counted from the strongest.

        A group is its strongest arm and those after it that are not proven weaker than it by more than `margin`.
        """
        order, margin = self.ranking(), self.margin
        lower, upper = self.lower[order], self.upper[order]
        groups, group, bar = np.empty(self.n_arms, dtype=np.int64), 0, np.inf
        for place in range(self.n_arms):
            if place == 0 or upper[place] < bar:
                group += 1
                bar = lower[place] - margin
            groups[order[place]] = group
        return groups

    def doubtful(self) -> np.ndarray:
        """Return the arms whose place or sign is neither proven nor settled as a tie, in any order."""
        if self.rules.ordered:
            return self._doubtful_in_order()
        order, k, margin = self.ranking(), self.wanted, self.margin
        top, rest = order[:k], order[k:]
        above_floor = (self.lower > self.floor) | (self.upper <= self.floor + margin)
        doubt = ~above_floor[top]
        if len(rest):
            cut_above, cut_below = self.upper[rest].max() - margin, self.lower[top].min() + margin
            # A challenger that cannot be above what counts as nothing takes nobody's place.
            challengers = rest[(self.upper[rest] > cut_below) & ~(self.upper[rest] <= self.floor[rest] + margin)]
            if len(challengers):
                doubt |= self.lower[top] < cut_above
            top = np.concatenate([top[doubt], challengers])
        else:
            top = top[doubt]
        return top[self.seen.pulls[top] < self.rules.population]

    def n_settled(self) -> int:
        """Return how many arms need no further pull."""
        return self.n_arms - len(self.doubtful())

    def state(self) -> dict[str, Any]:
        """Return everything that `resume` needs, as arrays and numbers."""
        seen = {f"seen_{name}": value for name, value in vars(self.seen).items()}
        kept = {f"values_{name}": value for name, value in self.values.state().items()}
        return {
            **seen,
            **kept,
            "history": self.history,
            "floor": self.floor,
            "targets": self.targets,
            "lower": self.lower,
            "upper": self.upper,
            "range": np.array([self.range.assumed_low, self.range.assumed_high]),
            "spent": self.spent,
            "audit": np.array([self.audit.arms, self.audit.pulls, self.audit.outside, self.audit.restarts]),
        }

    def resume(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that `state` gave."""
        part = {
            prefix: {name.removeprefix(prefix): np.array(state[name]) for name in state if name.startswith(prefix)}
            for prefix in ("seen_", "values_")
        }
        self.seen = Seen(**part["seen_"])
        self.values.resume(part["values_"])
        self.history, self.floor = np.array(state["history"]), np.array(state["floor"])
        self.targets = np.array(state["targets"])
        self.lower, self.upper = np.array(state["lower"]), np.array(state["upper"])
        low, high = (float(end) for end in state["range"])
        self.range.restore(low, high)
        self.spent = int(state["spent"])
        self.audit = Audit(*(int(number) for number in state["audit"]))

    # Rounds

    @property
    def _looks(self) -> np.ndarray:
        return self.values.looks

    def _is_spent(self) -> bool:
        return self.rules.budget is not None and self.spent >= self.rules.budget

    def _open(self, pull: Pull, after_round: Callable[["Race"], None]) -> bool:
        """Pull every arm `initial` times; return False, with nothing pulled, where the budget does not allow it."""
        unopened = np.flatnonzero(self.seen.pulls == 0)
        if len(unopened) and self.rules.budget is not None and self.opening_cost() > self.rules.budget:
            return False
        self._pull(pull, unopened, np.full(len(unopened), self._looks[0]), after_round)
        return True

    def _pull_to_targets(self, pull: Pull, after_round: Callable[["Race"], None]) -> None:
        """Finish the round: a race that was interrupted within one takes it up where it was left."""
        arms = np.flatnonzero(self.seen.pulls < self.targets)
        self._pull(pull, arms, self.targets[arms], after_round)

    def _settle(self, pull: Pull, after_round: Callable[["Race"], None]) -> None:
        """Take the arms in doubt from look to look until none is left or the budget allows no further one."""
        while True:
            arms, stops = self._choose()
            if not len(arms):
                return
            self.targets[arms] = stops
            self._pull_to_targets(pull, after_round)
            self._read(np.union1d(arms, self._ranged()))
            after_round(self)

    def _choose(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the arms of the next round, the highest upper ends first, and the number of pulls each is taken to."""
        rules = self.rules
        if rules.everything:
            arms = np.flatnonzero(self.seen.pulls < rules.population)
            stops = np.full(len(arms), rules.population)
        else:
            arms = self.doubtful()
            arms = arms[np.argsort(-self.upper[arms], kind="stable")][: rules.batch_arms]
            stops = self._looks[np.searchsorted(self._looks, self.seen.pulls[arms], side="right")]
            if rules.bound == "betting" and self.values.numbers > MOST_KEPT:
                stops = np.full(len(arms), rules.population)
        if rules.budget is not None:
            cost = np.cumsum(self.costs[arms] * (stops - self.seen.pulls[arms])) + self._shared_cost(stops)
            arms = arms[: int(np.searchsorted(cost, rules.budget - self.spent, side="right"))]
        return arms, stops[: len(arms)]

    def _shared_cost(self, stops: np.ndarray) -> int:
        """Return the evaluations shared by all arms for the rows that no arm was pulled on yet."""
        reached = int(self.seen.pulls.max(initial=0))
        return self.rules.shared * max(0, int(stops.max(initial=0)) - reached)

    def _pull(
        self, pull: Pull, arms: np.ndarray, stops: np.ndarray, after_call: Callable[["Race"], None] | None = None
    ) -> None:
        """Pull each of `arms` up to its number in `stops`, in calls of about `round_cost` evaluations."""
        starts = self.seen.pulls[arms]
        for start, stop in sorted(set(zip(starts.tolist(), stops.tolist(), strict=True))):
            stretch = arms[(starts == start) & (stops == stop)]
            per_arm = float(self.costs[stretch].mean()) * (stop - start)
            per_call = max(1, int(self.rules.round_cost / per_arm))
            for begin in range(0, len(stretch), per_call):
                some = stretch[begin : begin + per_call]
                self.spent += self._shared_cost(np.array([stop])) + int(self.costs[some].sum()) * (stop - start)
                self._pull_stretch(pull, some, start, stop)
                if after_call is not None:
                    after_call(self)

    def _pull_stretch(self, pull: Pull, arms: np.ndarray, start: int, stop: int) -> None:
        """Pull a few arms on one stretch of rows, row blocks of about `round_cost` evaluations at a time."""
        keep = self.rules.bound == "betting" and not self.rules.everything and stop < self.rules.population
        if keep:
            values = pull(arms, start, stop)
            self.values.add(arms, int(np.searchsorted(self._looks, stop)), values)
            self.seen.add(arms, values)
            return
        height = max(1, int(self.rules.round_cost / max(1.0, float(self.costs[arms].sum()))))
        for begin in range(start, stop, height):
            self.seen.add(arms, pull(arms, begin, min(stop, begin + height)))

    def _complete(self, pull: Pull, after_round: Callable[["Race"], None]) -> None:
        """Pull the certified arms on all rows, strongest first."""
        arms = self.certified
        arms = arms[self.seen.pulls[arms] < self.rules.population]
        if self.rules.budget is not None:
            cost = np.cumsum(self.costs[arms] * (self.rules.population - self.seen.pulls[arms]))
            arms = arms[cost + self._shared_cost(np.array([self.rules.population])) <= self.rules.budget - self.spent]
        self._pull(pull, arms, np.full(len(arms), self.rules.population), after_round)
        self._read(np.union1d(arms, self._ranged()))

    # Intervals

    def _ranged(self) -> np.ndarray:
        """Bring the range up to date, and return the arms whose intervals it makes stale."""
        if not self.range.update(self.seen):
            return np.array([], dtype=np.int64) if np.isfinite(self.upper).any() else np.arange(self.n_arms)
        self.lower[:], self.upper[:] = -np.inf, np.inf
        return np.arange(self.n_arms)

    def _read(self, arms: np.ndarray) -> None:
        """Read the intervals of `arms` at their number of pulls, and keep them."""
        rules, n_looks = self.rules, len(self._looks)
        if rules.bound == "betting":
            # Of an exact evaluation no values are kept: its intervals have width zero at the end, and none before.
            arms = arms[:0] if rules.everything else arms
            self._read_betting(arms, n_looks)
            self.lower, self.upper = closed(self.seen, rules.population, self.lower, self.upper)
        else:
            self.lower, self.upper = BOUNDS[rules.bound](
                self.seen, self.range.low, self.range.high, rules.population, n_looks, rules.level
            )
        mark = np.searchsorted(self.marks, self.seen.pulls, side="right") - 1
        known = np.flatnonzero(mark >= 0)
        self.history[:, known, mark[known]] = np.stack([self.lower, self.seen.mean, self.upper])[:, known]

    def _read_betting(self, arms: np.ndarray, n_looks: int) -> None:
        """Read betting intervals; each lies inside the one before it, for all hold together."""
        rules, limits = self.rules, self.range
        error = (1.0 - rules.level) / (2.0 * self.n_arms * n_looks)
        arms = arms[(self.seen.pulls[arms] > 0) & (self.seen.pulls[arms] < rules.population)]
        arms = arms[np.isfinite(limits.high[arms]) & np.isfinite(limits.low[arms])]
        at = np.searchsorted(self._looks, self.seen.pulls[arms])
        for look in np.unique(at):
            some = arms[at == look]
            low, span = limits.low[some], limits.high[some] - limits.low[some]
            values = torch.from_numpy(self.values.of(some, int(look)))
            values.sub_(torch.from_numpy(low)[:, None]).div_(torch.from_numpy(span)[:, None]).clamp_(0.0, 1.0)
            known = [(self.lower[some] - low) / span, (low + span - self.upper[some]) / span]
            below, above = (torch.from_numpy(np.clip(end, 0.0, 1.0)) for end in known)
            self.lower[some] = low + span * lower_ends(values, rules.population, error, below).numpy()
            values = values.neg_().add_(1.0)
            self.upper[some] = low + span * (1.0 - lower_ends(values, rules.population, error, above).numpy())

    # What is checked, and the paper's order

    def _audit(self, pull: Pull, after_round: Callable[["Race"], None]) -> bool:
        """Pull the excluded arms on a few fresh rows; return whether a value outside the range was found.

        The rows follow those that an arm was pulled on, so that the race may use them later. They enter no interval,
        but a value outside the range enlarges it, and everything is read anew.
        """
        excluded = np.flatnonzero((self.status() == RaceStatus.EXCLUDED) & (self.seen.pulls < self.rules.population))
        if self.rules.bound == "subgaussian" or not len(excluded):
            return False
        fresh = max(1, int(AUDITED * self.seen.pulls.sum() / len(excluded)))
        starts = self.seen.pulls[excluded]
        stops = np.minimum(starts + fresh, self.rules.population)
        costs = self.costs[excluded] * (stops - starts)
        if self.rules.budget is not None and costs.sum() + self._shared_cost(stops) > self.rules.budget - self.spent:
            return False
        pulls, outside, largest, smallest = 0, 0, 0.0, 0.0
        for start in np.unique(starts):
            arms, stop = excluded[starts == start], int(stops[starts == start][0])
            self.spent += self._shared_cost(np.array([stop])) + int(self.costs[arms].sum()) * (stop - int(start))
            values = pull(arms, int(start), stop)
            low, high = self.range.low[arms, None], self.range.high[arms, None]
            pulls, outside = pulls + values.size, outside + int(((values > high) | (values < low)).sum())
            largest, smallest = max(largest, float(values.max())), min(smallest, float(values.min()))
        restarts = self.audit.restarts + (outside > 0)
        self.audit = Audit(len(excluded), self.audit.pulls + pulls, self.audit.outside + outside, restarts)
        after_round(self)
        if outside:
            # The largest value is remembered with the arm that comes first; the range is shared by all.
            self.seen.largest[excluded[0]] = max(self.seen.largest[excluded[0]], largest)
            self.seen.smallest[excluded[0]] = min(self.seen.smallest[excluded[0]], smallest)
        return outside > 0

    def _doubtful_in_order(self) -> np.ndarray:
        """Return the arms that may be the next strongest, after those whose order is settled.

        Algorithm 1, lines 6 to 9.
        """
        order = np.lexsort((-self.seen.mean, -self.upper))
        rest = order[self.upper[order] > self.floor[order]]
        accepted = 0
        while accepted < min(self.wanted, len(rest)):
            if len(rest) > accepted + 1 and not self.lower[rest[accepted]] >= self.upper[rest[accepted + 1]]:
                break
            accepted += 1
        if accepted >= self.wanted:
            return np.array([], dtype=np.int64)
        rest = rest[accepted:]
        return rest[self.seen.pulls[rest] < self.rules.population]
