"""Two cuts through the surface of a pair: lines that would be parallel, were there no interaction."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ...methods.partial_dependence.result import PairEffect
from ..style.labels import label, number
from ..style.scales import SIDES, FeatureScale, cells
from ..style.theme import Theme, axis, canvas, empty, footnote, theme_named

HELD_AT = (0.1, 0.5, 0.9)
"""Where in its distribution the other feature is held: low, in the middle, high, yet among the data."""
LEVELS = 4
"""Levels of a categorical feature that get a line: the most frequent."""


def slices(effect: PairEffect, *, theme: str = "light") -> go.Figure:
    """For each feature a panel: the prediction along it, the other feature held at a low, a middle and a high value.

    Parallel lines mean no interaction. Stretches without data are dotted. A categorical feature is held at its most
    frequent levels.
    """
    look = theme_named(theme)
    if effect.grid.empty:
        return empty(look, "This effect has no cells.")
    figure = make_subplots(cols=2, rows=1, shared_yaxes=True, horizontal_spacing=0.05, figure=canvas(look, height=460))
    figure.update_layout(margin_t=126)
    for column, side in enumerate(SIDES, start=1):
        along, held = FeatureScale(effect, side), FeatureScale(effect, 3 - side)
        turn = np.transpose if side == 2 else np.asarray
        surface, counts = turn(cells(effect, "total")), turn(cells(effect, "count"))
        for colour, place in zip(look.qualitative, _places_held(held, counts), strict=False):
            for trace in _line(along, held, surface[place], counts[place] > 0, place, colour, column, effect.unit):
                figure.add_trace(trace, row=1, col=column)
        figure.update_xaxes(along.axis(look, room=50), row=1, col=column)
        figure.update_layout({_legend(column): _key(look, held, column)})
    figure.update_yaxes(axis(look, zeroline=True) | {"zerolinecolor": look.pale})
    figure.update_yaxes(
        axis(look, f"change of {label(effect.unit, 40)}", zeroline=True) | {"zerolinecolor": look.pale}, col=1
    )
    footnote(figure, look, ["Parallel lines: no interaction. Dotted: no rows there."])
    return figure


def _places_held(held: FeatureScale, counts: np.ndarray) -> list[int]:
    """The cells of the held feature that get a line, ascending."""
    weights = np.nan_to_num(counts).sum(axis=1)
    if held.categorical or len(held.values) <= LEVELS:
        return sorted(np.argsort(-weights, kind="stable")[:LEVELS].tolist())
    if not weights.sum() > 0:
        return sorted({0, len(weights) // 2, len(weights) - 1})
    below = np.cumsum(weights) / weights.sum()
    return sorted({int(np.searchsorted(below, part)) for part in HELD_AT})


def _line(
    along: FeatureScale,
    held: FeatureScale,
    heights: np.ndarray,
    has_rows: np.ndarray,
    place: int,
    colour: str,
    column: int,
    unit: str,
) -> list[go.Scatter]:
    """The line over all cells, dotted, and over it the solid stretches with data."""
    value = held.texts(18)[place]
    texts = [
        f"{along.title} {text}<br>{held.title} {value}<br>{number(height)} {label(unit, 40)}"
        for text, height in zip(along.texts(), heights, strict=True)
    ]
    common: dict[str, Any] = {
        "x": along.places,
        "hovertext": texts,
        "hoverinfo": "text",
        "legend": _legend(column),
        "legendgroup": f"{column} {place}",
        "name": value,
    }
    thin = {"color": colour, "width": 1.2, "dash": "dot"}
    few = along.categorical or len(along.values) <= 30
    return [
        go.Scatter(y=heights, mode="lines", line=thin, showlegend=False, **common),
        go.Scatter(
            y=np.where(has_rows, heights, np.nan),
            mode="lines+markers" if few else "lines",
            marker={"size": 6},
            line={"color": colour, "width": 2.5},
            showlegend=True,
            **common,
        ),
    ]


def _legend(column: int) -> str:
    return "legend" if column == 1 else f"legend{column}"


def _key(look: Theme, held: FeatureScale, column: int) -> dict[str, Any]:
    """The key of a panel stands over it, upright: side by side, long values would run into the other panel's."""
    title = {"text": f"{label(held.name, 30)} held at", "font": {"size": 12, "color": look.muted}}
    place = {"x": 0.0 if column == 1 else 0.525, "xanchor": "left", "y": 1.02, "yanchor": "bottom"}
    return {"orientation": "v", "title": title, "font": {"size": 12}, "tracegroupgap": 0} | place
