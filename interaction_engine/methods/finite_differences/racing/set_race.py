"""The race among sets of features of one order: the strength of a pull, progress, checkpoints, and the table."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from ....core.errors import InputError
from ....core.status import RaceStatus, RankStatus
from ....core.types import JSON, Report
from ..perturbation import PerturbationContext
from .race import Race
from .rules import Rules

LEFT_OUT = "not among the candidate pairs"
"""Why a set was not evaluated that a screen left out."""

SHOWN = 30
"""Arms in a partial result: as many as a reader can follow."""

LEAVES_AT_ONCE = 1 << 22
"""Evaluations that a call replaces where effects come from the leaves of trees: about a tenth of a second."""

CHECKPOINT_SECONDS = 2.0

ROUNDED = 1.0 + 1e-4
"""A proven range is exact arithmetic; the values that it bounds are rounded."""

MOST_TIMED = 4096
"""Arms in the largest call with which a model is timed."""

TRACED = 200
"""Strongest sets whose intervals over the pulls are kept in the result."""

INTERVALS = {
    "betting": "{level:.0%} confidence intervals that hold together for all {sets} (betting, sampling without "
    "replacement), for the mean over {rows}",
    "bernstein": "{level:.0%} confidence intervals that hold together for all {sets} (empirical Bernstein-Serfling), "
    "for the mean over {rows}",
    "subgaussian": "the paper's sub-Gaussian intervals, approximate and without a probability, for the mean over "
    "{rows}",
    "exact": "exact for {rows}: all were evaluated",
}


class SubsetRace:
    """The arms `subsets` (sets of features of one order) on one context, pulled row by row.

    `impossible` are those that the model cannot combine: their strength is 0 without an evaluation; they are no arms.
    The strength of a pull is the squared mixed difference; of an ensemble, with `cross`, the product of the mixed
    differences of two different members averaged over the pairs of members. Beside it, the variance of the mixed
    difference between members is kept (`noise`, per arm, as a sum over the pulls): the strength that the noise of a
    single network has; an arm not above it, or not above `least` in effect, is no interaction where the race asks.
    """

    def __init__(
        self, context: PerturbationContext, subsets: Int[Tensor, "subsets order"], *, use_structure: bool = True
    ) -> None:
        self.context = context
        self.order = subsets.shape[1]
        combined = context.combined(subsets) if use_structure else torch.ones(len(subsets), dtype=torch.bool)
        self.impossible, self.left_out = subsets[~combined], subsets[:0]
        self.differences = context.differences(self.order)
        self._set_arms(subsets[combined])

    def _set_arms(self, subsets: Tensor) -> None:
        self.subsets, self.spans = subsets, self.context.span(subsets)
        self.noise, self.noise_rows = np.zeros(len(subsets)), np.zeros(len(subsets), dtype=np.int64)

    def keep(self, chosen: Bool[Tensor, " subsets"]) -> None:
        """Race only the chosen sets; the others are `left_out`: not evaluated, and undecided."""
        self.left_out = self.subsets[~chosen]
        self._set_arms(self.subsets[chosen])

    @property
    def rows(self) -> Tensor:
        """The rows of the population."""
        return self.context.rows

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
                self._add_noise(arms, local, start, stop)
            return self.context.strengths(local).numpy()

    def _add_noise(self, arms: np.ndarray, local: Tensor, start: int, stop: int) -> None:
        """Take in the variance between members, of every row once: an audit may have seen a row before the race."""
        new = self.noise_rows[arms] <= start
        if not new.any():
            return
        self.noise[arms[new]] += local[:, torch.from_numpy(new)].var(0).sum(1).numpy()
        self.noise_rows[arms[new]] = stop

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
        self.noise[:], self.noise_rows[:] = 0.0, 0
        return evaluations / max(spent, 1e-9)

    def most_evaluations(self) -> int:
        """What it takes to pull every arm on every row."""
        shared = self.differences.shared_cost() if self.order == 2 else 0
        return (int(self.costs().sum()) + shared) * len(self.rows)

    def costs(self) -> np.ndarray:
        """Evaluations per pull of each arm."""
        return self.differences.cost(self.subsets).numpy()

    def checked_budget(self, budget: int | None, initial: int) -> int | None:
        """Return the budget; `InputError` where it does not pay for the opening of every pair."""
        opening = min(initial, len(self.rows)) * (int(self.costs().sum()) + self.differences.shared_cost())
        if budget is not None and budget < opening:
            raise InputError(
                f"`budget` must pay for the opening, {min(initial, len(self.rows)):,} rows of {len(self.subsets):,} "
                f"pairs, which takes {opening:,} model evaluations; got {budget:,}. Raise it, or lower `initial`."
            )
        return budget

    def names(self, arm: int) -> tuple[str, ...]:
        """Return the names of the features of an arm."""
        return tuple(self.context.data.space.names[index] for index in self.subsets[arm].tolist())

    def run(self, rules: Rules, report: Report, least: float | None = None) -> Race:
        """Race the arms from where `report` left off, reporting progress and leaving checkpoints.

        Args:
            rules: What is required of the race.
            report: Receives progress and checkpoints.
            least: Joint effect, in the score's unit, up to which a set counts as no interaction; of an ensemble a set
                that is not stronger than the noise of a single network counts as none too. None: any effect above 0
                counts.
        """
        if len(self.subsets) and self.differences.reads_leaves(self.subsets):
            rules = replace(rules, round_cost=max(rules.round_cost, LEAVES_AT_ONCE))
        # An exact evaluation has no intervals, so that no range is needed.
        race = Race.start(rules, self.costs(), None if rules.everything else self.proven_range())
        if least is not None:
            race.floor = (least / self.spans.numpy()) ** 2
        floor = race.floor.copy()
        if report.restored is not None:
            race.resume(report.restored)
            self.noise, self.noise_rows = (np.array(report.restored[name]) for name in ("noise", "noise_rows"))
            self.differences.scale = float(report.restored["scale"])
            self.differences.spared = int(report.restored.get("spared", 0))
            self.differences.evaluations += race.spent

        def pull(arms: np.ndarray, start: int, stop: int) -> np.ndarray:
            values = self.pull(arms, start, stop)
            if least is not None and self.context.crossed:
                race.floor[arms] = np.maximum(floor[arms], self.noise[arms] / self.noise_rows[arms])
            return values

        watch = _Watch(self, report)
        if len(self.subsets):
            race.run(pull, watch)
        report(1.0, "Finished", watch.partial(race))
        return race

    def proven_range(self) -> np.ndarray | None:
        """Return the largest strength of a pull that the model allows, by arm; None where nothing is known."""
        bound = self.context.effect_bound(self.subsets)
        return None if bound is None else (bound / self.spans).square().numpy() * ROUNDED

    def state(self, race: Race) -> dict[str, Any]:
        """Return everything that `run` needs to go on from."""
        differences = self.differences
        kept = {"noise": self.noise, "noise_rows": self.noise_rows}
        kept |= {"scale": differences.scale, "spared": differences.spared}
        return {**race.state(), **kept}

    def interval(self, race: Race) -> str:
        """Return the kind of the intervals and their population, in words."""
        rules, n_arms = race.rules, race.n_arms
        pairs = f"{n_arms:,} candidate pairs" if len(self.left_out) else f"{n_arms:,} pairs"
        sets = pairs if self.order == 2 else f"{n_arms:,} candidates of order {self.order}"
        kind = "exact" if race.is_exact else rules.bound
        return INTERVALS[kind].format(level=rules.level, sets=sets, rows=self.context.population)

    def assumption(self, race: Race) -> str:
        """Return the assumption behind the intervals, in one sentence; empty where there is none."""
        if race.is_exact or not race.n_arms:
            return ""
        rules, limits = race.rules, race.range
        if rules.bound == "subgaussian":
            return "The paper's intervals take squared joint effects for sub-Gaussian, which they are not."
        if bool(limits.is_proven.all()):
            return "The intervals assume nothing: the model itself bounds how large a joint effect can be."
        if not np.isfinite(limits.assumed_high):
            return "No joint effect was seen on any row evaluated, so that none of the pairs can be told from another."
        below = f", or below {_amount(limits.assumed_low)}" if rules.two_sided else ""
        some = (
            f" ({int(limits.is_proven.sum()):,} of {race.n_arms:,} need no assumption)"
            if limits.is_proven.any()
            else ""
        )
        factor = limits.assumed_high / max(float(race.seen.largest.max()), 1e-300)
        return (
            f"The intervals assume that no single row has a strength above {_amount(limits.assumed_high)}, "
            f"{factor:.1f} times the largest seen{below}{some}."
        )

    def audit(self, race: Race) -> str:
        """Return what the audit of the excluded arms found, in one sentence; empty where there was none."""
        audit = race.audit
        if not audit.pulls:
            return ""
        were = f"the {audit.arms:,} excluded {self.nouns(audit.arms)} were"
        were = f"the only excluded {self.nouns(1)} was" if audit.arms == 1 else were
        what = f"Audit: {were} evaluated {audit.pulls:,} more times, on fresh rows"
        if not audit.outside:
            return f"{what}; no value lay outside the assumed range."
        again = (
            f"the race went on with a larger range {audit.restarts:,} times"
            if audit.restarts > 1
            else ("the race went on with a larger range")
        )
        lay = "value lay" if audit.outside == 1 else "values lay"
        return f"{what}; {audit.outside:,} {lay} outside the assumed range, and {again}."

    def table(self, race: Race) -> pd.DataFrame:
        """Return a row per set, from strongest to weakest, those that the model cannot combine last.

        Columns: strength, effect, lower, upper, pulls, status, rank, standard_error, tie_group, unseen_rows, reason and
        reference (see `PairInteractions`).
        """
        order = race.ranking()
        seen, spans = race.seen, self.spans.numpy()
        pulls = seen.pulls[order]
        strength = np.where(pulls > 0, seen.mean[order], np.nan)
        spread = np.sqrt(seen.squares[order] / np.maximum(pulls - 1, 1) / np.maximum(pulls, 1))
        proves = race.rules.bound != "subgaussian" or race.is_exact
        status = race.status()[order] if proves else np.full(len(order), RankStatus.RANKED.value)
        table = pd.DataFrame(
            {
                "strength": strength,
                "effect": spans[order] * np.sqrt(np.maximum(strength, 0.0)),
                "lower": race.lower[order],
                "upper": race.upper[order],
                "pulls": pulls,
                "status": status.astype(str),
                "rank": np.arange(1, len(order) + 1),
                "standard_error": np.where(pulls > 1, spread, np.nan),
                "tie_group": race.tie_groups()[order],
                "unseen_rows": unseen_rows(pulls, race.rules.population, race.rules.level),
                "reason": "",
                "reference": race.floor[order],
            }
        )
        unknown = {
            "strength": np.nan,
            "effect": np.nan,
            "lower": -np.inf,
            "upper": np.inf,
            "unseen_rows": len(self.rows),
        }
        table = _with_rows(table, len(self.left_out), unknown, RaceStatus.UNDECIDED, LEFT_OUT)
        zero = {"strength": 0.0, "effect": 0.0, "lower": 0.0, "upper": 0.0, "unseen_rows": 0}
        return _with_rows(table, len(self.impossible), zero, RaceStatus.EXCLUDED, self.context.structure_reason)

    def ranked(self, race: Race) -> np.ndarray:
        """Return the names of the sets in the order of `table`, (sets, order)."""
        sets = np.concatenate([self.subsets.numpy()[race.ranking()], self.left_out.numpy(), self.impossible.numpy()])
        return np.array(self.context.data.space.names, dtype=object)[sets]

    def members(self, arms: np.ndarray) -> np.ndarray:
        """The names of the features of `arms`, (arms, order)."""
        names = np.array(self.context.data.space.names, dtype=object)
        return names[self.subsets[arms].numpy()]

    def trace(self, race: Race) -> tuple[np.ndarray, pd.DataFrame]:
        """The intervals of the strongest arms over their pulls, and the arm of each row."""
        arms = race.ranking()[:TRACED]
        lower, mean, upper = (part[arms] for part in race.history)
        at, look = np.nonzero(~np.isnan(mean))
        columns = {"mean": mean[at, look], "lower": lower[at, look], "upper": upper[at, look]}
        return arms[at], pd.DataFrame({"pulls": race.marks[look], **columns})


def _with_rows(
    table: pd.DataFrame, n: int, values: Mapping[str, float], status: RaceStatus, reason: str
) -> pd.DataFrame:
    """Return a table of sets with `n` rows more, all alike, of sets that were not evaluated."""
    if not n:
        return table
    before = len(table)
    places = np.arange(before + 1, before + n + 1)
    group = int(table["tie_group"].max()) + 1 if before else 1
    rest = {"pulls": 0, "status": status.value, "rank": places, "tie_group": group, "reason": reason}
    more = pd.DataFrame({**values, **rest, "standard_error": np.nan, "reference": 0.0}, index=range(n))
    more = more.astype({name: table[name].dtype for name in table.columns if name in ("pulls", "unseen_rows")})
    return pd.concat([table, more[list(table.columns)]], ignore_index=True)


def unseen_rows(pulls: np.ndarray, population: int, level: float) -> np.ndarray:
    """Return in how many rows an effect may hide that none of the pulls has shown, each arm by itself.

    The largest number r such that all r rows escape l pulls out of N without replacement with a probability of at
    least 1 - level; about 3 N / l at 95 % ("rule of three").
    """
    share = np.clip(np.maximum(pulls, 1e-9) / population, 0.0, 1.0 - 1e-12)
    escaping = np.floor(np.log(1.0 - level) / np.log1p(-share))
    return np.minimum(escaping, population - pulls).astype(np.int64)


class _Watch:
    """Sees the race after every round: tells progress, leaves checkpoints."""

    def __init__(self, race: SubsetRace, report: Report) -> None:
        self.of, self.report = race, report
        self.last = time.perf_counter()
        self.furthest = 0.0

    def __call__(self, race: Race) -> None:
        now = time.perf_counter()
        self.report(self.fraction(race), self.message(race), self.partial(race))
        if now - self.last > CHECKPOINT_SECONDS:
            self.report.checkpoint(self.of.state(race))
            self.last = now

    def fraction(self, race: Race) -> float:
        """The share of the work done: by evaluations that remain at most, or by the budget; below 1."""
        rules = race.rules
        spent = race.spent / max(1, int(race.costs.sum() + rules.shared) * rules.population)
        if rules.budget is not None:
            spent = max(spent, race.spent / max(rules.budget, 1))
        if not rules.everything and not (race.seen.pulls == 0).any():
            spent = max(spent, (race.n_settled() / max(1, race.n_arms)) ** 2)
        self.furthest = max(self.furthest, float(min(0.99, spent)))
        return self.furthest

    def message(self, race: Race) -> str:
        noun = self.of.nouns(2)
        if (race.seen.pulls == 0).any():
            return f"Opening pulls of {race.n_arms:,} {noun}"
        if race.rules.everything:
            done = int((race.seen.pulls >= race.rules.population).sum())
            return f"{done:,} of {race.n_arms:,} {noun} on all {race.rules.population:,} rows"
        doubt = len(race.doubtful())
        return f"{len(race.certified):,} {noun} certified, {doubt:,} of {race.n_arms:,} in doubt"

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
            "unit": self.of.context.unit,
            "arms": shown,
            "accepted": len(race.certified),
            "wanted": race.wanted,
            "pulls": int(race.seen.pulls.sum()),
            "exhaustive_pulls": race.n_arms * race.rules.population,
            "evaluations": self.of.context.evaluations,
        }


def _amount(value: float) -> str:
    """A number to three significant digits, without an exponent where a reader can do without."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if 1000 <= rounded < 1e9 else f"{rounded:g}"


def _finite(value: float, otherwise: float) -> float:
    return value if np.isfinite(value) else otherwise
