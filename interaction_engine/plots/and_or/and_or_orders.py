"""How the strength of AND and OR patterns is spread over their orders."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ...core.errors import InputError
from ...methods.and_or.result import AndOrPatterns
from ..style.labels import label, number
from ..style.theme import Theme, axis, canvas, empty, footnote, theme_named
from .and_or_marks import NOTHING, PARTS, filling, part_name, sample_of, sign_colour

MEASURES = ("strength", "count")


def order_distribution(
    result: AndOrPatterns, *, sample: int | None = None, measure: str = "strength", theme: str = "light"
) -> go.Figure:
    """The salient patterns by order: AND upward, OR downward; those that raise and that lower the score side by side.

    `measure` is "strength" (sum of the absolute effects) or "count" (number of patterns). `sample` None averages over
    all samples. Raises `InputError` for an unknown measure or sample.
    """
    look = theme_named(theme)
    if measure not in MEASURES:
        raise InputError(f'`measure` must be "strength" or "count"; got {measure!r}.')
    if sample is not None:
        sample_of(result, sample)
    table = _by_order(result, sample, measure)
    if not table[measure].any():
        return empty(look, NOTHING)
    figure = canvas(look, height=420)
    for kind, sign in PARTS:
        rows = table[(table["kind"] == kind) & (table["sign"] == sign)]
        figure.add_trace(_bars(rows, kind, sign, measure, result.unit, look))
    _axes(figure, table, len(result.players), measure, result.unit, look)
    n = len(result.samples)
    lines = ["Above the line AND, below it OR."]
    footnote(figure, look, lines + ([f"Mean of {n:,} samples."] if sample is None and n > 1 else []))
    return figure


def _by_order(result: AndOrPatterns, sample: int | None, measure: str) -> pd.DataFrame:
    """One row per order, kind and sign: of one sample, or the mean over all."""
    rows = result.orders
    rows = rows[rows["sample"] == sample] if sample is not None else rows
    shared = 1 if sample is not None else max(1, len(result.samples))
    return rows.groupby(["order", "kind", "sign"], as_index=False)[[measure]].sum().assign(
        **{measure: lambda table: table[measure] / shared}
    )  # fmt: skip


def _bars(rows: pd.DataFrame, kind: str, sign: str, measure: str, unit: str, look: Theme) -> go.Bar:
    values = rows[measure].to_numpy(dtype=float)
    values = np.where(values > 0, values, np.nan)  # a bar of no height would still have an outline
    what = f" {label(unit, 40)}" if measure == "strength" else " patterns"
    texts = [
        f"order {order:.0f}: {part_name(kind, sign)} the score<br>{number(value)}{what}"
        for order, value in zip(rows["order"], values, strict=True)
    ]
    return go.Bar(
        x=rows["order"],
        y=values if kind == "and" else -values,
        offsetgroup=sign,
        marker=filling(kind, sign_colour(sign, look), look),
        name=part_name(kind, sign),
        hovertext=texts,
        hoverinfo="text",
        showlegend=True,
    )


def _axes(figure: go.Figure, table: pd.DataFrame, n: int, measure: str, unit: str, look: Theme) -> None:
    title = f"strength, {label(unit, 50)}" if measure == "strength" else "number of patterns"
    highest = {kind: float(table.loc[table["kind"] == kind, measure].max() or 0.0) for kind in ("and", "or")}
    most = max(highest.values())
    # Room for the smaller side too, so that an empty one is seen to be empty.
    window = [-max(highest["or"], 0.2 * most) * 1.06, max(highest["and"], 0.2 * most) * 1.06]
    ticks = list(range(1, n + 1))
    figure.update_xaxes(
        axis(look, "order: number of players in a pattern", tickvals=ticks, range=[0.4, n + 0.6], showgrid=False)
    )
    places, texts = _mirrored(window)
    figure.update_yaxes(axis(look, title, range=window, tickvals=places, ticktext=texts))
    figure.add_hline(y=0, line={"color": look.muted, "width": 1.2})
    figure.update_layout(barmode="group", bargap=0.25, bargroupgap=0.08)


def _mirrored(window: list[float]) -> tuple[list[float], list[str]]:
    """Ticks of a scale that grows in both directions."""
    size = max(abs(window[0]), window[1])
    step = next(
        step for power in range(-12, 13) for step in (1 * 10.0**power, 2 * 10.0**power, 5 * 10.0**power)
        if size / step <= 6
    )  # fmt: skip
    places = [k * step for k in range(int(window[0] / step), int(window[1] / step) + 1)]
    return places, [number(abs(place)) for place in places]
