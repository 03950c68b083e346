"""What every game offers, and how many players it may have."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import pandas as pd
import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from ..core.errors import InputError

MOST_PLAYERS = 20
"""2^20 masked samples: a million model calls per sample, and half a gigabyte to split them."""

Watch = Callable[[float], None]
"""Is told the share of the scores that are there; may raise to stop."""


@dataclass(frozen=True)
class Sample:
    """One sample that is taken apart: its place in the data (-1 where it is in none), and what it is called."""

    row: int
    label: str


@runtime_checkable
class Game(Protocol):
    """Players that can be masked, and the score of every masked sample.

    `label` says what the samples are from, `unit` what the score is in, `baseline` what stands for a masked player.
    `calls_per_mask` is how often the model is asked for the score of one masked sample.
    """

    @property
    def players(self) -> tuple[str, ...]:
        """The names of the players."""
        ...

    @property
    def samples(self) -> tuple[Sample, ...]:
        """What is masked."""
        ...

    @property
    def label(self) -> str:
        """What is decomposed, in words."""
        ...

    @property
    def unit(self) -> str:
        """What v is measured in."""
        ...

    @property
    def baseline(self) -> str:
        """What a masked player is replaced with, in words."""
        ...

    @property
    def calls_per_mask(self) -> int:
        """Model evaluations that v of one mask takes."""
        ...

    def values(
        self, samples: Sequence[int], masks: Int64[Tensor, " masks"] | None = None, watch: Watch | None = None
    ) -> Float64[Tensor, "samples masks"]:
        """Return v of some samples (by their place in `samples`) on some masks, all 2^n if none are given."""
        ...


@runtime_checkable
class Drawable(Protocol):
    """A game whose samples can be drawn: a sentence, an image, a cloud of points."""

    def parts(self) -> pd.DataFrame | None:
        """What there is to draw (see `AndOrPatterns`); None where it is nothing but rows of a table."""
        ...


def present(masks: Int64[Tensor, " masks"], n_players: int) -> Bool[Tensor, "masks players"]:
    """Which players are there, by mask."""
    return (masks[:, None] >> torch.arange(n_players, device=masks.device)) & 1 == 1


def states(masks: Int64[Tensor, " masks"], n_players: int) -> Bool[Tensor, "masks owners"]:
    """Which players are there, by mask, and after them one who always is, and one who never is."""
    there = present(masks, n_players)
    return torch.cat([there, torch.ones_like(there[:, :1]), torch.zeros_like(there[:, :1])], dim=1)


def all_masks(n_players: int) -> Int64[Tensor, " masks"]:
    """Return all masks of so many players, by their number."""
    return torch.arange(2**n_players)


def check_number(n_players: int, remedy: str) -> None:
    """Raises `InputError` for fewer than 2 players or more than `MOST_PLAYERS`."""
    if n_players < 2:
        raise InputError(f"There must be at least 2 players, or nothing can act together; got {n_players}. {remedy}")
    if n_players > MOST_PLAYERS:
        raise InputError(
            f"There can be at most {MOST_PLAYERS} players, each of which doubles the masked samples; got {n_players}. "
            f"{remedy}"
        )
