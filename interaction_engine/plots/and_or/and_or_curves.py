"""Number of patterns needed: the matching error over the patterns kept, and strengths by rank."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ...methods.and_or.result import AndOrPatterns
from ..style.labels import label, log_ticks, number
from ..style.theme import Theme, axis, canvas, empty, faded, footnote, theme_named
from .and_or_marks import NOTHING, kind_colour, sample_of

HEIGHT = 380
COUNTS = (0, 1, 2, 5, 10, 20, 50, 100)
MANY_COUNTS = (0, 1, 10, 100, 1000, 10_000, 100_000, 1_000_000)
"""Ticks for up to a hundred patterns, and for more."""

DECADES = 4
"""The curve of strengths is drawn down to so many powers of ten below the strongest; further down nothing is told."""


def matching_curve(result: AndOrPatterns, *, sample: int = 0, theme: str = "light") -> go.Figure:
    """How far the strongest patterns alone are from the score, over all 2^n ways to mask the sample.

    The error is the root mean square over all masks as a share of the score's distance from the baseline's. The number
    of salient patterns is marked; other samples are pale. Raises `InputError` for an unknown sample.
    """
    look = theme_named(theme)
    header = sample_of(result, sample)
    mine = result.matching[result.matching["sample"] == sample].sort_values("kept")
    if mine.empty or not mine["error"].any():
        return empty(look, NOTHING)
    figure = canvas(look, height=HEIGHT)
    _others(figure, result.matching, sample, look)
    kept, error = mine["kept"].to_numpy(dtype=float), mine["error"].to_numpy(dtype=float)
    texts = [f"{k:,.0f} patterns kept: error {_percent(e)}" for k, e in zip(kept, error, strict=True)]
    figure.add_trace(
        go.Scatter(
            x=np.log10(1 + kept),
            y=error,
            mode="lines+markers" if len(kept) <= 40 else "lines",
            line={"color": look.lower, "width": 2.5},
            marker={"color": look.lower, "size": 6},
            hovertext=texts,
            hoverinfo="text",
            name="this sample",
            showlegend=True,
        )
    )
    _mark_salient(figure, int(header["salient"]), look)
    most = float(result.matching["kept"].max())
    figure.update_xaxes(_count_axis(look, "number of patterns kept, strongest first", most))
    figure.update_yaxes(axis(look, "matching error", tickformat=".0%", range=[0, float(error.max()) * 1.06]))
    footnote(figure, look, ["Root mean square over all masks, as a share of the score's distance from the baseline's."])
    return figure


def pattern_sparsity(result: AndOrPatterns, *, sample: int = 0, theme: str = "light") -> go.Figure:
    """The absolute effects of AND and of OR patterns by rank, on logarithmic axes, with the threshold of salience.

    Raises `InputError` for an unknown sample.
    """
    look = theme_named(theme)
    header = sample_of(result, sample)
    rows = result.sparsity[(result.sparsity["sample"] == sample) & (result.sparsity["strength"] > 0)]
    if rows.empty:
        return empty(look, NOTHING)
    figure = canvas(look, height=HEIGHT)
    unit = label(result.unit, 40)
    for kind, symbol, dash in (("and", "circle", "solid"), ("or", "circle-open", "dash")):
        mine = rows[rows["kind"] == kind].sort_values("rank")
        if len(mine):
            texts = [
                f"{kind.upper()} pattern of rank {rank:,.0f}<br>{number(strength)} {unit}"
                for rank, strength in zip(mine["rank"], mine["strength"], strict=True)
            ]
            colour = kind_colour(kind, look)
            figure.add_trace(
                go.Scatter(
                    x=np.log10(mine["rank"].to_numpy(dtype=float)),
                    y=np.log10(mine["strength"].to_numpy(dtype=float)),
                    mode="lines+markers",
                    line={"color": colour, "width": 2, "dash": dash},
                    marker={"color": colour, "size": 7, "symbol": symbol, "line": {"color": colour, "width": 1.6}},
                    hovertext=texts,
                    hoverinfo="text",
                    name=f"{kind.upper()} patterns",
                    showlegend=True,
                )
            )
    _log_axes(figure, rows, float(header["threshold"]), unit, look)
    return figure


def _others(figure: go.Figure, matching: pd.DataFrame, sample: int, look: Theme) -> None:
    """The curves of all other samples as one pale mark."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for number_of, rows in matching.groupby("sample"):
        if number_of != sample:
            rows = rows.sort_values("kept")
            xs += [*np.log10(1 + rows["kept"].to_numpy(dtype=float)).tolist(), None]
            ys += [*rows["error"].tolist(), None]
    if xs:
        line = {"color": faded(look.muted, 0.35), "width": 1}
        figure.add_trace(
            go.Scatter(x=xs, y=ys, mode="lines", line=line, hoverinfo="skip", name="other samples", showlegend=True)
        )


def _mark_salient(figure: go.Figure, count: int, look: Theme) -> None:
    figure.add_vline(x=math.log10(1 + count), line={"color": look.highlight, "width": 1.5, "dash": "dot"})
    figure.add_annotation(
        x=math.log10(1 + count),
        y=1,
        yref="paper",
        text=f"all {count:,} salient" if count != 1 else "the one salient",
        xanchor="left",
        yanchor="top",
        xshift=4,
        showarrow=False,
        font={"size": 12, "color": look.highlight},
        bgcolor=look.paper,
    )


def _count_axis(look: Theme, title: str, most: float) -> dict[str, Any]:
    ticks = [count for count in (COUNTS if most <= COUNTS[-1] else MANY_COUNTS) if count <= most]
    return axis(
        look,
        title,
        tickvals=[math.log10(1 + count) for count in ticks],
        ticktext=[f"{count:,}" for count in ticks],
        range=[-0.03 * math.log10(1 + most), 1.1 * math.log10(1 + most)],
    )


def _log_axes(figure: go.Figure, rows: pd.DataFrame, threshold: float, unit: str, look: Theme) -> None:
    strengths = np.log10(rows["strength"].to_numpy(dtype=float))
    top, bottom = float(strengths.max()), max(float(strengths.min()), float(strengths.max()) - DECADES)
    if threshold > 0:
        bottom = min(bottom, math.log10(threshold))
        figure.add_hline(y=math.log10(threshold), line={"color": look.highlight, "width": 1.5, "dash": "dot"})
        figure.add_annotation(
            x=1,
            xref="paper",
            y=math.log10(threshold),
            text="salient from here on",
            xanchor="right",
            yanchor="bottom",
            showarrow=False,
            font={"size": 12, "color": look.highlight},
        )
    last = math.log10(max(2.0, float(rows["rank"].max())))
    for update, title, low, high in (
        (figure.update_xaxes, "rank", 0.0, last),
        (figure.update_yaxes, f"absolute effect, {unit}", bottom, top),
    ):
        room = 0.05 * max(high - low, 0.3)
        places, texts = _thinned(*log_ticks(low - room, high + room))
        update(axis(look, title, tickvals=places, ticktext=texts, range=[low - room, high + room]))


def _thinned(places: Sequence[float], texts: Sequence[str]) -> tuple[list[float], list[str]]:
    """At most eight ticks."""
    step = max(1, math.ceil(len(places) / 8))
    return list(places[::step]), list(texts[::step])


def _percent(value: float) -> str:
    return f"{number(100 * value, 2)} %"
