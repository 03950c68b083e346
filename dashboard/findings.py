"""The finding in words on top of a figure, with its caveats beneath."""

import streamlit as st

from dashboard.state import go, result
from dashboard.text import prose
from interaction_engine import wording
from interaction_engine.results import PairInteractions, SubsetInteractions


def show_finding(found: PairInteractions | SubsetInteractions) -> None:
    """The sentence that answers the question, and what must be known before it is believed."""
    if isinstance(found, SubsetInteractions):
        say(wording.subset_finding(found))
        caveats(wording.subset_caveats(found))
    else:
        say(wording.finding(found))
        caveats(wording.caveats(found))


def show_outcome(run_id: str) -> None:
    """What a finished detection found, and the ways to look at it."""
    found = result(run_id)
    if not isinstance(found, PairInteractions | SubsetInteractions):
        return
    show_finding(found)
    larger = isinstance(found, SubsetInteractions)
    with st.container(horizontal=True, key="outcome"):
        if larger and st.button(
            "See the larger sets", type="primary", icon=":material/hub:", key="outcome/higher_order"
        ):
            go("higher_order")
        look = "secondary" if larger else "primary"
        if st.button("See the pairs", type=look, icon=":material/grid_on:", key="outcome/pairs"):
            go("pairs")
        if st.button("How sure is that?", icon=":material/align_horizontal_center:", key="outcome/confidence"):
            go("confidence")


def say(sentence: str) -> None:
    """One sentence, larger than the rest of the screen."""
    st.header(prose(sentence), anchor=False)


def caveats(sentences: tuple[str, ...]) -> None:
    """Small print: each caveat on its own line."""
    if sentences:
        st.caption("  \n".join(f":material/info: {prose(sentence)}" for sentence in sentences))
