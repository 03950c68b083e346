"""Which features a network keeps: how often the networks that are drawn leave each of them out."""

import numpy as np
import plotly.graph_objects as go

from ...core.errors import InputError
from ...methods.bayesian.result import GroupHessians
from ..choosing import share
from ..style.labels import distinct_labels, label
from ..style.theme import axis, canvas, empty, footnote, theme_named

LANE = 24
"""Pixels from one feature to the next."""


def feature_screening(result: GroupHessians, *, top: int = 30, theme: str = "light") -> go.Figure:
    """A bar per feature, the one that is left out least first: the share of drawn networks without it.

    Of more than `top` features those left out most are not drawn, but counted.
    """
    look = theme_named(theme)
    if top < 1:
        raise InputError(f"`top` must be at least 1 feature; got {top}.")
    table = result.screening.dropna(subset=["dropout"]).sort_values("dropout", kind="stable")
    if table.empty:
        return empty(look, "This network has no dropout of its features.")
    shown = table.head(top)
    without = shown["dropout"].to_numpy(dtype=float)
    names = [str(name) for name in shown["feature"]]
    places = np.arange(len(shown))
    figure = canvas(look, height=90 + LANE * len(shown))
    figure.add_trace(
        go.Bar(
            x=without,
            y=places,
            orientation="h",
            width=0.7,
            marker={"color": look.lower},
            hovertext=[
                f"<b>{label(name)}</b><br>left out by {share(part)} of the networks"
                for name, part in zip(names, without, strict=True)
            ],
            hoverinfo="text",
            name="left out",
            showlegend=False,
        )
    )
    ticks = {"tickvals": places.tolist(), "ticktext": distinct_labels(names, 34)}
    figure.update_layout(
        xaxis=axis(look, "networks that leave it out", rangemode="tozero", tickformat=".1~%", side="top"),
        yaxis=axis(look, range=[len(shown) - 0.4, -0.6], showgrid=False, **ticks),
    )
    if len(table) > len(shown):
        footnote(figure, look, [f"{len(table) - len(shown):,} features that are left out more often are not drawn."])
    return figure
