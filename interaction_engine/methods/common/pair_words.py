"""Terms of the methods for pairs: their effects, their intervals, and the help of each column."""

from dataclasses import dataclass

from ...core.status import BayesianStatus, PatternStatus, RaceStatus, RankStatus, Vocabulary
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


STATUS_HELP: dict[Vocabulary, str] = {
    RaceStatus: (
        "certified: proven to be among the strongest; excluded: proven not to be; undecided: neither is proven"
    ),
    RankStatus: (
        "ranked: in the order of the method's own figure, nothing is proven about places; unreliable: the method's own "
        "check of its figures failed"
    ),
    BayesianStatus: (
        "significant: the posterior of the effect leaves out zero, each pair judged by itself; not significant: it "
        "does not"
    ),
    PatternStatus: "salient: the effect reaches the threshold; below threshold: it does not, and counts as none",
}
"""What each word of a column `status` means."""


def effect_help(result: PairInteractions) -> str:
    """What the effect of a pair is, with its unit."""
    words = words_of(result)
    return f"{words.effect}, in {result.unit}" if words.has_unit else words.effect


def strength_help(result: PairInteractions) -> str:
    """What the strength of a pair is."""
    return words_of(result).strength


def pulls_help(result: PairInteractions) -> str:
    """What `pulls` counts."""
    return words_of(result).pulls


def status_help(vocabulary: Vocabulary) -> str:
    """Return what the words of a vocabulary mean, for the column `status` of a table of findings."""
    return STATUS_HELP[vocabulary]
