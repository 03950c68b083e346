"""Confidence: how sure the strengths of the pairs are and, where the method proves places, what that cost."""

import streamlit as st

from dashboard.components.figures import show_figure
from dashboard.components.findings import show_stated
from dashboard.components.guards import need_pairs
from dashboard.components.text import plain
from dashboard.screens.confidence import group_evidence
from dashboard.screens.confidence.group_hessians import group_of
from dashboard.screens.confidence.step_sensitivity import show_step_sensitivity
from dashboard.state import current_pair
from interaction_engine import plots
from interaction_engine.core.status import vocabulary_of
from interaction_engine.methods import words

DRAWN = 30
"""Pairs in one figure: what a screen holds."""

st.title("Confidence", anchor=False)
run, result = need_pairs()
pair = current_pair.current_pair(result)
group = group_of(run)
show_stated(
    result,
    words.group_confidence_sentence(group) if group else words.confidence_sentence(result),
    words.group_caveats(group) if group else words.caveats(result),
)

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    first = 1
    if len(result.table) > DRAWN:
        last = len(result.table) - DRAWN + 1
        first = st.number_input("From rank", 1, last, step=DRAWN, key="ranks/first", persist_state="session", width=160)
    log = st.toggle("Logarithmic axis", key="ranks/log", persist_state="session")
st.caption(
    f"A row per pair: its strength, and the two ends of its interval: {plain(result.interval)}. "
    f"Status: {words.status_help(vocabulary_of(result.table))}."
)
show_figure(
    "confidence",
    lambda theme: plots.confidence(result, top=DRAWN, first=first, pair=pair, log=log, theme=theme),
    result.to_frame(),
    result.provenance,
    alt="Interval of the strength of each pair, strongest first, and its status",
    on_select=current_pair.choose_by_click,
)

if group:
    group_evidence.show_evidence(run, group)
else:
    traced = not result.trace.empty
    st.header("Convergence of this pair" if traced else "The chosen pair", anchor=False, divider="gray")
    current_pair.chooser(result)
    st.markdown(current_pair.sentence(result))
    if traced:
        show_figure(
            "interval-over-pulls",
            lambda theme: plots.pulls_trace(result, pair, theme=theme),
            result.trace,
            result.provenance,
            alt="The interval of the chosen pair over the background rows evaluated",
        )
    if traced or "step" in result.provenance.options:
        show_step_sensitivity(run, result)
