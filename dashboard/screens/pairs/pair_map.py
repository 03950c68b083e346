"""All pairs at a glance: the heat map and the ranking, and how much of them is drawn."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboard.components.figures import show_figure, show_numbers
from dashboard.components.text import plain
from dashboard.state import current_pair
from interaction_engine import plots
from interaction_engine.methods.common.pair_result import PairInteractions
from interaction_engine.plots.choosing import hidden_share, share

ORDERS = {"given": "as in the table", "strength": "by strength", "cluster": "by cluster"}
THRESHOLDS = (0.0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5)
"""Shares of the greatest strength."""

MANY_FEATURES = 20
"""Beyond so many features there is a choice of how many are drawn."""

MOST_FEATURES = 120
MOST_ROWS = 400
"""Rows of the ranking sent to the browser; the download has all."""


@dataclass(frozen=True)
class Look:
    """How the map and the ranking are drawn."""

    order: str
    column: str
    log: bool
    features: int
    threshold: float


def choose_look(result: PairInteractions) -> Look:
    """The controls above the map."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="map-look"):
        order = st.segmented_control(
            "Order of the features",
            list(ORDERS),
            default="given",
            required=True,
            format_func=ORDERS.__getitem__,
            key="map/order",
            persist_state="session",
        )
        column = st.segmented_control(
            "Colour and bars",
            ["strength", "effect"],
            default="strength",
            required=True,
            key="map/column",
            persist_state="session",
            format_func={"strength": "strength", "effect": f"effect in {plain(result.unit)}"}.__getitem__,
        )
        threshold = st.select_slider(
            "Ranking from",
            THRESHOLDS,
            format_func=lambda part: f"{100 * part:g} % of the strongest" if part else "all pairs",
            key="map/threshold",
            persist_state="session",
            width=200,
        )
        drawn = _choose_features(len(result.features))
        log = st.toggle("Logarithmic colours", key="map/log", persist_state="session")
    return Look(order, column, log, drawn, threshold)


def show_map(result: PairInteractions, look: Look) -> None:
    """The heat map; a click on a cell makes it the current pair."""
    pair = current_pair.current_pair(result)
    show_figure(
        "pair-heatmap",
        lambda theme: plots.pair_heatmap(
            result, order=look.order, log=look.log, column=look.column, top=look.features, pair=pair, theme=theme
        ),
        result.to_frame(),
        result.provenance,
        alt="Heat map of the strength of every pair of features; the ranking beside it has the same numbers",
        on_select=current_pair.choose_by_click,
    )


def show_ranking(result: PairInteractions, look: Look) -> None:
    """The pairs above the threshold, as a table and as bars."""
    above = _above(result, look.threshold)
    table, bars = st.tabs([":material/table_rows: Ranking", ":material/bar_chart: Bars"])
    with table:
        current_pair.ranking_table(result, above.head(MOST_ROWS), key="ranking")
        st.caption(f"Click a row, or a cell of the map, to make it the current pair. {_hidden(result, len(above))}")
        show_numbers("ranking", result.to_frame(), result.provenance)
    with bars:
        show_figure(
            "ranking-bars",
            lambda theme: plots.ranking_bars(result, column=look.column, theme=theme),
            result.to_frame(),
            result.provenance,
            alt="The strongest pairs as bars with their intervals",
            on_select=current_pair.choose_by_click,
        )


def _choose_features(n_features: int) -> int:
    if n_features <= MANY_FEATURES:
        return n_features
    most = min(n_features, MOST_FEATURES)
    return st.slider("Features drawn", 5, most, min(40, most), key="map/features", persist_state="session", width=180)


def _above(result: PairInteractions, threshold: float) -> pd.DataFrame:
    """The rows of the ranking whose strength is at least that share of the greatest."""
    frame = result.to_frame()
    return frame if threshold == 0 else frame[frame["strength"] >= threshold * frame["strength"].max()]


def _hidden(result: PairInteractions, n_above: int) -> str:
    shown = min(n_above, MOST_ROWS)
    if shown == len(result.table):
        return ""
    return (
        f"{shown:,} of {len(result.table):,} pairs; the others hold {share(hidden_share(result, shown))} of "
        "the strength."
    )
