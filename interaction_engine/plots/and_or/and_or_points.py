"""A cloud of points with its clusters coloured by what they are worth, and the clusters of one pattern ringed."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ...methods.and_or.result import AndOrPatterns
from ..style.labels import label
from ..style.theme import Theme, axis, canvas, colour_bar, empty, footnote, scale, theme_named
from .and_or_marks import sample_of, signed, worth
from .and_or_parts import Cloud, cloud_of

HEIGHT = 520

FAR = {"x": 1.5, "y": 1.5, "z": 0.9}
"""Where the eye stands that sees all of a cloud."""


def pattern_points(
    result: AndOrPatterns, *, sample: int = 0, pattern: Sequence[str] = (), theme: str = "light"
) -> go.Figure:
    """The points of a cloud in two or three dimensions, coloured by the Shapley value of their cluster.

    The clusters of `pattern` (players) are ringed. Raises `InputError` for an unknown sample. Of a result without
    points the figure says so.
    """
    look = theme_named(theme)
    sample_of(result, sample)
    cloud = cloud_of(result, sample)
    if cloud is None:
        return empty(look, "The players of this prediction are no parts of a cloud of points.")
    values = worth(result, sample)
    figure = canvas(look, height=HEIGHT)
    solid = cloud.points.shape[1] == 3
    _points(figure, cloud, values, pattern, result.unit, look, solid)
    _names(figure, cloud, look, solid)
    if solid:
        side = {"showbackground": False, "gridcolor": look.grid, "color": look.muted}
        sides = {f"{name}axis": side | {"title": {"text": name}} for name in "xyz"}
        figure.update_layout(scene={"aspectmode": "data", "camera": {"eye": FAR}, **sides})
    else:
        figure.update_xaxes(axis(look, "x"))
        figure.update_yaxes(axis(look, "y", scaleanchor="x"))
    figure.update_layout(margin={"t": 34})
    footnote(figure, look, ["Orange raises the score, blue lowers it (Shapley values of the clusters)."])
    return figure


def _points(
    figure: go.Figure,
    cloud: Cloud,
    values: dict[str, float],
    pattern: Sequence[str],
    unit: str,
    look: Theme,
    solid: bool,
) -> None:
    own = np.array([values.get(name, 0.0) for name in cloud.players] + [0.0])
    most = float(np.abs(own).max()) or 1.0
    texts = [
        f"<b>{label(n)}</b><br>Shapley value {signed(values.get(n, 0.0))} {label(unit, 40)}" for n in cloud.players
    ]
    texts.append("belongs to no player: it is always there")
    marked = np.array([name in pattern for name in cloud.players] + [False])[cloud.owner]
    for is_marked in (False, True):
        mine = np.flatnonzero(marked == is_marked)
        if len(mine) == 0:
            continue
        line = {"color": look.highlight if is_marked else look.muted, "width": 2.5 if is_marked else 0.6}
        marker = {
            "size": (5 if solid else 10) + 2 * is_marked,
            "symbol": "diamond" if solid and is_marked else "circle",
            "color": own[cloud.owner[mine]],
            "cmin": -most,
            "cmax": most,
            "colorscale": scale(look.diverging),
            "showscale": not is_marked or not (~marked).any(),
            "colorbar": colour_bar(look, label(unit, 16)) | {"tickformat": ".3~g"},
            "line": line,
        }
        shared = {
            "mode": "markers",
            "marker": marker,
            "hovertext": [texts[place] for place in cloud.owner[mine]],
            "hoverinfo": "text",
            "name": "marked" if is_marked else "points",
            "showlegend": False,
        }
        x, y, *z = cloud.points[mine].T
        figure.add_trace(go.Scatter3d(x=x, y=y, z=z[0], **shared) if solid else go.Scatter(x=x, y=y, **shared))


def _names(figure: go.Figure, cloud: Cloud, look: Theme, solid: bool) -> None:
    """The clusters' names above their middles."""
    for place, name in enumerate(cloud.players):
        mine = cloud.points[cloud.owner == place]
        if not len(mine):
            continue
        middle = mine.mean(axis=0)
        middle[1] = mine[:, 1].max()
        shared = {
            "mode": "text",
            "text": [label(name, 18)],
            "textposition": "top center",
            "textfont": {"size": 12, "color": look.ink},
            "hoverinfo": "skip",
            "showlegend": False,
            "name": "names",
        }
        x, y, *z = middle[:, None]
        figure.add_trace(go.Scatter3d(x=x, y=y, z=z[0], **shared) if solid else go.Scatter(x=x, y=y, **shared))
