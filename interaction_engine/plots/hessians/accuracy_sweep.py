"""How exact explanations are at other roundings of the kinks, and with other numbers of points on the way."""

from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ...methods.common.pair_result import COMPLETE
from ...methods.hessians.result import RowExplanations
from ..style.labels import label, log_ticks, number
from ..style.theme import Theme, axis, canvas, empty, footnote, heading, theme_named

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "cross", "star")

FLOOR = 1e-9
"""A gap below this is drawn here: less is rounding of the arithmetic."""


def accuracy_sweep(
    result: RowExplanations, *, beta: float | None = None, nodes: int | None = None, theme: str = "light"
) -> go.Figure:
    """Left, the completeness gap over the number of nodes, a line per beta.

    Right, how far rounding moves a score, over beta.

    Dashed, the largest gap that passes. `beta` and `nodes` are marked as those in use. Where nothing was rounded there
    is one line, and nothing to the right of it.
    """
    look = theme_named(theme)
    table = result.accuracy.dropna(subset=["completeness_gap"]).sort_values(["beta", "nodes"])
    if table.empty:
        return empty(look, "Rounding and nodes were not varied for this result.")
    columns = 2 if len(_betas(result)) > 1 else 1  # of a model without kinks, nothing is rounded
    figure = make_subplots(cols=columns, rows=1, horizontal_spacing=0.12, figure=canvas(look, height=360))
    gaps = np.log10(np.maximum(table["completeness_gap"].to_numpy(dtype=float), FLOOR))
    for one, colour, symbol in zip(_betas(result), cycle(look.qualitative), cycle(SYMBOLS), strict=False):
        mine = (table["beta"] == one).to_numpy()
        if mine.any():
            width = 3.0 if one == beta else 1.5
            line = {"line": {"color": colour, "width": width}, "marker": {"symbol": symbol, "size": 8}}
            figure.add_trace(_line(table[mine], gaps[mine], one, **line), row=1, col=1)
    if columns > 1:
        _rounding(figure, result, beta, look)
    _mark(figure, table, gaps, beta, nodes, look)
    _axes(figure, result, table, gaps, look)
    footnote(figure, look, [f"Below the dashed line, {number(100 * COMPLETE, 2)} %, an explanation passes."])
    return figure


def _betas(result: RowExplanations) -> list[float]:
    return sorted({float(one) for one in result.accuracy["beta"]})


def _line(rows: pd.DataFrame, gaps: np.ndarray, beta: float, **look: Any) -> go.Scatter:
    """The gaps at one beta over the nodes."""
    counts = rows["nodes"].to_numpy(dtype=float)
    texts = [
        f"beta {number(beta)}, {count:g} nodes<br>gap {number(100 * 10.0**gap)} %"
        for count, gap in zip(counts, gaps, strict=True)
    ]
    named = {"name": f"beta {number(beta)}", "hovertext": texts, "hoverinfo": "text"}
    return go.Scatter(x=np.log2(counts), y=gaps, mode="lines+markers", **named, **look)


def _rounding(figure: go.Figure, result: RowExplanations, beta: float | None, look: Theme) -> None:
    """The largest change of a score by rounding, at each beta."""
    betas = np.array(_betas(result))
    matches = [result.accuracy.loc[result.accuracy["beta"] == one, "rounding"].abs().max() for one in betas]
    values = np.array(matches, dtype=float)
    texts = [f"beta {number(b)}<br>scores move by {number(v)} at most" for b, v in zip(betas, values, strict=True)]
    sizes = [12 if one == beta else 8 for one in betas.tolist()]
    figure.add_trace(
        go.Scatter(
            x=np.log10(betas),
            y=values,
            mode="lines+markers",
            line={"color": look.muted, "width": 1.5},
            marker={"size": sizes, "color": [look.highlight if one == beta else look.muted for one in betas.tolist()]},
            hovertext=texts,
            hoverinfo="text",
            showlegend=False,
            name="rounding",
        ),
        row=1,
        col=2,
    )


def _mark(
    figure: go.Figure, table: pd.DataFrame, gaps: np.ndarray, beta: float | None, nodes: int | None, look: Theme
) -> None:
    """A ring around the setting in use."""
    mine = ((table["beta"] == beta) & (table["nodes"] == nodes)).to_numpy()
    if mine.any():
        marker = {"symbol": "circle-open", "size": 16, "color": look.highlight, "line": {"width": 2.5}}
        x = np.log2(table["nodes"].to_numpy(dtype=float)[mine])
        figure.add_trace(
            go.Scatter(x=x, y=gaps[mine], mode="markers", marker=marker, name="in use", hoverinfo="skip"), row=1, col=1
        )


def _axes(figure: go.Figure, result: RowExplanations, table: pd.DataFrame, gaps: np.ndarray, look: Theme) -> None:
    line = float(np.log10(COMPLETE))
    low, high = min(float(gaps.min()), line) - 0.3, max(float(gaps.max()), line) + 0.3
    places, texts = log_ticks(low + 2, high + 2)  # in percent
    counts = sorted({float(count) for count in table["nodes"]})
    betas = _betas(result)
    ends = {"x0": 0.0, "x1": 1.0, "xref": "x domain", "y0": line, "y1": line, "yref": "y"}
    figure.add_shape(type="line", line={"color": look.muted, "width": 1.5, "dash": "dash"}, **ends)
    figure.update_xaxes(
        axis(look, "integration points (nodes)", tickvals=np.log2(counts), ticktext=[f"{count:g}" for count in counts]),
        row=1,
        col=1,
    )
    gap = {"tickvals": np.array(places) - 2, "ticktext": [f"{text} %" for text in texts], "range": [low, high]}
    figure.update_yaxes(axis(look, "completeness gap", **gap), row=1, col=1)
    heading(figure, look, "largest gap", 1)
    figure.update_layout(legend={"y": -0.24, "yanchor": "top"}, margin_t=40)
    if len(betas) == 1:
        return
    figure.update_xaxes(
        axis(look, "sharpness of kinks (beta)", tickvals=np.log10(betas), ticktext=[number(one) for one in betas]),
        row=1,
        col=2,
    )
    most = float(np.nanmax(np.abs(result.accuracy["rounding"].to_numpy(dtype=float))))
    figure.update_yaxes(axis(look, label(result.unit, 30), range=[0, 1.1 * most or 1.0]), row=1, col=2)
    heading(figure, look, "change of a score by rounding", 2)
