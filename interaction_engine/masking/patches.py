"""Patches of an image as players: the cells of a grid over it."""

import math

import numpy as np

from ..core.errors import InputError
from ..core.types import FeatureSpace, Kind
from .players import PlayerSet

FEWEST = 4
"""A grid of 2 x 2."""


def pixel_side(space: FeatureSpace) -> int:
    """Pixels along an edge of the square image that the features are, row by row; `InputError` when they are none."""
    side = math.isqrt(len(space))
    if any(feature.kind is not Kind.NUMERIC for feature in space.features):
        raise InputError('Patches are made of pixels, which are numbers; some features are not. Pass `parts="auto"`.')
    if side**2 != len(space):
        raise InputError(
            f"Patches need a square image, with as many pixels as the square of its side; the data have {len(space)} "
            'features. Leave out columns that are no pixels, or pass `parts="auto"`.'
        )
    return side


def patch_players(space: FeatureSpace, max_players: int) -> PlayerSet:
    """The cells of the finest grid that has at most `max_players`, row by row; their edges may differ by a pixel.

    Raises `InputError` when the features are no square image, or the grid is finer than the image.
    """
    side, grid = pixel_side(space), math.isqrt(max_players)
    if max_players < FEWEST:
        raise InputError(f"Patches need `max_players` of at least {FEWEST}, a grid of 2 x 2; got {max_players}.")
    if grid > side:
        raise InputError(
            f"A grid of {grid} x {grid} is finer than the image of {side} x {side} pixels; "
            f"pass `max_players` of at most {side**2}."
        )
    edges = np.linspace(0, side, grid + 1).round().astype(int)
    places = np.arange(side**2).reshape(side, side)
    cells = [(row, column) for row in range(grid) for column in range(grid)]
    members = [places[edges[row] : edges[row + 1], edges[column] : edges[column + 1]] for row, column in cells]
    return PlayerSet(
        tuple(f"patch {row + 1},{column + 1}" for row, column in cells),
        tuple(tuple(block.ravel().tolist()) for block in members),
        kind="patch",
    )
