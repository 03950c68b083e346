"""What a run will cost, in words."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ...core.plan import DerivativePlan, DetectionPlan, TrainingPlan
from .phrases import count, duration, percent

NOTHING_SAVED = 0.05
"""Share of the model calls below which a race saves nothing worth a word."""

LONG = 20.0
"""Seconds from which on it is worth saying what would take less."""


def race_plan_sentence(plan: DetectionPlan, method: str) -> str:
    """Return what a race saves against evaluating all pairs on all rows, and which of the two is the better choice."""
    table = plan.table.set_index("method")
    every, race = (_expected(table, name) for name in ("exact", "ucb"))
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
    said = f"{took}; {saves}.{skipped}"
    if plan.recommended == "exact" and method == "ucb":
        return f"{said} The exact evaluation leaves no interval, and is the better choice."
    if plan.recommended == "ucb" and method == "exact":
        return f"{said} The race is the better choice."
    return said


def _expected(table: pd.DataFrame, method: str) -> dict[str, float]:
    """Expected evaluations and seconds of a method."""
    row: Mapping[Any, Any] = table.loc[method].to_dict()
    return {name: float(row[f"{name}_expected"]) for name in ("evaluations", "seconds")}


def plan_sentence(plan: DerivativePlan) -> str:
    """What is computed, of how much: "Derivatives of 200 networks at 768 rows, for 28 pairs."."""
    networks, pairs = count(plan.n_networks, "network"), count(plan.n_pairs, "pair")
    if not plan.n_rows:
        return f"The weights of {networks}, for {pairs}; no predictions are asked for."
    rows = count(plan.n_rows, "row")
    if plan.n_baselines:
        where = f"on the way to {rows} from {count(plan.n_baselines, 'baseline')}{' each' * (plan.n_baselines > 1)}"
    else:
        where = f"at {rows}"
    return f"Derivatives of {networks} {where}, for {pairs}.{_trainings(plan)}"


def savings_sentence(plan: DerivativePlan) -> str:
    """What would take less time, where it is long and something can be chosen; else empty."""
    steps = zip(plan.table["seconds"], plan.table["by"], strict=True)
    seconds, by = max((float(seconds), str(by)) for seconds, by in steps)
    if plan.seconds < LONG or not by:
        return ""
    return f"With half as many {by} it would take about {duration(plan.seconds - seconds / 2)}."


def training_cost_sentence(plan: TrainingPlan) -> str:
    """How long a training will take at most."""
    if plan.seconds < 1:
        return "This takes less than a second on this machine."
    return f"This takes about {duration(plan.seconds)} on this machine, and less where it stops improving before."


def _trainings(plan: DerivativePlan) -> str:
    if not plan.permutations:
        return ""
    seconds = float(plan.table.loc[plan.table["step"] == "trainings", "seconds"].sum())
    spread = f" on {plan.workers} workers" if plan.workers > 1 else ""
    networks = f"training {count(plan.permutations, 'network')} on targets without interactions"
    return f" Before that, {networks} takes about {duration(seconds)}{spread}."
