"""Columns of texts: recognised, and cut into word slots when a data set is made of them."""

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pandas as pd

from ..core.errors import InputError
from ..core.types import Feature, FeatureSpace, Kind
from .cleaning.values import level_names
from .words import NO_WORD, OTHER_WORD, WordColumn, words_of

MOST_PLACES = 32
"""Word slots of a text at most; what comes after them is not read."""

COVERED = 0.95
"""Share of the training rows whose words all have a slot, where MOST_PLACES are enough."""

MOST_WORDS = 2000
"""Words in a vocabulary at most, the most frequent ones: a rare word tells a network little."""

LEAST_OCCURRENCES = 2
"""A word that occurs once in the training rows says nothing of another row."""

SENTENCE = 5
"""Words from which a value is a sentence; names, titles and addresses have fewer."""

LOOKED_AT = 2000
"""Values by which a column is judged."""


def typical_length(values: Iterable[str]) -> float:
    """The median number of words of texts; 0 of none."""
    lengths = [len(words_of(value)) for value in values]
    return float(np.median(lengths)) if lengths else 0.0


def is_text(values: pd.Series) -> bool:
    """Whether most values are sentences that have words in common."""
    some = values.iloc[:LOOKED_AT]
    if typical_length(some.iloc[:200]) < SENTENCE or typical_length(some) < SENTENCE:
        return False
    return any(count >= LEAST_OCCURRENCES for count in Counter(_all_words(map(words_of, some))).values())


def word_slots(
    column: pd.Series, train: np.ndarray, taken: Iterable[str] = ()
) -> tuple[dict[str, pd.Series], tuple[Feature, ...]]:
    """A text column as word slots: the columns by name and the features. Missing texts have no words.

    The slots are as many as COVERED of the texts at the positions `train` need, at most MOST_PLACES, and at least one;
    the vocabulary has the MOST_WORDS most frequent of the words that occur LEAST_OCCURRENCES times there. A slot whose
    name is among `taken` gets another. Raises `InputError` when no word occurs that often.
    """
    texts = [words_of(text) for text in level_names(column).fillna("")]
    learnt = [texts[row] for row in train]
    lengths = np.array([len(words) for words in learnt])
    n_places = int(np.clip(np.ceil(np.quantile(lengths, COVERED)), 1, MOST_PLACES)) if len(lengths) else 1
    matches = sorted(Counter(_all_words(learnt)).items(), key=lambda one: (-one[1], one[0]))
    frequent = [word for word, count in matches[:MOST_WORDS] if count >= LEAST_OCCURRENCES]
    name = str(column.name)
    if not frequent:
        raise InputError(
            f"The text `{name}` has no word that occurs {LEAST_OCCURRENCES} times in the training rows, so that "
            "nothing can be learnt from it; ignore the column, or add rows."
        )
    levels = (NO_WORD, OTHER_WORD, *frequent)
    known = dict(zip(frequent, frequent, strict=True))
    names = _names(name, n_places, set(taken))
    slots = {}
    for place, slot in enumerate(names):
        words = [known.get(text[place], OTHER_WORD) if place < len(text) else NO_WORD for text in texts]
        slots[slot] = pd.Series(words, dtype="str", name=slot)
    return slots, tuple(Feature(slot, Kind.CATEGORICAL, levels=levels, word_of=name) for slot in names)


def folded(space: FeatureSpace, frame: pd.DataFrame) -> pd.DataFrame:
    """A table with a column of joined words, named as the text, in place of the word slots of each."""
    owner = {feature.name: feature.word_of for feature in space.features if feature.word_of}
    columns: dict[str, pd.Series] = {}
    for name in frame.columns:
        text = owner.get(name)
        if text is None:
            columns[name] = frame[name]
        elif text not in columns:
            own = frame[[one for one in frame.columns if owner.get(one) == text]].to_numpy()
            joined = [" ".join(word for word in words if word != NO_WORD) for words in own]
            columns[text] = pd.Series(joined, dtype="str", index=frame.index)
    return pd.DataFrame(columns, index=frame.index)


def encoded(text: WordColumn, column: pd.Series) -> np.ndarray:
    """Texts as level indices, int64 (rows, slots); missing ones have no words."""
    sentences = level_names(column).fillna("")
    return np.stack([text.encode(sentence)[0] for sentence in sentences]).reshape(len(sentences), len(text.places))


def _names(name: str, n_places: int, taken: set[str]) -> list[str]:
    stem = name
    while any(f"{stem} {place + 1}" in taken for place in range(n_places)):
        stem += " word"
    return [f"{stem} {place + 1}" for place in range(n_places)]


def _all_words(texts: Iterable[list[str]]) -> list[str]:
    return [word for words in texts for word in words]
