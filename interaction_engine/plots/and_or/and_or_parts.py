"""What a sample is made of, as it is drawn: the words of a sentence, the pixels of a picture, the points of a cloud."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...core.plan import AndOrPlan
from ...methods.and_or.result import AndOrPatterns

NOBODY = -1
"""Stands for the player of what belongs to none."""


@dataclass(frozen=True)
class Word:
    """A word, and the player that it is; None where it never plays."""

    text: str
    player: str | None


@dataclass(frozen=True)
class Picture:
    """The values of pixels (rows, columns), and to which of the players each belongs: its place, or `NOBODY`."""

    pixels: np.ndarray
    owner: np.ndarray
    players: tuple[str, ...]


@dataclass(frozen=True)
class Cloud:
    """Points (n, 2 or 3), and to which of the players each belongs: its place, or `NOBODY`."""

    points: np.ndarray
    owner: np.ndarray
    players: tuple[str, ...]


def kind_of_parts(result: AndOrPatterns | AndOrPlan) -> str:
    """Return what the samples are drawn of: "word", "patch", "cluster", or "" where they are rows of a table."""
    return "" if result.parts is None or result.parts.empty else str(result.parts["kind"].iloc[0])


def words_of(result: AndOrPatterns | AndOrPlan, sample: int) -> list[Word]:
    """The words of a sample in their order; none where it is no sentence."""
    rows = _parts(result, sample, "word")
    if rows is None:
        return []
    known = set(result.players)
    pairs = zip(rows["text"], rows["player"], strict=True)
    return [Word(str(text), str(player) if player in known else None) for text, player in pairs]


def picture_of(result: AndOrPatterns | AndOrPlan, sample: int) -> Picture | None:
    """The pixels of a sample; None where it is no picture."""
    rows = _parts(result, sample, "patch")
    if rows is None:
        return None
    at = rows["row"].to_numpy(dtype=int), rows["column"].to_numpy(dtype=int)
    shape = int(at[0].max()) + 1, int(at[1].max()) + 1
    pixels, owner = np.zeros(shape), np.full(shape, NOBODY)
    pixels[at] = rows["value"].to_numpy(dtype=float)
    owner[at] = _owners(rows["player"], result.players)
    return Picture(pixels, owner, tuple(result.players))


def cloud_of(result: AndOrPatterns | AndOrPlan, sample: int) -> Cloud | None:
    """The points of a sample; None where it is no cloud of points."""
    rows = _parts(result, sample, "cluster")
    if rows is None:
        return None
    axes = [axis for axis in ("x", "y", "z") if axis in rows]
    points = rows[axes].to_numpy(dtype=float)
    return Cloud(points, _owners(rows["player"], result.players), tuple(result.players))


def _parts(result: AndOrPatterns | AndOrPlan, sample: int, kind: str) -> pd.DataFrame | None:
    """The parts of a sample in their order, where they are of this kind."""
    if kind_of_parts(result) != kind or result.parts is None:
        return None
    rows = result.parts[result.parts["sample"] == sample]
    return None if rows.empty else rows.sort_values("place")


def _owners(players: pd.Series, names: tuple[str, ...]) -> np.ndarray:
    place = {name: number for number, name in enumerate(names)}
    return np.array([place.get(str(player), NOBODY) for player in players], dtype=int)
