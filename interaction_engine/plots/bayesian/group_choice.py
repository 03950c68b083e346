"""How many regions there should be: how much the ranking still changes from one number to the next."""

import plotly.graph_objects as go

from ...methods.bayesian.result import GroupHessians
from ..style.labels import number
from ..style.theme import axis, canvas, empty, theme_named


def group_choice(result: GroupHessians, *, theme: str = "light") -> go.Figure:
    """The change of the ranking (Delta of the paper) by number of regions, with the number that was used marked."""
    look = theme_named(theme)
    table = result.choosing.dropna(subset=["delta"]).sort_values("groups")
    if table.empty:
        return empty(look, "Numbers of regions were not compared: the number was given.")
    figure = canvas(look, height=330)
    texts = [
        f"{groups:,.0f} {'region' if groups == 1 else 'regions'}<br>change of the ranking {number(delta)}"
        for groups, delta in zip(table["groups"], table["delta"], strict=True)
    ]
    figure.add_trace(
        go.Scatter(
            x=table["groups"],
            y=table["delta"],
            mode="lines+markers",
            line={"color": look.lower, "width": 2},
            marker={"size": 7, "color": look.lower},
            hovertext=texts,
            hoverinfo="text",
            name="change of the ranking",
            showlegend=False,
        )
    )
    line = {"color": look.highlight, "width": 1.5, "dash": "dash"}
    font = {"size": 12, "color": look.highlight}
    last = max(float(table["groups"].max()), float(result.groups))
    side = "top left" if result.groups > last / 2 else "top right"
    words = {"annotation_text": f"{result.groups:,} used", "annotation_position": side, "annotation_font": font}
    figure.add_vline(result.groups, line=line, **words)
    figure.update_xaxes(axis(look, "regions", tickformat=",d", showgrid=False, range=[0, last * 1.06 + 0.5]))
    figure.update_yaxes(axis(look, "change from one region fewer", rangemode="tozero", tickformat=","))
    return figure
