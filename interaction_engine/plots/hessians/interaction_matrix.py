"""All parts of one prediction as a matrix: main effects on the diagonal, interactions of pairs beside it."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ...core.errors import InputError
from ...methods.hessians.result import RowExplanations
from ..and_or.and_or_marks import signed
from ..style.labels import distinct_labels, label, number
from ..style.theme import HOVER_REACH, Theme, axis, canvas, colour_bar, empty, footnote, scale, theme_named
from .explanation_marks import Levels, assigned, doubt, leading, parts_of, row_of

WRITTEN = 12
"""Up to so many features cells have their figures written in them, and need no scale of colours beside them."""

ROOMY, CLOSE = 7, 9
"""Up to so many features the figures are of full size; of more than these, cells hold five letters on a narrow page."""

FAINT = 0.01
"""Cells below this share of the largest stay empty: their figures would only be in the way."""


def interaction_matrix(
    result: RowExplanations,
    *,
    row: int | None = None,
    top: int = 20,
    pair: tuple[str, str] | None = None,
    levels: Levels | None = None,
    theme: str = "light",
) -> go.Figure:
    """Draw what each feature and each pair adds to the prediction of a row, by default the first.

    Features stand on the diagonal, a pair in both its cells.

    All cells sum to score - base. Of more than `top` features those that hold most are drawn, in the table's order.
    Cells carry the two names they belong to, for clicks; `pair` is outlined. Raises `InputError` for a row that was not
    explained.
    """
    look = theme_named(theme)
    if top < 2:
        raise InputError(f"`top` must be at least 2 features; got {top}.")
    number_of_row = int(row_of(result, row)["row"])
    whole = result.row_matrix(number_of_row)
    if len(whole) > 1 and whole.isna().to_numpy()[0, 1]:
        return empty(look, "The interactions of this row were not kept; explain it alone to see them.")
    held = pd.Series(whole.abs().sum(axis=1).to_numpy(), index=whole.index)
    strongest = set(leading(held, top))
    names = [name for name in result.features if name in strongest]
    values = whole.loc[names, names].to_numpy(dtype=float)
    figure = canvas(look, height=int(np.clip(182 + 44 * len(names), 340, 720)))
    figure.add_trace(_cells(values, result.unit, look))
    figure.add_trace(_marks(values, names, result.unit))
    _outlines(figure, names, pair, look)
    own = parts_of(result, number_of_row)["value"]
    _axes(figure, names, [assigned(name, own[name], levels or {}, 26) for name in names], look)
    footnote(figure, look, doubt(result, number_of_row, look) or _small_print(whole, values, result.unit))
    return figure


def _cells(values: np.ndarray, unit: str, look: Theme) -> go.Heatmap:
    largest = float(np.nanmax(np.abs(values))) or 1.0
    written: dict[str, Any] = {}
    if len(values) <= WRITTEN:
        text = [[_figure(value, largest, len(values)) for value in line] for line in values]
        font = {"size": 12 if len(values) <= ROOMY else 10}
        written = {"text": text, "texttemplate": "%{text}", "textfont": font, "showscale": False}
    return go.Heatmap(
        z=values,
        zmin=-largest,
        zmax=largest,
        colorscale=scale(look.diverging),
        colorbar=colour_bar(look, label(unit, 16)) | {"tickformat": ".3~g"},
        xgap=1,
        ygap=1,
        hoverinfo="skip",
        name="parts",
        **written,
    )


def _figure(value: float, largest: float, n_features: int) -> str:
    """A cell in two digits; where cells are small, a figure below 1 has one behind its zeros."""
    if abs(value) < FAINT * largest:
        return ""
    return number(value, 1 if n_features > CLOSE and abs(value) < 1 else 2)


def _marks(values: np.ndarray, names: list[str], unit: str) -> go.Scatter:
    """Unseen squares over the cells: a heat map itself does not tell a page which cell was clicked."""
    places = [(a, b) for a in range(len(names)) for b in range(len(names))]
    shown = label(unit, 40)
    texts = []
    for a, b in places:
        if a == b:
            texts.append(f"<b>{label(names[a])}</b> alone<br>main effect {signed(values[a, a])} {shown}")
            continue
        texts.append(
            f"<b>{label(names[a])}</b><br>× <b>{label(names[b])}</b><br>this cell {signed(values[a, b])} {shown}<br>"
            f"the pair, both its cells, {signed(2 * values[a, b])}"
        )
    return go.Scatter(
        x=[b for _, b in places],
        y=[a for a, _ in places],
        mode="markers",
        marker={"symbol": "square", "size": max(6, 420 // len(names)), "opacity": 0},
        customdata=[[names[a], names[b]] for a, b in places],
        hovertext=texts,
        hoverinfo="text",
        showlegend=False,
        name="pairs",
    )


def _outlines(figure: go.Figure, names: list[str], pair: tuple[str, str] | None, look: Theme) -> None:
    """A thin frame around each main effect, a thick one around the chosen pair."""
    frames = [(place, place, look.muted, 1.0) for place in range(len(names))]
    if pair is not None and set(pair) <= set(names) and pair[0] != pair[1]:
        a, b = (names.index(name) for name in pair)
        frames += [(a, b, look.highlight, 2.5), (b, a, look.highlight, 2.5)]
    shapes = [
        {"type": "rect", "x0": x - 0.5, "x1": x + 0.5, "y0": y - 0.5, "y1": y + 0.5}
        | {"line": {"color": colour, "width": width}}
        for x, y, colour, width in frames
    ]
    figure.layout.shapes = shapes  # at once: each shape added alone would be as dear as all before it


def _axes(figure: go.Figure, names: list[str], with_values: list[str], look: Theme) -> None:
    short = distinct_labels(names, 22)
    size = 12 if len(names) <= 30 else 10
    ticks = {"tickvals": list(range(len(names))), "showgrid": False}
    font = {"size": size, "color": look.ink}
    span = [-0.5, len(names) - 0.5]
    angle = 0 if len(names) * max(map(len, short)) < 60 else -60 if len(names) <= 30 else -90
    # set, not updated: see the axes of the waterfall
    figure.layout.xaxis = axis(look, range=span, tickangle=angle, ticktext=short, **ticks) | {"tickfont": font}
    figure.layout.yaxis = axis(look, range=span[::-1], ticktext=with_values, **ticks) | {"tickfont": font}
    figure.layout.hoverdistance = HOVER_REACH
    figure.layout["margin"]["t"] = 28


def _small_print(whole: pd.DataFrame, drawn: np.ndarray, unit: str) -> list[str]:
    """One line, which must fit a narrow page."""
    written = len(drawn) <= WRITTEN
    sentences = ([f"In {label(unit, 16)}."] if written else []) + ["Framed: main effects."]
    everything = float(np.abs(whole.to_numpy()).sum())
    if len(drawn) == len(whole) or not everything > 0:
        return [*sentences, f"Empty: below {number(100 * FAINT, 1)} %."] if written else sentences
    hidden = 100 * (1 - float(np.abs(drawn).sum()) / everything)
    return [f"{len(drawn):,} of {len(whole):,} features; the rest holds {number(hidden, 2)} %.", *sentences]
