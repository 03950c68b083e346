"""The race of all pairs of features, and its result: what the pair methods have in common."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import torch

from ..data.dataset import Dataset
from ..numerics.compute import Compute
from ..numerics.dependence import Dependence
from ..results import PairInteractions
from ..types import Model
from .bandit import Race
from .ground import Ground
from .subsets import SubsetRace, is_exact

BOOKKEEPING = 60
"""Numbers kept per pair: its sums, its intervals, its history and their copies while a round is judged."""

COLUMNS = ["feature_1", "feature_2"]


class PairRace(SubsetRace):
    """The arms of one model on one data set: every pair of features."""

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
        moves: str = "marginal",
        freedom: Dependence | None = None,
    ) -> None:
        ground = Ground(model, data, background, scheme, step, cross, seed, compute, moves, freedom)
        super().__init__(ground, torch.combinations(torch.arange(len(data.space))))

    @property
    def pairs(self) -> torch.Tensor:
        """The arms, (pairs, 2)."""
        return self.subsets

    @property
    def memory_bytes(self) -> int:
        """Working memory of the largest call and of the bookkeeping of all pairs."""
        per_evaluation = self.ground.model.row_bytes + 24 * self.rows.shape[1]
        return self.differences.batch * per_evaluation + 8 * len(self.pairs) * BOOKKEEPING

    def budget_of_pulls(self, budget: int) -> int:
        """What `budget` evaluations leave for pulls once the evaluations shared by all pairs are paid."""
        return max(0, budget - self.differences.shared_cost() * len(self.rows))

    def result(
        self, race: Race, method: str, title: str, source: str, options: Mapping[str, Any], began: float
    ) -> PairInteractions:
        """The race as a result: strengths with their intervals, effects in the target's unit, and how they came
        about."""
        table, (arms, trace) = self.table(race).drop(columns="reference"), self.trace(race)
        return PairInteractions(
            provenance=self.ground.provenance(method, title, source, options, began),
            features=self.ground.data.space.names,
            table=pd.concat([pd.DataFrame(self.members(race.ranking()), columns=COLUMNS), table], axis=1),
            unit=self.ground.unit,
            interval=self.interval(race),
            level=1.0 if is_exact(race) else race.rules.level,
            truth=self.ground.truth(),
            trace=pd.concat([pd.DataFrame(self.members(arms), columns=COLUMNS), trace], axis=1),
        )
