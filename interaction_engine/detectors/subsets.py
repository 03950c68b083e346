"""The race among sets of features of one order: the strength of a pull, progress, checkpoints, and the table."""

import time
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Int
from torch import Tensor

from ..types import JSON, Report
from .bandit import Race, Rules
from .ground import Ground

SHOWN = 30
"""Arms in a partial result: as many as a reader can follow."""

CHECKPOINT_SECONDS = 2.0

MOST_TIMED = 4096
"""Arms in the largest call with which a model is timed."""

TRACED = 200
"""Strongest sets whose intervals over the pulls are kept in the result."""

INTERVALS = {
    "bernstein": "{level:.0%} simultaneous confidence interval over all {sets} (empirical Bernstein-Serfling) "
    "for the mean over the {rows:,} background rows",
    "subgaussian": "sub-Gaussian interval of the paper, simultaneous over all {sets} with probability {paper:.2%}, "
    "for the mean over the {rows:,} background rows",
    "exact": "exact on the {rows:,} background rows, of width zero",
}


class SubsetRace:
    """The arms `subsets` (sets of features of one order) on one ground, pulled row by row.

    The strength of a pull is the squared mixed difference; of an ensemble, with `cross`, the product of the mixed
    differences of two different members averaged over the pairs of members. Beside it, the variance of the mixed
    difference between members is kept (`noise`, per arm, as a sum over the pulls): the strength that the noise of a
    single network has; an arm not above it, or not above `least` in effect, is no interaction where the race asks.
    """

    def __init__(self, ground: Ground, subsets: Int[Tensor, "subsets order"]) -> None:
        self.ground, self.subsets = ground, subsets
        self.order = subsets.shape[1]
        self.differences = ground.differences(self.order)
        self.spans = ground.span(subsets)
        self.noise = np.zeros(len(subsets))

    @property
    def rows(self) -> Tensor:
        return self.ground.rows

    def nouns(self, number: int) -> str:
        """What so many arms are called."""
        plural = "" if number == 1 else "s"
        return f"pair{plural}" if self.order == 2 else f"set{plural} of {self.order}"

    def pull(self, arms: np.ndarray, start: int, stop: int) -> np.ndarray:
        """Strengths (arms, stop - start) of these sets on the rows start to stop of the permutation."""
        with torch.inference_mode():
            effects = self.differences(self.subsets[arms], start, stop)
            local = effects / self.spans[arms][:, None]
            if len(local) > 1:
                self.noise[arms] += local.var(0).sum(1).numpy()
            return self.ground.strengths(local).numpy()

    def rate(self, seconds: float) -> float:
        """Evaluations a second, from pulls of random arms that grow until `seconds` are filled; at least one call."""
        generator = np.random.default_rng(0)
        self.pull(np.arange(min(2, len(self.subsets))), 0, 2)
        n_arms, n_rows = 4, min(32, len(self.rows))
        while True:
            before, start = self.differences.evaluations, time.perf_counter()
            self.pull(generator.integers(0, len(self.subsets), n_arms), 0, n_rows)
            spent = time.perf_counter() - start
            evaluations = self.differences.evaluations - before
            n_arms, n_rows = min(4 * n_arms, MOST_TIMED), min(2 * n_rows, len(self.rows))
            if spent >= seconds or (n_arms == MOST_TIMED and n_rows == len(self.rows)):
                break
        self.noise[:] = 0.0
        return evaluations / max(spent, 1e-9)

    def most_evaluations(self) -> int:
        """What it takes to pull every arm on every row."""
        shared = self.differences.shared_cost() if self.order == 2 else 0
        return (int(self.costs().sum()) + shared) * len(self.rows)

    def costs(self) -> np.ndarray:
        """Evaluations per pull of each arm."""
        return self.differences.cost(self.subsets).numpy()

    def names(self, arm: int) -> tuple[str, ...]:
        return tuple(self.ground.data.space.names[index] for index in self.subsets[arm].tolist())

    def run(self, rules: Rules, report: Report, least: float = 0.0) -> Race:
        """Race the arms from where `report` left off, telling progress and leaving checkpoints.

        Where the race separates (`Rules.ranked` is False), an arm whose effect is not above `least`, or whose strength
        is not above the noise between members, counts as nothing.
        """
        race = Race.start(rules, self.costs())
        floor = (least / self.spans.numpy()) ** 2
        if not rules.ranked:
            race.floor = floor.copy()
        if report.restored is not None:
            race.resume(report.restored)
            self.noise = np.array(report.restored["noise"])
            self.differences.scale = float(report.restored["scale"])
            self.differences.evaluations += race.spent

        def pull(arms: np.ndarray, start: int, stop: int) -> np.ndarray:
            values = self.pull(arms, start, stop)
            if not rules.ranked and self.ground.crossed:
                race.floor[arms] = np.maximum(floor[arms], self.noise[arms] / stop)
            return values

        watch = _Watch(self, report)
        race.run(pull, watch)
        report(1.0, "Finished", watch.partial(race))
        return race

    def state(self, race: Race) -> dict[str, Any]:
        """Everything that `run` needs to go on from."""
        return {**race.state(), "noise": self.noise, "scale": self.differences.scale}

    def interval(self, race: Race) -> str:
        """The kind of the intervals, in words."""
        rules, n_arms = race.rules, race.n_arms
        sets = f"{n_arms} pairs" if self.order == 2 else f"{n_arms} candidates of order {self.order}"
        kind = "exact" if is_exact(race) else rules.bound
        paper = 1.0 - 2.0 / max(n_arms, 2) ** 2
        return INTERVALS[kind].format(level=rules.level, sets=sets, rows=rules.population, paper=paper)

    def table(self, race: Race) -> pd.DataFrame:
        """A row per arm, from strongest to weakest: strength, effect, interval, pulls, status, rank, standard error."""
        order = race.ranking()
        seen, spans = race.seen, self.spans.numpy()
        pulls = seen.pulls[order]
        strength = np.where(pulls > 0, seen.mean[order], np.nan)
        spread = np.sqrt(seen.squares[order] / np.maximum(pulls - 1, 1) / np.maximum(pulls, 1))
        return pd.DataFrame(
            {
                "strength": strength,
                "effect": spans[order] * np.sqrt(np.maximum(strength, 0.0)),
                "lower": race.lower[order],
                "upper": race.upper[order],
                "pulls": pulls,
                "status": race.status()[order].astype(str),
                "rank": np.arange(1, len(order) + 1),
                "standard_error": np.where(pulls > 1, spread, np.nan),
                "reference": race.floor[order],
            }
        )

    def members(self, arms: np.ndarray) -> np.ndarray:
        """The names of the features of `arms`, (arms, order)."""
        names = np.array(self.ground.data.space.names, dtype=object)
        return names[self.subsets[arms].numpy()]

    def trace(self, race: Race) -> tuple[np.ndarray, pd.DataFrame]:
        """The intervals of the strongest arms over their pulls, and the arm of each row."""
        arms = race.ranking()[:TRACED]
        lower, mean, upper = (part[arms] for part in race.history)
        at, look = np.nonzero(~np.isnan(mean))
        columns = {"mean": mean[at, look], "lower": lower[at, look], "upper": upper[at, look]}
        return arms[at], pd.DataFrame({"pulls": race.marks[look], **columns})


def is_exact(race: Race) -> bool:
    """Whether every arm was pulled on every row."""
    return bool((race.seen.pulls >= race.rules.population).all())


class _Watch:
    """Sees the race after every round: tells progress, leaves checkpoints."""

    def __init__(self, race: SubsetRace, report: Report) -> None:
        self.of, self.report = race, report
        self.last = time.perf_counter()

    def __call__(self, race: Race) -> None:
        now = time.perf_counter()
        self.report(self.fraction(race), self.message(race), self.partial(race))
        if now - self.last > CHECKPOINT_SECONDS:
            self.report.checkpoint(self.of.state(race))
            self.last = now

    def fraction(self, race: Race) -> float:
        """The share of the work done: by decided arms or by spent evaluations, whichever is further, below 1."""
        rules = race.rules
        spent = race.spent / (race.costs.sum() * rules.population)
        if rules.budget is not None:
            spent = max(spent, race.spent / max(rules.budget, 1))
        certain = 0.0 if rules.everything or not rules.ranked else len(race.accepted) / race.wanted
        return float(min(0.99, max(spent, certain)))

    def message(self, race: Race) -> str:
        noun = self.of.nouns(2)
        if (race.seen.pulls == 0).any():
            return f"Opening pulls of {race.n_arms:,} {noun}"
        if race.rules.everything:
            return f"All {race.n_arms:,} {noun} on {int(race.seen.pulls.min()):,} of {race.rules.population:,} rows"
        if race.rules.ranked:
            return f"{len(race.accepted)} of the {race.wanted} strongest {noun} certified"
        n_accepted = len(race.accepted)
        return f"{n_accepted:,} {self.of.nouns(n_accepted)} accepted, {race.n_open():,} of {race.n_arms:,} still open"

    def partial(self, race: Race) -> dict[str, JSON]:
        """The strongest arms as they stand, for the live race."""
        status = race.status()
        arms = race.ranking()[:SHOWN]
        arms = arms[race.seen.pulls[arms] > 0]
        shown = [
            {
                "pair": list(self.of.names(int(arm))),
                "mean": float(race.seen.mean[arm]),
                "lower": _finite(float(race.lower[arm]), 0.0),
                "upper": _finite(float(race.upper[arm]), float(race.seen.largest[arm])),
                "pulls": int(race.seen.pulls[arm]),
                "status": str(status[arm]),
            }
            for arm in arms
        ]
        return {
            "kind": "race",
            "unit": self.of.ground.unit,
            "arms": shown,
            "accepted": len(race.accepted),
            "wanted": race.wanted,
            "pulls": int(race.seen.pulls.sum()),
            "exhaustive_pulls": race.n_arms * race.rules.population,
            "evaluations": self.of.ground.evaluations,
        }


def _finite(value: float, otherwise: float) -> float:
    return value if np.isfinite(value) else otherwise
