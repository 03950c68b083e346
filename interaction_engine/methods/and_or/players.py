"""The sparsest split where some players change nothing: they are in no pattern, and the others are split alone."""

from typing import Any

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from ...numerics.hypercube.and_or_split import AndOrSplit, sparsest_split
from ...numerics.hypercube.kronecker import players

SAME = 1e-12
"""Scores that differ by less than this share of the largest distance from the base are the same but for rounding."""


def split_of_acting(values: Float64[Tensor, "samples subsets"], **settings: Any) -> AndOrSplit:
    """`sparsest_split` of `values`, in which players without whom every score of every sample is the same take no part.

    This is the sparsest split of all players: a split of the whole game, read on the subsets without an idle player, is
    a split of the game of the others and costs no more; and a dual point of theirs, 0 on all other subsets, is one of
    the whole. Each idle player halves the work: blank patches of an image, features that are at their baseline.
    """
    n_players = players(values)
    acting = [player for player in range(n_players) if not _idle(values, player)] or [0]
    if len(acting) == n_players:
        return sparsest_split(values, **settings)
    inside, within = _subsets(acting, n_players)
    split = sparsest_split(values[:, inside].contiguous(), **settings)
    and_effects, or_effects = torch.zeros_like(values), torch.zeros_like(values)
    and_effects[:, inside], or_effects[:, inside] = split.and_effects, split.or_effects
    return AndOrSplit(
        and_effects, or_effects, split.noise[:, within], split.primal, split.dual, split.gap, split.iterations
    )


def _idle(values: Tensor, player: int) -> bool:
    """Whether no score depends on a player."""
    pairs = values.reshape(len(values), -1, 2, 2**player)
    far = (values - values[:, :1]).abs().amax(1)
    return bool(((pairs[:, :, 1] - pairs[:, :, 0]).abs().amax((1, 2)) <= SAME * far).all())


def _subsets(acting: list[int], n_players: int) -> tuple[Int64[Tensor, " some"], Int64[Tensor, " all"]]:
    """The subsets of acting players by their number among all, and for every subset that of its acting players."""
    numbers, small = torch.arange(2**n_players), torch.arange(2 ** len(acting))
    inside, within = torch.zeros_like(small), torch.zeros_like(numbers)
    for place, player in enumerate(acting):
        inside += (small >> place & 1) << player
        within += (numbers >> player & 1) << place
    return inside, within
