"""Networks made smaller in several ways: the error of each, and what it takes."""

from typing import Any

import plotly.graph_objects as go

from ...methods.additive_models.compression_result import Compression
from ..style.labels import label, number
from ..style.theme import HOVER_REACH, Theme, axis, canvas, footnote, theme_named

ROOM = 1.35
"""Width of the figure over that of the longest bar: the figure behind it has to fit on a narrow page."""

ROW = 40
"""Pixels from one bar to the next."""

ORDER = ("teacher", "paraace", "distillation", "lottery", "synflow", "random", "gann")
"""From top to bottom: what is made smaller, the networks of one size, and what tells the worth of the interactions."""

Rows = list[dict[str, Any]]


def compression_bars(result: Compression, *, theme: str = "light") -> go.Figure:
    """The error of every network on held-out rows as a bar, its parameters and the ratio to the teacher's beside it.

    ParaACE stands out; the teacher is pale; the same network with random pairs and with curves alone is hatched.
    """
    look = theme_named(theme)
    known = set(result.table["method"])
    rows: Rows = [result.row(method) | {"method": method} for method in ORDER if method in known]
    figure = canvas(look, height=96 + ROW * len(rows))
    places, texts = list(range(len(rows))), [f"{number(100 * row['error'])} %" for row in rows]
    figure.add_trace(
        go.Bar(
            x=[100 * row["error"] for row in rows],
            y=places,
            orientation="h",
            marker=_marks(rows, look),
            text=texts,
            textposition="outside",
            textfont={"size": 12, "color": look.ink},
            cliponaxis=False,
            hovertext=[_hover(row, result) for row in rows],
            hoverinfo="text",
            name="error",
        )
    )
    # A second axis carries the sizes: plotly makes room for ticks whatever their length.
    hidden: dict[str, Any] = {"mode": "markers", "marker": {"opacity": 0}, "hoverinfo": "skip"}
    figure.add_trace(go.Scatter(x=[0.0] * len(rows), y=places, yaxis="y2", **hidden))
    span: dict[str, Any] = {"range": [len(rows) - 0.4, -0.6], "showgrid": False, "tickvals": places}
    widest = max(100 * float(row["error"]) for row in rows) or 1.0
    figure.update_xaxes(axis(look, _title(result), range=[0.0, ROOM * widest], zeroline=True))
    figure.update_layout(
        yaxis=axis(look, **span) | {"ticktext": [label(str(row["title"]), 40) for row in rows]},
        yaxis2=axis(look, **span) | {"ticktext": [_size(row) for row in rows], "side": "right", "overlaying": "y"},
        showlegend=False,
        bargap=0.35,
        hoverdistance=HOVER_REACH,
        margin_t=28,
    )
    footnote(figure, look, ["At the right: parameters, and how many times fewer than the teacher's."])
    return figure


def _marks(rows: Rows, look: Theme) -> dict[str, Any]:
    """Colour and hatching of each bar."""
    colours = {"paraace": look.mean, "random": look.mean, "gann": look.mean, "teacher": look.pale}
    return {
        "color": [colours.get(row["method"], look.lower) for row in rows],
        "pattern": {"shape": ["/" if row["method"] in ("random", "gann") else "" for row in rows]},
        "line": {"width": 0},
    }


def _size(row: dict[str, Any]) -> str:
    times = f" ({number(row['ratio'])}×)" if row["method"] != "teacher" else ""
    return f"{int(row['n_parameters']):,}{times}"


def _hover(row: dict[str, Any], result: Compression) -> str:
    lines = [
        f"<b>{label(str(row['title']))}</b>",
        f"error {number(100 * row['error'])} % {label(result.unit)}",
        f"{int(row['n_parameters']):,} parameters, ratio {number(row['ratio'])}",
        f"trained in {number(row['seconds'], 2)} s",
    ]
    return "<br>".join([*lines, *([label(str(row["note"]))] if row["note"] else [])])


def _title(result: Compression) -> str:
    return f"error on held-out rows, % {label(result.unit)}"
