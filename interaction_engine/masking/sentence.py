"""A typed sentence in the place of a row, for models of data with a text column."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from ..core.compute import Compute
from ..core.errors import InputError
from ..core.types import Model
from ..data.dataset import Dataset
from ..data.words import WordColumn, word_columns, words_of
from .baselines import Chosen, baseline_of
from .checking import check_log_odds
from .game import Sample
from .players import listed, mean_scores
from .task import Stage, exact_model, scorable_classes

LONGEST_LABEL = 500
"""Letters of a typed text that stand in the label of its sample."""


def stage_of_sentence(
    model: Model, data: Dataset, sentence: str, baseline: Chosen, seed: int, compute: Compute
) -> Stage:
    """A typed text; the other features have the values of the baseline throughout. For classification the score is the
    log-odds of the class that the model gives it.

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
    stage = Stage(
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
    return _predicted(stage, classes) if len(classes) > 1 else stage


def shortened(sentence: str) -> str:
    """A typed text as the label of its sample: on one line, not too long."""
    typed = " ".join(sentence.split())
    return typed if len(typed) <= LONGEST_LABEL else f"{typed[: LONGEST_LABEL - 1]}…"


def _predicted(stage: Stage, classes: Sequence[int | None]) -> Stage:
    """The stage with the class of the largest score."""
    rows = torch.from_numpy(np.where(stage.kept, stage.rows[0], stage.baseline.rows))
    every = replace(stage, classes=tuple(classes))
    scores = np.empty(len(classes))
    for model, sign, places in every.by_class(range(len(classes))):
        scores[places] = sign * float(mean_scores(model, rows, stage.compute).mean())
    spent = stage.evaluations + len(classes) * len(rows)
    found = classes[int(scores.argmax())]
    note = "The score is the log-odds of the class that the model gives the sentence."
    return replace(stage, classes=(found,), evaluations=spent, notes=(note, *stage.notes))


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
