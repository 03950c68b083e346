"""Three features at once: what two of them do together at several values of the third."""

from typing import cast

import streamlit as st

from dashboard.components import run_panel
from dashboard.components.figures import show_figure
from dashboard.components.findings import caveats
from dashboard.components.text import plain, prose, short
from dashboard.state.current_pair import current_pair
from dashboard.state.state import RunView, atlas, dataset, result_of, selection
from interaction_engine import plots
from interaction_engine.core.status import RunStatus
from interaction_engine.methods import words
from interaction_engine.methods.finite_differences.set_result import SubsetInteractions
from interaction_engine.methods.partial_dependence.registration import TRIPLE_EFFECT
from interaction_engine.methods.partial_dependence.result import TripleEffect
from interaction_engine.runs.specification import Specification

Triple = tuple[str, str, str]

KEPT = "triple/kept"
"""The session's choice: the three features it started from, the three now chosen, and which of them is the third."""

PARTS = {"interaction": "beyond the sum of the two", "total": "together"}

FINE, COARSE = 25, 15
"""Cells along an axis, where the rows are many and where they are few."""
MANY_ROWS = 5000


def show_triple(run: RunView, result: SubsetInteractions) -> None:
    """The effect surface of two features at three values of a third, computed when first asked for."""
    st.header("Three features at once", anchor=False, divider="gray")
    if len(result.features) < 3:
        st.caption("Your data have fewer than three features.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="triple-chooser"):
        first, second, third = chooser(result)
        part = st.segmented_control(
            "Colour",
            list(PARTS),
            default="interaction",
            required=True,
            format_func=PARTS.__getitem__,
            key="triple/part",
            persist_state="session",
        )
    requested = run.specification
    cells = FINE if len(dataset(requested.data)) >= MANY_ROWS else COARSE
    view = Specification(
        kind="view",
        method=TRIPLE_EFFECT.name,
        options={"feature_1": first, "feature_2": second, "feature_3": third, "cells": cells},
        data=requested.data,
        model=requested.model,
        class_index=requested.class_index,
        compute=requested.compute,
    )
    state = run_panel.quiet(atlas().submit(view), "Computing what these three features do to the prediction")
    if state.status == RunStatus.DONE:
        effect = result_of(state.id)
        assert isinstance(effect, TripleEffect)
        _figure(effect, part)


def chooser(result: SubsetInteractions) -> Triple:
    """Three menus, and which of the three is held at several values; the third comes last."""
    start = starting_triple(result)
    kept: tuple[Triple, Triple, str] | None = st.session_state.get(KEPT)
    if kept is None or kept[0] != start or not set(kept[1]) <= set(result.features):
        kept = st.session_state[KEPT] = (start, start, start[2])
    chosen, third = kept[1], kept[2]

    def choose() -> None:
        now = cast(Triple, tuple(st.session_state[f"triple/{place}"] for place in range(3)))
        at = st.session_state["triple/third"]
        st.session_state[KEPT] = (start, now, at if at in now else now[chosen.index(third)])

    for place, name in enumerate(chosen):
        st.session_state[f"triple/{place}"] = name
    st.session_state["triple/third"] = third
    for place, label in enumerate(("First feature", "Second feature", "Third feature")):
        others = {name for name in chosen if name != chosen[place]}
        choices = [name for name in result.features if name not in others]
        st.selectbox(label, choices, key=f"triple/{place}", on_change=choose, width=180)
    st.segmented_control(
        "Held at several values",
        chosen,
        required=True,
        format_func=lambda name: plain(short(name, 24)),
        key="triple/third",
        on_change=choose,
    )
    first, second = (name for name in chosen if name != third)
    return first, second, third


def starting_triple(result: SubsetInteractions) -> Triple:
    """The current set where it has three features.

    Else those of the accepted set of three or more features with the largest effect; else the current pair with the
    feature most strongly linked to it.
    """
    current = selection().set or ()
    if len(current) >= 3 and set(current) <= set(result.features):
        return cast(Triple, tuple(current[:3]))
    accepted = result.accepted()
    larger = accepted[accepted["order"] >= 3]
    if len(larger):
        return cast(Triple, tuple(larger.sort_values("effect", ascending=False, kind="stable")["features"].iloc[0][:3]))
    pair = current_pair(result.pairs())
    return (*pair, _linked(result, pair))


def _linked(result: SubsetInteractions, pair: tuple[str, str]) -> str:
    """The feature that the accepted pairs link most strongly to a pair; the next in the table where there is none."""
    links = dict.fromkeys((name for name in result.features if name not in pair), 0.0)
    accepted = result.accepted(2)
    for members, strength in zip(accepted["features"], accepted["strength"], strict=True):
        outside = [name for name in members if name not in pair]
        if len(outside) == 1:
            links[outside[0]] += strength
    return max(links, key=links.__getitem__)


def _figure(effect: TripleEffect, part: str) -> None:
    st.markdown(prose(words.triple_sentence(effect)))
    caveats(effect.provenance.notes)
    show_figure(
        "triple-effect",
        lambda theme: plots.triple_surfaces(effect, part=part, theme=theme),
        effect.grid,
        effect.provenance,
        alt="What the first two features do to the prediction, side by side at several values of the third",
    )
    st.caption(
        "The same picture in every panel would mean that the third feature changes nothing about how the other two act "
        "together."
    )
