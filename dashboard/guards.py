"""What a screen needs before it can show anything; where it is missing, a sentence and a button that goes there."""

from typing import NoReturn

import streamlit as st

from dashboard import run_panel
from dashboard.state import RunView, dataset, go, result, selection
from interaction_engine.data import Dataset
from interaction_engine.results import PairInteractions, Result, SubsetInteractions

WANTED_METHOD = "method/wanted"
"""Where a screen leaves the name of the method that the Detect screen is to propose."""


def empty(title: str, why: str, button: str, page: str, icon: str, method: str | None = None) -> NoReturn:
    """An empty screen that teaches: what is missing, why it is needed, and the button that leads to it (on the Detect
    screen: to a method that is then chosen already)."""
    with st.container(border=True, key="empty"):
        st.subheader(f":material/{icon}: {title}", anchor=False)
        st.markdown(why)
        if st.button(button, type="primary", icon=":material/arrow_forward:", key="empty/go"):
            if method:
                st.session_state[WANTED_METHOD] = method
            go(page)
    st.stop()


def need_data() -> Dataset:
    """The current data set."""
    current = selection().data
    if current is None:
        empty(
            "No data yet",
            "Everything here is computed from a table: a row per case, a column per feature, a column to predict.",
            "Choose data",
            "data",
            "table",
        )
    return dataset(current)


def need_model() -> str:
    """The id of the current model."""
    current = selection().model
    if current is None:
        empty(
            "No model yet",
            "Interactions are read from a model of your data: train one here, or bring one that you already have.",
            "Train or bring a model",
            "model",
            "neurology",
        )
    return current


def need_pairs() -> tuple[RunView, PairInteractions]:
    """The current run and its pairs; while it runs, its live race; when it failed, why."""
    view, found = _need_run(
        "A detection measures how strongly each pair of features acts together. A sample shows one within seconds."
    )
    if isinstance(found, SubsetInteractions):
        return view, found.pairs()
    if not isinstance(found, PairInteractions):
        empty("This run found no pairs", "It trained or checked a model.", "Start a detection", "detect", "radar")
    return view, found


def need_subsets() -> tuple[RunView, SubsetInteractions]:
    """The current run and its sets of features of any order; a run of pairs only leads to one that looks for more."""
    view, found = _need_run(
        "A detection of larger sets tells whether three or more features act together beyond what their pairs explain."
    )
    if not isinstance(found, SubsetInteractions):
        empty(
            "This run looked at pairs only",
            "Three or more features can act together in a way that no pair of them shows. The method for larger sets "
            "takes the accepted pairs, tries every group in which each feature interacts with each other, and goes on "
            "to larger groups as long as it finds any.",
            "Look for larger sets",
            "detect",
            "hub",
            method="cliques",
        )
    return view, found


def _need_run(why: str) -> tuple[RunView, Result]:
    """The current run and its result, once it has one."""
    current = selection().run
    if current is None:
        empty(
            "No run yet",
            why,
            "Start a detection" if selection().model else "See the ways in",
            "detect" if selection().model else "start",
            "radar",
        )
    view = run_panel.follow(current)
    if view.status != "done":
        st.stop()
    return view, result(current)
