"""Words as players: the filled word slots of one text, or of a long one those that the score depends on most."""

import numpy as np
import torch

from ..data.words import NONE, word_columns
from .game import check_number
from .players import Cast, listed, mean_scores, numbered
from .task import Stage

REMEDY = "Take a sentence or a row of at least two words."


def words_by_place(stage: Stage, sample: int) -> dict[int, str]:
    """The words of a sample by their place in the feature space, as they were typed or as the data have them."""
    if stage.words is not None:
        return stage.words
    space, row = stage.data.space, stage.rows[sample]
    slots = [place for column in word_columns(space) for place in column.places if row[place] != NONE]
    return {place: space.features[place].levels[int(row[place])] for place in slots}


def word_cast(stage: Stage, max_players: int) -> Cast:
    """The words of the stage's only sample; of more than `max_players` those without which the score changes most, the
    others stay. Raises `InputError` for a text of fewer than two words."""
    words = words_by_place(stage, 0)
    check_number(min(len(words), max_players), REMEDY)
    names = dict(zip(words, numbered(list(words.values())), strict=True))
    if len(words) <= max_players:
        return Cast(tuple(names.values()), tuple((place,) for place in names), kind="word")
    changes = changes_without(stage, list(words))
    strongest = np.sort(np.argsort(-changes, kind="stable")[:max_players])
    chosen = [list(words)[place] for place in strongest]
    others = [name for place, name in names.items() if place not in chosen]
    return Cast(
        tuple(names[place] for place in chosen),
        tuple((place,) for place in chosen),
        kind="word",
        notes=(strongest_note(len(chosen), others),),
        evaluations=(len(words) + 1) * len(stage.baseline.rows),
    )


def strongest_note(n_players: int, others: list[str]) -> str:
    """That a text has more words than can play."""
    return (
        f"The {n_players} words without which alone the score changes most play; the other {len(others)} are there "
        f"throughout: {listed(others)}."
    )


def changes_without(stage: Stage, places: list[int]) -> np.ndarray:
    """By how much the score of the first sample changes when one feature alone is at the baseline."""
    (model, _, _), row = next(stage.by_class([0])), torch.from_numpy(stage.rows[0])
    shown = torch.from_numpy(stage.kept).repeat(len(places) + 1, 1)
    shown[torch.arange(len(places)), torch.tensor(places)] = False
    bases = torch.from_numpy(stage.baseline.rows)
    scores = torch.stack([mean_scores(model, torch.where(shown, row, base), stage.compute) for base in bases]).mean(0)
    return (scores[:-1] - scores[-1]).abs().numpy()
