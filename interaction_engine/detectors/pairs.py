"""What the pair methods have in common: background rows, the strength of a pull, the race, and the result."""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import torch

from ..data.dataset import Dataset
from ..errors import InputError
from ..numerics.compute import Compute
from ..numerics.differences import PairDifferences
from ..numerics.moves import moves, scheme_of
from ..results import PairInteractions, Provenance
from ..types import JSON, Model, Report
from ..version import VERSION
from .bandit import Race, Rules

MOST_FEATURES = 2000
"""Two million pairs: beyond, the bookkeeping of the pairs alone outgrows an ordinary machine."""

SHOWN = 30
"""Arms in a partial result: as many as a reader can follow."""

STRAYED = 1.0 / 3.0
"""Share of moved values outside the range of the data that is worth a word; of a uniform feature it is 0.22."""

BOOKKEEPING = 60
"""Numbers kept per pair: its sums, its intervals, its history and their copies while a round is judged."""

CHECKPOINT_SECONDS = 2.0

TRACED = 200
"""Strongest pairs whose intervals over the pulls are kept in the result."""

INTERVALS = {
    "bernstein": "{level:.0%} simultaneous confidence interval over all {n} pairs (empirical Bernstein-Serfling) "
    "for the mean over the {rows:,} background rows",
    "subgaussian": "sub-Gaussian interval of the paper, simultaneous over all {n} pairs with probability {paper:.2%}, "
    "for the mean over the {rows:,} background rows",
    "exact": "exact on the {rows:,} background rows, of width zero",
}


class PairRace:
    """The arms of one model on one data set: every pair of features, pulled on one random permutation of background
    rows.

    The strength of a pull is the squared mixed difference; of an ensemble, with `cross`, the product of the mixed
    differences of two different members averaged over the pairs of members: a U-statistic, in which the noise of single
    networks has mean zero.
    """

    def __init__(
        self,
        model: Model,
        data: Dataset,
        background: int,
        scheme: str,
        step: float,
        cross: bool,
        seed: int,
        compute: Compute,
    ) -> None:
        self.model, self.data = model.to(compute.torch_device), data
        self.scheme, self.seed = scheme, seed
        n_features = len(data.space)
        if n_features < 2:
            raise InputError(
                f"Pairs need at least 2 features; `{data.name}` has {n_features}. Make features of more columns."
            )
        if n_features > MOST_FEATURES:
            raise InputError(
                f"Pairs of at most {MOST_FEATURES:,} features can be raced; `{data.name}` has {n_features:,}. "
                "Ignore the columns that matter least."
            )
        self.rows = torch.from_numpy(data.background(background, seed))
        if len(self.rows) < 2:
            raise InputError(
                f"`background` needs at least 2 rows; `{data.name}` gives {len(self.rows)}. Load more rows."
            )
        self.pairs = torch.combinations(torch.arange(n_features))
        self.moved = moves(data.space, self.rows, scheme, step)
        self.differences = PairDifferences(self.model, self.rows, self.moved, compute)
        self.spans = self.moved.span[self.pairs].prod(1)
        self.crossed = cross and model.n_members > 1

    def pull(self, arms: np.ndarray, start: int, stop: int) -> np.ndarray:
        """Strengths (arms, stop - start) of these pairs on the rows start to stop of the permutation."""
        with torch.inference_mode():
            effects = self.differences(self.pairs[arms], start, stop)
            local = effects / self.spans[arms][:, None]
            if not self.crossed:
                return local.mean(0).square().numpy()
            n_members = len(local)
            return ((local.sum(0) ** 2 - (local**2).sum(0)) / (n_members * (n_members - 1))).numpy()

    @property
    def memory_bytes(self) -> int:
        """Working memory of the largest call and of the bookkeeping of all pairs."""
        per_evaluation = self.model.row_bytes + 24 * self.rows.shape[1]
        return self.differences.batch * per_evaluation + 8 * len(self.pairs) * BOOKKEEPING

    def budget_of_pulls(self, budget: int) -> int:
        """What `budget` evaluations leave for pulls once the evaluations shared by all pairs are paid."""
        return max(0, budget - self.differences.shared_cost() * len(self.rows))

    def run(self, rules: Rules, report: Report) -> Race:
        """Race the pairs, telling progress and leaving checkpoints."""
        race = Race.start(rules, self.differences.cost(self.pairs).numpy())
        if report.restored is not None:
            race.resume(report.restored)
            self.differences.evaluations = race.spent
            self.differences.scale = float(report.restored["scale"])
        watch = _Watch(self, report)
        race.run(self.pull, watch)
        report(1.0, "Finished", watch.partial(race))
        return race

    def names(self, arm: int) -> tuple[str, str]:
        first, second = self.pairs[arm].tolist()
        return self.data.space.names[first], self.data.space.names[second]

    def result(
        self, race: Race, method: str, title: str, source: str, options: Mapping[str, Any], began: float
    ) -> PairInteractions:
        """The race as a result: strengths with their intervals, effects in the target's unit, and how they came
        about."""
        exact = bool((race.seen.pulls >= race.rules.population).all())
        kind = "exact" if exact else race.rules.bound
        n_pairs, n_rows = race.n_arms, len(self.rows)
        interval = INTERVALS[kind].format(
            level=race.rules.level, n=n_pairs, rows=n_rows, paper=1.0 - 2.0 / max(n_pairs, 2) ** 2
        )
        return PairInteractions(
            provenance=Provenance(
                method=method,
                title=title,
                options=dict(options),
                seed=self.seed,
                data=self.data.name,
                model=self.model.name,
                rows=n_rows,
                evaluations=self.differences.evaluations,
                seconds=time.perf_counter() - began,
                device=str(self.model.device),
                version=VERSION,
                source=source,
                notes=self._notes(),
            ),
            features=self.data.space.names,
            table=self._table(race),
            unit=self.model.target.unit(getattr(self.model, "class_index", None)),
            interval=interval,
            level=1.0 if exact else race.rules.level,
            truth=None if self.data.truth is None else tuple(sorted(self._ordered(one) for one in self.data.truth)),
            trace=self._trace(race),
        )

    def _table(self, race: Race) -> pd.DataFrame:
        order = race.ranking()
        seen, spans = race.seen, self.spans.numpy()
        pulls = seen.pulls[order]
        strength = np.where(pulls > 0, seen.mean[order], np.nan)
        spread = np.sqrt(seen.squares[order] / np.maximum(pulls - 1, 1) / np.maximum(pulls, 1))
        names = np.array(self.data.space.names, dtype=object)[self.pairs[order].numpy()]
        return pd.DataFrame(
            {
                "feature_1": names[:, 0],
                "feature_2": names[:, 1],
                "strength": strength,
                "effect": spans[order] * np.sqrt(np.maximum(strength, 0.0)),
                "lower": race.lower[order],
                "upper": race.upper[order],
                "pulls": pulls,
                "status": race.status()[order].astype(str),
                "rank": np.arange(1, len(order) + 1),
                "standard_error": np.where(pulls > 1, spread, np.nan),
            }
        )

    def _trace(self, race: Race) -> pd.DataFrame:
        arms = race.ranking()[:TRACED]
        lower, mean, upper = (part[arms] for part in race.history)
        at, look = np.nonzero(~np.isnan(mean))
        names = np.array(self.data.space.names, dtype=object)[self.pairs[arms[at]].numpy()]
        return pd.DataFrame(
            {
                "feature_1": names[:, 0],
                "feature_2": names[:, 1],
                "pulls": race.marks[look],
                "mean": mean[at, look],
                "lower": lower[at, look],
                "upper": upper[at, look],
            }
        )

    def _ordered(self, members: frozenset[str]) -> tuple[str, ...]:
        return tuple(sorted(members, key=self.data.space.index))

    def _strayed(self) -> list[tuple[str, float]]:
        """Features whose moved values often lie outside the range of the data, with the share that does."""
        low, high = self.data.rows.min(0), self.data.rows.max(0)
        outside = ((self.moved.low.numpy() < low).mean(0) + (self.moved.high.numpy() > high).mean(0)) / 2.0
        return [(self.data.space.names[index], float(outside[index])) for index in np.flatnonzero(outside > STRAYED)]

    def _notes(self) -> tuple[str, ...]:
        notes = []
        swapped = [one.name for one in self.data.space.features if scheme_of(one, self.scheme) == "swap"]
        if swapped and self.scheme != "swap":
            notes.append(
                "Features without a meaningful step were moved by taking another row's value: "
                + ", ".join(swapped)
                + "."
            )
        strayed = self._strayed()
        if strayed:
            notes.append(
                "Steps lead far outside the values that your data have of "
                + ", ".join(f"{name} ({share:.0%} of the moved values)" for name, share in strayed)
                + ": what the model says there is a guess. A smaller step, or clipping outliers, keeps it nearer."
            )
        if self.crossed:
            notes.append(
                f"Strength is the average product over pairs of {self.model.n_members} separately seeded networks; "
                "where there is no interaction it scatters around 0 and can be slightly negative."
            )
        if self.data.sampling is not None:
            notes.append(self.data.sampling.sentence)
        return tuple(notes)


class _Watch:
    """Sees the race after every round: tells progress, leaves checkpoints."""

    def __init__(self, race: PairRace, report: Report) -> None:
        self.of, self.report = race, report
        self.last = time.perf_counter()

    def __call__(self, race: Race) -> None:
        now = time.perf_counter()
        self.report(self.fraction(race), self.message(race), self.partial(race))
        if now - self.last > CHECKPOINT_SECONDS:
            self.report.checkpoint({**race.state(), "scale": self.of.differences.scale})
            self.last = now

    @staticmethod
    def fraction(race: Race) -> float:
        """The share of the work done: by accepted arms or by spent evaluations, whichever is further, below 1."""
        rules = race.rules
        spent = race.spent / (race.costs.sum() * rules.population)
        if rules.budget is not None:
            spent = max(spent, race.spent / rules.budget)
        certain = 0.0 if rules.everything else len(race.accepted) / race.wanted
        return float(min(0.99, max(spent, certain)))

    @staticmethod
    def message(race: Race) -> str:
        if (race.seen.pulls == 0).any():
            return f"Opening pulls of {race.n_arms:,} pairs"
        if race.rules.everything:
            return f"All {race.n_arms:,} pairs on {int(race.seen.pulls.min()):,} of {race.rules.population:,} rows"
        return f"{len(race.accepted)} of the {race.wanted} strongest pairs certified"

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
            "unit": self.of.model.target.unit(getattr(self.of.model, "class_index", None)),
            "arms": shown,
            "accepted": len(race.accepted),
            "wanted": race.wanted,
            "pulls": int(race.seen.pulls.sum()),
            "exhaustive_pulls": race.n_arms * race.rules.population,
            "evaluations": self.of.differences.evaluations,
        }


def _finite(value: float, otherwise: float) -> float:
    return float(value) if np.isfinite(value) else otherwise
