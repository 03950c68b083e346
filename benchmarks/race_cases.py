"""What the races are measured on: recorded strengths of all pairs, functions that are hard to race, many features."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

import interaction_engine as ie
from interaction_engine.core.compute import Compute
from interaction_engine.core.types import Kind, Model
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.data.synthetic import FUNCTIONS
from interaction_engine.methods.finite_differences.perturbation import PerturbationOptions
from interaction_engine.methods.finite_differences.racing.pair_race import PairRace
from interaction_engine.methods.finite_differences.racing.race import Race
from interaction_engine.methods.finite_differences.racing.rules import Rules
from interaction_engine.methods.finite_differences.ucb import ucb_pairs

USUAL = {
    name: inspect.signature(ucb_pairs).parameters[name].default for name in ("level", "tail_factor", "tie", "initial")
}
"""The usual options of a race."""

ALONE: dict[str, Any] = {"second_opinion": False, "support": False}
"""Options of a race by itself."""

AT_ONCE = 512
"""Rows in one call while strengths are recorded."""

ROUNDED = 1e-6
"""Rounding of strengths in float32, as a share of the largest mean."""


@dataclass(frozen=True)
class Recorded:
    """The strengths of all pairs on all rows, evaluated once, so that many races on them cost no evaluation.

    Attributes:
        pairs: The pairs, the rows in their random order, and what a pull costs.
        values: Strength of every pair on every row, shape (pairs, rows), in the order in which a race sees the rows.
    """

    pairs: PairRace
    values: np.ndarray

    @classmethod
    def of(cls, model: Model, data: ie.Dataset, scheme: str = "auto", seed: int = 0, step: float = 0.75) -> "Recorded":
        """Evaluate every pair on all training rows in the order that `seed` gives."""
        pairs = PairRace(model, data, PerturbationOptions(scheme=scheme, step=step, seed=seed), Compute())
        arms, n_rows = np.arange(len(pairs.subsets)), len(pairs.rows)
        starts = range(0, n_rows, AT_ONCE)
        return cls(pairs, np.concatenate([pairs.pull(arms, at, min(at + AT_ONCE, n_rows)) for at in starts], axis=1))

    @cached_property
    def exact(self) -> np.ndarray:
        """The strength of every pair."""
        return self.values.mean(1, dtype=np.float64)

    def race(self, top_k: int | None = None, bound: str = "betting") -> Race:
        """Run the race that `ucb_pairs` runs with these options."""
        rules = Rules(
            top_k=top_k or self.pairs.usual_top_k(),
            population=self.values.shape[1],
            bound=bound,
            two_sided=self.pairs.context.crossed,
            ordered=bound == "subgaussian",
            shared=self.pairs.differences.shared_cost(),
            **USUAL,
        )
        race = Race.start(rules, self.pairs.costs(), self.pairs.proven_range())
        race.run(lambda arms, start, stop: self.values[arms, start:stop], lambda _: None)
        return race

    def share_of_pulls(self, race: Race) -> float:
        """Return the pulls of a race as a share of those of exact detection."""
        return float(race.seen.pulls.sum()) / self.values.size

    def covered(self, race: Race) -> bool:
        """Return whether every interval, of every pair and at every look that was kept, holds the strength."""
        lower, mean, upper = race.history
        off, exact = ROUNDED * float(np.abs(self.exact).max()), self.exact[:, None]
        missed = ~np.isnan(mean) & ((lower > exact + off) | (upper < exact - off))
        last = (race.lower > self.exact + off) | (race.upper < self.exact - off)
        return not missed.any() and not last.any()


def table_of(function: Callable[[np.ndarray], np.ndarray], n_features: int, n_rows: int, seed: int = 0) -> ie.Dataset:
    """Return a table of uniform numbers between -1 and 1, features x0, x1, ..., with `function` of them as target."""
    values = np.random.default_rng(seed).uniform(-1, 1, (n_rows, n_features))
    names = [f"x{index}" for index in range(n_features)]
    frame = pd.DataFrame(values, columns=names).assign(y=function(values))
    return assemble(frame, name="made", target="y", kinds=dict.fromkeys(names, Kind.NUMERIC))


def three_corners(x: np.ndarray) -> np.ndarray:
    """Three features that interact on about one row of a hundred, beside one that acts alone."""
    return 5.0 * (x[:, :3] > 0.8).all(1) + x[:, 3] ** 2


def gated(x: np.ndarray) -> np.ndarray:
    """Ten features: the strength of the strongest pair sits in the 1.5 % of rows in which a third feature is large."""
    return (
        0.05 * np.sin(x @ np.linspace(0.3, 1.7, 10))
        + 4 * x[:, 0] * x[:, 1] * (x[:, 2] > 0.97)
        + 0.5 * x[:, 3] * x[:, 4]
        + 0.3 * x[:, 5] * x[:, 6]
        + 0.2 * x[:, 7] * x[:, 8]
    )


def joined(names: list[str], n_rows: int) -> ie.Dataset:
    """Return several synthetic functions side by side, the target their sum (ParaACE paper, appendix F)."""
    draw = np.random.default_rng(0)
    blocks = [FUNCTIONS[name].draw(n_rows, draw) for name in names]
    values = np.concatenate(blocks, 1)
    columns = [f"x{index + 1}" for index in range(values.shape[1])]
    total = np.sum([FUNCTIONS[name](block) for name, block in zip(names, blocks, strict=True)], axis=0)
    frame = pd.DataFrame(values, columns=columns).assign(y=total)
    return assemble(frame, name="+".join(names), target="y", kinds=dict.fromkeys(columns, Kind.NUMERIC))


def names_of(table: pd.DataFrame) -> set[frozenset[str]]:
    """Return the pairs of a table of pairs."""
    return {frozenset(pair) for pair in zip(table["feature_1"], table["feature_2"], strict=True)}
