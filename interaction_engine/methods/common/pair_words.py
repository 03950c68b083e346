"""How the methods for pairs are spoken of: what their effects are, and what their intervals hold for."""

from dataclasses import dataclass

from ..registry import METHODS
from .pair_result import PairInteractions

SEPARATE = "beyond the sum of their separate effects"


@dataclass(frozen=True)
class PairWords:
    """Parts of sentences on the pairs of one method.

    `move` says what a pair does, from {target} and {amount}; `one` the same where a single row stands behind it.
    `evidence` is what the {rows} are. `figure` is what the pairs are ranked by. `effect`, `strength` and `pulls` say
    what stands in these columns. `chance` must be known where there are intervals, `caveat` always. `failed` says that
    the method's own check of its figures failed, and `remedy` what helps; both are empty where it has no check.
    `has_unit` is False for a score without a unit.
    """

    move: str
    one: str = ""
    interval: str = "interval"
    evidence: str = "evaluated on"
    noun: str = "row"
    figure: str = ""
    effect: str = "Root mean square joint effect"
    strength: str = "The method's own figure: the mean squared joint effect"
    pulls: str = "Background rows evaluated"
    chance: str = ""
    caveat: str = ""
    failed: str = ""
    remedy: str = ""
    has_unit: bool = True


CHANCE = "The intervals are for each pair by itself: of many pairs a few may stand out by chance."

RACED = PairWords(f"together they typically move {{target}} by {{amount}} {SEPARATE}", noun="background row")


def words_of(result: PairInteractions) -> PairWords:
    """Return the words of the method that found these pairs; those of races where it has none of its own."""
    method = METHODS.get(result.provenance.method)
    return (method and method.words) or RACED
