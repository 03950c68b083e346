"""The same detection with another number of regions, or with a permutation test: asked for, followed, and opened."""

import time
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.components import run_panel
from dashboard.state.current_pair import Pair
from dashboard.state.state import RunView, atlas, select
from interaction_engine.core.status import RunStatus
from interaction_engine.runs.specification import Specification

FREE = ("groups", "permutations", "null")
"""The options in which variants of a run differ."""

WANTED = "group-variant"
"""Where the session keeps the variant that was asked for here, to open it once it is done."""

MOST_OFFERED = 3


def ask_for(run: RunView, **options: Any) -> None:
    """Start the same run with these options."""
    requested = run.specification
    st.session_state[WANTED] = atlas().submit(
        replace(requested, options={**requested.options, **options}, attempt=1, created=time.time())
    )
    st.rerun()


def show_variants(run: RunView, pair: Pair) -> None:
    """Variants that are being computed, with their progress.

    The one asked for is opened when it is done, the others are offered.
    """
    requested, done = st.session_state.get(WANTED), []
    for view in _variants(run):
        if view.id == requested and view.status == RunStatus.DONE:
            del st.session_state[WANTED]
            select(run=view.id, pair=pair)
            st.rerun()
        if view.status == RunStatus.DONE:
            done.append(view)
        elif not view.finished or view.id == requested:
            run_panel.follow(view.id)
    if not done:
        return
    with st.container(horizontal=True, key="variants"):
        for view in done[:MOST_OFFERED]:
            words = f"Open the result with {_in_words(view.specification)} ({run_panel.when(view)})"
            if st.button(words, icon=":material/history:", type="tertiary", key=f"variant/{view.id}"):
                select(run=view.id, pair=pair)
                st.rerun()


def _variants(run: RunView) -> list[RunView]:
    """The latest attempts at runs that differ in nothing else, newest first."""
    own, latest = _core(run.specification), {}
    for view in atlas().runs():
        content = (view.specification.options.get(name) or 0 for name in FREE)
        if view.id != run.id and _core(view.specification) == own:
            key = tuple(content)
            best = latest.get(key)
            if best is None or view.specification.attempt > best.specification.attempt:
                latest[key] = view
    mine = tuple(run.specification.options.get(name) or 0 for name in FREE)
    return [view for key, view in latest.items() if key != mine]


def _core(specification: Specification) -> Specification:
    """What variants have in common."""
    options = {name: value for name, value in specification.options.items() if name not in FREE}
    return replace(specification, options=options, attempt=1, created=0.0)


def _in_words(specification: Specification) -> str:
    groups, permutations, null = (specification.options.get(name) or 0 for name in FREE)
    regions = [f"{groups:,} region{'s' * (groups != 1)}"] if groups else []
    test = f"{permutations:,} permutation{'s' * (permutations != 1)}" if permutations else "no permutation test"
    test += " of shuffled targets" if permutations and null == "shuffled" else ""
    return " and ".join([*regions, test])
