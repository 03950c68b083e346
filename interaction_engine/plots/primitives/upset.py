"""Accepted sets as columns over the features that they are made of: an UpSet plot, for what no graph can hold."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ...core.errors import InputError
from ...methods.finite_differences.set_result import SubsetInteractions
from ..choosing import share
from ..style.labels import distinct_labels, label, log_ticks
from ..style.theme import Theme, axis, canvas, empty, footnote, theme_named
from .graph_marks import hover_texts, order_colour

ROW = 21
"""Pixels from one feature to the next."""

MOST_ROWS = 45
"""Features in one figure: what a reader can follow along a row."""


def upset(
    result: SubsetInteractions,
    *,
    orders: Sequence[int] | None = None,
    top: int = 30,
    column: str = "effect",
    log: bool = False,
    chosen: Sequence[str] | None = None,
    theme: str = "light",
) -> go.Figure:
    """The `top` accepted sets of these `orders` (all), a column each: dots for its features, a bar for its size.

    `column` is "effect" (in the target's unit, which compares sets of every order) or "strength". The bars at the left
    are the features' main effects. The share that is not drawn is stated. `chosen` (names) is outlined; a click on a
    column returns its names as `customdata`.
    """
    look = theme_named(theme)
    if column not in ("effect", "strength"):
        raise InputError(f'`column` must be "effect" or "strength"; got {column!r}.')
    accepted = result.accepted()
    accepted = accepted[accepted["order"].isin(list(result.orders if orders is None else orders))]
    accepted = accepted.sort_values(column, ascending=False, kind="stable").reset_index(drop=True)
    if accepted.empty:
        return empty(look, "No set of this kind was accepted.")
    sets = accepted.iloc[: _held(accepted, top)]
    names = _rows(result, sets)
    figure = make_subplots(
        rows=2,
        cols=2,
        shared_xaxes=True,
        shared_yaxes=True,
        column_widths=[0.15, 0.85],
        row_heights=[170, ROW * len(names) + 14],
        horizontal_spacing=0.0,
        vertical_spacing=0.0,
        figure=canvas(look, height=290 + ROW * len(names)),
    )
    _stripes(figure, len(names), look)
    _bars(figure, sets, column, result.unit, look)
    _dots(figure, sets, names, result.unit, look)
    _main_effects(figure, result, names, look)
    _axes(figure, result, sets, names, column, log, look)
    _outline(figure, sets, chosen, look)
    footnote(figure, look, _small_print(accepted, len(sets), column))
    return figure


def _held(accepted: pd.DataFrame, top: int) -> int:
    """How many of the sets are drawn: at most `top`, of at most MOST_ROWS features."""
    seen: set[str] = set()
    for place, names in enumerate(accepted["features"].head(max(1, top))):
        if len(seen | set(names)) > MOST_ROWS:
            return max(1, place)
        seen |= set(names)
    return min(max(1, top), len(accepted))


def _rows(result: SubsetInteractions, sets: pd.DataFrame) -> tuple[str, ...]:
    """The features of the drawn sets in the table's order, as everywhere."""
    used = {name for names in sets["features"] for name in names}
    return tuple(name for name in result.features if name in used)


def _stripes(figure: go.Figure, n_rows: int, look: Theme) -> None:
    for row in range(0, n_rows, 2):
        beneath = {"fillcolor": look.grid, "opacity": 0.55, "line_width": 0, "layer": "below"}
        figure.add_shape(type="rect", xref="paper", x0=0, x1=1, yref="y4", y0=row - 0.5, y1=row + 0.5, **beneath)


def _bars(figure: go.Figure, sets: pd.DataFrame, column: str, unit: str, look: Theme) -> None:
    texts = hover_texts(sets, unit)
    for order in sorted(set(sets["order"].astype(int))):
        places = np.flatnonzero((sets["order"] == order).to_numpy())
        figure.add_trace(
            go.Bar(
                x=places,
                y=sets[column].iloc[places],
                width=0.62,
                name="pair" if order == 2 else f"set of {order}",
                marker={"color": order_colour(order, look)},
                unselected={"marker": {"opacity": 1}},
                customdata=[list(sets["features"].iloc[place]) for place in places],
                hovertext=[texts[place] for place in places],
                hoverinfo="text",
                showlegend=True,
            ),
            row=1,
            col=2,
        )


def _dots(figure: go.Figure, sets: pd.DataFrame, names: tuple[str, ...], unit: str, look: Theme) -> None:
    row_of = {name: row for row, name in enumerate(names)}
    texts = hover_texts(sets, unit)
    members = [(column, row_of[name]) for column, its in enumerate(sets["features"]) for name in its]
    # Pale dots in all cells: they lead the eye along the row, and a whole column answers to the mouse.
    cells = [(column, row) for column in range(len(sets)) for row in range(len(names))]
    figure.add_trace(
        go.Scatter(
            x=[column for column, _ in cells],
            y=[row for _, row in cells],
            mode="markers",
            marker={"size": 8, "color": look.pale, "opacity": 0.45},
            unselected={"marker": {"opacity": 0.45}},
            selected={"marker": {"opacity": 0.45}},
            customdata=[list(sets["features"].iloc[column]) for column, _ in cells],
            hovertext=[texts[column] for column, _ in cells],
            hoverinfo="text",
            name="cells",
            showlegend=False,
        ),
        row=2,
        col=2,
    )
    colours = [order_colour(int(order), look) for order in sets["order"]]
    _threads(figure, [sorted(row_of[name] for name in its) for its in sets["features"]], colours)
    figure.add_trace(
        go.Scatter(
            x=[column for column, _ in members],
            y=[row for _, row in members],
            mode="markers",
            marker={"size": 12, "color": [colours[column] for column, _ in members], "opacity": 1},
            unselected={"marker": {"opacity": 1}},
            customdata=[list(sets["features"].iloc[column]) for column, _ in members],
            hovertext=[texts[column] for column, _ in members],
            hoverinfo="text",
            name="members",
            showlegend=False,
        ),
        row=2,
        col=2,
    )


def _threads(figure: go.Figure, spans: Sequence[Sequence[int]], colours: Sequence[str]) -> None:
    """A line through the dots of each column, one mark per colour."""
    for colour in dict.fromkeys(colours):
        mine = [column for column, its in enumerate(colours) if its == colour]
        figure.add_trace(
            go.Scatter(
                x=[x for column in mine for x in (column, column, None)],
                y=[y for column in mine for y in (spans[column][0], spans[column][-1], None)],
                mode="lines",
                line={"color": colour, "width": 2.5},
                hoverinfo="skip",
                showlegend=False,
            ),
            row=2,
            col=2,
        )


def _main_effects(figure: go.Figure, result: SubsetInteractions, names: tuple[str, ...], look: Theme) -> None:
    effects = result.nodes.set_index("feature")["effect"].reindex(list(names)).to_numpy(dtype=float)
    unit = label(result.unit, 40)
    figure.add_trace(
        go.Bar(
            x=effects,
            y=list(range(len(names))),
            orientation="h",
            width=0.55,
            marker={"color": look.muted},
            hovertext=[
                f"<b>{label(name)}</b><br>main effect {effect:.3g} {unit}"
                for name, effect in zip(names, effects, strict=True)
            ],
            hoverinfo="text",
            showlegend=False,
            name="main effect",
        ),
        row=2,
        col=1,
    )


def _axes(
    figure: go.Figure,
    result: SubsetInteractions,
    sets: pd.DataFrame,
    names: tuple[str, ...],
    column: str,
    log: bool,
    look: Theme,
) -> None:
    values = sets[column].clip(lower=0).to_numpy(dtype=float)
    title = f"joint effect<br>in {label(result.unit, 20)}" if column == "effect" else "strength"
    upward = axis(look, title, tickformat=",", nticks=5, side="left", showticklabels=True, matches=None)
    upward["range"] = [0, 1.1 * (values.max() or 1.0)]
    positive = values[values > 0]
    if log and len(positive):
        low, high = np.log10(positive.min() / 2), np.log10(positive.max() * 1.15)
        places, words = log_ticks(float(low), float(high))
        upward |= {"type": "log", "range": [low, high], "tickvals": [10**place for place in places], "ticktext": words}
    ticks = {"tickvals": list(range(len(names))), "ticktext": distinct_labels(names, 26)}
    rows = {"range": [len(names) - 0.4, -0.6], "showgrid": False}
    across = {"range": [-0.7, len(sets) - 0.3], "showgrid": False, "showticklabels": False}
    figure.update_layout(
        yaxis2=upward,
        yaxis4=axis(look, **rows, showticklabels=False),
        yaxis3=axis(look, **rows, **ticks, matches="y4", side="left"),
        xaxis3=axis(look, "main effect", autorange="reversed", nticks=3, tickformat=",", showgrid=False),
        xaxis2=axis(look, **across, matches="x4"),
        xaxis4=axis(look, **across),
        hoverdistance=12,
        barmode="overlay",
    )
    figure.update_layout(xaxis={"visible": False}, yaxis={"visible": False})


def _outline(figure: go.Figure, sets: pd.DataFrame, chosen: Sequence[str] | None, look: Theme) -> None:
    for place, names in enumerate(sets["features"]):
        if chosen is not None and set(names) == set(chosen):
            line = {"color": look.highlight, "width": 2}
            across = {"xref": "x4", "x0": place - 0.46, "x1": place + 0.46}
            figure.add_shape(type="rect", yref="paper", y0=0, y1=1, line=line, **across)


def _small_print(accepted: pd.DataFrame, n_drawn: int, column: str) -> list[str]:
    if n_drawn == len(accepted):
        return []
    values = accepted[column].clip(lower=0)
    hidden = share(float(values.iloc[n_drawn:].sum() / (values.sum() or 1.0)))
    whole = "the sum of all effects" if column == "effect" else "the strength"
    return [f"{n_drawn:,} of {len(accepted):,} accepted sets drawn; the others hold {hidden} of {whole}."]
