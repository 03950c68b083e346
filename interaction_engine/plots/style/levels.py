"""One order of the hierarchy: every set that was tried there, with its interval and the reference it had to pass."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ...core.errors import InputError
from ...methods.finite_differences.set_result import SubsetInteractions
from ..primitives.intervals import Arms, interval_rows, mark_row
from .theme import Theme, empty, footnote, theme_named


def level_intervals(
    result: SubsetInteractions,
    order: int,
    *,
    top: int = 20,
    chosen: Sequence[str] | None = None,
    log: bool = False,
    theme: str = "light",
) -> go.Figure:
    """One row per set tried at this order, strongest first: LCB, mean, UCB of its strength and its reference.

    Accepted sets are solid, the others open. The reference is the strength that a set without interaction may show. An
    exact level has two standard errors (for other rows) as whiskers. `chosen` (names) is outlined; a click returns the
    names as `customdata`. Raises `InputError` for an order that was not tried.
    """
    look = theme_named(theme)
    if order not in result.orders:
        tried = ", ".join(map(str, result.orders))
        raise InputError(f"`order` must be one of those that were tried ({tried}); got {order}.")
    rows = result.of_order(order)
    if rows.empty:
        return empty(look, f"No set of {order} was tried.")
    table = rows.head(max(1, top))
    exact = bool((table["lower"] == table["upper"]).all())
    figure = interval_rows(Arms.of_table(table, exact=exact), look, log=log)
    _references(figure, table, log, look)
    for place, names in enumerate(table["features"]):
        if chosen is not None and set(names) == set(chosen):
            mark_row(figure, place, look)
    if len(table) < len(rows):
        footnote(figure, look, [f"The {len(table):,} strongest of {len(rows):,} sets of {order} that were tried."])
    return figure


def _references(figure: go.Figure, table: pd.DataFrame, log: bool, look: Theme) -> None:
    """A mark per row where its reference lies within the figure."""
    values = table["reference"].to_numpy(dtype=float)
    low, high = cast(Any, figure.layout).xaxis.range
    placed = np.log10(np.maximum(values, 1e-300)) if log else values
    inside = np.flatnonzero(np.isfinite(values) & (values > 0) & (placed >= low) & (placed <= high))
    if len(inside):
        figure.add_trace(
            go.Scatter(
                x=values[inside],
                y=inside,
                mode="markers",
                marker={"symbol": "line-ns", "size": 15, "line": {"color": look.muted, "width": 2}},
                name="reference: a set without interaction",
                hoverinfo="skip",
                showlegend=True,
                legendrank=5,
            )
        )
