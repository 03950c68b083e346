"""The current data set as it is: one sentence, its columns, what was done to it."""

import streamlit as st

from dashboard.columns import show_columns
from dashboard.figures import show_numbers
from dashboard.findings import say
from dashboard.prediction import look_at_column
from dashboard.text import name, plain
from interaction_engine.data import Dataset
from interaction_engine.data.inspecting import Inspection, inspect
from interaction_engine.types import TargetKind

PREVIEW = 200
"""Rows shown; the download has all."""


def show_data(identifier: str, data: Dataset) -> None:
    """Rows, features, target, sampling, source, columns, remedies, and the first rows."""
    say(_sentence(data))
    if data.sampling:
        st.caption(f":material/filter_alt: {plain(data.sampling.sentence)}")
    if data.source:
        st.caption(f":material/link: {plain(data.source)}")
    found = _inspection(data, identifier)
    show_columns(found, kinds={feature.name: feature.kind.value for feature in data.space.features})
    look_at_column(found)
    with st.expander("The first rows", icon=":material/table_rows:"):
        st.dataframe(data.frame.head(PREVIEW), hide_index=True, alt="The first rows of the data")
        show_numbers("data", data.frame, None)
    with st.expander(f"What was done to the table ({len(data.remedies)})", icon=":material/build:"):
        if not data.remedies:
            st.caption("Nothing had to be done.")
        for remedy in data.remedies:
            st.markdown(f"- {name(remedy.column) if remedy.column else 'The table'}: {plain(remedy.title)}")


def _sentence(data: Dataset) -> str:
    """What the data set is for."""
    target = data.target
    what = {
        TargetKind.REGRESSION: "a number" if target.transform == "none" else "a number, by its logarithm",
        TargetKind.BINARY: "one of two classes",
        TargetKind.MULTICLASS: f"one of {len(target.classes)} classes",
    }[target.kind]
    return f"{len(data):,} rows and {len(data.space)} features predict `{target.name}`, {what}."


@st.cache_resource(show_spinner=False, max_entries=4)
def _inspection(_data: Dataset, identifier: str) -> Inspection:
    return inspect(_data.frame, target=_data.target.name)
