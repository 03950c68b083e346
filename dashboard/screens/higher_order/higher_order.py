"""The accepted sets at a glance, as a graph or as an UpSet plot, beside their table."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.components.figures import show_figure, show_numbers
from dashboard.components.text import plain
from dashboard.state import current_set
from dashboard.state.state import selection
from interaction_engine import plots
from interaction_engine.methods.finite_differences.set_result import SubsetInteractions

FEW_FEATURES = 30
"""Up to so many features, the graph is the better first view, and leaves room for the table at its side."""

MANY_SETS = 30
"""Beyond so many accepted sets there is a choice of how many are drawn."""

MOST_ROWS = 400
"""Rows of a table sent to the browser; the download has all."""

VIEWS = {"graph": "graph", "upset": "UpSet"}
LAYOUTS = {"circle": "as in the table", "drawn": "by interaction"}


@dataclass(frozen=True)
class Look:
    """How the accepted sets are drawn: which view, which orders, how many, and what else the view asks for."""

    view: str
    orders: tuple[int, ...]
    top: int
    layout: str
    column: str
    log: bool


def choose_look(result: SubsetInteractions) -> Look:
    """The controls above the figure."""
    orders = _orders(result)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="higher-look"):
        few = len(result.features) <= FEW_FEATURES
        view = _choice("View", VIEWS, "graph" if few else "upset", f"higher/view/{few}")
        # An UpSet plot of all pairs would be a long list; larger sets are what it is read for.
        default = [order for order in orders if order > 2 or view == "graph"] or orders
        chosen = st.pills(
            "Sets drawn",
            orders,
            selection_mode="multi",
            default=default,
            format_func=lambda order: "pairs" if order == 2 else f"of {order}",
            key=f"higher/orders/{view}/{'-'.join(map(str, orders))}",
            persist_state="session",
        )
        top = _choose_top(result)
        layout, column, log = "circle", "effect", False
        if view == "graph":
            layout = _choice("Layout of the features", LAYOUTS, "circle", "higher/layout")
        else:
            columns = {"effect": f"effect in {plain(result.unit)}", "strength": "strength"}
            column = _choice("Bars", columns, "effect", "higher/column")
            log = st.toggle("Logarithmic bars", key="higher/log", persist_state="session")
    return Look(view, tuple(sorted(chosen)), top, layout, column, log)


def sides(result: SubsetInteractions) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Where the figure and its table go: side by side, or, of many features, one beneath the other."""
    if len(result.features) <= FEW_FEATURES:
        left, right = st.columns([3, 2], gap="medium")
        return left, right
    return st.container(), st.container()


def show_drawing(result: SubsetInteractions, look: Look) -> None:
    """The graph or the UpSet plot; a click on a set, a line or a column makes it the current one."""
    chosen = current_set.current_set(result)
    pair = selection().pair
    pair = pair if pair and set(pair) <= set(result.features) else None
    if look.view == "graph":
        show_figure(
            "interaction-graph",
            lambda theme: plots.interaction_graph(
                result, orders=look.orders, top=look.top, layout=look.layout, chosen=chosen, pair=pair, theme=theme
            ),
            result.to_frame(),
            result.provenance,
            alt="Graph of the features: lines are accepted pairs, areas larger accepted sets; the table has them too",
            on_select=current_set.choose_by_click,
        )
    else:
        show_figure(
            "upset",
            lambda theme: plots.upset(
                result,
                orders=look.orders,
                top=look.top,
                column=look.column,
                log=look.log,
                chosen=chosen or pair,
                theme=theme,
            ),
            result.to_frame(),
            result.provenance,
            alt="A column per accepted set with a dot for each of its features; the table has them too",
            on_select=current_set.choose_by_click,
        )


def show_accepted(result: SubsetInteractions, look: Look) -> None:
    """The accepted sets of the orders drawn, the largest first, and the current one in words."""
    st.subheader("Accepted sets", anchor=False)
    accepted = result.accepted()
    accepted = accepted[accepted["order"].isin(list(look.orders))]
    accepted = accepted.sort_values("order", ascending=False, kind="stable").reset_index(drop=True)
    if accepted.empty:
        st.caption("None of the orders chosen above.")
        return
    current_set.set_table(result, accepted.head(MOST_ROWS), key="accepted")
    left_out = f" {MOST_ROWS:,} of {len(accepted):,} sets shown." if len(accepted) > MOST_ROWS else ""
    st.caption(
        f"Click a row, or a mark in the figure, to choose a set; a pair is then the pair of every screen.{left_out}"
    )
    if sentence := current_set.sentence(result):
        st.markdown(sentence)
    show_numbers("accepted", _with_all_columns(result, accepted), result.provenance)


def _with_all_columns(result: SubsetInteractions, rows: pd.DataFrame) -> pd.DataFrame:
    return rows[[*result.to_frame().columns, "reference"]]


def _orders(result: SubsetInteractions) -> list[int]:
    """The orders of which sets were accepted."""
    return sorted({int(order) for order in result.accepted()["order"]})


def _choice(label: str, options: dict[str, str], default: str, key: str) -> str:
    return st.segmented_control(
        label,
        list(options),
        default=default,
        required=True,
        format_func=options.__getitem__,
        key=key,
        persist_state="session",
    )


def _choose_top(result: SubsetInteractions) -> int:
    """At most so many sets are drawn: of each order in the graph, in all in the UpSet plot."""
    most = len(result.accepted())
    if most <= MANY_SETS:
        return MANY_SETS
    choices = sorted({10, 20, MANY_SETS, *(n for n in (60, 100, 150, 300) if n < most), min(most, 500)})
    default = next(n for n in reversed(choices) if n <= 150)
    return st.select_slider(
        "Strongest drawn", choices, value=default, key=f"higher/top/{most}", persist_state="session", width=200
    )
