"""What taking a prediction apart will cost, measured on the model before it runs."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import run_panel
from dashboard.state import RunView, atlas, result
from dashboard.text import amount, memory, plain, seconds
from interaction_engine.results import AndOrPlan
from interaction_engine.runs.specification import Specification


def show_cost(options: Mapping[str, Any], data: str, model: str) -> RunView:
    """Players, model calls, time and memory of a run with these options, found out in a worker; why it cannot run."""
    asked = Specification(kind="view", method="and_or_plan", options=options, data=data, model=model)
    view = run_panel.quiet(atlas().submit(asked), "Working out what this will cost")
    if view.status == "done" and isinstance(cost := result(view.id), AndOrPlan):
        _show(cost)
    return view


def _show(cost: AndOrPlan) -> None:
    players, calls, time, room = st.columns(4)
    names = plain(", ".join(cost.players)) or "The strongest, chosen when the run begins"
    players.metric("Players", f"{cost.n_players:,}", border=True, help=names)
    calls.metric("Model calls", amount(cost.evaluations), border=True)
    time.metric(
        "Time", seconds(cost.seconds), border=True, help="Right within a factor of about three: scores split unevenly."
    )
    room.metric("Memory", memory(cost.memory_bytes), border=True)
    each = f" for each of {cost.n_samples:,} rows" if cost.n_samples > 1 else ""
    ways = f"{cost.n_players} players can be masked in {amount(cost.n_masks)} ways{each}"
    st.caption(plain(f"{ways}. The score: {cost.unit}. Baseline: {cost.baseline}."))
