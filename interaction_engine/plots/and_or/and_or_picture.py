"""A picture with its patches coloured by what they are worth, and the patches of one pattern outlined."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from ...methods.and_or.result import AndOrPatterns
from ..style.labels import label
from ..style.theme import Theme, axis, canvas, empty, faded, footnote, theme_named
from .and_or_marks import sample_of, signed, worth
from .and_or_parts import Picture, picture_of

SIDE = 440
"""Pixels of the screen along an edge."""

BUTTONS = 34
"""Height of the row of buttons above a picture, which it must not cover."""

STRONGEST = 0.7
"""Opacity of the patch of the largest value: the picture stays visible beneath."""

WRITTEN = 25
"""Up to so many patches carry their value; on more it would not fit."""

GROUP_COLOURS = 7
"""Groups are told apart by so many colours; further ones begin again, and their names stand on them."""


def pattern_picture(
    result: AndOrPatterns, *, sample: int = 0, pattern: Sequence[str] = (), theme: str = "light"
) -> go.Figure:
    """The picture in grey, each patch over it in orange (raises the score) or blue (lowers it) by its Shapley value.

    The patches of `pattern` (players) are outlined. Raises `InputError` for an unknown sample. Of a result without a
    picture the figure says so.
    """
    look = theme_named(theme)
    sample_of(result, sample)
    picture = picture_of(result, sample)
    if picture is None:
        return empty(look, "The players of this prediction are no parts of a picture.")
    values = worth(result, sample)
    figure = canvas(look, height=SIDE + BUTTONS + 60)
    _grey(figure, picture.pixels, look)
    _colours(figure, picture, values, result.unit, look)
    _borders(figure, picture.owner, look)
    marked = [place for place, name in enumerate(picture.players) if name in pattern]
    if marked:
        xs, ys = outline(np.isin(picture.owner, marked), picture.owner)
        _line(figure, xs, ys, look.highlight, 4.0, "marked")
    if len(picture.players) <= WRITTEN:
        _write(figure, picture, values, look)
    _frame(figure, picture.pixels, look)
    footnote(figure, look, ["Orange raises the score, blue lowers it (Shapley values)."])
    return figure


def picture_grid(pixels: np.ndarray, edge: int, *, theme: str = "light") -> go.Figure:
    """A picture (rows, columns) and the grid of `edge` x `edge` patches, as even as its pixels allow, over it."""
    look = theme_named(theme)
    figure = canvas(look, height=SIDE + BUTTONS + 16)
    _grey(figure, pixels, look)
    cuts = [np.linspace(0, count, edge + 1).round() - 0.5 for count in pixels.shape]
    ends = [(cut[0], cut[-1]) for cut in cuts]
    xs = [x for _ in cuts[0] for x in (*ends[1], None)] + [x for x in cuts[1] for x in (x, x, None)]
    ys = [y for y in cuts[0] for y in (y, y, None)] + [y for _ in cuts[1] for y in (*ends[0], None)]
    _line(figure, xs, ys, look.highlight, 1.5, "borders")
    _frame(figure, pixels, look)
    return figure


def picture_groups(
    pixels: np.ndarray, groups: Mapping[str, Sequence[int]], *, selectable: bool = True, theme: str = "light"
) -> go.Figure:
    """A picture (rows, columns) and named groups of its pixels (counted row by row), each in a colour of its own.

    Where it is `selectable`, every pixel is a mark whose customdata is its number, so that a box or a lasso on the page
    selects pixels.
    """
    look = theme_named(theme)
    figure = canvas(look, height=SIDE + BUTTONS + 16)
    _grey(figure, pixels, look)
    for place, (name, members) in enumerate(groups.items()):
        mask = np.zeros(pixels.size, dtype=bool)
        mask[list(members)] = True
        mask = mask.reshape(pixels.shape)
        colour = look.qualitative[place % GROUP_COLOURS]
        tint = [[0.0, faded(colour, 0.45)], [1.0, faded(colour, 0.45)]]
        cells = np.where(mask, 0.0, np.nan)
        figure.add_trace(go.Heatmap(z=cells, colorscale=tint, showscale=False, hoverinfo="skip", name="group"))
        xs, ys = outline(mask)
        _line(figure, xs, ys, colour, 2.0, "group")
        if len(groups) <= WRITTEN:
            _note(figure, mask, label(name, 16), look)
    if selectable:
        figure.add_trace(_selectable(pixels))
        figure.update_layout(dragmode="select", newselection={"line": {"color": look.highlight}})
    _frame(figure, pixels, look)
    return figure


def outline(mask: np.ndarray, owner: np.ndarray | None = None) -> tuple[list[float | None], list[float | None]]:
    """The edges of pixels between those in `mask` and the others, as lines with gaps.

    With `owner` also those between two patches inside.
    """
    xs: list[float | None] = []
    ys: list[float | None] = []
    inside = np.pad(mask, 1)
    parts = inside.astype(int) if owner is None else np.where(inside, np.pad(owner, 1, constant_values=-1), -1)
    for row, column in np.argwhere(parts[:, 1:] != parts[:, :-1]).tolist():
        xs += [column - 0.5, column - 0.5, None]
        ys += [row - 1.5, row - 0.5, None]
    for row, column in np.argwhere(parts[1:] != parts[:-1]).tolist():
        xs += [column - 1.5, column - 0.5, None]
        ys += [row - 0.5, row - 0.5, None]
    return xs, ys


def _grey(figure: go.Figure, pixels: np.ndarray, look: Theme) -> None:
    """The picture itself, from paper to grey, so that colours and figures stand out on it."""
    figure.add_trace(
        go.Heatmap(
            z=pixels, colorscale=[[0, look.paper], [1, look.muted]], showscale=False, hoverinfo="skip", name="picture"
        )
    )


def _colours(figure: go.Figure, picture: Picture, values: dict[str, float], unit: str, look: Theme) -> None:
    """Each pixel in the colour of its patch."""
    own = np.array([values.get(name, 0.0) for name in picture.players] + [np.nan])
    texts = np.array(
        [
            f"<b>{label(name)}</b><br>Shapley value {signed(value)} {label(unit, 40)}"
            for name, value in zip(picture.players, own, strict=False)
        ]
        + ["belongs to no player: it is always there"],
        dtype=object,
    )
    most = float(np.nanmax(np.abs(own), initial=0.0)) or 1.0
    shades = [
        [0.0, faded(look.lower, STRONGEST)],
        [0.5, faded(look.lower, 0.0)],
        [0.5, faded(look.mean, 0.0)],
        [1.0, faded(look.mean, STRONGEST)],
    ]
    figure.add_trace(
        go.Heatmap(
            z=own[picture.owner],
            zmin=-most,
            zmax=most,
            colorscale=shades,
            showscale=False,
            hovertext=texts[picture.owner],
            hoverinfo="text",
            hoverongaps=True,
            name="patches",
        )
    )


def _borders(figure: go.Figure, owner: np.ndarray, look: Theme) -> None:
    xs, ys = outline(owner >= 0, owner)
    _line(figure, xs, ys, faded(look.muted, 0.6), 1.0, "borders")


def _line(figure: go.Figure, xs: list[Any], ys: list[Any], colour: str, width: float, name: str) -> None:
    line = {"color": colour, "width": width}
    figure.add_trace(go.Scatter(x=xs, y=ys, mode="lines", line=line, hoverinfo="skip", showlegend=False, name=name))


def _write(figure: go.Figure, picture: Picture, values: dict[str, float], look: Theme) -> None:
    """Each patch's value in its middle."""
    for place, name in enumerate(picture.players):
        mask = picture.owner == place
        if mask.any():
            _note(figure, mask, signed(float(f"{values.get(name, 0.0):.2g}")), look)


def _note(figure: go.Figure, mask: np.ndarray, text: str, look: Theme) -> None:
    """A text in the middle of some pixels: at the one of them that is nearest to their centre."""
    members = np.argwhere(mask)
    centre = members.mean(axis=0)
    row, column = centre if _solid(mask, centre) else members[np.argmin(((members - centre) ** 2).sum(axis=1))]
    figure.add_annotation(
        x=float(column),
        y=float(row),
        text=text,
        showarrow=False,
        font={"size": 12, "color": look.ink},
        bgcolor=faded(look.paper, 0.65),
        borderpad=1,
    )


def _solid(mask: np.ndarray, centre: np.ndarray) -> bool:
    row, column = np.round(centre).astype(int)
    return bool(mask[row, column])


def _selectable(pixels: np.ndarray) -> go.Scatter:
    """Unseen marks, one per pixel: only marks can be selected."""
    rows, columns = np.indices(pixels.shape)
    size = max(4, SIDE // max(pixels.shape))
    return go.Scatter(
        x=columns.ravel(),
        y=rows.ravel(),
        mode="markers",
        marker={"symbol": "square", "size": size, "opacity": 0},
        selected={"marker": {"opacity": 0.35}},
        unselected={"marker": {"opacity": 0}},
        customdata=np.arange(pixels.size).tolist(),
        hoverinfo="skip",
        showlegend=False,
        name="pixels",
    )


def _frame(figure: go.Figure, pixels: np.ndarray, look: Theme) -> None:
    """Square pixels, the first row on top."""
    rows, columns = pixels.shape
    hidden = axis(look, showticklabels=False, showgrid=False, ticks="", constrain="domain")
    figure.update_xaxes(hidden | {"range": [-0.6, columns - 0.4]})
    figure.update_yaxes(hidden | {"range": [rows - 0.4, -0.6], "scaleanchor": "x"})
    figure.update_layout(margin={"l": 8, "r": 8, "t": BUTTONS, "b": 8})
