"""Who plays: single features, groups of them under a name or their own, or the strongest where there are too many."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from ..core.compute import Compute
from ..core.errors import InputError
from ..core.types import FeatureSpace, Model
from ..data.dataset import Dataset
from .baselines import Baseline
from .game import check_number

JOINER = " & "
"""Between the features of a group, in the name of a player."""

NAMED = " = "
"""Between the name that a group is given and its features."""

JUDGED = 256
"""Background rows over which single features are compared; their order seldom changes with more."""

REMEDY = "Name 2 to 20 features, or join some into groups: `a & b`, or `name = a & b`."


@dataclass(frozen=True)
class PlayerSet:
    """Who plays: names, and the places of the features that belong to each.

    `kind` says what players are: "feature" (or groups of them), "word", "patch", "cluster". `notes` is what a reader
    must know of the choice, `evaluations` what it cost.
    """

    names: tuple[str, ...]
    members: tuple[tuple[int, ...], ...]
    kind: str = "feature"
    notes: tuple[str, ...] = ()
    evaluations: int = 0


def named_players(space: FeatureSpace, players: Sequence[str]) -> PlayerSet:
    """The players of these names.

    A player is written as a feature's name, as several joined by " & " where no feature has that very name, or as
    "name = a & b": a group that is called `name`. Raises `InputError` for fewer than 2 players or more than 20, an
    unknown feature, one that belongs to two players, or two players of one name.
    """
    check_number(len(players), REMEDY)
    names, members = zip(*(_named(space, player) for player in players), strict=True)
    for place, name in enumerate(names):
        if not name:
            raise InputError(f"`{players[place].strip()}` gives a group no name; write `name = a & b`.")
        if name in names[:place]:
            raise InputError(f"Two players are called `{name}`; give each a name of its own.")
    _check_owners(space, names, members)
    notes = ("Features joined into a group are masked and shown together.",)
    return PlayerSet(names, members, notes=notes if any(len(places) > 1 for places in members) else ())


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


def numbered(names: Sequence[str]) -> tuple[str, ...]:
    """The names, those that occur again with their number: "the (2)"; all different."""
    taken, seen, result = set(names), dict.fromkeys(names, 0), []
    for name in names:
        seen[name] += 1
        again = f"{name} ({seen[name]})" if names.count(name) > 1 else name
        while again != name and again in taken:
            seen[name] += 1
            again = f"{name} ({seen[name]})"
        result.append(again)
    return tuple(result)


def listed(names: Sequence[str], most: int = 10) -> str:
    """Names in a sentence, the first of many."""
    some = (" ".join(name.replace("`", "'").split()) for name in names[:most])
    return ", ".join(some) + (f" and {len(names) - most} more" if len(names) > most else "")


def _named(space: FeatureSpace, player: str) -> tuple[str, tuple[int, ...]]:
    """The name of a player, and the places of its features; names of features may hold " = " and " & " themselves."""
    if player in space.names:
        return player, (space.index(player),)
    parts = player.split(NAMED)
    readings = [(NAMED.join(parts[:cut]).strip(), NAMED.join(parts[cut:])) for cut in range(1, len(parts))]
    readings.insert(0, (player, player))
    for name, group in readings:
        features = [feature.strip() for feature in group.split(JOINER)]
        if set(features) <= set(space.names):
            return name, tuple(space.index(feature) for feature in features)
    group = readings[min(1, len(readings) - 1)][1]
    return player, tuple(space.index(feature.strip()) for feature in group.split(JOINER))


def _check_owners(space: FeatureSpace, names: Sequence[str], members: Sequence[tuple[int, ...]]) -> None:
    owner: dict[int, str] = {}
    for name, places in zip(names, members, strict=True):
        for place in places:
            if place in owner:
                raise InputError(
                    f"A feature can belong to one player only; `{space.names[place]}` is in `{owner[place]}` and "
                    f"in `{name}`."
                )
            owner[place] = name
