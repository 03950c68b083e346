"""The game that is meant: whose prediction, and who plays."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from ..core.compute import Compute
from ..core.errors import InputError
from ..core.types import FeatureSpace, Model
from ..data.dataset import Dataset
from ..data.words import NONE, word_columns
from ..models.networks.convolution import shows_images
from .baselines import Baseline, Chosen
from .clouds import at_centre, cloud_of, cluster_players
from .masking_task import MaskingTask, task_of_rows
from .patches import patch_players
from .players import PlayerSet, judging_cost, listed, named_players, strongest_features
from .sentence import task_of_sentence, word_players
from .tabular import TabularGame
from .tokens import TokenGame

Parts = Literal["auto", "features", "patches", "clusters"]

Playable = TabularGame | TokenGame
"""A game that also tells what it cost to make it, what must be known of it, and what it takes to score it."""

SEVERAL = (
    "Several rows are taken apart by the players that they share, but each has {kind} of its own. Name one `row`, or "
    'pass `parts="features"`.'
)

NO_WORDS = "words left out"
"""The baseline of a sentence."""


def chosen_game(
    model: Model,
    data: Dataset,
    *,
    row: int | None,
    rows: int,
    sentence: str | None,
    players: Sequence[str] | None,
    parts: Parts,
    max_players: int,
    baseline: Chosen,
    folder: str | None,
    seed: int,
    compute: Compute,
) -> Playable:
    """The game that the options of `and_or` describe (see there)."""
    if row is not None and sentence is not None:
        raise InputError(f"Either a `row` or a `sentence` can be taken apart; got both (row {row}). Leave one out.")
    if folder is not None:
        return folder_game(folder, sentence, players, max_players)
    settings: Any = {"parts": parts, "max_players": max_players, "seed": seed, "compute": compute}
    if sentence is not None:
        return sentence_game(model, data, sentence, players, baseline, **settings)
    drawn = [row] if row is not None else _drawn(data, rows, seed)
    return rows_game(model, data, drawn, players, baseline, **settings)


def rows_game(
    model: Model,
    data: Dataset,
    rows: Sequence[int],
    players: Sequence[str] | None = None,
    baseline: Chosen = "mean",
    *,
    parts: Parts = "auto",
    max_players: int = 12,
    seed: int = 0,
    compute: Compute = Compute(),
) -> TabularGame:
    """Some rows of a data set as a game.

    `players` None lets `parts` say who plays: "features" (of more than `max_players` the strongest by first-order
    effect), "patches" of an image, "clusters" of a point cloud, "auto" what the data have: words, patches, clusters,
    else features. Raises `InputError` for players, baselines or rows that cannot be used, and `ModelError` for a
    classifier whose scores are no log-odds.
    """
    task = task_of_rows(model, data, rows, baseline, seed, compute)
    return _game(task, players, parts, max_players, seed)


def sentence_game(
    model: Model,
    data: Dataset,
    sentence: str,
    players: Sequence[str] | None = None,
    baseline: Chosen = "mean",
    *,
    parts: Parts = "auto",
    max_players: int = 12,
    seed: int = 0,
    compute: Compute = Compute(),
) -> TabularGame:
    """A typed sentence as a game over its words, for data with a text column; as `rows_game` otherwise."""
    task = task_of_sentence(model, data, sentence, baseline, seed, compute)
    return _game(task, players, parts, max_players, seed)


def folder_game(
    folder: str, sentence: str | None, players: Sequence[str] | None = None, max_players: int = 12
) -> TokenGame:
    """A typed sentence as a game over its tokens, for a Hugging Face classifier in a local folder."""
    from .hugging_face import TextClassifier

    if sentence is None:
        raise InputError("`folder` names a text classifier, which needs a `sentence`; type one.")
    if players is not None:
        raise InputError("`players` are features, which a classifier from a `folder` has none of; leave them out.")
    return TextClassifier(folder).game(sentence, max_players=max_players)


def _game(task: MaskingTask, players: Sequence[str] | None, parts: Parts, max_players: int, seed: int) -> TabularGame:
    space = task.data.space
    way = fitting(space) if parts == "auto" else parts
    if players is not None:
        result = named_players(space, players)
    elif way == "patches":
        result = patch_players(space, max_players)
    elif way == "features":
        result = _features(task, max_players, seed)
    elif len(task.samples) > 1:
        raise InputError(SEVERAL.format(kind=way))
    elif way == "clusters":
        result, task = cluster_players(task, max_players, seed), at_centre(task)
    else:
        result = word_players(task, max_players)
    return TabularGame(_without_words(task, result), _with_note(task, result))


def fitting(space: FeatureSpace) -> str:
    """What players are where nobody says: words, patches, clusters, or features."""
    if word_columns(space):
        return "words"
    if shows_images(space):
        return "patches"
    return "clusters" if cloud_of(space) is not None else "features"


def _features(task: MaskingTask, max_players: int, seed: int) -> PlayerSet:
    """All features, or the strongest of many."""
    data = task.data
    names = strongest_features(task.model, data, task.baseline, max_players, seed, task.compute)
    result = named_players(data.space, names)
    others = [name for name in data.space.names if name not in names]
    if not others:
        return result
    note = (
        f"The {len(names)} features that move the score most on their own play; the other {len(others)} keep "
        f"the row's values: {listed(others)}."
    )
    return PlayerSet(names, result.members, notes=(note,), evaluations=judging_cost(data))


def _with_note(task: MaskingTask, chosen: PlayerSet) -> PlayerSet:
    """The players with a note on the features that do not play."""
    left_out = len(task.data.space) - sum(map(len, chosen.members))
    if not left_out or chosen.kind != "feature" or chosen.evaluations or task.words is not None:
        return chosen
    note = f"{left_out} of {len(task.data.space)} features are no players and keep the row's values throughout."
    return PlayerSet(chosen.names, chosen.members, chosen.kind, (note, *chosen.notes), chosen.evaluations)


def _without_words(task: MaskingTask, player_set: PlayerSet) -> MaskingTask:
    """The task with a baseline that is called what it is, where all players are words and masked ones are none."""
    places = [place for places in player_set.members for place in places]
    slots = all(task.data.space.features[place].word_of for place in places)
    if not slots or bool((task.baseline.rows[:, places] != NONE).any()):
        return task
    rows = task.baseline.rows
    same = bool(task.kept.all()) or bool((rows == rows[0]).all())
    return replace(task, baseline=Baseline(rows[:1] if same else rows, NO_WORDS))


def _drawn(data: Dataset, count: int, seed: int) -> list[int]:
    """Rows drawn from the held-out ones, from all where none are held out; in the order of the data."""
    pool = data.held_out_rows if len(data.held_out_rows) else np.arange(len(data))
    return sorted(np.random.default_rng(seed).permutation(pool)[:count].tolist())
