"""What else one prediction's patterns tell: how few it takes, how many act together, and which come back elsewhere."""

from typing import Any

import streamlit as st

from dashboard.components.figures import show_figure, show_numbers
from dashboard.components.text import plain
from dashboard.screens.and_or.and_or import MOST_ROWS, pattern_kinds, pattern_names
from interaction_engine import plots
from interaction_engine.methods.and_or.result import AndOrPatterns


def show_curves(result: AndOrPatterns, sample: int) -> None:
    """Number of patterns needed, and how strengths fall."""
    st.header("Number of patterns needed", anchor=False, divider="gray")
    matching, sparsity = st.columns(2, gap="medium")
    with matching:
        st.subheader("Error with the strongest only", anchor=False)
        show_figure(
            "matching-curve",
            lambda theme: plots.matching_curve(result, sample=sample, theme=theme),
            result.matching,
            result.provenance,
            alt="Error over all masks against the number of patterns kept",
        )
    with sparsity:
        st.subheader("Strength by rank", anchor=False)
        show_figure(
            "pattern-sparsity",
            lambda theme: plots.pattern_sparsity(result, sample=sample, theme=theme),
            result.sparsity,
            result.provenance,
            alt="Absolute effect against rank, of AND and of OR patterns",
        )


def show_orders(result: AndOrPatterns, sample: int) -> None:
    """How many players act together, by strength or by count, here or over all samples."""
    st.header("Order of the patterns", anchor=False, divider="gray")
    with st.container(horizontal=True, gap="medium", key="orders-look"):
        measure = _choice("Bars", {"strength": "total strength", "count": "number of patterns"}, "and-or/measure")
        over = "this"
        if len(result.samples) > 1:
            over = _choice("Of", {"this": "this prediction", "all": "all, on average"}, "and-or/over")
    show_figure(
        "order-distribution",
        lambda theme: plots.order_distribution(
            result, sample=sample if over == "this" else None, measure=measure, theme=theme
        ),
        result.orders,
        result.provenance,
        alt="Strength or number of AND and of OR patterns by their order, raising and lowering ones apart",
    )


def show_players(result: AndOrPatterns, sample: int) -> None:
    """Shapley values and Shapley interactions, from the same scores."""
    st.header("Importance of each feature", anchor=False, divider="gray")
    values, interactions = st.columns(2, gap="medium")
    with values:
        st.subheader("Shapley values", anchor=False)
        show_figure(
            "shapley-values",
            lambda theme: plots.shapley_bars(result, sample=sample, theme=theme),
            result.attributions,
            result.provenance,
            alt="The Shapley value of every player",
        )
    with interactions:
        st.subheader("Shapley interactions of pairs", anchor=False)
        show_figure(
            "shapley-interactions",
            lambda theme: plots.shapley_interactions(result, sample=sample, theme=theme),
            result.indices,
            result.provenance,
            alt="The Shapley interaction of every pair of players",
        )


def show_transfer(result: AndOrPatterns) -> None:
    """In how many of the samples a pattern comes back, and whether it then pushes the same way."""
    if len(result.samples) < 2:
        return
    st.header("The same patterns in other predictions", anchor=False, divider="gray")
    if result.transfer.empty:
        st.caption("No pattern is salient in any of them.")
        return
    st.caption(
        "A pattern that comes back in many predictions and pushes them the same way is a rule of the model, not an "
        "accident of one row."
    )
    shown = result.transfer.head(MOST_ROWS)
    st.dataframe(
        shown.assign(features=pattern_names(shown), how=pattern_kinds(shown)),
        column_order=["features", "how", "order", "share", "agreement", "effect"],
        column_config=_transfer_columns(result.unit),
        hide_index=True,
        height=min(430, 42 + 35 * len(shown)),
        alt="Patterns by the share of predictions in which they are salient",
    )
    show_numbers("transfer", result.transfer, result.provenance)


def _transfer_columns(unit: str) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "features": st.column_config.TextColumn("Pattern", width="large"),
        "how": st.column_config.TextColumn("Kind"),
        "order": number("Order", help="Number of players"),
        "share": st.column_config.ProgressColumn(
            "Salient in", format="percent", min_value=0, max_value=1, help="Share of the predictions"
        ),
        "agreement": number("Same direction", format="percent", help="Share of these with the more frequent sign"),
        "effect": number("Mean effect", format="%+.4g", help=f"In {plain(unit)}, over the predictions that have it"),
    }


def _choice(label: str, options: dict[str, str], key: str) -> str:
    return st.segmented_control(
        label,
        list(options),
        default=next(iter(options)),
        required=True,
        format_func=options.__getitem__,
        key=key,
        persist_state="session",
    )
