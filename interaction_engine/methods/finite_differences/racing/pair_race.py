"""The race of all pairs of features, and its result: what the pair methods have in common."""

import math
from typing import Any

import numpy as np
import pandas as pd
import torch

from ....core.compute import Compute
from ....core.run_context import RunContext
from ....core.types import Model
from ....data.dataset import Dataset
from ....numerics.dependence import Dependence
from ...common.pair_result import PairInteractions
from ...common.support import support as shares_like_data
from ..perturbation import PerturbationContext, PerturbationOptions
from ..screening import Screening, allowed_pairs, screen
from .race import Race
from .rules import Rules
from .set_race import SubsetRace

BOOKKEEPING = 60
"""Numbers kept per pair: its sums, its intervals, its history and their copies while a round is judged."""

USUAL_TOP = 10
"""Pairs that are looked for where no number is given: as many as a reader compares."""

HIDDEN = 0.01
"""Share of a typical score, per standard deviation of both features, that rounding may hide without a word."""

MOST_SUPPORTED = 20
"""Strongest pairs whose moves are compared with the data, each by a classifier of its own."""

COLUMNS = ["feature_1", "feature_2"]


class PairRace(SubsetRace):
    """The arms of one model on one data set: every pair of features."""

    def __init__(
        self,
        model: Model,
        data: Dataset,
        options: PerturbationOptions,
        compute: Compute,
        freedom: Dependence | None = None,
        *,
        pairs: tuple[str, ...] = (),
        exclude: tuple[str, ...] = (),
        use_structure: bool = True,
    ) -> None:
        context = PerturbationContext(model, data, options, compute, freedom)
        super().__init__(context, allowed_pairs(data.space, pairs, exclude), use_structure=use_structure)
        self.screening: Screening | None = None

    @property
    def pairs(self) -> torch.Tensor:
        """The arms, (pairs, 2)."""
        return self.subsets

    @property
    def memory_bytes(self) -> int:
        """Working memory of the largest call and of the bookkeeping of all pairs."""
        per_evaluation = self.context.model.row_bytes + 24 * self.rows.shape[1]
        return self.differences.batch * per_evaluation + 8 * len(self.pairs) * BOOKKEEPING

    def usual_top_k(self) -> int:
        """Return how many pairs are looked for where no number is given: 10, or a third of the pairs if fewer."""
        return max(1, min(USUAL_TOP, (len(self.subsets) + len(self.impossible)) // 3))

    def rules(self, run: RunContext, **changes: Any) -> Rules:
        """Return the rules of the race with the options of `run`, and `changes` of them."""
        own = {"top_k": run.options["top_k"] or self.usual_top_k(), "shared": self.differences.shared_cost()}
        return Rules.of(run.options, len(self.rows), self.context.crossed, **(own | changes))

    def screen(self, count: int | None, top_k: int, seed: int) -> None:
        """Race only `count` candidate pairs, chosen by a quick screen (None: all)."""
        if count is None or count >= len(self.subsets):
            return
        self.screening = screen(self, count, top_k, seed)
        self.keep(self.screening.chosen)

    def assumption(self, race: Race) -> str:
        """Return what the intervals assume, in one sentence."""
        sentence = super().assumption(race)
        return f"{self.screening.sentence(race.rules.level)} {sentence}".strip() if self.screening else sentence

    def result(self, race: Race, run: RunContext, *, support: bool = False) -> PairInteractions:
        """Return the race as a result.

        Strengths with their intervals, effects in the target's unit, and how they came about; with `support`
        also how many of the perturbed rows of the strongest pairs look like data.
        """
        table, (arms, trace) = self.table(race).drop(columns="reference"), self.trace(race)
        if support:
            table["support"] = self._support(race, len(table))
        return PairInteractions(
            provenance=self.context.provenance(run.with_options(top_k=race.rules.top_k), *self.notes(race)),
            features=self.context.data.space.names,
            table=pd.concat([pd.DataFrame(self.ranked(race), columns=COLUMNS), table], axis=1),
            unit=self.context.unit,
            interval=self.interval(race),
            level=1.0 if race.is_exact else race.rules.level,
            truth=self.context.truth(),
            trace=pd.concat([pd.DataFrame(self.members(arms), columns=COLUMNS), trace], axis=1),
            assumption=self.assumption(race),
            audit=self.audit(race),
            tie=race.rules.tie,
            settled=not len(race.doubtful()),
        )

    def _support(self, race: Race, n_rows: int) -> np.ndarray:
        """The share of the moves that look like data, of the strongest pairs in the order of the table; else NaN."""
        shares = np.full(n_rows, np.nan)
        leading = race.ranking()[: min(race.wanted, MOST_SUPPORTED)]
        leading = leading[race.seen.mean[leading] > 0.0]
        context = self.context
        shares[: len(leading)] = shares_like_data(
            context.data, self.subsets[leading].numpy(), context.moved, self.rows, context.seed
        )
        return shares

    def notes(self, race: Race) -> tuple[str, ...]:
        """Return what a reader must know of the pairs that were no arms."""
        notes, n = [], len(self.impossible)
        all_pairs = math.comb(len(self.context.data.space), 2)
        considered = len(self.subsets) + len(self.left_out) + n
        if considered < all_pairs:
            given = f"Only {considered:,} of the {all_pairs:,} pairs were to be considered"
            notes.append(f"{given}; ranks and certificates are among these.")
        if n:
            were = "1 pair was" if n == 1 else f"{n:,} pairs were"
            notes.append(f"{were} excluded without an evaluation: {self.context.structure_reason}.")
        hidden = self.differences.rounding / float(self.spans.min()) if len(self.spans) else 0.0
        if hidden > HIDDEN * (self.differences.scale or 0.0):
            notes.append(
                "Steps this small drown in the rounding of the model's scores: joint effects below "
                f"{self.differences.rounding:.2g} were taken for zero. Take a larger step."
            )
        return tuple(notes)
