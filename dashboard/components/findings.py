"""The finding in words on top of a figure, with its caveats beneath."""

import streamlit as st

from dashboard.components.text import prose
from dashboard.state.state import go, result_of
from interaction_engine.core.result import Result
from interaction_engine.methods import words
from interaction_engine.methods.and_or.result import AndOrPatterns
from interaction_engine.methods.bayesian.result import GroupHessians
from interaction_engine.methods.common.pair_result import PairInteractions
from interaction_engine.methods.finite_differences.set_result import SubsetInteractions
from interaction_engine.methods.hessians.result import RowExplanations
from interaction_engine.methods.results import caveats_of, finding_of
from interaction_engine.methods.training_dynamics.result import Dynamics

IN_SIGHT = 5
"""Caveats that are seen at once: whether the model and a second one can be believed, what is open, and what the
intervals assume."""

Found = PairInteractions | SubsetInteractions | AndOrPatterns | Dynamics | RowExplanations | GroupHessians


def show_finding(result: Result) -> None:
    """The sentence that answers the question, and what must be known before it is believed."""
    show_stated(result, finding_of(result), caveats_of(result))


def show_stated(result: Result, sentence: str, small_print: tuple[str, ...]) -> None:
    """A sentence about a result on top of a screen, and its caveats; every screen of a result begins with this.

    What is known of the model stands before it: in its place where the model has no skill or no second model agrees
    (the sentence then follows in ordinary size), else among the caveats.
    """
    first, *rest = words.stated(result, sentence)
    say(first)
    for other in rest:
        st.markdown(prose(other))
    caveats((*words.skill_caveats(result), *small_print))


def show_outcome(run_id: str) -> None:
    """What a finished detection found, and the ways to look at it."""
    result = result_of(run_id)
    if not isinstance(result, Found):
        return
    show_finding(result)
    if isinstance(result, AndOrPatterns | Dynamics):
        _show_way(*WAYS[result.family])
        return
    larger, by_row = isinstance(result, SubsetInteractions), isinstance(result, RowExplanations)
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


def _show_way(label: str, icon: str, screen: str) -> None:
    with st.container(horizontal=True, key="outcome"):
        if st.button(label, type="primary", icon=f":material/{icon}:", key=f"outcome/{screen}"):
            go(screen)


def say(sentence: str) -> None:
    """One sentence, larger than the rest of the screen."""
    st.header(prose(sentence), anchor=False)


def caveats(sentences: tuple[str, ...]) -> None:
    """Small print: each caveat on its own line, the weightiest in sight and the others folded away."""
    first, others = sentences[:IN_SIGHT], sentences[IN_SIGHT:]
    if len(others) == 1:
        first, others = sentences, ()
    if first:
        st.caption(_lines(first))
    if others:
        with st.expander(f"{len(others)} more notes", icon=":material/info:"):
            st.caption(_lines(others))


def _lines(sentences: tuple[str, ...]) -> str:
    return "  \n".join(f":material/info: {prose(sentence)}" for sentence in sentences)
