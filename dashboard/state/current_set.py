"""The set of three or more features on screen: how it is chosen, in any figure or table."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.components.text import plain, prose
from dashboard.state.state import select, selection
from interaction_engine.methods import words
from interaction_engine.methods.finite_differences.set_result import SubsetInteractions

MARK = "●"


def current_set(result: SubsetInteractions) -> tuple[str, ...] | None:
    """The set in the address if the run tried it, else the strongest of the largest sets accepted; None without any."""
    chosen = selection().set
    if chosen and any(set(names) == set(chosen) for names in result.of_order(len(chosen))["features"]):
        return chosen
    larger = result.accepted()
    larger = larger[larger["order"] > 2].sort_values("order", ascending=False, kind="stable")
    strongest = tuple(map(str, larger["features"].iloc[0])) if len(larger) else None
    if strongest != chosen:
        select(set=strongest)
    return strongest


def choose(names: Sequence[str]) -> None:
    """Make a set the current one; two names are the current pair of every screen."""
    if len(names) == 2:
        select(pair=(str(names[0]), str(names[1])))
    elif len(names) > 2:
        select(set=tuple(map(str, names)))


def choose_by_click(event: Any) -> None:
    """A click in a figure whose marks carry the names of a set."""
    points = event["selection"]["points"]
    choose((points[0].get("customdata") or ()) if points else ())


def sentence(result: SubsetInteractions) -> str:
    """Where the current set stands, as markdown; empty without one."""
    names = current_set(result)
    return prose(words.set_sentence(result, names)) if names else ""


def set_table(result: SubsetInteractions, shown: pd.DataFrame, key: str) -> None:
    """Sets as a table; a click on a row makes it the current set, or the current pair."""

    def choose_row() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        if rows:
            choose(shown["features"].iloc[rows[0]])

    current = [set(names) for names in (current_set(result), selection().pair) if names]
    sets = [MARK if set(names) in current else "" for names in shown["features"]]
    names = [" × ".join(names) for names in shown["features"]]
    st.dataframe(
        shown.assign(current=sets, features=names),
        column_order=list(_columns(result)),
        column_config=_columns(result),
        hide_index=True,
        height=min(430, 42 + 35 * max(1, len(shown))),
        key=key,
        on_select=choose_row,
        selection_mode="single-row",
        alt="Sets of features by strength; choose a row to make it the current set",
    )


def _columns(result: SubsetInteractions) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    effect = f"Root mean square joint effect, beyond what smaller sets explain, in {plain(result.unit)}"
    strength = "Mean squared mixed difference; sets of one order can be compared"
    return {
        "current": st.column_config.TextColumn("", width=24),
        "features": st.column_config.TextColumn("Features", width=170),
        "effect": number("Effect", width=60, format="%.3g", help=effect),
        "strength": number("Strength", width=78, format="%.3g", help=strength),
        "lower": number("Lower", format="%.3g"),
        "upper": number("Upper", format="%.3g"),
        "reference": number("Reference", format="%.3g", help="The strength that a set without interaction may show"),
        "status": st.column_config.TextColumn("Status"),
        "pulls": number("Pulls", help="Background rows evaluated"),
    }
