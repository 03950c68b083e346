"""What if this row were another: its values changed, its prediction and its parts redrawn at once."""

import numpy as np
import streamlit as st

from dashboard.components.failures import explained
from dashboard.components.figures import show_figure
from dashboard.components.text import prose
from dashboard.screens.explain.explain import levels_of
from dashboard.screens.explain.explain_answers import be_ready, changed_row, unchanged_row
from dashboard.screens.explain.explain_values import begin
from dashboard.state.state import RunView
from interaction_engine import plots
from interaction_engine.data.dataset import Dataset
from interaction_engine.data.words import word_columns
from interaction_engine.methods import words
from interaction_engine.methods.hessians.result import RowExplanations

PARTS = {"features": "by feature", "pairs": "features and pairs"}

DRAWN = 10
"""Features in the figure of the changed row."""

NARROW = 300
"""Pixels of the column of controls."""


def show(run: RunView, result: RowExplanations, row: int, data: Dataset) -> None:
    """Controls for the values of the row, and what the model says of the row that they make."""
    if not 0 <= row < len(data):
        return
    st.header("What if?", anchor=False, divider="gray")
    be_ready(run, result)
    _what_if(run, result, row, data)


@st.fragment
def _what_if(run: RunView, result: RowExplanations, row: int, data: Dataset) -> None:
    # side by side, or one below the other where the page is narrow
    with explained(), st.container(horizontal=True, gap="medium", key="what-if"):
        controls, outcome = st.container(width=NARROW), st.container()
        with controls:
            values = begin(result, row, data, run.id)
        with outcome, explained():  # before the controls, which the browser takes as long to draw again as the figure
            _outcome(run, result, row, data, values.now())
        with controls:
            values.show()


def _outcome(run: RunView, result: RowExplanations, row: int, data: Dataset, values: np.ndarray) -> None:
    """The prediction of the changed row, its waterfall and its matrix."""
    levels = levels_of(data)
    same = bool((values == data.rows[row]).all())
    changed = unchanged_row(result, row) if same else changed_row(run, result, values)
    texts = {data.space.names[place]: text.name for text in word_columns(data.space) for place in text.places}
    st.markdown(prose(words.what_if_sentence(changed, result, row, levels, texts)))
    before = float(result.rows.loc[result.rows["row"] == row, "score"].iloc[0])
    score, gap = float(changed.rows["score"].iloc[0]), float(changed.completeness_gap[0])
    with st.container(horizontal=True, key="what-if-figures"):
        delta = None if same else f"{score - before:+.4g}"
        st.metric("Prediction", f"{score:.4g}", delta, delta_color="off", border=True, width=190)
        missed = f"What the parts miss of {words.GAP_SCALE}; at most 1 % passes."
        st.metric("Completeness gap", words.gap_share(gap), border=True, width=275, help=missed)
    if not changed.reliable:
        st.badge("unreliable: the parts do not add up", icon=":material/warning:", color="orange")
    provenance = None if same else changed.provenance
    # one figure at a time: each takes the browser as long as all else between the slider and its figure
    if _choose_parts() == "features":
        show_figure(
            "what-if-waterfall",
            lambda theme: plots.explanation_waterfall(changed, top=DRAWN, levels=levels, theme=theme),
            changed.attributions,
            provenance,
            alt="From the score of the baseline, feature by feature, to the prediction of the changed row",
        )
    else:
        show_figure(
            "what-if-matrix",
            lambda theme: plots.interaction_matrix(changed, top=DRAWN, levels=levels, theme=theme),
            changed.interactions,
            provenance,
            alt="Main effects and interactions in the changed row",
        )


def _choose_parts() -> str:
    """What the figure of the changed row is made of."""
    return st.segmented_control(
        "Drawn",
        list(PARTS),
        default="features",
        required=True,
        format_func=PARTS.__getitem__,
        key="what-if/parts",
        persist_state="session",
        label_visibility="collapsed",
    )
