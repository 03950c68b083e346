"""The finding in words on top of a figure, with its caveats beneath."""

import streamlit as st

from dashboard.state import go, result
from dashboard.text import prose
from interaction_engine import wording
from interaction_engine.results import (
    AndOrPatterns,
    Dynamics,
    GroupHessians,
    PairInteractions,
    RowExplanations,
    SubsetInteractions,
)

Found = PairInteractions | SubsetInteractions | AndOrPatterns | Dynamics | RowExplanations | GroupHessians


def show_finding(found: Found) -> None:
    """The sentence that answers the question, and what must be known before it is believed."""
    if isinstance(found, SubsetInteractions):
        say(wording.subset_finding(found))
        caveats(wording.subset_caveats(found))
    elif isinstance(found, AndOrPatterns):
        say(wording.and_or_finding(found))
        caveats(wording.and_or_caveats(found))
    elif isinstance(found, Dynamics):
        say(wording.dynamics_finding(found))
        caveats(wording.dynamics_caveats(found))
    elif isinstance(found, GroupHessians):
        say(wording.group_finding(found))
        caveats(wording.group_caveats(found))
    elif isinstance(found, RowExplanations):
        say(wording.finding(found.pairs()))
        caveats(wording.explanation_caveats(found))
    else:
        say(wording.finding(found))
        caveats(wording.caveats(found))


def show_outcome(run_id: str) -> None:
    """What a finished detection found, and the ways to look at it."""
    found = result(run_id)
    if not isinstance(found, Found):
        return
    show_finding(found)
    if isinstance(found, AndOrPatterns | Dynamics):
        _show_way(*WAYS[found.family])
        return
    larger, by_row = isinstance(found, SubsetInteractions), isinstance(found, RowExplanations)
    with st.container(horizontal=True, key="outcome"):
        if by_row and st.button(
            "Explain one row", type="primary", icon=":material/waterfall_chart:", key="outcome/explain"
        ):
            go("explain")
        if larger and st.button(
            "See the larger sets", type="primary", icon=":material/hub:", key="outcome/higher_order"
        ):
            go("higher_order")
        look = "secondary" if larger or by_row else "primary"
        if st.button("See the pairs", type=look, icon=":material/grid_on:", key="outcome/pairs"):
            go("pairs")
        if st.button("How sure is that?", icon=":material/align_horizontal_center:", key="outcome/confidence"):
            go("confidence")


WAYS = {
    "and_or": ("See the patterns", "join_inner", "and_or"),
    "dynamics": ("See the training", "timeline", "dynamics"),
}
"""The button that leads to the one screen of a family: words, icon, screen."""


def _show_way(words: str, icon: str, screen: str) -> None:
    with st.container(horizontal=True, key="outcome"):
        if st.button(words, type="primary", icon=f":material/{icon}:", key=f"outcome/{screen}"):
            go(screen)


def say(sentence: str) -> None:
    """One sentence, larger than the rest of the screen."""
    st.header(prose(sentence), anchor=False)


def caveats(sentences: tuple[str, ...]) -> None:
    """Small print: each caveat on its own line."""
    if sentences:
        st.caption("  \n".join(f":material/info: {prose(sentence)}" for sentence in sentences))
