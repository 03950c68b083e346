"""Where in the data a pair acts: its signed effect in every region, with the interval of each."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ...methods.bayesian.result import GroupHessians
from ..choosing import share
from ..style.labels import breadth, label, number, pair_label
from ..style.theme import HOVER_REACH, Theme, axis, canvas, empty, footnote, theme_named

LANE = 38
"""Pixels from one region to the next: two lines of text and some air."""

WIDTH = 42
"""Letters of a line of a region's description on the axis; the hover label has all of it."""


def region_effects(result: GroupHessians, pair: tuple[str, str], *, theme: str = "light") -> go.Figure:
    """A row per region: what one standard deviation more of both features of `pair` does beyond their separate effects.

    Right of the dashed line that adds to the prediction, left of it it takes away; open dots are of regions whose
    interval holds 0. Between three or more levels of a feature there is no direction, and sizes are drawn. Raises
    `InputError` for a pair that the result does not have.
    """
    look = theme_named(theme)
    result.pairs().place_of(*pair)
    table = result.effects_of(*pair)
    if table.empty:
        return empty(look, f"{pair_label(*pair)} was not followed into the regions: it is not among the strongest.")
    figure = canvas(look, height=120 + LANE * len(table))
    places = np.arange(len(table))
    _lines(figure, table, look)
    _dots(figure, table, look)
    figure.add_shape(
        type="line", x0=0, x1=0, y0=0, y1=1, yref="paper", line={"color": look.muted, "width": 1.5, "dash": "dash"}
    )
    texts = [_two_lines(str(words)) for words in table["description"]]
    shares = [share(float(part)) for part in table["share"]]
    rows = {"range": [len(table) - 0.4, -0.6], "showgrid": False, "tickvals": places.tolist()}
    right = axis(look, side="right", overlaying="y", matches="y", ticktext=shares, **rows)
    figure.update_layout(
        xaxis=axis(look, f"effect on {label(result.unit, 40)}", tickformat=",", range=_reach(table)),
        yaxis=axis(look, ticktext=texts, **rows) | {"tickfont": {"size": 11, "color": look.ink}},
        yaxis2=right | {"tickfont": {"size": 11, "color": look.muted}},
        hoverdistance=HOVER_REACH,
    )
    unseen = {"mode": "markers", "marker": {"opacity": 0}, "hoverinfo": "skip", "showlegend": False}
    figure.add_trace(go.Scatter(x=[0], y=[0], yaxis="y2", **unseen))  # an axis without a trace is not drawn
    words = {"text": "rows", "showarrow": False, "font": {"size": 11, "color": look.muted}}
    figure.add_annotation(x=1, y=1, xref="paper", yref="paper", xanchor="left", yanchor="bottom", xshift=6, **words)
    footnote(figure, look, [f"{label(pair[0], 40)} × {label(pair[1], 40)}"])
    return figure


def _two_lines(description: str) -> str:
    """A description on two lines at most, divided between the two conditions that make them most alike, as markup."""
    parts = description.split(", ")
    if breadth(description) <= WIDTH or len(parts) == 1:
        return label(description, WIDTH)
    divided = ((", ".join(parts[:n]) + ",", ", ".join(parts[n:])) for n in range(1, len(parts)))
    return "<br>".join(label(line, WIDTH) for line in min(divided, key=lambda lines: max(map(breadth, lines))))


def _reach(table: pd.DataFrame) -> list[float]:
    """From the lowest to the highest end of the intervals, 0 among them, and somewhat beyond."""
    low, high = min(0.0, float(table["lower"].min())), max(0.0, float(table["upper"].max()))
    margin = 0.04 * (high - low) or 1.0
    return [low - margin, high + margin]


def _lines(figure: go.Figure, table: pd.DataFrame, look: Theme) -> None:
    xs, ys = [], []
    for place, (low, high) in enumerate(zip(table["lower"], table["upper"], strict=True)):
        xs += [float(low), float(high), None]
        ys += [place, place, None]
    line = {"color": look.pale, "width": 4}
    figure.add_trace(
        go.Scatter(x=xs, y=ys, mode="lines", line=line, hoverinfo="skip", name="interval", showlegend=True)
    )


def _dots(figure: go.Figure, table: pd.DataFrame, look: Theme) -> None:
    """A dot per region, in one trace per sign, so that the legend says what the colours mean."""
    adds = (table["effect"] >= 0).to_numpy()
    kinds = (
        ("a step up of both adds", look.diverging[-2], adds),
        ("a step up of both takes away", look.diverging[1], ~adds),
    )
    if not table["signed"].all():
        kinds = (("size of what both do together", look.mean, adds),)
    for name, colour, mine in kinds:
        if not mine.any():
            continue
        rows = table[mine]
        sure = ((rows["lower"] > 0) | (rows["upper"] < 0)).to_numpy()
        marker: dict[str, Any] = {"size": 10, "line": {"color": colour, "width": 2}}
        marker["color"] = [colour if one else look.paper for one in sure]
        figure.add_trace(
            go.Scatter(
                x=rows["effect"],
                y=np.flatnonzero(mine),
                mode="markers",
                marker=marker,
                name=name,
                hovertext=[_hover(row) for row in rows.to_dict("records")],
                hoverinfo="text",
                showlegend=True,
            )
        )


def _hover(row: dict[Any, Any]) -> str:
    lines = [
        f"<b>{label(str(row['description']))}</b>",
        f"effect {number(row['effect'])}",
        f"from {number(row['lower'])} to {number(row['upper'])}",
        f"{row['rows']:,.0f} {'row' if row['rows'] == 1 else 'rows'}, {share(float(row['share']))}",
    ]
    return "<br>".join(lines)
