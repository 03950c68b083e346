"""Choosing a detection method and saying what it will cost before it runs."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard import run_panel, text
from dashboard.and_or_cost import show_cost
from dashboard.guards import WANTED_METHOD
from dashboard.state import atlas, result
from dashboard.text import plain
from interaction_engine.results import DetectionPlan, ModelReport
from interaction_engine.runs.catalog import METHODS, Method
from interaction_engine.runs.specification import Specification
from interaction_engine.types import Capability


def method_choice(report: ModelReport) -> Method:
    """The detectors that the model supports, to choose from; the others with the reason why not."""
    detectors = [method for method in METHODS.values() if method.role == "detector"]
    offered = [method for method in detectors if not method.missing(report.capabilities)]
    wanted = METHODS.get(st.session_state.pop(WANTED_METHOD, ""))
    if wanted in offered:
        st.session_state["method"] = wanted
    chosen = st.radio(
        "Method",
        offered,
        format_func=lambda method: plain(method.title),
        captions=[plain(m.summary) for m in offered],
        key="method",
        persist_state="session",
        label_visibility="collapsed",
    )
    for method in detectors:
        if method not in offered:
            wanted = " and ".join(one.wanted for one in method.missing(report.capabilities))
            st.caption(f":material/block: {plain(method.title)}: needs {wanted}.")
    return chosen


PLANNED = ("pairs", "subsets")
"""Families of results whose cost is timed before; the others say theirs beside their own form."""


def show_plan(specification: Specification, method: Method) -> None:
    """Estimated time, model calls and memory, timed on this model in a worker; asked anew when an option matters."""
    if method.name == "and_or":
        show_cost(specification.options, specification.data, str(specification.model))
    if method.family not in PLANNED or Capability.QUERIES not in method.needs:
        return
    known = METHODS["plan"].options.model_fields
    options = {name: value for name, value in specification.options.items() if name in known and name != "seed"}
    plan = replace(specification, kind="view", method="plan", options=options)
    view = run_panel.quiet(atlas().submit(plan), "Timing the model on a few rows")
    if view.status == "done" and isinstance(cost := result(view.id), DetectionPlan):
        _show_cost(cost, specification.method)


def _show_cost(cost: DetectionPlan, method: str) -> None:
    rows = cost.table.set_index("method")
    if method not in rows.index:
        return
    mine: Mapping[Any, Any] = rows.loc[method].to_dict()
    time, calls, memory, pairs = st.columns(4)
    time.metric("Time", _range(mine["seconds_least"], mine["seconds_most"], text.seconds), border=True)
    calls.metric("Model calls", _range(mine["evaluations_least"], mine["evaluations_most"], text.amount), border=True)
    memory.metric("Memory", text.memory(cost.memory_bytes), border=True)
    pairs.metric("Pairs", f"{cost.n_pairs:,}", border=True)
    if cost.recommended != method and cost.recommended in rows.index:
        other = METHODS[cost.recommended]
        seconds = text.seconds(float(rows.loc[cost.recommended].to_dict()["seconds_most"]))
        st.caption(
            f":material/lightbulb: {plain(other.title)} would take {seconds} here, and may be the better choice."
        )


def _range(least: float, most: float, words: Callable[[float], str]) -> str:
    """The most it can take, and the least where that says more."""
    low, high = words(least), words(most)
    return high if low == high else f"up to {high}" if least < most / 10 else f"{low} to {high}"
