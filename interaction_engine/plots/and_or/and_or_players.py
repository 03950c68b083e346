"""What each player is worth: Shapley values, and Shapley interactions of its pairs."""

import numpy as np
import plotly.graph_objects as go

from ...methods.and_or.result import AndOrPatterns
from ..style.labels import distinct_labels, label
from ..style.theme import HOVER_REACH, axis, canvas, colour_bar, empty, footnote, scale, theme_named
from .and_or_marks import NOTHING, sample_of, sign_colour, sign_of, signed

ROUNDING = 1e-9
"""Smaller shares of the largest value are rounding."""

ROW = 26
CELL = 30


def shapley_bars(result: AndOrPatterns, *, sample: int = 0, theme: str = "light") -> go.Figure:
    """The Shapley value of every player, in their order: each pattern's effect shared equally among its players.

    They add up to the score minus the baseline's. Raises `InputError` for an unknown sample.
    """
    look = theme_named(theme)
    sample_of(result, sample)
    rows = result.attributions[result.attributions["sample"] == sample].set_index("player")
    values = np.nan_to_num(rows["shapley"].reindex(list(result.players)).to_numpy(dtype=float))
    values = np.where(np.abs(values) > ROUNDING * np.abs(values).max(), values, 0.0)
    if not values.any():
        return empty(look, NOTHING)
    figure = canvas(look, height=110 + ROW * len(values))
    unit = label(result.unit, 40)
    for sign, name in (("+", "raises the score"), ("-", "lowers the score")):
        mine = [place for place, value in enumerate(values) if value and sign_of(value) == sign]
        if mine:
            figure.add_trace(
                go.Bar(
                    x=values[mine],
                    y=mine,
                    orientation="h",
                    width=0.62,
                    marker={"color": sign_colour(sign, look)},
                    text=[signed(values[place]) for place in mine],
                    textposition="outside",
                    textfont={"size": 12, "color": look.ink},
                    cliponaxis=False,
                    hovertext=[f"<b>{label(result.players[p])}</b><br>{signed(values[p])} {unit}" for p in mine],
                    hoverinfo="text",
                    name=name,
                    showlegend=True,
                )
            )
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    room = 0.18 * (high - low)  # for the figures beside the bars
    figure.update_xaxes(
        axis(look, f"Shapley value, {label(result.unit, 50)}", zeroline=True, zerolinecolor=look.muted)
        | {"range": [low - room if low else 0.0, high + room if high else 0.0]}
    )
    names = distinct_labels(result.players, 34)
    span = [len(values) - 0.4, -0.6]
    figure.update_yaxes(axis(look, tickvals=list(range(len(names))), ticktext=names, range=span, showgrid=False))
    return figure


def shapley_interactions(result: AndOrPatterns, *, sample: int = 0, theme: str = "light") -> go.Figure:
    """The Shapley interaction (k-SII of order 2) of every pair of players as a matrix, in the players' order.

    Orange pairs are worth more together than alone, blue ones less. Raises `InputError` for an unknown sample.
    """
    look = theme_named(theme)
    sample_of(result, sample)
    n = len(result.players)
    place = {name: at for at, name in enumerate(result.players)}
    rows = result.indices[result.indices["sample"] == sample]
    values = np.full((n, n), np.nan)
    for first, second, value in zip(rows["player_1"], rows["player_2"], rows["k_sii"], strict=True):
        values[place[first], place[second]] = values[place[second], place[first]] = value
    if not np.nan_to_num(values).any():
        return empty(look, NOTHING if n > 1 else "One player alone has no pairs.")
    largest = float(np.nanmax(np.abs(values)))
    unit = label(result.unit, 40)
    titles = [f"<b>{label(name)}</b>" for name in result.players]
    texts = [
        ["" if a == b else f"{titles[a]}<br>{titles[b]}<br>{signed(values[a, b])} {unit}" for b in range(n)]
        for a in range(n)
    ]
    figure = canvas(look, height=max(300, 190 + CELL * n))
    figure.add_trace(
        go.Heatmap(
            z=values,
            zmin=-largest,
            zmax=largest,
            colorscale=scale(look.diverging),
            colorbar=colour_bar(look, label(result.unit, 16)) | {"tickformat": ".3~g"},
            xgap=1,
            ygap=1,
            hovertext=texts,
            hoverinfo="text",
            hoverongaps=False,
            name="interactions",
        )
    )
    names, ticks = distinct_labels(result.players, 22), list(range(n))
    figure.update_xaxes(axis(look, tickvals=ticks, ticktext=names, showgrid=False, tickangle=-40 if n > 3 else 0))
    figure.update_yaxes(axis(look, tickvals=ticks, ticktext=names, showgrid=False, range=[n - 0.5, -0.5]))
    figure.update_layout(hoverdistance=HOVER_REACH, plot_bgcolor=look.paper, margin_t=24)
    footnote(figure, look, ["Orange: worth more together than alone. Blue: worth less."])
    return figure
