"""What a row of the data shows: columns, a text, a picture or a cloud of points."""

import math
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.components.text import plain
from interaction_engine.core.types import FeatureSpace, Kind
from interaction_engine.data.dataset import Dataset
from interaction_engine.data.texts import folded
from interaction_engine.data.words import WordColumn, word_columns

PIXEL = re.compile(r"(?:p|px|pix|pixel)[ _.-]?(\d+)", re.IGNORECASE)
"""How the column of a pixel is called."""

SMALLEST_SIDE = 5
"""Pixels along an edge from which on a picture is drawn."""

COORDINATE = re.compile(r"([xyz])[ _.-]?(\d+)", re.IGNORECASE)
FEWEST_POINTS = 3


def subject_of(space: FeatureSpace) -> str:
    """Return what the features are of: "text", "picture", "points" or "columns".

    "text" where a column of words is among them, "picture" where all are the pixels of a square, "points" where all
    are coordinates x0, y0 (and z0), x1, ...
    """
    if word_columns(space):
        return "text"
    if picture_side(space):
        return "picture"
    return "points" if cloud_dimensions(space) else "columns"


def picture_side(space: FeatureSpace) -> int:
    """Pixels along an edge of the square picture that the features are, row by row; 0 where they are none."""
    side = math.isqrt(len(space))
    matches = [PIXEL.fullmatch(name) for name in space.names]
    numbers = [int(match[1]) for match in matches if match]
    if side**2 != len(space) or side < SMALLEST_SIDE or len(numbers) < len(space):
        return 0
    consecutive = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return side if consecutive and all(feature.kind is Kind.NUMERIC for feature in space.features) else 0


def cloud_dimensions(space: FeatureSpace) -> int:
    """2 or 3 where the features are coordinates x, y (and z) of points that are numbered without a gap; else 0."""
    matches = [COORDINATE.fullmatch(name) for name in space.names]
    keys = {(match[1].lower(), int(match[2])) for match in matches if match}
    axes, numbers = {axis for axis, _ in keys}, sorted({number for _, number in keys})
    if len(keys) < len(space) or len(keys) != len(axes) * len(numbers) or len(numbers) < FEWEST_POINTS:
        return 0
    gapless = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    numeric = all(feature.kind is Kind.NUMERIC for feature in space.features)
    return len(axes) if gapless and numeric and axes in ({"x", "y"}, {"x", "y", "z"}) else 0


def picture_of(data: Dataset, row: int) -> np.ndarray:
    """The pixels of a row (rows, columns)."""
    side = picture_side(data.space)
    return data.frame.iloc[row][list(data.space.names)].to_numpy(dtype=float).reshape(side, side)


def readable(data: Dataset, rows: slice | list[int] | None = None) -> pd.DataFrame:
    """The data's table, or some rows of it, with every text as one column of sentences."""
    return folded(data.space, data.frame if rows is None else data.frame.iloc[rows])


def size_of(data: Dataset) -> str:
    """How many features of which kind there are, in words: "12 features", "a text of up to 24 words, 2 features"."""
    texts = word_columns(data.space)
    others = len(data.space) - sum(len(column.places) for column in texts)
    parts = [f"a text of up to {len(column.places)} words" for column in texts]
    if others or not texts:
        parts.append(f"{others:,} feature{'s' * (others != 1)}")
    return ", ".join(parts)


LISTED = 8
"""Unknown words that are named."""


def tell_unread(text: WordColumn, unknown: Sequence[str], beyond: Sequence[str]) -> None:
    """Say which words are not known, and where the reading ends."""
    if unknown:
        more = f" and {len(unknown) - LISTED} more" if len(unknown) > LISTED else ""
        listed = plain(", ".join(unknown[:LISTED])) + more
        st.caption(
            f":material/help: Not in the vocabulary of the data, so the model cannot tell these words apart: {listed}."
        )
    if beyond:
        st.caption(f":material/content_cut: Only the first {len(text.places)} words are read.")
