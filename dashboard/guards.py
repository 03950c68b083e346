"""What a screen needs before it can show anything; where it is missing, a sentence and a button that goes there."""

from typing import NoReturn

import streamlit as st

from dashboard import run_panel
from dashboard.state import RunView, dataset, go, result, selection
from interaction_engine.data import Dataset
from interaction_engine.results import PairInteractions


def empty(title: str, why: str, button: str, page: str, icon: str) -> NoReturn:
    """An empty screen that teaches: what is missing, why it is needed, and the button that leads to it."""
    with st.container(border=True, key="empty"):
        st.subheader(f":material/{icon}: {title}", anchor=False)
        st.markdown(why)
        if st.button(button, type="primary", icon=":material/arrow_forward:", key="empty/go"):
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
    current = selection().run
    if current is None:
        empty(
            "No run yet",
            "A detection measures how strongly each pair of features acts together. A sample shows one within seconds.",
            "Start a detection" if selection().model else "See the ways in",
            "detect" if selection().model else "start",
            "radar",
        )
    view = run_panel.follow(current)
    if view.status != "done":
        st.stop()
    found = result(current)
    if not isinstance(found, PairInteractions):
        empty("This run found no pairs", "It trained or checked a model.", "Start a detection", "detect", "radar")
    return view, found
