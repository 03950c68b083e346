"""How the values of one column are spread."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go

from ..style.labels import distinct_labels, label, number
from ..style.theme import axis, canvas, empty, theme_named


def column_histogram(
    counts: Sequence[int],
    *,
    edges: Sequence[float | int] | None = None,
    levels: Sequence[str] | None = None,
    name: str = "",
    height: int = 180,
    theme: str = "light",
) -> go.Figure:
    """Bars of `counts` rows: between neighbouring `edges` for numbers (one more than counts), or one per level."""
    look = theme_named(theme)
    if not len(counts):
        return empty(look, "This column has no values.")
    figure = canvas(look, height=height)
    if edges is not None:
        borders = np.asarray(edges, dtype=float)
        centres, widths = (borders[1:] + borders[:-1]) / 2, np.diff(borders)
        spans = [f"{number(a, 4)} to {number(b, 4)}" for a, b in pairwise(borders)]
        ticks = {}
    else:
        spans = distinct_labels([str(level) for level in levels or range(1, len(counts) + 1)], 18)
        centres, widths = np.arange(len(counts), dtype=float), np.full(len(counts), 0.8)
        ticks = {"tickvals": centres.tolist(), "ticktext": spans}
    texts = [
        f"{span}<br>{count:,} {'row' if count == 1 else 'rows'}" for span, count in zip(spans, counts, strict=True)
    ]
    figure.add_trace(
        go.Bar(
            x=centres,
            y=list(counts),
            width=widths,
            hovertext=texts,
            hoverinfo="text",
            showlegend=False,
            marker={"color": look.lower, "line": {"color": look.paper, "width": 1}},
            name="rows",
        )
    )
    figure.update_layout(margin={"t": 8}, bargap=0)
    figure.update_xaxes(axis(look, label(name, 40) if name else "", showgrid=False, **ticks))
    figure.update_yaxes(axis(look, "rows", nticks=4, rangemode="tozero"))
    return figure
