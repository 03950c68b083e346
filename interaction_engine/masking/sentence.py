"""Sentences as samples and words as players, for models of data with a text column."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from ..core.compute import Compute
from ..core.errors import InputError
from ..core.types import Model
from ..data.dataset import Dataset
from ..data.words import NONE, WordColumn, word_columns, words_of
from .baselines import Chosen, baseline_of
from .game import Sample, check_number
from .masking_task import MaskingTask, check_log_odds, exact_model, scorable_classes
from .players import PlayerSet, listed, mean_scores, numbered

LONGEST_LABEL = 500
"""Letters of a typed text that stand in the label of its sample."""


def task_of_sentence(
    model: Model, data: Dataset, sentence: str, baseline: Chosen, seed: int, compute: Compute
) -> MaskingTask:
    """A typed text; the other features have the values of the baseline throughout.

    For classification the score is the log-odds of the class that the model gives it.

    Raises `InputError` when the data have no text column, and for a text of fewer than two words.
    """
    column = _text_column(data, sentence)
    indices, unknown, beyond = column.encode(sentence)
    standing, exact = baseline_of(data, baseline, seed), exact_model(model, compute)
    row = standing.rows[0].copy()
    row[list(column.places)] = indices
    kept = np.zeros(len(data.space), dtype=bool)
    kept[list(column.places)] = True
    classes = scorable_classes(exact)
    task = MaskingTask(
        model=exact,
        data=data,
        rows=row[None],
        classes=classes[:1],
        samples=(Sample(-1, shortened(sentence)),),
        baseline=standing,
        kept=kept,
        compute=compute,
        evaluations=check_log_odds(exact, data, seed, compute),
        words=dict(zip(column.places, words_of(sentence), strict=False)),
        notes=_notes(data, column, unknown, beyond),
    )
    return _predicted(task, classes) if len(classes) > 1 else task


def shortened(sentence: str) -> str:
    """A typed text as the label of its sample: on one line, not too long."""
    typed = " ".join(sentence.split())
    return typed if len(typed) <= LONGEST_LABEL else f"{typed[: LONGEST_LABEL - 1]}…"


def _predicted(task: MaskingTask, classes: Sequence[int | None]) -> MaskingTask:
    """The task with the class of the largest score."""
    rows = torch.from_numpy(np.where(task.kept, task.rows[0], task.baseline.rows))
    every = replace(task, classes=tuple(classes))
    scores = np.empty(len(classes))
    for model, sign, places in every.by_class(range(len(classes))):
        scores[places] = sign * float(mean_scores(model, rows, task.compute).mean())
    spent = task.evaluations + len(classes) * len(rows)
    result = classes[int(scores.argmax())]
    note = "The score is the log-odds of the class that the model gives the sentence."
    return replace(task, classes=(result,), evaluations=spent, notes=(note, *task.notes))


def _text_column(data: Dataset, sentence: str) -> WordColumn:
    columns = word_columns(data.space)
    if not columns:
        raise InputError(
            f"`sentence` needs data with a text column; `{data.name}` has none. Name a `row` instead, or the `folder` "
            "of a text classifier."
        )
    if not words_of(sentence):
        raise InputError("The sentence is empty; type at least two words.")
    return columns[0]


def _notes(data: Dataset, column: WordColumn, unknown: Sequence[str], beyond: Sequence[str]) -> tuple[str, ...]:
    notes = []
    if unknown:
        notes.append(f"Words that the model does not know, all of which are the same to it: {listed(unknown)}.")
    if beyond:
        notes.append(f"The model reads the first {len(column.places)} words; it does not see: {listed(beyond)}.")
    if len(column.places) < len(data.space):
        notes.append(f"The sentence stands for `{column.name}`; all other features are at the baseline.")
    return tuple(notes)


REMEDY = "Take a sentence or a row of at least two words."


def words_by_place(task: MaskingTask, sample: int) -> dict[int, str]:
    """The words of a sample by their place in the feature space, as they were typed or as the data have them."""
    if task.words is not None:
        return task.words
    space, row = task.data.space, task.rows[sample]
    slots = [place for column in word_columns(space) for place in column.places if row[place] != NONE]
    return {place: space.features[place].levels[int(row[place])] for place in slots}


def word_players(task: MaskingTask, max_players: int) -> PlayerSet:
    """The words of the task's only sample.

    Of more than `max_players` those without which the score changes most, the others stay. Raises `InputError` for
    a text of fewer than two words.
    """
    words = words_by_place(task, 0)
    check_number(min(len(words), max_players), REMEDY)
    names = dict(zip(words, numbered(list(words.values())), strict=True))
    if len(words) <= max_players:
        return PlayerSet(tuple(names.values()), tuple((place,) for place in names), kind="word")
    changes = changes_without(task, list(words))
    strongest = np.sort(np.argsort(-changes, kind="stable")[:max_players])
    chosen = [list(words)[place] for place in strongest]
    others = [name for place, name in names.items() if place not in chosen]
    return PlayerSet(
        tuple(names[place] for place in chosen),
        tuple((place,) for place in chosen),
        kind="word",
        notes=(strongest_note(len(chosen), others),),
        evaluations=(len(words) + 1) * len(task.baseline.rows),
    )


def strongest_note(n_players: int, others: list[str]) -> str:
    """That a text has more words than can play."""
    return (
        f"The {n_players} words without which alone the score changes most play; the other {len(others)} are there "
        f"throughout: {listed(others)}."
    )


def changes_without(task: MaskingTask, places: list[int]) -> np.ndarray:
    """By how much the score of the first sample changes when one feature alone is at the baseline."""
    (model, _, _), row = next(task.by_class([0])), torch.from_numpy(task.rows[0])
    shown = torch.from_numpy(task.kept).repeat(len(places) + 1, 1)
    shown[torch.arange(len(places)), torch.tensor(places)] = False
    bases = torch.from_numpy(task.baseline.rows)
    scores = torch.stack([mean_scores(model, torch.where(shown, row, base), task.compute) for base in bases]).mean(0)
    return (scores[:-1] - scores[-1]).abs().numpy()
