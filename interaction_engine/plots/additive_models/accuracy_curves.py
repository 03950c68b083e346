"""What more features together, and more pairs, are worth: the held-out metric of additive networks by their size."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ...methods.additive_models.registration import NIT, PARAACE
from ..style.labels import label, number
from ..style.theme import Theme, axis, canvas, empty, footnote, heading, theme_named

PANELS = {
    NIT.name: ("Interaction-transparent network", "features together, at most (K)", "K = {:,}"),
    PARAACE.name: ("ParaACE", "pairs of features", "{:,} pairs"),
}
"""Heading, axis and the words of a hover label of each kind of network, left to right."""

LEAST_SPAN = 0.02
"""Differences of the metric that fill the figure are at least so large: smaller ones are noise."""


def accuracy_curves(table: pd.DataFrame, *, metric: str, theme: str = "light") -> go.Figure:
    """The metric over held-out rows of networks that allow terms of more features ("nit"), or more pairs ("paraace").

    `table` has a row per trained network: kind, size (features together at most, or number of pairs), value,
    n_parameters, seconds, seed, usual (whether all other options are the usual ones). The line runs through the means
    of the usual ones; the others are rings. Both panels have one scale; `metric` names it.
    """
    look = theme_named(theme)
    if table.empty:
        return empty(look, "No such network has been trained on these data.")
    kinds = [kind for kind in PANELS if (table["kind"] == kind).any()]
    figure = make_subplots(
        cols=len(kinds), rows=1, shared_yaxes=True, horizontal_spacing=0.04, figure=canvas(look, height=360)
    )
    for column, kind in enumerate(kinds, start=1):
        rows = table[table["kind"] == kind].sort_values(["size", "seed"])
        for trace in _traces(rows, kind, metric, look):
            figure.add_trace(trace, row=1, col=column)
        name, title, _ = PANELS[kind]
        sizes = sorted({int(size) for size in rows["size"]})
        look_x = axis(look, title, tickvals=sizes, showgrid=False, range=_span(sizes))
        figure.update_xaxes(look_x, row=1, col=column)
        figure.update_yaxes(axis(look, label(metric, 40) if column == 1 else "", range=_window(table)), col=column)
        heading(figure, look, name, column)
    figure.update_layout(showlegend=False)
    others = "Rings: networks trained with other options." if not table["usual"].all() else ""
    footnote(figure, look, [others])
    return figure


def _traces(rows: pd.DataFrame, kind: str, metric: str, look: Theme) -> list[go.Scatter]:
    """The line through the means of the usual networks, and a mark per network."""
    usual, others = rows[rows["usual"]], rows[~rows["usual"]]
    means = usual.groupby("size")["value"].mean()
    line: dict[str, Any] = {"color": look.mean, "width": 2.2}
    ring: dict[str, Any] = {"size": 9, "color": look.paper, "line": {"color": look.lower, "width": 2}}
    marks = {"mode": "markers", "hoverinfo": "text"}
    return [
        go.Scatter(x=means.index, y=means, mode="lines", line=line, hoverinfo="skip", name="mean"),
        go.Scatter(
            x=usual["size"],
            y=usual["value"],
            marker={"size": 9, "color": look.mean},
            hovertext=_hovers(usual, kind, metric),
            name="usual options",
            **marks,
        ),
        go.Scatter(
            x=others["size"],
            y=others["value"],
            marker=ring,
            hovertext=_hovers(others, kind, metric),
            name="other options",
            **marks,
        ),
    ]


def _hovers(rows: pd.DataFrame, kind: str, metric: str) -> list[str]:
    words = PANELS[kind][2]
    return [
        f"<b>{words.format(row['size'])}</b>, seed {row['seed']}<br>{label(metric)} {number(row['value'], 4)}<br>"
        f"{row['n_parameters']:,} parameters<br>trained in {number(row['seconds'], 2)} s"
        for row in rows.to_dict("records")
    ]


def _span(sizes: list[int]) -> list[float]:
    room = 0.08 * max(1, sizes[-1] - sizes[0]) + (0.4 if len(sizes) == 1 else 0.0)
    return [sizes[0] - room, sizes[-1] + room]


def _window(table: pd.DataFrame) -> list[float]:
    """From the lowest to the highest value with some air, the same in both panels."""
    values = table["value"].to_numpy(dtype=float)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    room = max(0.08 * (high - low), 0.5 * (LEAST_SPAN - (high - low)), 1e-6)
    return [low - room, high + room]
