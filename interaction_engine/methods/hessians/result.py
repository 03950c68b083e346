"""Predictions explained row by row: what each feature and each pair of features adds on the way from a baseline."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from ...core.status import RankStatus
from ..common.pair_result import COMPLETE, RankedPairs


def rank_status(gaps: np.ndarray) -> RankStatus:
    """Return the status of figures that are means over explained rows.

    Args:
        gaps: Completeness gap of each row (see `RowExplanations.rows`); NaN where it is unknown.

    Returns:
        `unreliable` where the parts of at least one row miss its prediction by more than COMPLETE, or by an unknown
        amount: a mean is no better than what it is the mean of. Else `ranked`.
    """
    return RankStatus.RANKED if bool((np.asarray(gaps) <= COMPLETE).all()) else RankStatus.UNRELIABLE


@dataclass(frozen=True, kw_only=True)
class RowExplanations(RankedPairs):
    """Attributions and interactions of single predictions, which sum to what the prediction gains over the baseline.

    `rows` has a row per explained prediction: row (place in the data), score (of the model with its kinks rounded),
    base (the score at the baseline, the mean where several were drawn), completeness_gap (|sum of the interactions -
    (score - base)| as a share of |score - base|, or of the standard deviation of the scores of training rows where
    that is larger), rounding (score minus the score of the model as it is), nodes (of the quadrature). `attributions`
    has a row per prediction and feature: row, feature, value (table value), level (its name, for a categorical
    feature), attribution (Integrated or Expected Gradients), main_effect (the diagonal of the interactions).
    `interactions` has a row per prediction and pair: row, feature_1, feature_2, interaction (Gamma_12 = Gamma_21; the
    pair as a whole adds twice that), for as many predictions, from the first, as were kept.
    `table` has a row per pair as in `PairInteractions`: strength is the mean |Gamma_12| over all predictions, effect
    the mean size of what the pair as a whole adds, in `unit`; besides, `signed` is that mean with its sign. `status` is
    a word of `RankStatus`, the same for all pairs: ranked, or unreliable where an explained row failed the check of
    completeness (`rank_status`).
    `accuracy` tells how rounding and quadrature were chosen: beta, nodes, completeness_gap (largest over some rows),
    rounding (largest change of a score there). `baseline` names it in words.
    """

    family: ClassVar[str] = "rows"

    rows: pd.DataFrame
    attributions: pd.DataFrame
    interactions: pd.DataFrame
    accuracy: pd.DataFrame
    baseline: str

    @property
    def completeness_gap(self) -> np.ndarray:
        """The relative gap of each explained row, in their order."""
        return self.rows["completeness_gap"].to_numpy(dtype=float)

    @property
    def complete(self) -> np.ndarray:
        """Whether each explained row passes the check of completeness, in their order."""
        return self.completeness_gap <= COMPLETE

    @property
    def reliable(self) -> bool:
        """Whether every explained row passes it, so that means over the rows can be relied on."""
        return bool(self.complete.all())

    def is_complete(self, row: int) -> bool:
        """Whether one explained row passes the check of completeness; False for a row that was not explained."""
        return bool(self.complete[(self.rows["row"] == row).to_numpy()].any())

    def row_matrix(self, row: int) -> pd.DataFrame:
        """The interactions of one explained row, main effects on the diagonal: it sums to score - base.

        NaN off the diagonal for a row whose interactions were not kept.
        """
        names = list(self.features)
        own = self.attributions[self.attributions["row"] == row].set_index("feature")["main_effect"]
        values = np.full((len(names), len(names)), np.nan)
        kept = self.interactions[self.interactions["row"] == row]
        first, second = (pd.Index(names).get_indexer(pd.Index(kept[end])) for end in ("feature_1", "feature_2"))
        values[first, second] = values[second, first] = kept["interaction"].to_numpy()
        np.fill_diagonal(values, own.reindex(names).to_numpy())
        return pd.DataFrame(values, index=names, columns=names)
