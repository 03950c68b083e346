"""What a run will cost, in words."""

from ...core.plan import DerivativePlan, TrainingPlan
from .phrases import count, duration

LONG = 20.0
"""Seconds from which on it is worth saying what would take less."""


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
