"""What chance alone makes: the largest strength of each network trained on chance targets, and the pairs found."""

import math
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ...methods.bayesian.result import GroupHessians
from ..style.labels import number, pair_label, pair_title
from ..style.theme import HOVER_REACH, Theme, axis, canvas, empty, theme_named

MOST_PAIRS = 40
"""Pairs drawn, strongest first: weaker ones would lie in one heap on the left."""

RARE = 0.05
"""What chance makes in at most so many cases is beyond it."""


def permutation_null(result: GroupHessians, *, pair: tuple[str, str] | None = None, theme: str = "light") -> go.Figure:
    """Bars: the largest strength among all pairs of each network that was trained on chance targets.

    Marks above: the strongest pairs of the real one, filled where chance makes so much in at most one case of
    twenty.

    `pair` is named; a click returns two names as `customdata`. Raises `InputError` for a pair that there is not.
    """
    look = theme_named(theme)
    if pair is not None:
        result.pairs().place_of(*pair)
    largest = result.null["largest"].to_numpy(dtype=float)
    if not len(largest) or result.table.empty:
        return empty(look, "Nothing was compared with chance yet.")
    counts, edges = np.histogram(largest, bins=min(16, max(1, round(math.sqrt(2 * len(largest))))))
    figure = canvas(look, height=360)
    _bars(figure, counts, edges, look)
    height = 1.18 * max(1, int(counts.max()))
    _mark_chance(figure, float(np.quantile(largest, 1 - RARE)), height, look)
    _pairs(figure, result.table.head(MOST_PAIRS), result.beyond_chance().head(MOST_PAIRS), height, look)
    if pair is not None:
        _name(figure, result, pair, height, look)
    top = float(max(edges[-1], result.table["strength"].max()))
    low = float(min(edges[0], result.table["strength"].head(MOST_PAIRS).min(), 0.0))
    room = 0.03 * (top - low or 1.0)
    figure.update_xaxes(axis(look, "strength", showgrid=False, tickformat=",", range=[low - room, top + room]))
    figure.update_yaxes(axis(look, "networks", nticks=4, range=[0, 1.3 * height], tickformat=",d"))
    figure.update_layout(bargap=0, hoverdistance=HOVER_REACH)
    return figure


def _bars(figure: go.Figure, counts: np.ndarray, edges: np.ndarray, look: Theme) -> None:
    texts = [
        f"{count:,} {'network' if count == 1 else 'networks'}<br>from {number(low)} to {number(high)}"
        for count, low, high in zip(counts, edges, edges[1:], strict=False)
    ]
    figure.add_trace(
        go.Bar(
            x=(edges[1:] + edges[:-1]) / 2,
            y=counts,
            width=np.diff(edges),
            marker={"color": look.pale, "line": {"color": look.paper, "width": 1}},
            hovertext=texts,
            hoverinfo="text",
            name="largest strength by chance",
            showlegend=True,
        )
    )


def _mark_chance(figure: go.Figure, strength: float, height: float, look: Theme) -> None:
    line = {"color": look.muted, "width": 1.5, "dash": "dash"}
    figure.add_shape(type="line", x0=strength, x1=strength, y0=0, y1=0.94 * height, line=line)
    words = f"chance reaches this in {100 * RARE:.0f} %"
    font = {"size": 11, "color": look.muted}
    place = {"xanchor": "left", "yanchor": "top", "xshift": 5, "showarrow": False}
    figure.add_annotation(x=strength, y=0.94 * height, text=words, font=font, **place)


def _pairs(figure: go.Figure, table: pd.DataFrame, beyond: pd.Series, height: float, look: Theme) -> None:
    for name, mine, fill in (("beyond chance", beyond, look.mean), ("within chance", ~beyond, look.paper)):
        rows = table[mine]
        if rows.empty:
            continue
        figure.add_trace(
            go.Scatter(
                x=rows["strength"],
                y=np.full(len(rows), height),
                mode="markers",
                marker={"size": 10, "symbol": "triangle-down", "color": fill, "line": {"color": look.mean, "width": 2}},
                customdata=rows[["feature_1", "feature_2"]].to_numpy(),
                hovertext=[_hover(row) for row in rows.to_dict("records")],
                hoverinfo="text",
                name=f"pair {name}",
                showlegend=True,
            )
        )


def _name(figure: go.Figure, result: GroupHessians, pair: tuple[str, str], height: float, look: Theme) -> None:
    strength = float(result.table["strength"].iloc[result.pairs().place_of(*pair)])
    line = {"color": look.highlight, "width": 1.5}
    figure.add_shape(type="line", x0=strength, x1=strength, y0=0, y1=1.08 * height, line=line)
    half = (float(result.table["strength"].max()) + float(min(result.table["strength"].min(), 0.0))) / 2
    figure.add_annotation(
        x=strength,
        y=1.1 * height,
        text=pair_label(*pair, width=48),
        showarrow=False,
        yanchor="bottom",
        xanchor="right" if strength > half else "left",
        font={"size": 12, "color": look.highlight},
    )


def _hover(row: dict[Any, Any]) -> str:
    lines = [pair_title(row["feature_1"], row["feature_2"]), f"strength {number(row['strength'])}"]
    return "<br>".join([*lines, f"p {number(row['p_value'])} for all pairs together", f"q {number(row['q_value'])}"])
