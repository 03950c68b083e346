"""A sentence with its words coloured by what they are worth, and the words of one pattern marked."""

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ...methods.and_or.result import AndOrPatterns
from ..style.labels import breadth, label, shortened
from ..style.theme import Theme, axis, canvas, empty, faded, footnote, theme_named
from .and_or_marks import sample_of, sign_colour, sign_of, signed, worth
from .and_or_parts import Word, words_of

WIDTH = 760
"""Pixels of a line; the figure has a width of its own, as a box must be as wide as its word."""

LETTER, PADDING, GAP = 8.4, 13.0, 7.0
"""Width of a letter at the size of the words, room around a word, and between two."""

NARROWEST = 40.0
"""A box holds the figure beneath its word too."""

HEIGHT, LINE = 32.0, 62.0
"""Height of a box, and from one line to the next."""

LONGEST = 30
"""Letters of a word that are written; the mouse tells all of it."""

CORNER = 6.0
"""Radius of a box's corners."""

STRONGEST = 0.6
"""Opacity of the word of the largest value: ink stays readable on it in both looks."""

Box = tuple[float, float, float]
"""Left, right and middle height."""


def pattern_sentence(
    result: AndOrPatterns, *, sample: int = 0, pattern: Sequence[str] = (), theme: str = "light"
) -> go.Figure:
    """The words in their order: orange raises the score, blue lowers it, the stronger the larger the Shapley value.

    The words of `pattern` (players) are outlined; words that never play are grey. Raises `InputError` for an unknown
    sample. Of a result without words the figure says so.
    """
    look = theme_named(theme)
    sample_of(result, sample)
    words = words_of(result, sample)
    if not words:
        return empty(look, "The players of this prediction are no words.")
    values = worth(result, sample)
    boxes = _boxes([word.text for word in words])
    height = float(max(LINE, boxes[-1][2] + LINE / 2))
    figure = canvas(look, height=int(height) + 64)
    most = max(map(abs, values.values()), default=0.0) or 1.0
    for word, box in zip(words, boxes, strict=True):
        _draw_box(figure, word, box, values, most, word.player in pattern, result.unit, look)
    _write(figure, words, boxes, values, look)
    figure.update_xaxes(axis(look, visible=False, range=[-3, WIDTH + 3], fixedrange=True))
    figure.update_yaxes(axis(look, visible=False, range=[height, 0], fixedrange=True))
    figure.update_layout(width=WIDTH + 30, margin={"t": 26, "b": 6}, dragmode=False)
    absent = " Grey: plays no part." if any(word.player is None for word in words) else ""
    footnote(figure, look, [f"Beneath each word its Shapley value. Orange raises the score, blue lowers it.{absent}"])
    return figure


def _boxes(texts: Sequence[str]) -> list[Box]:
    """Where each word stands, line after line."""
    matches: list[Box] = []
    left, middle = 0.0, HEIGHT / 2 + 6
    for text in texts:
        width = max(NARROWEST, LETTER * breadth(shortened(text, LONGEST)) + 2 * PADDING)
        if left and left + width > WIDTH:
            left, middle = 0.0, middle + LINE
        matches.append((left, left + width, middle))
        left += width + GAP
    return matches


def _draw_box(
    figure: go.Figure, word: Word, box: Box, values: dict[str, float], most: float, marked: bool, unit: str, look: Theme
) -> None:
    """The box behind a word, which answers to the mouse."""
    value = values.get(word.player or "", 0.0)
    colour = sign_colour(sign_of(value), look) if value else look.pale
    fill = faded(colour, STRONGEST * abs(value) / most) if word.player else faded(look.pale, 0.25)
    says = f"Shapley value {signed(value)} {label(unit, 40)}" if word.player else "plays no part: it is always there"
    outline = _rounded(box)
    figure.add_trace(
        go.Scatter(
            x=outline[:, 0],
            y=outline[:, 1],
            mode="lines",
            fill="toself",
            fillcolor=fill,
            line={
                "color": look.highlight if marked else faded(colour, 0.8),
                "width": 3.5 if marked else 1,
                "simplify": False,  # or the corners would be cut askew
            },
            hoveron="fills",
            text=f"<b>{label(word.player or word.text)}</b><br>{says}",
            hoverinfo="text",
            name="marked" if marked else "word",
            showlegend=False,
        )
    )


def _rounded(box: Box) -> np.ndarray:
    """The outline of a box with round corners: a quarter of a circle around the middle of each."""
    angles = np.arange(28).reshape(4, 7) * math.pi / 2 / 6 - np.arange(4)[:, None] * math.pi / 2 / 6
    left, right, low, high = *box[:2], box[2] + HEIGHT / 2, box[2] - HEIGHT / 2
    across = np.array([right - CORNER, left + CORNER, left + CORNER, right - CORNER])[:, None]
    down = np.array([low - CORNER, low - CORNER, high + CORNER, high + CORNER])[:, None]
    path = np.stack([across + CORNER * np.cos(angles), down + CORNER * np.sin(angles)], axis=-1).reshape(-1, 2)
    return np.concatenate([path, path[:1]])


def _write(
    figure: go.Figure, words: Sequence[Word], boxes: Sequence[Box], values: dict[str, float], look: Theme
) -> None:
    """The words, and beneath each its value."""
    middles = [(left + right) / 2 for left, right, _ in boxes]
    figure.add_trace(
        go.Scatter(
            x=middles,
            y=[middle for *_, middle in boxes],
            mode="text",
            text=[label(word.text, LONGEST) for word in words],
            textfont={"size": 16, "color": look.ink},
            hoverinfo="skip",
            name="words",
            showlegend=False,
        )
    )
    figure.add_trace(
        go.Scatter(
            x=middles,
            y=[middle + HEIGHT / 2 + 11 for *_, middle in boxes],
            mode="text",
            text=[signed(float(f"{values[word.player]:.2g}")) if word.player in values else "" for word in words],
            textfont={"size": 11, "color": look.muted},
            hoverinfo="skip",
            name="values",
            showlegend=False,
        )
    )
