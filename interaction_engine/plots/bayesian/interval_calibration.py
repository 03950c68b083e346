"""Whether the intervals of a model's predictions hold as many rows as they say."""

import plotly.graph_objects as go

from ...methods.bayesian.result import GroupHessians
from ..choosing import share
from ..style.theme import axis, canvas, empty, theme_named


def interval_calibration(result: GroupHessians, *, theme: str = "light") -> go.Figure:
    """The share of held-out rows inside predictive intervals of each level.

    On the dashed line they are honest, below it too narrow, above it too wide.
    """
    look = theme_named(theme)
    table = result.calibration.dropna().sort_values("level")
    if table.empty:
        return empty(look, "No intervals of predictions were compared with held-out rows.")
    figure = canvas(look, height=330)
    line = {"color": look.muted, "width": 1.5, "dash": "dash"}
    figure.add_trace(
        go.Scatter(
            x=[0, 1], y=[0, 1], mode="lines", line=line, hoverinfo="skip", name="as many as they say", showlegend=True
        )
    )
    texts = [
        f"intervals of {share(level)}<br>hold {share(covered)} of the held-out rows"
        for level, covered in zip(table["level"], table["covered"], strict=True)
    ]
    figure.add_trace(
        go.Scatter(
            x=table["level"],
            y=table["covered"],
            mode="lines+markers",
            line={"color": look.lower, "width": 2},
            marker={"size": 8, "color": look.lower},
            hovertext=texts,
            hoverinfo="text",
            name="held-out rows",
            showlegend=True,
        )
    )
    ticks = {"range": [0, 1.02], "tickformat": ".0%", "dtick": 0.25}
    figure.update_xaxes(axis(look, "level of the interval", **ticks))
    figure.update_yaxes(axis(look, "rows inside", **ticks))
    return figure
