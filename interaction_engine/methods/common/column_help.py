"""What stands in the columns of a table of pairs."""

from ...core.status import BayesianStatus, PatternStatus, RaceStatus, RankStatus, Vocabulary
from .pair_result import PairInteractions
from .pair_words import words_of

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
