"""The strongest curves of additive models at a glance, all models in one panel per feature."""

import math
from collections.abc import Mapping

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ...models.additive.shape_result import Shapes, leading_terms
from ..style.labels import label
from ..style.theme import Theme, canvas, empty, footnote, theme_named
from .shape_marks import curve_traces, density_bars, reach, score_axis, shared_scale, window
from .shape_terms import model_colours, term_label

ROOM = 30
"""Letters that stand side by side beneath a panel; longer levels are named by the chosen term's own figure."""

PANEL, BETWEEN = 205, 76
"""Height of a panel with its labels, and of the labels, in pixels."""

ACROSS = 4
"""Panels in a row."""


def shape_overview(models: Mapping[str, Shapes], *, top: int = 12, theme: str = "light") -> go.Figure:
    """The strongest curves, a panel per feature with all models in it, on one common score axis.

    A strip beneath the curves shows where the rows are. Terms of several features are maps, which `shape_term` draws.
    """
    look = theme_named(theme)
    terms = leading_terms(models, top, order=1)
    if not terms:
        return empty(look, "None of these models has a term of one feature alone.")
    columns = min(ACROSS, len(terms))
    rows = math.ceil(len(terms) / columns)
    figure = make_subplots(
        rows=rows, cols=columns, shared_yaxes=True, horizontal_spacing=0.025,
        vertical_spacing=min(0.4, BETWEEN / (PANEL * rows)), figure=canvas(look, height=110 + PANEL * rows),
    )  # fmt: skip
    drawn = {name for (name,) in terms}
    span = window(*reach(shapes.curves[shapes.curves["feature"].isin(drawn)] for shapes in models.values()))
    figure.update_yaxes(score_axis(look, "", span))
    figure.update_yaxes(title={"text": f"adds to {label(_unit(models), 24)}"}, col=1)
    for place, term in enumerate(terms):
        _panel(figure, models, term, look, span, (place // columns + 1, place % columns + 1))
    for name, colour in zip(models, model_colours(models, look), strict=True):
        figure.add_trace(_key(name, colour), row=1, col=1)
    for place in range(len(terms), rows * columns):
        figure.update_xaxes(visible=False, row=place // columns + 1, col=place % columns + 1)
        figure.update_yaxes(visible=False, row=place // columns + 1, col=place % columns + 1)
    figure.update_layout(barmode="overlay", bargap=0, showlegend=len(models) > 1)
    n_curves = len({names for one in models.values() for names in one.table["features"] if len(names) == 1})
    more = f"{len(terms):,} of {n_curves:,} curves drawn, the most important ones. " if n_curves > len(terms) else ""
    footnote(figure, look, [f"{more}Grey bars: where the rows are."])
    return figure


def _panel(
    figure: go.Figure,
    models: Mapping[str, Shapes],
    term: tuple[str, ...],
    look: Theme,
    span: list[float],
    at: tuple[int, int],
) -> None:
    """The curves of a feature in all models that have one."""
    result = {name: shapes.term_of(term) for name, shapes in models.items()}
    curves = {name: models[name].curve(place) for name, place in result.items() if place is not None}
    along = shared_scale(list(curves.values()))
    row, column = at
    figure.add_trace(density_bars(next(iter(curves.values())), along, span, look), row=row, col=column)
    for colour, (name, shapes) in zip(model_colours(models, look), models.items(), strict=True):
        if name in curves:
            for trace in curve_traces(curves[name], along, name, shapes.unit, colour):
                figure.add_trace(trace, row=row, col=column)
    figure.update_xaxes(along.axis(look, nticks=5, tickfont={"size": 11}, tickangle=0), row=row, col=column)
    title = term_label(term, 26)
    if along.categorical and sum(len(text) + 3 for text in along.texts(18)) > ROOM:
        figure.update_xaxes(showticklabels=False, row=row, col=column)
        title = f"{title} ({len(along.values)} levels)"
    figure.update_xaxes(title={"text": title, "standoff": 4}, row=row, col=column)


def _key(name: str, colour: str) -> go.Scatter:
    """An entry of the legend that switches a model off in all panels."""
    line = {"color": colour, "width": 3}
    return go.Scatter(x=[None], y=[None], mode="lines", line=line, name=label(name, 40), legendgroup=label(name))


def _unit(models: Mapping[str, Shapes]) -> str:
    return next(iter(models.values())).unit
