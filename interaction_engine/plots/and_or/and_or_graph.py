"""Players on a circle, and the salient patterns between them: AND full, OR hollow, the colour for the sign."""

import math
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ...methods.and_or.result import AndOrPatterns
from ..primitives.graph_labels import label_around
from ..primitives.graph_marks import LABEL_WIDTH, LETTER, LEVEL, Board
from ..style.geometry import apart, bent, rounded_hull
from ..style.labels import label
from ..style.theme import Theme, axis, canvas, empty, faded, footnote, theme_named
from .and_or_marks import NOTHING, PARTS, part_name, pattern_texts, salient, sample_of, sign_colour, sign_of, signed

HULLS = 8
"""Up to so many patterns of three and more are drawn as areas; more would cover each other."""

WIDTH, HEIGHT = 480, 540
"""The width that the figure counts on, and its height."""

SMALL, LARGE = 9.0, 26.0
"""Diameters of a player without and with the largest effect of its own."""

LINES = (1.2, 5.0)
"""Widths of the weakest and of the strongest pattern."""


def pattern_graph(result: AndOrPatterns, *, sample: int = 0, top: int = 20, theme: str = "light") -> go.Figure:
    """The `top` strongest salient patterns of a sample as marks tied to their players, which lie on a circle in order.

    A full mark is an AND pattern, a hollow one an OR pattern; orange raises the score, blue lowers it; lines are wider
    for a stronger effect. A player's own effect is the size and colour of its point. Raises `InputError` for an unknown
    sample.
    """
    look = theme_named(theme)
    sample_of(result, sample)
    patterns = salient(result, sample)
    if patterns.empty:
        return empty(look, NOTHING)
    alone = patterns[patterns["order"] == 1]
    larger = patterns[patterns["order"] > 1]
    drawn = larger.head(max(1, top)).reset_index(drop=True)
    board = _board(result, alone)
    figure = canvas(look, height=HEIGHT)
    _areas(figure, board, drawn, look)
    _ties(figure, board, drawn, look)
    _marks(figure, board, drawn, result.unit, look)
    _players(figure, board, alone, result.unit, look)
    label_around(figure, board, (), look)
    figure.update_xaxes(axis(look, visible=False, range=[-board.reach_x, board.reach_x]))
    figure.update_yaxes(axis(look, visible=False, range=[-board.reach_y, board.reach_y], scaleanchor="x"))
    figure.update_layout(legend={"itemsizing": "constant", "tracegroupgap": 0}, dragmode="pan")
    hidden = len(larger) - len(drawn)
    weaker = f"{hidden:,} weaker {'pattern' if hidden == 1 else 'patterns'} not drawn." if hidden else ""
    footnote(figure, look, [weaker] if weaker else [])
    return figure


def _board(result: AndOrPatterns, alone: pd.DataFrame) -> Board:
    """The players on a circle in their order, clockwise from the top."""
    names = result.players
    angles = math.pi / 2 - 2 * math.pi * np.arange(len(names)) / len(names)
    own = {features[0]: strength for features, strength in zip(alone["features"], alone["strength"], strict=True)}
    most = max([*own.values(), 1e-300])
    room = 12 * LETTER * max(min(LABEL_WIDTH, len(name)) for name in names) + 34
    half_x, half_y = WIDTH / 2, (HEIGHT - 110) / 2
    radius = max(120.0, min(half_x - room, half_y - (room if len(names) > LEVEL else 44)))
    return Board(
        places={name: np.array([math.cos(a), math.sin(a)]) for name, a in zip(names, angles, strict=True)},
        sizes={name: SMALL + (LARGE - SMALL) * math.sqrt(own.get(name, 0.0) / most) for name in names},
        named=names,
        radius=radius,
        reach_x=half_x / radius,
        reach_y=half_y / radius,
        font=12,
        circle=True,
    )


def _centres(board: Board, patterns: pd.DataFrame) -> np.ndarray:
    """The places of the marks: of a pair on its bent line, else the middle of the players; moved off each other."""
    middles = []
    for names in patterns["features"]:
        places = board.at(names)
        middles.append(bent(*places, bend=0.35)[5] if len(names) == 2 else places.mean(axis=0))
    return apart(np.array(middles), 24 / board.radius)


def _areas(figure: go.Figure, board: Board, patterns: pd.DataFrame, look: Theme) -> None:
    """The hulls of patterns of three and more: of AND filled, of OR only outlined; none where they are many."""
    sets = patterns[patterns["order"] > 2]
    if len(sets) > HULLS:
        return
    for names, kind, effect in zip(sets["features"], sets["kind"], sets["effect"], strict=True):
        hull = rounded_hull(board.at(names), board.hull_radius)
        colour = sign_colour(sign_of(effect), look)
        fill: dict[str, Any] = {"fill": "toself", "fillcolor": faded(colour, 0.12)} if kind == "and" else {}
        figure.add_trace(
            go.Scatter(
                x=hull[:, 0],
                y=hull[:, 1],
                mode="lines",
                line={"color": faded(colour, 0.7), "width": 1.3, "dash": "solid" if kind == "and" else "dash"},
                hoverinfo="skip",
                showlegend=False,
                legendgroup=f"{kind}{sign_of(effect)}",
                **fill,
            )
        )


def _ties(figure: go.Figure, board: Board, patterns: pd.DataFrame, look: Theme) -> None:
    """Lines from each pattern's mark to its players."""
    if patterns.empty:
        return
    most = float(patterns["strength"].max()) or 1.0
    rows = zip(_centres(board, patterns), patterns.to_dict("records"), strict=True)
    for centre, row in rows:
        xs = [x for name in row["features"] for x in (board.places[name][0], centre[0], None)]
        ys = [y for name in row["features"] for y in (board.places[name][1], centre[1], None)]
        width = LINES[0] + (LINES[1] - LINES[0]) * row["strength"] / most
        colour = faded(sign_colour(sign_of(row["effect"]), look), 0.55)
        dash = "solid" if row["kind"] == "and" else "dash"
        figure.add_trace(
            go.Scatter(
                x=xs,
                y=ys,
                mode="lines",
                line={"color": colour, "width": width, "dash": dash},
                hoverinfo="skip",
                showlegend=False,
                legendgroup=f"{row['kind']}{sign_of(row['effect'])}",
            )
        )


def _marks(figure: go.Figure, board: Board, patterns: pd.DataFrame, unit: str, look: Theme) -> None:
    """A mark per pattern that answers to the mouse."""
    if patterns.empty:
        return
    centres, texts = _centres(board, patterns), pattern_texts(patterns, unit)
    signs = [sign_of(effect) for effect in patterns["effect"]]
    for kind, sign in PARTS:
        mine = [row for row, its in enumerate(zip(patterns["kind"], signs, strict=True)) if its == (kind, sign)]
        if mine:
            colour = sign_colour(sign, look)
            inside = colour if kind == "and" else look.paper
            rim = look.paper if kind == "and" else colour
            figure.add_trace(
                go.Scatter(
                    x=centres[mine, 0],
                    y=centres[mine, 1],
                    mode="markers",
                    marker={
                        "symbol": "square" if kind == "and" else "circle",
                        "size": 14,
                        "color": inside,
                        "opacity": 1,
                        "line": {"color": rim, "width": 1.5 if kind == "and" else 2.5},
                    },
                    customdata=[list(patterns["features"].iloc[row]) for row in mine],
                    hovertext=[texts[row] for row in mine],
                    hoverinfo="text",
                    name=part_name(kind, sign),
                    legendgroup=f"{kind}{sign}",
                    showlegend=True,
                )
            )


def _players(figure: go.Figure, board: Board, alone: pd.DataFrame, unit: str, look: Theme) -> None:
    """A point per player: its own salient effect is its size and colour; grey where it has none."""
    own = {features[0]: float(effect) for features, effect in zip(alone["features"], alone["effect"], strict=True)}
    names = list(board.places)
    places = board.at(names)
    colours = [sign_colour(sign_of(own[name]), look) if name in own else look.pale for name in names]
    texts = [
        f"<b>{label(name)}</b><br>"
        + (f"alone: {signed(own[name])} {label(unit, 40)}" if name in own else "no salient effect of its own")
        for name in names
    ]
    figure.add_trace(
        go.Scatter(
            x=places[:, 0],
            y=places[:, 1],
            mode="markers",
            marker={
                "size": [board.sizes[name] for name in names],
                "color": colours,
                "opacity": 1,
                "line": {"color": look.paper, "width": 1.5},
            },
            hovertext=texts,
            hoverinfo="text",
            name="players",
            showlegend=False,
        )
    )
