"""Hierarchical search from pairs to larger sets: the candidates of an order are cliques of the graph of accepted pairs.

Every order is one race; together they are one run, which can be interrupted and resumed.
"""

import itertools
import math
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import torch

from ...core.result import Provenance
from ...core.status import RaceStatus
from ...core.types import JSON, Report
from .clusters import clusters, drawn_together, on_circle
from .perturbation import PerturbationContext
from .racing.race import Race
from .racing.rules import Rules
from .racing.set_race import SubsetRace
from .set_result import SubsetInteractions

Subset = tuple[int, ...]
"""Features by index, ascending."""

REFUSED_KEPT = 300
"""Refused cliques of one order that are kept with the smaller set that they lack."""

MOST_CLIQUES = 20_000
"""Triangles of the graph whose cliques are listed: about two seconds."""

TIMED_SECONDS = 0.05
"""For so long the model is timed before an order begins."""

ORDER_SHARE = 0.7
"""Of the progress that is left, granted to the order at hand."""


@dataclass(frozen=True)
class Step:
    """The candidates of one order.

    `cliques` counts the cliques of the graph of accepted pairs, `candidates` are those all of whose smaller sets were
    accepted, `refused` the others (at most REFUSED_KEPT) with the first set that they lack, `n_refused` how many,
    `skipped` how many possible candidates the limit left out: at least so many where `cut` says that the count was
    broken off.
    """

    candidates: tuple[Subset, ...]
    cliques: int
    refused: tuple[tuple[Subset, Subset], ...]
    n_refused: int
    skipped: int
    cut: bool


def given_pairs(allowed: Iterable[Iterable[int]]) -> Step:
    """Order 2: every pair that is allowed is tried."""
    pairs = tuple((first, second) for first, second in allowed)
    return Step(pairs, len(pairs), (), 0, 0, cut=False)


def next_candidates(pairs: Mapping[Subset, float], accepted: Mapping[Subset, float], order: int, limit: int) -> Step:
    """The candidates of `order`, given the accepted pairs and the accepted sets of order - 1, with their strengths.

    ParaACE paper, Algorithm 2, lines 5 to 8. Where there are more than `limit`, those stay whose weakest smaller set is
    strongest; a graph with more than MOST_CLIQUES cliques of this order is first thinned to its strongest pairs.
    """
    kept, n_cliques = _thinned(pairs, order)
    candidates, refused, n_refused = [], [], 0
    for clique in cliques_of(kept, order):
        missing = next((part for part in itertools.combinations(clique, order - 1) if part not in accepted), None)
        if missing is None:
            candidates.append(clique)
        else:
            n_refused += 1
            if len(refused) < REFUSED_KEPT:
                refused.append((clique, missing))
    looked_at = len(candidates) + n_refused
    weakest = [min(accepted[part] for part in itertools.combinations(one, order - 1)) for one in candidates]
    strongest_first = [candidates[place] for place in np.argsort([-value for value in weakest], kind="stable")]
    return Step(
        candidates=tuple(sorted(strongest_first[:limit])),
        cliques=max(n_cliques, looked_at),
        refused=tuple(refused),
        n_refused=n_refused,
        skipped=max(0, len(candidates) - limit) + max(0, n_cliques - looked_at),
        cut=len(kept) < len(pairs),
    )


def cliques_of(pairs: Iterable[Subset], order: int) -> Iterator[Subset]:
    """All cliques of `order` features of the graph whose edges are `pairs`, each ascending."""
    graph: nx.Graph[int] = nx.Graph()
    graph.add_edges_from((first, second) for first, second in pairs)
    for clique in nx.enumerate_all_cliques(graph):  # by size
        if len(clique) > order:
            return
        if len(clique) == order:
            yield tuple(sorted(clique))


def _thinned(pairs: Mapping[Subset, float], order: int) -> tuple[list[Subset], int]:
    """Return the strongest pairs whose graph has at most MOST_CLIQUES triangles.

    All pairs, where it has no more; beside them the number of cliques of `order` where it is known without listing
    them (triangles), else 0.
    """
    edges = sorted(pairs, key=lambda pair: (-pairs[pair], pair))
    triangles = _n_triangles(edges)
    known = triangles if order == 3 else 0
    if triangles <= MOST_CLIQUES:
        return edges, known
    fewest, most = 0, len(edges)
    while most - fewest > 1:
        middle = (fewest + most) // 2
        fewest, most = (middle, most) if _n_triangles(edges[:middle]) <= MOST_CLIQUES else (fewest, middle)
    return edges[:fewest], known


def _n_triangles(edges: list[Subset]) -> int:
    """Triangles of a graph: a sixth of the closed walks of three steps."""
    if not edges:
        return 0
    nodes, ends = np.unique(np.array(edges), return_inverse=True)
    ends = ends.reshape(-1, 2)
    adjacency = np.zeros((len(nodes), len(nodes)))
    adjacency[ends[:, 0], ends[:, 1]] = adjacency[ends[:, 1], ends[:, 0]] = 1.0
    return round(float(((adjacency @ adjacency) * adjacency).sum()) / 6.0)


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

    def to_partial(self) -> dict[str, JSON]:
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


class HierarchicalSearch:
    """The orders so far, from pairs upwards: what is reported, stored and resumed of them."""

    def __init__(
        self, context: PerturbationContext, rules: Rules, budget: int | None, least: float, report: Report
    ) -> None:
        self.context, self.rules, self.budget, self.least, self.report = context, rules, budget, least, report
        self.levels: list[_Level] = []
        self.kept: dict[str, Any] = {}
        self._shown: dict[str, JSON] = {}

    def level(self, order: int, found: Step) -> None:
        """Race the candidates of one order; told beforehand: how many there are and what they cost at most."""
        arms = SubsetRace(self.context, torch.tensor(found.candidates, dtype=torch.int64).reshape(-1, order))
        most = arms.most_evaluations()
        level = _Level(order, found, arms, most, self._planned_seconds(arms, most))
        self.levels.append(level)
        if order == 2:
            arms.checked_budget(self.budget, self.rules.initial)
        if not found.candidates:
            return
        before, start = self.context.evaluations, time.perf_counter()
        report = _LevelReport(self, level)
        report(0.0, f"{_many(len(found.candidates), 'candidate')}, at most {most:,} model evaluations")
        level.race = arms.run(self._rules(arms), report, least=self.least)
        self.kept |= {f"order{order}.{name}": value for name, value in arms.state(level.race).items()}
        level.evaluations, level.seconds = self.context.evaluations - before, time.perf_counter() - start

    def _planned_seconds(self, arms: SubsetRace, evaluations: int) -> float:
        """How long so many evaluations take; timed at length only where evaluations are not counted."""
        if not len(arms.subsets):
            return 0.0
        return evaluations / arms.rate(TIMED_SECONDS if self.budget is None else 0.0)

    @property
    def partial(self) -> dict[str, JSON] | None:
        """The last race shown, with all levels so far."""
        return {**self._shown, "levels": [level.to_partial() for level in self.levels]} if self._shown else None

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
            features=self.context.data.space.names,
            table=pd.concat([_table(*one) for one in raced], ignore_index=True),
            levels=pd.DataFrame([_summary(level) for level in self.levels]),
            refused=self._refused(),
            nodes=self._nodes(),
            unit=self.context.unit,
            level=self.rules.level,
            truth=self.context.truth(),
            trace=pd.concat([_trace(*one) for one in raced], ignore_index=True),
            tie=self.rules.tie,
        )

    def _rules(self, arms: SubsetRace) -> Rules:
        """The rules of one order.

        Ties are judged in squared joint effects, against the strongest set of any order so far; of a budget
        there is what the orders before have left.
        """
        spans = float(arms.spans.max()) if len(arms.spans) else 1.0
        rules = replace(self.rules, strongest=(self._strongest_effect() / spans) ** 2)
        if arms.order == 2:
            rules = replace(rules, shared=arms.differences.shared_cost())
        if self.budget is None:
            return rules
        return replace(rules, budget=max(0, self.budget - self.context.evaluations))

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
        n_features = len(self.context.data.space)
        with torch.inference_mode():
            alone = self.context.differences(1)(torch.arange(n_features)[:, None], 0, len(self.context.rows)).mean(0)
        x, y = on_circle(n_features).T
        drawn_x, drawn_y = drawn_together(n_features, weights).T
        return pd.DataFrame(
            {
                "feature": list(self.context.data.space.names),
                "effect": alone.square().mean(1).sqrt().numpy(),
                "cluster": clusters(n_features, weights),
                "x": x,
                "y": y,
                "drawn_x": drawn_x,
                "drawn_y": drawn_y,
            }
        )

    def _effect(self, subset: Subset, strength: float) -> float:
        return float(self.context.span(torch.tensor([subset]))[0]) * math.sqrt(max(strength, 0.0))

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
        return tuple(self.context.data.space.names[index] for index in subset)

    def notes(self) -> tuple[str, ...]:
        """What a reader of the result must know."""
        share = self.least / self.context.spread if self.context.spread else 0.0
        noise = ", as does one weaker than the noise between the networks" if self.context.crossed else ""
        least = f"A set whose joint effect is below {100 * share:g} % of the standard deviation of the prediction"
        return (f"{least} counts as none{noise}.", *(_left_out(level) for level in self.levels if level.found.skipped))


class _LevelReport(Report):
    """The report of one order within the report of the whole run."""

    def __init__(self, search: HierarchicalSearch, level: _Level) -> None:
        self.search, self.of = search, level
        self.prefix = f"order{level.order}."
        state = search.report.restored or {}
        mine = {name.removeprefix(self.prefix): state[name] for name in state if name.startswith(self.prefix)}
        self.restored = mine or None

    def __call__(self, fraction: float, message: str, partial: dict[str, JSON] | None = None) -> None:
        if partial is not None:
            self.search.show(self.of.order, partial)
        # Nobody knows how many orders follow, and the first costs most: each is granted as much of what is left.
        done = 1.0 - (1.0 - ORDER_SHARE) ** (self.of.order - 2) * (1.0 - ORDER_SHARE * fraction)
        self.search.report(done, f"Order {self.of.order}: {message}", self.search.partial)

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        mine = {f"{self.prefix}{name}": value for name, value in state.items()}
        self.search.report.checkpoint({**self.search.kept, **mine})


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
