"""Who plays while a network is trained: patches of images, features of a table, or the words of each text."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor

from ...core.compute import Compute
from ...core.errors import InputError
from ...core.types import FeatureSpace, Model
from ...data.dataset import Dataset
from ...data.words import NONE, word_columns
from ...masking.baselines import baseline_of
from ...masking.game import all_masks, present
from ...masking.players import strongest_features
from ...models.networks.convolution import image_side

GRIDS = (8, 7)
"""Cells along an edge of the image: 8 where they come out even, as on 32 pixels, else 7, as on 28 (the paper's)."""


@dataclass(frozen=True)
class Players:
    """Names, and the places of the features that belong to each."""

    names: tuple[str, ...]
    members: tuple[tuple[int, ...], ...]

    def shown(self, n_features: int) -> Bool[Tensor, "subsets features"]:
        """Which features are as in the row, by mask: all but those of players that are not there."""
        belongs = torch.zeros(len(self.names), n_features)
        for player, places in enumerate(self.members):
            belongs[player, list(places)] = 1.0
        absent = ~present(all_masks(len(self.names)), len(self.names))
        return absent.float() @ belongs == 0


def patches(space: FeatureSpace, count: int, seed: int) -> Players:
    """`count` random cells of a grid over the image, none of them at its edge, row by row.

    Raises `InputError` when the features are no square image, or the grid has fewer cells inside.
    """
    side = image_side(space)
    grid = next((cells for cells in GRIDS if side % cells == 0), min(GRIDS[-1], side))
    inside = [(row, column) for row in range(1, grid - 1) for column in range(1, grid - 1)]
    if count > len(inside):
        raise InputError(
            f"`players` must be at most {len(inside)}, the cells inside the {grid} x {grid} grid; got {count}."
        )
    chosen = np.sort(np.random.default_rng(seed).permutation(len(inside))[:count])
    edges = np.linspace(0, side, grid + 1).round().astype(int)
    places = np.arange(side**2).reshape(side, side)
    cells = [inside[place] for place in chosen]
    blocks = [places[edges[row] : edges[row + 1], edges[column] : edges[column + 1]] for row, column in cells]
    return Players(
        tuple(f"patch {row + 1},{column + 1}" for row, column in cells),
        tuple(tuple(block.ravel().tolist()) for block in blocks),
    )


def features(model: Model, data: Dataset, count: int, seed: int, compute: Compute) -> Players:
    """All features of a table, or the `count` that `model` makes most of on their own."""
    names = strongest_features(model, data, baseline_of(data, "mean", seed), count, seed, compute)
    if len(names) < 2:
        raise InputError("Patterns need at least 2 features that can be masked; the data set has 1. Add a feature.")
    return Players(names, tuple((data.space.index(name),) for name in names))


def wordy_rows(data: Dataset, rows: np.ndarray, count: int) -> np.ndarray:
    """Those of some rows that have at least `count` words; `InputError` when fewer than two do."""
    slots = _slots(data.space)
    some = rows[(data.rows[rows][:, slots] != NONE).sum(1) >= count]
    if len(some) < 2:
        raise InputError(
            f"`players` must be words that at least 2 held-out rows have; only {len(some)} have {count}. Ask for fewer."
        )
    return some


def words(data: Dataset, rows: np.ndarray, count: int, seed: int) -> tuple[Players, ...]:
    """For each of some rows `count` of its own words, drawn at random, in their order."""
    draw, slots = np.random.default_rng(seed), np.array(_slots(data.space))
    matches = []
    for row in rows:
        own = slots[data.rows[row, slots] != NONE]
        chosen = np.sort(draw.permutation(own)[:count])
        names = tuple(f"word {place + 1}" for place in range(count))
        matches.append(Players(names, tuple((int(place),) for place in chosen)))
    return tuple(matches)


def _slots(space: FeatureSpace) -> list[int]:
    return [place for text in word_columns(space) for place in text.places]
