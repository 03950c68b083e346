"""How far a prediction usually lies from its base: what the size of a single one's effects is compared with."""

from dataclasses import replace

import numpy as np
import torch

from ..core.types import TargetKind
from ..data.words import word_columns
from .game import Game
from .masking_task import MaskingTask, scorable_classes
from .players import PlayerSet
from .tabular import TabularGame

COMPARED = 64
"""Training rows over which the distance is averaged: it only sets a threshold of a few per cent."""

OWN_BASE = "cluster"
"""Kind of players whose base belongs to their sample alone."""


def usual_distance(game: Game) -> float | None:
    """The mean |v(row) - v(row with every player masked)| over training rows.

    Each row in the score of its own class where the model gives that, of texts with all words masked. None where
    there are no rows to compare with: several samples are compared with each other, and clusters have a base of
    their own.
    """
    single = _comparable(game)
    if single is None:
        return None
    crowd = _crowd(single.task)
    masked = {place for places in single.player_set.members for place in places}
    if single.player_set.kind == "word":
        columns = word_columns(crowd.data.space)
        masked |= {place for one in columns if masked & set(one.places) for place in one.places}
    together = TabularGame(crowd, PlayerSet(("all",), (tuple(sorted(masked)),)))
    ends = together.values(range(len(crowd.samples)), torch.tensor([0, 1]))
    return float((ends[:, 1] - ends[:, 0]).abs().mean())


def comparing_cost(game: Game) -> int:
    """Scores that `usual_distance` takes."""
    single = _comparable(game)
    return 0 if single is None else 2 * min(COMPARED, len(single.task.data.train_rows)) * single.calls_per_mask


def _comparable(game: Game) -> TabularGame | None:
    """The game, if rows of its data can be compared with its sample."""
    if isinstance(game, TabularGame) and len(game.samples) == 1 and game.player_set.kind != OWN_BASE:
        return game
    return None


def _crowd(task: MaskingTask) -> MaskingTask:
    """The task with drawn training rows on it."""
    data = task.data
    drawn = np.random.default_rng(0).permutation(data.train_rows)[:COMPARED]
    own = [task.classes[0]] * len(drawn)
    target = task.model.target
    if target.kind is not TargetKind.REGRESSION:
        known = {target.classes[index]: index for index in scorable_classes(task.model) if index is not None}
        names = [data.target.classes[int(data.target_values[row])] for row in drawn]
        own = [known.get(name, task.classes[0]) for name in names]
    return replace(task, rows=data.rows[drawn], classes=tuple(own), samples=task.samples * len(drawn))
