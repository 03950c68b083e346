"""The names in the interaction graph, placed so that none lies on another."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ..style.geometry import spread
from ..style.labels import distinct_labels
from ..style.theme import Theme
from .graph_marks import LABEL_WIDTH, LETTER, LEVEL, Board

LINE = 1.25
"""Height of a line of text, in font sizes."""


def label_around(figure: go.Figure, board: Board, bold: Sequence[str], look: Theme) -> None:
    """Names around the circle, each outside its feature, moved along the rim where they are crowded."""
    gap_px = board.font * LINE
    rim = board.radius * (1 + board.hull_radius) + 3
    # As many as fit at all; `named` has those first that would be missed most.
    outer = rim + 14
    names = board.named[: int(2 * math.pi * outer / gap_px)]
    if not names:
        return
    places = board.at(names)
    angles = np.arctan2(places[:, 1], places[:, 0])
    turned = len(names) > LEVEL
    moved = spread(angles, gap_px / outer) if turned else angles
    is_moved = bool(np.abs(_turn(moved - angles)).max() > 0.5 * gap_px / outer)
    if is_moved:
        _leaders(figure, board, angles, moved, rim, outer, look)
    at = (outer + 2 if is_moved else rim) / board.radius
    texts = dict(zip(names, distinct_labels(names, LABEL_WIDTH), strict=True))
    notes = [
        _annotation(texts[name], float(angle), at, board.font, turned, name in bold, look)
        for name, angle in zip(names, moved, strict=True)
    ]
    figure.update_layout(annotations=notes)


def label_beside(figure: go.Figure, board: Board, sets: pd.DataFrame, bold: Sequence[str], look: Theme) -> None:
    """Names beside their features, right, left, above or below; one that finds no free place is left to the mouse."""
    taken = [(*board.places[name] * board.radius, size / 2, size / 2) for name, size in board.sizes.items()]
    if len(sets):
        taken += [(*place * board.radius, 7.0, 7.0) for place in board.centres(sets)]
    written: list[tuple[float, ...]] = []
    xs, ys, texts, sides = [], [], [], []
    for name, text in zip(board.named, distinct_labels(board.named, LABEL_WIDTH), strict=True):
        half = len(text) * board.font * LETTER / 2, board.font * LINE / 2
        x, y = board.places[name] * board.radius
        reach = board.sizes[name] / 2 + 3
        for side, (right, up) in (
            ("middle right", (1, 0)), ("middle left", (-1, 0)), ("top center", (0, 1)), ("bottom center", (0, -1)),
        ):  # fmt: skip
            box = (x + right * (reach + half[0]), y + up * (reach + half[1]), *half)
            inside = abs(box[0]) + half[0] < board.reach_x * board.radius
            # The names that were chosen are worth covering a mark.
            if inside and not any(_overlap(box, other) for other in (written if name in bold else taken + written)):
                written.append(box)
                xs.append(board.places[name][0])
                ys.append(board.places[name][1])
                texts.append(f"<b>{text}</b>" if name in bold else text)
                sides.append(side)
                break
    sizes = [board.sizes[name] for name in board.named[: len(xs)]] or [1.0]
    figure.add_trace(
        go.Scatter(
            x=xs,
            y=ys,
            mode="markers+text",
            text=texts,
            textposition=sides,
            textfont={"size": board.font, "color": look.ink},
            marker={"size": max(sizes), "opacity": 0},
            hoverinfo="skip",
            showlegend=False,
            name="labels",
        )
    )


def _annotation(text: str, angle: float, at: float, size: int, turned: bool, bold: bool, look: Theme) -> dict[str, Any]:
    right, up = math.cos(angle), math.sin(angle)
    common = {
        "text": f"<b>{text}</b>" if bold else text,
        "x": at * right,
        "y": at * up,
        "showarrow": False,
        "borderpad": 0,
        "font": {"size": size, "color": look.ink},
    }
    if not turned:
        level = "left" if right > 0.3 else "right" if right < -0.3 else "center"
        return common | {"xanchor": level, "yanchor": "bottom" if up > 0.8 else "top" if up < -0.8 else "middle"}
    # Plotly holds the box around the turned text by its corner; half a line brings its middle onto the spoke.
    half = size * LINE / 2
    return common | {
        "textangle": -math.degrees(angle) if right >= 0 else 180 - math.degrees(angle),
        "xanchor": "left" if right >= 0 else "right",
        "yanchor": "bottom" if up >= 0 else "top",
        "xshift": -half * abs(up) * (1 if right >= 0 else -1),
        "yshift": -half * abs(right) * (1 if up >= 0 else -1),
    }


def _leaders(
    figure: go.Figure, board: Board, angles: np.ndarray, moved: np.ndarray, rim: float, outer: float, look: Theme
) -> None:
    """Thin lines from the features to their labels."""
    xs, ys = [], []
    for angle, place in zip(angles, moved, strict=True):
        for radius, turn in ((board.radius + 4, angle), (rim - 4, angle), (outer, place)):
            xs.append(radius / board.radius * math.cos(turn))
            ys.append(radius / board.radius * math.sin(turn))
        xs.append(None)
        ys.append(None)
    line = {"color": look.pale, "width": 0.8}
    # Below everything else.
    leaders = go.Scatter(x=xs, y=ys, mode="lines", line=line, hoverinfo="skip", showlegend=False, name="leaders")
    figure.add_trace(leaders)


def _turn(angles: np.ndarray) -> np.ndarray:
    """Angles between -pi and pi."""
    return (angles + math.pi) % (2 * math.pi) - math.pi


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether two boxes (middle x, y, half width, half height) share a place."""
    return bool(abs(one[0] - other[0]) < one[2] + other[2] and abs(one[1] - other[1]) < one[3] + other[3])
