"""Results saved when all families shared the words of races: their column `status` in the words of their own family."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ..core.result import Result
from ..core.status import BayesianStatus, PatternStatus, RaceStatus, RankStatus, vocabulary_of
from .and_or.result import AndOrPatterns
from .bayesian.result import GroupHessians
from .common.pair_result import PairInteractions
from .hessians.result import RowExplanations, rank_status

RANKINGS = frozenset({"input_hessian", "nid"})
"""Methods of the family `pairs` that rank and prove nothing about places."""


def with_current_statuses(result: Result) -> Result:
    """Return a result with the words that its family uses today.

    What the old words said of places was not proven, and is dropped; the new words follow from the figures that were
    saved: the completeness of the rows, the Bayesian p, and, of AND and OR patterns, the old words themselves.

    Args:
        result: Any result, as it was saved. Races and exact evaluations, and all with today's words, stay as they are.
    """
    table = getattr(result, "table", None)
    if not isinstance(table, pd.DataFrame) or table.empty or "status" not in table:
        return result
    if vocabulary_of(table) is not RaceStatus:
        return result
    words = _words(result, table)
    return result if words is None else replace(result, table=table.assign(status=words))  # pyright: ignore[reportCallIssue]


def _words(result: Result, table: pd.DataFrame) -> str | list[str] | None:
    """The words for each row of `table`, or the one for all; None where the old ones still hold."""
    if isinstance(result, RowExplanations):
        return rank_status(result.completeness_gap).value
    if isinstance(result, GroupHessians):
        yes, no = BayesianStatus.SIGNIFICANT.value, BayesianStatus.NOT_SIGNIFICANT.value
        return np.where(result.significant(), yes, no).tolist()
    if isinstance(result, AndOrPatterns):
        yes, no = PatternStatus.SALIENT.value, PatternStatus.BELOW_THRESHOLD.value
        return np.where(table["status"] == RaceStatus.CERTIFIED, yes, no).tolist()
    if isinstance(result, PairInteractions) and result.provenance.method in RANKINGS:
        return RankStatus.RANKED.value
    return None
