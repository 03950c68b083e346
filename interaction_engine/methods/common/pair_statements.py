"""What any result about pairs says, by the vocabulary of its statuses: proven places, rankings, or significance."""

from types import ModuleType

from . import pair_summary as pairs
from . import ranking_summary as rankings
from .pair_result import PairInteractions
from .pair_words import RACED, words_of


def finding(result: PairInteractions) -> str:
    """Return the finding in one sentence, with what its method can vouch for and no more."""
    return _words(result).finding(result)


def pair_sentence(result: PairInteractions, first: str, second: str) -> str:
    """Return where one pair stands.

    Raises:
        InputError: When the result has no such pair.
    """
    return _words(result).pair_sentence(result, first, second)


def confidence_sentence(result: PairInteractions) -> str:
    """Return how sure the figures and the order of the pairs are."""
    return _words(result).confidence_sentence(result)


def caveats(result: PairInteractions) -> tuple[str, ...]:
    """Return what a reader must know before believing the finding, a sentence each, the weightiest first."""
    return _words(result).caveats(result)


def _words(result: PairInteractions) -> ModuleType:
    """The words of races for what raced or was evaluated exactly; else those that prove nothing."""
    return pairs if words_of(result) is RACED else rankings
