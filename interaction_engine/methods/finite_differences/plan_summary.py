"""What a race saves against an exact evaluation, in words."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ...core.plan import DetectionPlan
from ..common.phrases import duration, percent
from .registration import EXACT, UCB

NOTHING_SAVED = 0.05
"""Share of the model calls below which a race saves nothing worth a word."""


def race_plan_sentence(plan: DetectionPlan, method: str) -> str:
    """Return what a race saves against evaluating all pairs on all rows, and which of the two is the better choice."""
    table = plan.table.set_index("method")
    every, race = (_expected(table, name) for name in (EXACT.name, UCB.name))
    skipped = ""
    if plan.n_impossible:
        left_out = "1 pair needs" if plan.n_impossible == 1 else f"{plan.n_impossible:,} pairs need"
        skipped = f" {left_out} no evaluation: the model cannot combine them."
    if not every["evaluations"]:
        return f"Nothing has to be evaluated.{skipped}"
    saved = max(0.0, 1.0 - race["evaluations"] / every["evaluations"])
    took = f"Evaluating all pairs on all rows takes {duration(every['seconds'])} here"
    saves = f"a race is expected to save {percent(saved)} of the model calls and to take {duration(race['seconds'])}"
    if saved < NOTHING_SAVED:
        saves = "a race is not expected to save anything"
    sentence = f"{took}; {saves}.{skipped}"
    if plan.recommended == EXACT.name and method == UCB.name:
        return f"{sentence} The exact evaluation leaves no interval, and is the better choice."
    if plan.recommended == UCB.name and method == EXACT.name:
        return f"{sentence} The race is the better choice."
    return sentence


def _expected(table: pd.DataFrame, method: str) -> dict[str, float]:
    """Expected evaluations and seconds of a method."""
    row: Mapping[Any, Any] = table.loc[method].to_dict()
    return {name: float(row[f"{name}_expected"]) for name in ("evaluations", "seconds")}
