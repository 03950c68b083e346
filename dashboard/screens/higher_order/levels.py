"""The hierarchy level by level: what each order tried, accepted and refused, what it cost, and what was told before."""

from typing import Any

import streamlit as st

from dashboard.components import text
from dashboard.components.figures import show_figure, show_numbers
from dashboard.components.text import prose
from dashboard.state import current_set
from interaction_engine import plots
from interaction_engine.methods import words
from interaction_engine.methods.finite_differences.set_result import SubsetInteractions

DRAWN = 15
"""Sets in one figure: so many that the next level is not far below."""

MOST_ROWS = 400
MOST_REFUSED = 100
"""Refused cliques spelt out; the download has all that were kept."""


def show_levels(result: SubsetInteractions) -> None:
    """A box per order, from pairs upwards."""
    st.header("Search by order", anchor=False, divider="gray")
    st.caption(
        "A set is tried when every smaller set inside it was accepted, and accepted when its strength is proven to be "
        "above the reference: what a set without interaction may show."
    )
    for level in result.levels.to_dict("records"):
        with st.container(border=True, key=f"level/{level['order']}"):
            _show_level(result, {str(name): value for name, value in level.items()})


def _show_level(result: SubsetInteractions, level: dict[str, Any]) -> None:
    order = int(level["order"])
    st.subheader("Pairs" if order == 2 else f"Sets of {order}", anchor=False)
    _metrics(level)
    st.markdown(prose(words.level_sentence(result, order)))
    refused = result.refused[result.refused["order"] == order]
    names = (["Intervals", "Table"] if level["candidates"] else []) + (["Refused"] if len(refused) else [])
    if not names:
        return
    tabs = dict(zip(names, st.tabs(names), strict=True))
    if level["candidates"]:
        with tabs["Intervals"]:
            _intervals(result, order, str(level["interval"]))
        with tabs["Table"]:
            rows = result.of_order(order)
            current_set.set_table(result, rows.head(MOST_ROWS), key=f"tried/{order}")
            if len(rows) > MOST_ROWS:
                st.caption(f"The {MOST_ROWS:,} strongest of {len(rows):,}; the download has all.")
            show_numbers(f"tried-{order}", rows, result.provenance)
    if len(refused):
        with tabs["Refused"]:
            _refused(result, order, int(level["refused"]))


def _metrics(level: dict[str, Any]) -> None:
    tried, accepted, refused, calls, time = st.columns(5)
    tried.metric("Candidates", f"{level['candidates']:,}")
    accepted.metric("Accepted", f"{level['accepted']:,}")
    refused.metric("Refused", f"{level['refused'] + level['skipped']:,}")
    note = f"at most {text.amount(level['planned_evaluations'])}"
    calls.metric("Model calls", text.amount(level["evaluations"]), delta=note, delta_color="off", delta_arrow="off")
    note = text.seconds(level["planned_seconds"])
    note = note if level["planned_seconds"] < 1 else f"at most {note}"
    time.metric("Time", text.seconds(level["seconds"]), delta=note, delta_color="off", delta_arrow="off")


def _intervals(result: SubsetInteractions, order: int, interval: str) -> None:
    chosen = current_set.current_set(result)
    log = st.toggle("Logarithmic axis", key=f"level/log/{order}", persist_state="session")
    show_figure(
        f"level-{order}",
        lambda theme: plots.level_intervals(result, order, top=DRAWN, chosen=chosen, log=log, theme=theme),
        result.of_order(order),
        result.provenance,
        alt=f"Interval of the strength of each set of {order} that was tried, with the reference it had to pass",
        on_select=current_set.choose_by_click,
    )
    st.caption(f"Interval: {text.plain(interval)}.")


def _refused(result: SubsetInteractions, order: int, n_refused: int) -> None:
    """Which cliques were no candidates, and the smaller set that each lacks."""
    rows = result.refused[result.refused["order"] == order]
    said = [words.refused_sentence(*both) for both in zip(rows["features"], rows["missing"], strict=True)]
    with st.container(height=min(320, 40 + 34 * min(len(said), MOST_REFUSED)), border=False):
        st.markdown("\n".join(f"- {prose(sentence)}" for sentence in said[:MOST_REFUSED]))
    if n_refused > min(len(rows), MOST_REFUSED):
        st.caption(f"{min(len(rows), MOST_REFUSED):,} of {n_refused:,} refused cliques shown.")
    show_numbers(f"refused-{order}", rows, result.provenance)
