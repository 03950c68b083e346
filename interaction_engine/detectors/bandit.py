"""The race of the arms: which of n finite-population means are the k largest, with as few pulls as the proof allows.

Algorithm 1 of the ParaACE paper, in rounds. Pull number l of any arm is the same row of one random permutation of the
background rows, so after as many pulls as there are rows a mean is exact. A round pulls many arms many times in one
model call; with one arm and one row a round it is the paper's algorithm.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .bounds import BOUNDS, Seen

Pull = Callable[[np.ndarray, int, int], np.ndarray]
"""(arms, start, stop) -> values (arms, stop - start): the pulls number start to stop of each of these arms."""

GROWTH = 1.5
"""An arm's pulls grow by this factor a round: looking often costs width (a union bound), looking seldom costs pulls."""

ROUND_COST = 1 << 16
"""Evaluations in a round: a fraction of a second on a CPU, enough to fill a GPU, few enough to decide often."""

HISTORY = 24
"""Intervals kept of each arm over its pulls, for drawing."""


@dataclass(frozen=True)
class Rules:
    """What is asked of a race.

    The `top_k` largest of the arms over `population` rows, by intervals of kind `bound` at confidence `level`, within
    `budget` model evaluations (None: no limit). Arms whose intervals are narrower than `tolerance` need no more pulls.
    `initial` pulls open the race; `batch_arms` and `batch_rows` fix the arms and rows of a round (None: the most that
    fit `round_cost` evaluations; growing by GROWTH). With `everything` all arms are pulled on all rows.

    A `ranked` race accepts arms one after the other in order of strength (the paper's); else it separates the arms that
    are among the `top_k` largest and above what counts as nothing (`Race.floor`) from those that are not. With
    `complete` the accepted arms are then pulled on all rows, so that what is told of them is exact.
    """

    top_k: int
    population: int
    bound: str = "bernstein"
    level: float = 0.95
    budget: int | None = None
    tolerance: float = 0.0
    initial: int = 32
    batch_arms: int | None = None
    batch_rows: int | None = None
    round_cost: int = ROUND_COST
    everything: bool = False
    ranked: bool = True
    complete: bool = False

    def looks(self) -> np.ndarray:
        """The numbers of pulls at which an arm's interval may be read."""
        steps = [min(self.initial, self.population)]
        while steps[-1] < self.population:
            grown = steps[-1] + (self.batch_rows or max(1, int(steps[-1] * (GROWTH - 1.0))))
            steps.append(min(self.population, grown))
        return np.array(steps)


@dataclass
class Race:
    """The state of a race: what was `seen`, the arms `accepted` so far in order of strength, their intervals, and a
    history.

    `floor` is what counts as nothing, by arm: no arm that is certainly not above it is accepted. `history` is
    (lower, mean, upper) by arm and look, NaN where an arm never was at that look. All of it can be written
    to a checkpoint with `state` and taken up again with `resume`.
    """

    rules: Rules
    costs: np.ndarray
    seen: Seen
    lower: np.ndarray
    upper: np.ndarray
    history: np.ndarray
    marks: np.ndarray
    floor: np.ndarray
    accepted: list[int] = field(default_factory=list)
    spent: int = 0

    @classmethod
    def start(cls, rules: Rules, costs: np.ndarray) -> "Race":
        """A race among arms that cost `costs` evaluations a pull."""
        n_arms, looks = len(costs), rules.looks()
        marks = looks[np.unique(np.linspace(0, len(looks) - 1, HISTORY).round().astype(int))]
        history = np.full((3, n_arms, len(marks)), np.nan, dtype=np.float32)
        lower, upper = np.full(n_arms, -np.inf), np.full(n_arms, np.inf)
        return cls(rules, costs, Seen.nothing(n_arms), lower, upper, history, marks, np.zeros(n_arms))

    @property
    def n_arms(self) -> int:
        return len(self.costs)

    @property
    def wanted(self) -> int:
        return min(self.rules.top_k, self.n_arms)

    def run(self, pull: Pull, after_round: Callable[["Race"], None]) -> None:
        """Pull until the question is answered or the budget is spent; `after_round` sees the race after every round."""
        looks = self.rules.looks()
        if self.seen.pulls.min() == 0:
            self._pull_in_rounds(pull, np.flatnonzero(self.seen.pulls == 0), int(looks[0]), after_round)
        self._judge(len(looks))
        while not self.finished():
            arms, stops = self._choose(looks)
            if not len(arms):
                break
            self._pull(pull, arms, stops)
            self._judge(len(looks))
            after_round(self)
        if self.rules.complete:
            self._complete(pull, after_round)

    def finished(self) -> bool:
        """Whether all is certified or the budget is spent."""
        if self.rules.budget is not None and self.spent >= self.rules.budget:
            return True
        if self.rules.everything:
            return bool((self.seen.pulls >= self.rules.population).all())
        return len(self.accepted) >= self.wanted or not self._open().any()

    def n_open(self) -> int:
        """How many arms may still be accepted."""
        return int(self._open().sum())

    def status(self) -> np.ndarray:
        """certified, excluded or undecided, by arm."""
        status = np.full(self.n_arms, "undecided", dtype=object)
        status[self._hopeless()] = "excluded"
        status[self.upper <= self.floor] = "excluded"
        if len(self.accepted) >= self.wanted:
            status[:] = "excluded"
        status[self.accepted] = "certified"
        return status

    def ranking(self) -> np.ndarray:
        """The arms from strongest to weakest: the accepted (ranked: in their order), then the others, by their mean."""
        mean = np.where(self.seen.pulls > 0, self.seen.mean, -np.inf)
        accepted = np.array(self.accepted, dtype=np.int64)
        if not self.rules.ranked:
            accepted = accepted[np.argsort(-mean[accepted], kind="stable")]
        others = np.setdiff1d(np.arange(self.n_arms), accepted)
        return np.concatenate([accepted, others[np.argsort(-mean[others], kind="stable")]])

    def state(self) -> dict[str, Any]:
        """Everything that `resume` needs, as arrays and numbers."""
        seen = {f"seen_{name}": value for name, value in vars(self.seen).items()}
        return {
            **seen,
            "history": self.history,
            "floor": self.floor,
            "accepted": np.array(self.accepted, dtype=np.int64),
            "spent": self.spent,
        }

    def resume(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that `state` gave."""
        self.seen = Seen(
            **{name.removeprefix("seen_"): np.array(state[name]) for name in state if name.startswith("seen_")}
        )
        self.history, self.floor = np.array(state["history"]), np.array(state["floor"])
        self.spent = int(state["spent"])
        self.accepted = [int(arm) for arm in state["accepted"]]

    def _pull_in_rounds(self, pull: Pull, arms: np.ndarray, stop: int, after_round: Callable[["Race"], None]) -> None:
        """The opening: every arm to `stop` pulls, a round at a time so that progress is seen."""
        if self.rules.budget is not None:
            arms = arms[np.cumsum(self.costs[arms]) * stop <= self.rules.budget - self.spent]
        per_round = max(1, int(self.rules.round_cost / (self.costs.mean() * stop)))
        for begin in range(0, len(arms), per_round):
            some = arms[begin : begin + per_round]
            self._pull(pull, some, np.full(len(some), stop))
            after_round(self)

    def _complete(self, pull: Pull, after_round: Callable[["Race"], None]) -> None:
        """Pull the accepted arms on all rows, strongest first; one that then turns out to be nothing is given up."""
        population = self.rules.population
        arms = np.array([arm for arm in self.accepted if self.seen.pulls[arm] < population], dtype=np.int64)
        arms = arms[np.argsort(-self.seen.mean[arms], kind="stable")]
        cost = np.cumsum(self.costs[arms] * (population - self.seen.pulls[arms]))
        if self.rules.budget is not None:
            arms = arms[cost <= self.rules.budget - self.spent]
        for part in np.unique(cost[: len(arms)] // self.rules.round_cost):
            some = arms[cost[: len(arms)] // self.rules.round_cost == part]
            self._pull(pull, some, np.full(len(some), population))
            after_round(self)
        self._judge(len(self.rules.looks()))
        self.accepted = [arm for arm in self.accepted if self.upper[arm] > self.floor[arm]]

    def _pull(self, pull: Pull, arms: np.ndarray, stops: np.ndarray) -> None:
        """Pull each of `arms` up to its number in `stops`: one call per distinct stretch of rows."""
        starts = self.seen.pulls[arms]
        for start, stop in sorted(set(zip(starts.tolist(), stops.tolist(), strict=True))):
            some = arms[(starts == start) & (stops == stop)]
            self.seen.add(some, pull(some, start, stop))
            self.spent += int(self.costs[some].sum()) * (stop - start)

    def _judge(self, n_looks: int) -> None:
        """Read the intervals, keep them, and accept whatever is now certain."""
        rules = self.rules
        self.lower, self.upper = BOUNDS[rules.bound](self.seen, rules.population, n_looks, rules.level)
        self._remember()
        if rules.ranked:
            self._accept_next()
        else:
            self._accept_apart()

    def _accept_next(self) -> None:
        """Accept arms as long as the next strongest is certain (Algorithm 1, lines 6 to 9)."""
        rest = np.flatnonzero(self._eligible())
        rest = rest[np.lexsort((-self.seen.mean[rest], -self.upper[rest]))]
        while len(self.accepted) < self.wanted and len(rest):
            if len(rest) > 1 and not self.lower[rest[0]] >= self.upper[rest[1]]:
                break
            self.accepted.append(int(rest[0]))
            rest = rest[1:]

    def _accept_apart(self) -> None:
        """Accept every arm that is certainly above its floor and has fewer than `top_k` arms that may be above it."""
        possible = np.sort(np.where(self.upper > self.floor, self.upper, -np.inf))
        rivals = len(possible) - np.searchsorted(possible, self.lower, side="right") - (self.upper > self.lower)
        certain = self._eligible() & (self.lower > self.floor) & (rivals < self.wanted)
        arms = np.flatnonzero(certain)
        arms = arms[np.argsort(-self.lower[arms], kind="stable")]
        self.accepted.extend(int(arm) for arm in arms[: self.wanted - len(self.accepted)])

    def _remember(self) -> None:
        """Put the intervals of arms that stand at a mark into the history."""
        mark = np.searchsorted(self.marks, self.seen.pulls, side="right") - 1
        arms = np.flatnonzero(mark >= 0)
        self.history[:, arms, mark[arms]] = np.stack([self.lower, self.seen.mean, self.upper])[:, arms]

    def _eligible(self) -> np.ndarray:
        """Arms that may still be accepted: what is certainly not above its floor is nothing, however few are left."""
        eligible = self.upper > self.floor
        eligible[self.accepted] = False
        return eligible

    def _open(self) -> np.ndarray:
        """Arms whose acceptance is not settled: ranked races go on among all that may be next, others stop at those
        that are certainly not among the largest."""
        open_arms = self._eligible()
        if not self.rules.ranked:
            open_arms[self._hopeless()] = False
        return open_arms

    def _hopeless(self) -> np.ndarray:
        """Arms that are certainly not among the k largest: their upper bound lies below k lower bounds."""
        if self.wanted >= self.n_arms:
            return np.array([], dtype=np.int64)
        bar = np.partition(self.lower, self.n_arms - self.wanted)[self.n_arms - self.wanted]
        return np.flatnonzero(self.upper < bar)

    def _choose(self, looks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The arms of the next round and the number of pulls each is taken to: the highest upper bounds first."""
        rules = self.rules
        open_arms = np.ones(self.n_arms, dtype=bool)
        if not rules.everything:
            open_arms = self._eligible()
            open_arms[self._hopeless()] = False
            with np.errstate(invalid="ignore"):
                open_arms &= ~(self.upper - self.lower <= rules.tolerance)
        open_arms &= self.seen.pulls < rules.population
        arms = np.flatnonzero(open_arms)
        arms = arms[np.argsort(-self.upper[arms], kind="stable")]
        stops = looks[np.searchsorted(looks, self.seen.pulls[arms], side="right")]
        cost = np.cumsum(self.costs[arms] * (stops - self.seen.pulls[arms]))
        n_arms = rules.batch_arms or max(1, int(np.searchsorted(cost, rules.round_cost, side="right")))
        if rules.budget is not None:
            n_arms = min(n_arms, int(np.searchsorted(cost, rules.budget - self.spent, side="right")))
        return arms[:n_arms], stops[:n_arms]
