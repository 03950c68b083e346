"""Choosing a detection method and saying what it will cost before it runs."""

from dataclasses import replace

import streamlit as st

from dashboard.components.costs import show_cost
from dashboard.components.guards import WANTED_METHOD
from dashboard.components.text import plain
from interaction_engine.methods.registry import METHODS, Method
from interaction_engine.models.model_report import ModelReport
from interaction_engine.runs.specification import Specification


def method_choice(report: ModelReport) -> Method:
    """The detectors that the model supports, to choose from; the others with the reason why not."""
    detectors = [method for method in METHODS.values() if method.role == "detector"]
    offered = [method for method in detectors if not method.missing(report.capabilities)]
    requested = METHODS.get(st.session_state.pop(WANTED_METHOD, ""))
    if requested in offered:
        st.session_state["method"] = requested
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
            needed = " and ".join(one.wanted for one in method.missing(report.capabilities))
            st.caption(f":material/block: {plain(method.title)}: needs {needed}.")
    return chosen


def show_plan(specification: Specification, method: Method) -> None:
    """Estimated time, model calls and memory, timed on this model in a worker; asked anew when an option matters."""
    if method.plan is not None:
        show_cost(replace(specification, options=method.planned(specification.options)))
