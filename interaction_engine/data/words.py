"""Words of a text: how a sentence is cut, and a text column as categorical features, one per place of a word.

A text column with at most L words a row becomes L features, its word slots, which share their levels: `NO_WORD` at the
places behind the last word, `OTHER_WORD` for words that are not in the vocabulary, then the words.
"""

import re
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from ..core.types import FeatureSpace

NONE, OTHER = 0, 1
"""Level indices of every word slot."""

NO_WORD, OTHER_WORD = "(none)", "(other)"
"""Their names, which no word can have."""

ALONE = "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Characters of scripts without spaces (kana, Han): each is a word."""


def words_of(sentence: str) -> list[str]:
    """The words of a sentence in lower case, in order.

    Letters, digits and their marks make words; apostrophes stay inside them ("isn't"). "!", "?", pictographs, and
    characters of scripts without spaces are words of their own. Everything else parts words and is dropped.
    """
    plain = unicodedata.normalize("NFC", sentence).replace("\u2019", "'").lower()
    return _pattern(plain.isascii()).findall(plain)


@dataclass(frozen=True)
class WordColumn:
    """A text column: its `name`, the `places` of its word slots in the feature space, and the `levels` they share."""

    name: str
    places: tuple[int, ...]
    levels: tuple[str, ...]

    def encode(self, sentence: str) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
        """The level index in each slot (int64), the words that are not known, and the words beyond the last slot."""
        return self._encode(words_of(sentence))

    def reread(self, sentence: str) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
        """Encode a sentence made of what `decode` returned.

        `OTHER_WORD` in it stays what it stands for, and is not reported as unknown.
        """
        parts = re.split(f"({re.escape(OTHER_WORD)})", sentence)
        words = [word for part in parts for word in ([part] if part == OTHER_WORD else words_of(part))]
        indices, unknown, beyond = self._encode(words)
        return indices, tuple(word for word in unknown if word != OTHER_WORD), beyond

    def decode(self, indices: np.ndarray | Iterable[float]) -> list[str]:
        """The words at these level indices, one per slot; the empty places behind the last word are left out."""
        matches = [int(index) for index in indices]
        while matches and matches[-1] == NONE:
            matches.pop()
        return [self.levels[index] for index in matches]

    def _encode(self, words: list[str]) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
        kept, beyond = words[: len(self.places)], words[len(self.places) :]
        indices = np.full(len(self.places), NONE, dtype=np.int64)
        indices[: len(kept)] = [self._index.get(word, OTHER) for word in kept]
        unknown = tuple(dict.fromkeys(word for word in kept if word not in self._index))
        return indices, unknown, tuple(beyond)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {word: index for index, word in enumerate(self.levels) if index > OTHER}


def word_columns(space: FeatureSpace) -> tuple[WordColumn, ...]:
    """The text columns among the features, in order; none for a table without text."""
    places: dict[str, list[int]] = {}
    for place, feature in enumerate(space.features):
        if feature.word_of:
            places.setdefault(feature.word_of, []).append(place)
    return tuple(WordColumn(name, tuple(own), space.features[own[0]].levels) for name, own in places.items())


@cache
def _pattern(ascii_only: bool) -> re.Pattern[str]:
    """What a word is; marks and pictographs are no class of `re`, so that they are listed here once."""
    if ascii_only:
        return re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)*|[!?]")
    kinds = {"M": [], "So": []}
    for code in range(128, sys.maxunicode + 1):
        category = unicodedata.category(chr(code))
        if category[0] == "M":
            kinds["M"].append(code)
        elif category == "So":
            kinds["So"].append(code)
    marks, signs = (_ranges(codes) for codes in kinds.values())
    part = f"(?:(?![{ALONE}])[^\\W_][{marks}]*)+"
    return re.compile(f"{part}(?:'{part})*|[{ALONE}](?<=\\w)|[{signs}!?]")


def _ranges(codes: list[int]) -> str:
    """Character codes in order as the inside of a class of `re`."""
    cuts = np.flatnonzero(np.diff(codes) > 1) + 1
    return "".join(f"{chr(part[0])}-{chr(part[-1])}" for part in np.split(np.array(codes), cuts))
