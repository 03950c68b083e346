"""What a run will cost, measured in a worker before it runs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.components import run_panel
from dashboard.components.text import amount, memory, plain, seconds
from dashboard.state.state import RunView, atlas, result_of
from interaction_engine.core.plan import AndOrPlan, DerivativePlan, DetectionPlan, TrainingPlan
from interaction_engine.core.status import RunStatus
from interaction_engine.methods import words
from interaction_engine.methods.finite_differences.registration import EXACT
from interaction_engine.runs.specification import Specification


def show_cost(run: Specification) -> RunView:
    """Time, model calls and memory that a run will take, asked anew when it is another; or why it cannot run."""
    requested = replace(run, kind="plan")
    view = run_panel.quiet(atlas().submit(requested), "Estimating run time")
    if view.status == RunStatus.DONE:
        _show(result_of(view.id), run.method)
    return view


def _show(cost: Any, method: str) -> None:
    match cost:
        case DetectionPlan():
            _detection(cost, method)
        case AndOrPlan():
            _and_or(cost)
        case DerivativePlan():
            _derivatives(cost)
        case TrainingPlan():
            st.caption(f":material/timer: {plain(words.training_cost_sentence(cost))}")
        case _:
            raise TypeError(f"no cost: {type(cost).__name__}")


def _detection(cost: DetectionPlan, method: str) -> None:
    rows = cost.table.set_index("method")
    mine: Mapping[Any, Any] = rows.loc[method].to_dict()
    races = method != EXACT.name
    time, calls, room, pairs = st.columns(4)
    spread = (
        "Estimated, within a factor of about two. A race stops as soon as its result is certain." if races else None
    )
    time.metric("Time", seconds(mine["seconds_expected"]), border=True, help=spread)
    calls.metric("Model calls", amount(mine["evaluations_expected"]), border=True, help=_range_of_calls(mine, races))
    room.metric("Memory", memory(cost.memory_bytes), border=True)
    pairs.metric("Pairs", f"{cost.n_pairs:,}", border=True)
    st.caption(f":material/lightbulb: {plain(words.race_plan_sentence(cost, method))}")


def _range_of_calls(mine: Mapping[Any, Any], races: bool) -> str | None:
    if not races:
        return None
    return f"At least {amount(mine['evaluations_least'])}, at most {amount(mine['evaluations_most'])}."


def _and_or(cost: AndOrPlan) -> None:
    players, calls, time, room = st.columns(4)
    names = plain(", ".join(cost.players)) or "The strongest, chosen when the run begins"
    players.metric("Maskable features", f"{cost.n_players:,}", border=True, help=names)
    calls.metric("Model calls", amount(cost.evaluations), border=True)
    time.metric(
        "Time",
        seconds(cost.seconds),
        border=True,
        help="Estimated, within a factor of about three: the time of the optimisation depends on the scores.",
    )
    room.metric("Memory", memory(cost.memory_bytes), border=True)
    each = f" for each of {cost.n_samples:,} rows" if cost.n_samples > 1 else ""
    ways = f"{cost.n_players} players can be masked in {amount(cost.n_masks)} ways{each}"
    st.caption(plain(f"{ways}. The score: {cost.unit}. Baseline: {cost.baseline}."))


def _derivatives(cost: DerivativePlan) -> None:
    time, points, room, pairs = st.columns(4)
    time.metric("Time", seconds(cost.seconds), border=True, help="Estimated, within a factor of about two.")
    points.metric("Derivatives", amount(cost.evaluations) if cost.evaluations else "none", border=True)
    room.metric("Memory", memory(cost.memory_bytes), border=True)
    pairs.metric("Pairs", f"{cost.n_pairs:,}", border=True)
    st.caption(plain(words.plan_sentence(cost)))
    if saved := words.savings_sentence(cost):
        st.caption(f":material/lightbulb: {plain(saved)}")
