"""What is to be predicted from the table, and a closer look at one column."""

import pandas as pd
import streamlit as st

from dashboard.components.figures import show_figure
from dashboard.components.text import short
from dashboard.state.draft import Draft, keep
from interaction_engine import plots
from interaction_engine.data.cleaning.inspecting import ColumnReport, Inspection

TARGET_KINDS = {
    None: "automatic",
    "regression": "a number",
    "binary": "one of two classes",
    "multiclass": "one of several classes",
}
TRANSFORMS = {"none": "as it is", "log1p": "log(1 + target)"}


def choose_target(draft: Draft, inspection: Inspection) -> None:
    """The column to predict, what kind of thing it is, and whether its logarithm is predicted."""
    names = [report.name for report in inspection.columns]
    target = draft.target or inspection.suggested_target
    key = f"target/{draft.id}/{target}"

    def choose() -> None:
        changed = {
            "target": st.session_state[f"{key}/column"],
            "target_kind": st.session_state[f"{key}/kind"],
            "target_transform": st.session_state[f"{key}/transform"],
        }
        keep(draft, **changed, roles={name: role for name, role in draft.roles.items() if name != changed["target"]})

    with st.container(horizontal=True, key="target-row"):
        st.selectbox(
            "Column to predict",
            names,
            index=names.index(target),
            format_func=short,
            key=f"{key}/column",
            on_change=choose,
            width=320,
        )
        kinds = list(TARGET_KINDS)
        st.selectbox(
            "Outcome type",
            kinds,
            index=kinds.index(draft.target_kind),
            format_func=TARGET_KINDS.__getitem__,
            key=f"{key}/kind",
            on_change=choose,
            width=220,
        )
        transforms = list(TRANSFORMS)
        st.selectbox(
            "Transformation",
            transforms,
            index=transforms.index(draft.target_transform),
            format_func=TRANSFORMS.__getitem__,
            key=f"{key}/transform",
            on_change=choose,
            width=220,
            help="The logarithm suits counts and prices, whose spread grows with them.",
        )


def look_at_column(inspection: Inspection) -> None:
    """The histogram of one column, with its numbers."""
    reports = {report.name: report for report in inspection.columns}
    with st.expander("Look at one column", icon=":material/bar_chart:"):
        chosen = st.selectbox(
            "Column", list(reports), format_func=short, key="histogram/column", persist_state="session"
        )
        show_histogram(reports[chosen])


def show_histogram(report: ColumnReport) -> None:
    """How often each value of a column occurs."""
    spread = report.histogram
    edges, levels = spread.edges or None, spread.labels or None
    if edges:
        table = pd.DataFrame({"from": edges[:-1], "to": edges[1:], "rows": spread.counts})
    else:
        table = pd.DataFrame({"level": levels or (), "rows": spread.counts})
    show_figure(
        "column-histogram",
        lambda theme: plots.column_histogram(
            spread.counts, edges=edges, levels=levels, name=report.name, height=260, theme=theme
        ),
        table,
        alt="How often each value of the column occurs",
    )
