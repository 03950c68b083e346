"""Group expected Hessians: interactions of a Bayesian network over regions of the data, with credible intervals."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from ..common.pair_result import RankedPairs


@dataclass(frozen=True, kw_only=True)
class GroupHessians(RankedPairs):
    """How strongly pairs interact in the networks that a Bayesian network draws, over `groups` regions of the data.

    `table` has a row per pair as in `PairInteractions`: strength is the posterior mean of the group expected Hessian
    over `groups` regions, the joint effect in `unit` per standard deviation of both features (a robust one where
    extreme values inflate it, which a note then says); effect is the same; lower, upper are its
    credible interval; `status` a word of `BayesianStatus`: significant where `bayes_p` is below `risk`, each pair by
    itself; besides, `deviation` (posterior standard deviation), `bayes_p` (the posterior's share outside the
    smallest region around its mean that holds "no interaction in any of up to 20 regions of the data"), `aeh` and
    `eah` (the measure over one region, and row by row), `p_value` and `q_value` (permutation test: family-wise by the
    largest score of each chance network, and Benjamini and Hochberg's; NaN where none was run).
    `choosing` has groups, delta: how much the ranking still changes from one number of regions to the next.
    `regions` has region, rows, share, description (a sentence part in the user's features). `region_effects` has
    region, feature_1, feature_2, effect (signed mean Hessian in the region), lower, upper; of the strongest pairs.
    Where `signed` is false, a feature of the pair has three or more levels, and the effect is a size.
    `screening` has feature, dropout (posterior probability that the network does without it), ascending.
    `calibration` has level, covered, rows: which share of so many held-out rows a predictive interval of that level
    holds.
    `null` has permutation, largest: the largest score of each network that was trained on chance targets.
    """

    family: ClassVar[str] = "group_hessians"

    groups: int
    draws: int
    choosing: pd.DataFrame
    regions: pd.DataFrame
    region_effects: pd.DataFrame
    screening: pd.DataFrame
    calibration: pd.DataFrame
    null: pd.DataFrame

    @property
    def risk(self) -> float:
        """What is missing from `level` to certainty."""
        return round(1.0 - self.level, 12)

    def significant(self) -> pd.Series:
        """Which pairs of `table` the networks drawn tell from nothing, each by itself."""
        return self.table["bayes_p"] < self.risk

    def beyond_chance(self) -> pd.Series:
        """Which pairs of `table` are so strong that chance makes any pair as strong in few cases only (`p_value`)."""
        return self.table["p_value"] <= self.risk

    def effects_of(self, first: str, second: str) -> pd.DataFrame:
        """The effects of one pair with the regions that they belong to, in the order of the regions.

        Empty where the pair was not followed into them.
        """
        pair, effects = (first, second), self.region_effects
        mine = effects[effects["feature_1"].isin(pair) & effects["feature_2"].isin(pair)]
        return self.regions.merge(mine, on="region", how="inner")
