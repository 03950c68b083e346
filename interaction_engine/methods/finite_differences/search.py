"""The climb from pairs to larger sets: one race per order, told, kept and taken up again as one run."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch

from ...core.result import Provenance
from ...core.status import RaceStatus
from ...core.types import JSON, Report
from .clusters import clusters, drawn_together, on_circle
from .hierarchy import Step, Subset
from .perturbation import Ground
from .racing.race import Race, Rules
from .set_race import SubsetRace
from .set_result import SubsetInteractions

TIMED_SECONDS = 0.05
"""For so long the model is timed before an order begins."""

ORDER_SHARE = 0.7
"""Of the progress that is left, granted to the order at hand."""


@dataclass
class _Level:
    """One order: what was to be tried, the race, and what it cost."""

    order: int
    found: Step
    arms: SubsetRace
    planned_evaluations: int
    planned_seconds: float
    race: Race | None = None
    evaluations: int = 0
    seconds: float = 0.0

    def told(self) -> dict[str, JSON]:
        """The level as a live view shows it; without its outcome while it goes on."""
        known = {
            "order": self.order,
            "candidates": len(self.found.candidates),
            "refused": self.found.n_refused,
            "skipped": self.found.skipped,
            "planned_evaluations": self.planned_evaluations,
            "planned_seconds": self.planned_seconds,
        }
        return known if self.race is None else known | {"accepted": len(self.race.certified), "seconds": self.seconds}


class Climb:
    """The orders so far, from pairs upwards, and how the whole is told, kept and taken up again."""

    def __init__(self, ground: Ground, rules: Rules, budget: int | None, least: float, report: Report) -> None:
        self.ground, self.rules, self.budget, self.least, self.report = ground, rules, budget, least, report
        self.levels: list[_Level] = []
        self.kept: dict[str, Any] = {}
        self._shown: dict[str, JSON] = {}

    def level(self, order: int, found: Step) -> None:
        """Race the candidates of one order; told beforehand: how many there are and what they cost at most."""
        arms = SubsetRace(self.ground, torch.tensor(found.candidates, dtype=torch.int64).reshape(-1, order))
        most = arms.most_evaluations()
        level = _Level(order, found, arms, most, self._planned_seconds(arms, most))
        self.levels.append(level)
        if order == 2:
            arms.checked_budget(self.budget, self.rules.initial)
        if not found.candidates:
            return
        before, start = self.ground.evaluations, time.perf_counter()
        report = _LevelReport(self, level)
        report(0.0, f"{_many(len(found.candidates), 'candidate')}, at most {most:,} model evaluations")
        level.race = arms.run(self._rules(arms), report, least=self.least)
        self.kept |= {f"order{order}.{name}": value for name, value in arms.state(level.race).items()}
        level.evaluations, level.seconds = self.ground.evaluations - before, time.perf_counter() - start

    def _planned_seconds(self, arms: SubsetRace, evaluations: int) -> float:
        """How long so many evaluations take; timed at length only where evaluations are not counted."""
        if not len(arms.subsets):
            return 0.0
        return evaluations / arms.rate(TIMED_SECONDS if self.budget is None else 0.0)

    @property
    def partial(self) -> dict[str, JSON] | None:
        """The last race shown, with all levels so far."""
        return {**self._shown, "levels": [level.told() for level in self.levels]} if self._shown else None

    def show(self, order: int, race: dict[str, JSON]) -> None:
        """Take in how the race of one order stands."""
        self._shown = {**race, "order": order}

    def accepted(self, order: int) -> dict[Subset, float]:
        """The accepted sets of one order with their strengths."""
        level = self.levels[order - 2]
        if level.race is None:
            return {}
        sets = level.arms.subsets.tolist()
        return {tuple(sets[arm]): float(level.race.seen.mean[arm]) for arm in level.race.certified}

    def result(self, provenance: Provenance) -> SubsetInteractions:
        """All orders as one result."""
        raced = [(level.order, level.arms, level.race) for level in self.levels if level.race is not None]
        return SubsetInteractions(
            provenance=provenance,
            features=self.ground.data.space.names,
            table=pd.concat([_table(*one) for one in raced], ignore_index=True),
            levels=pd.DataFrame([_summary(level) for level in self.levels]),
            refused=self._refused(),
            nodes=self._nodes(),
            unit=self.ground.unit,
            level=self.rules.level,
            truth=self.ground.truth(),
            trace=pd.concat([_trace(*one) for one in raced], ignore_index=True),
            tie=self.rules.tie,
        )

    def _rules(self, arms: SubsetRace) -> Rules:
        """The rules of one order. Ties are judged in squared joint effects, against the strongest set of any order so
        far; of a budget there is what the orders before have left."""
        spans = float(arms.spans.max()) if len(arms.spans) else 1.0
        rules = replace(self.rules, strongest=(self._strongest_effect() / spans) ** 2)
        if arms.order == 2:
            rules = replace(rules, shared=arms.differences.shared_cost())
        if self.budget is None:
            return rules
        return replace(rules, budget=max(0, self.budget - self.ground.evaluations))

    def _strongest_effect(self) -> float:
        """The largest root mean square joint effect of any set so far."""
        effects = [
            float((level.arms.spans.numpy() * np.sqrt(np.maximum(level.race.seen.mean, 0.0))).max(initial=0.0))
            for level in self.levels
            if level.race is not None
        ]
        return max(effects, default=0.0)

    def _nodes(self) -> pd.DataFrame:
        """The features as nodes of the graph, its edges weighted by effect."""
        weights = {pair: self._effect(pair, strength) for pair, strength in self.accepted(2).items()}
        n_features = len(self.ground.data.space)
        with torch.inference_mode():
            alone = self.ground.differences(1)(torch.arange(n_features)[:, None], 0, len(self.ground.rows)).mean(0)
        x, y = on_circle(n_features).T
        drawn_x, drawn_y = drawn_together(n_features, weights).T
        return pd.DataFrame(
            {
                "feature": list(self.ground.data.space.names),
                "effect": alone.square().mean(1).sqrt().numpy(),
                "cluster": clusters(n_features, weights),
                "x": x,
                "y": y,
                "drawn_x": drawn_x,
                "drawn_y": drawn_y,
            }
        )

    def _effect(self, subset: Subset, strength: float) -> float:
        return float(self.ground.span(torch.tensor([subset]))[0]) * math.sqrt(max(strength, 0.0))

    def _refused(self) -> pd.DataFrame:
        rows = [(level.order, *pair) for level in self.levels for pair in level.found.refused]
        return pd.DataFrame(
            {
                "features": [self._names(clique) for _, clique, _ in rows],
                "order": np.array([order for order, _, _ in rows], dtype=np.int64),
                "missing": [self._names(missing) for _, _, missing in rows],
            }
        )

    def _names(self, subset: Subset) -> tuple[str, ...]:
        return tuple(self.ground.data.space.names[index] for index in subset)

    def notes(self) -> tuple[str, ...]:
        share = self.least / self.ground.spread if self.ground.spread else 0.0
        noise = ", as does one weaker than the noise between the networks" if self.ground.crossed else ""
        least = f"A set whose joint effect is below {100 * share:g} % of the standard deviation of the prediction"
        return (f"{least} counts as none{noise}.", *(_left_out(level) for level in self.levels if level.found.skipped))


class _LevelReport(Report):
    """The report of one order within the report of the whole run."""

    def __init__(self, climb: Climb, level: _Level) -> None:
        self.climb, self.of = climb, level
        self.prefix = f"order{level.order}."
        state = climb.report.restored or {}
        mine = {name.removeprefix(self.prefix): state[name] for name in state if name.startswith(self.prefix)}
        self.restored = mine or None

    def __call__(self, fraction: float, message: str, partial: dict[str, JSON] | None = None) -> None:
        if partial is not None:
            self.climb.show(self.of.order, partial)
        # Nobody knows how many orders follow, and the first costs most: each is granted as much of what is left.
        done = 1.0 - (1.0 - ORDER_SHARE) ** (self.of.order - 2) * (1.0 - ORDER_SHARE * fraction)
        self.climb.report(done, f"Order {self.of.order}: {message}", self.climb.partial)

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        mine = {f"{self.prefix}{name}": value for name, value in state.items()}
        self.climb.report.checkpoint({**self.climb.kept, **mine})


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _left_out(level: _Level) -> str:
    return (
        f"The graph has more cliques of {level.order} features than are tried: {level.found.skipped:,} were left out, "
        "those of the weakest pairs. Fewer `top_k` sets or more `max_candidates` change that."
    )


def _with_names(names: np.ndarray, order: int, columns: pd.DataFrame) -> pd.DataFrame:
    named = {"features": [tuple(one) for one in names], "order": order}
    return pd.concat([pd.DataFrame(named), columns.reset_index(drop=True)], axis=1)


def _table(order: int, arms: SubsetRace, race: Race) -> pd.DataFrame:
    columns = arms.table(race)
    columns.insert(0, "kind", "interaction")
    return _with_names(arms.ranked(race), order, columns)


def _trace(order: int, arms: SubsetRace, race: Race) -> pd.DataFrame:
    traced, columns = arms.trace(race)
    return _with_names(arms.members(traced), order, columns)


def _summary(level: _Level) -> dict[str, JSON]:
    status = level.race.status() if level.race is not None else np.array([], dtype=object)
    return {
        "order": level.order,
        "cliques": level.found.cliques,
        "candidates": len(level.found.candidates),
        "accepted": int((status == RaceStatus.CERTIFIED).sum()),
        "excluded": int((status == RaceStatus.EXCLUDED).sum()) + len(level.arms.impossible),
        "undecided": int((status == RaceStatus.UNDECIDED).sum()),
        "refused": level.found.n_refused,
        "skipped": level.found.skipped,
        "planned_evaluations": level.planned_evaluations,
        "planned_seconds": level.planned_seconds,
        "evaluations": level.evaluations,
        "seconds": level.seconds,
        "interval": level.arms.interval(level.race) if level.race is not None else "",
        "assumption": level.arms.assumption(level.race) if level.race is not None else "",
        "settled": level.race is None or not len(level.race.doubtful()),
        "audit": level.arms.audit(level.race) if level.race is not None else "",
    }
