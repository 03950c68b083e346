"""What is wrong with a table, said per column, with the ways out; the choice is stored, later recorded in the data."""

import streamlit as st

from dashboard.components.text import plain, prose
from dashboard.state.draft import Draft, keep, key_of
from interaction_engine.core.types import ColumnRole
from interaction_engine.data.cleaning.inspecting import NO_OUTCOME, Inspection, Problem

SHOWN = 30
"""Problems shown one by one; the rest take their default and are counted."""


def settle_problems(draft: Draft, inspection: Inspection) -> bool:
    """Show every problem with its remedies. Returns whether nothing blocks the data any more."""
    ignored = {name for name, role in draft.roles.items() if role == ColumnRole.IGNORED}
    problems = [problem for problem in inspection.problems if problem.column not in ignored]
    blocking = [problem for problem in problems if problem.blocking and draft.remedy(problem) is None]
    columns = st.columns(2)
    for place, problem in enumerate(sorted(problems, key=lambda one: one not in blocking)[:SHOWN]):
        with columns[place % 2]:
            _show(draft, problem)
    if len(problems) > SHOWN:
        st.caption(
            f"{len(problems) - SHOWN:,} more columns take their proposed remedy; the column table lists their problems."
        )
    return not blocking


def _show(draft: Draft, problem: Problem) -> None:
    kept = "/kept" if draft.roles.get(problem.column) == ColumnRole.FEATURE else ""  # other remedies, so another widget
    key = f"remedy/{draft.id}/{key_of(problem)}{kept}"
    titles = {remedy.action: remedy.title for remedy in draft.offered(problem)}
    chosen = draft.remedy(problem)

    def choose() -> None:
        action = st.session_state[key]
        if action:
            keep(draft, remedies={**draft.remedies, key_of(problem): action})

    with st.container(border=True):
        if problem.code == NO_OUTCOME:  # a fact, not a choice: there is no other way to treat such rows
            st.markdown(f":material/filter_alt: {prose(problem.sentence)}")
            return
        icon = "error" if problem.blocking and chosen is None else "build"
        st.markdown(f":material/{icon}: {prose(problem.sentence)}")
        if titles:
            st.pills(
                "Remedy",
                list(titles),
                default=chosen.action if chosen else None,
                format_func=lambda action: plain(titles[action]),
                key=key,
                on_change=choose,
                label_visibility="collapsed",
                required=chosen is not None,
            )
