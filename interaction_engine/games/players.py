"""Who plays: single features, groups of them, or the strongest where there are too many."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from ..data.dataset import Dataset
from ..errors import InputError
from ..numerics.compute import Compute
from ..types import FeatureSpace, Model
from .baselines import Baseline
from .game import check_number

JOINER = " & "
"""Between the features of a group, in the name of a player."""

JUDGED = 256
"""Background rows over which single features are compared; their order seldom changes with more."""

REMEDY = "Name 2 to 20 features, or join some into groups: `a & b`."


def features_of(space: FeatureSpace, players: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """The places of each player's features.

    A player is written as a feature's name, or as several joined by " & " where no feature has that very name. Raises
    `InputError` for fewer than 2 players or more than 20, an unknown feature, or one that belongs to two players.
    """
    check_number(len(players), REMEDY)
    members = tuple(_members(space, player) for player in players)
    owner: dict[int, str] = {}
    for player, places in zip(players, members, strict=True):
        for place in places:
            if place in owner:
                raise InputError(
                    f"A feature can belong to one player only; `{space.names[place]}` is in `{owner[place]}` and "
                    f"in `{player}`."
                )
            owner[place] = player
    return members


def strongest_features(
    model: Model, data: Dataset, baseline: Baseline, count: int, seed: int, compute: Compute
) -> tuple[str, ...]:
    """The `count` features of the largest first-order effect, in the order of the table; all where there are no more.

    The first-order effect is the root mean square change of the score, over background rows, when the feature alone
    goes from its baseline to the row's value.
    """
    names = data.space.names
    if len(names) <= count:
        return names
    effects = first_order_effects(model, data, baseline, seed, compute)
    chosen = effects.argsort(descending=True, stable=True)[:count].sort().values
    return tuple(names[place] for place in chosen.tolist())


def first_order_effects(
    model: Model, data: Dataset, baseline: Baseline, seed: int, compute: Compute
) -> Float64[Tensor, " features"]:
    """The first-order effect of every feature, in the unit of the score."""
    rows = torch.from_numpy(data.background(JUDGED, seed))
    base = torch.from_numpy(np.resize(baseline.rows, rows.shape))
    at_base = mean_scores(model, base, compute)
    effects = torch.zeros(rows.shape[1], dtype=torch.float64)
    for place in range(rows.shape[1]):
        alone = base.clone()
        alone[:, place] = rows[:, place]
        effects[place] = (mean_scores(model, alone, compute) - at_base).square().mean().sqrt()
    return effects


def judging_cost(data: Dataset) -> int:
    """Scores that comparing single features takes."""
    return min(JUDGED, len(data.train_rows)) * (len(data.space) + 1)


def mean_scores(model: Model, rows: Float64[Tensor, "rows features"], compute: Compute) -> Float64[Tensor, " rows"]:
    """The members' mean score of rows, in calls that fit the budget of memory."""
    parts = rows.split(compute.rows_per_call(model.row_bytes + 8 * rows.shape[1]))
    return torch.cat([model.scores(part).double().mean(0).cpu() for part in parts])


def _members(space: FeatureSpace, player: str) -> tuple[int, ...]:
    if player in space.names:
        return (space.index(player),)
    return tuple(space.index(name.strip()) for name in player.split(JOINER))
