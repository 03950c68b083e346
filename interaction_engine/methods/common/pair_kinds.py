"""How the methods for pairs are spoken of: what their effects are, and what their intervals hold for."""

from dataclasses import dataclass

from ...core.status import BayesianStatus, PatternStatus, RaceStatus, RankStatus, Vocabulary
from .pair_result import COMPLETE, PairInteractions
from .phrases import percent

SEPARATE = "beyond the sum of their separate effects"


@dataclass(frozen=True)
class Kind:
    """Parts of sentences on the pairs of one method.

    `move` says what a pair does, from {target} and {amount}; `one` the same where a single row stands behind it.
    `evidence` is what the {rows} are. `figure` is what the pairs are ranked by. `effect`, `strength` and `pulls` say
    what stands in these columns. `chance` must be known where there are intervals, `caveat` always. `failed` says that
    the method's own check of its figures failed, and `remedy` what helps; both are empty where it has no check.
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


CHANCE = "The intervals are for each pair by itself: of many pairs a few may stand out by chance."

RACED = Kind(f"together they typically move {{target}} by {{amount}} {SEPARATE}", noun="background row")

EXPLAINED = Kind(
    f"together they move {{target}} by {{amount}} on average, up or down, {SEPARATE}",
    f"together they move {{target}} of this row by {{amount}} {SEPARATE}",
    evidence="mean of",
    noun="explained row",
    figure="the mean size of their interactions",
    effect="Mean size of what the pair adds as a whole",
    strength="The method's own figure: the mean size of the interaction, half of what the pair adds",
    pulls="Rows explained",
    chance=CHANCE,
    failed="The completeness check failed: in at least one explained row, main effects and interactions together miss "
    f"the prediction by more than {percent(COMPLETE)}.",
    remedy="Take more nodes, or a smaller beta, and run it again.",
)

KINDS = {
    "integrated_hessians": EXPLAINED,
    "expected_hessians": EXPLAINED,
    "input_hessian": Kind(
        "one standard deviation of each moves {target} by {amount} " + SEPARATE + ", as far as the curvature at the "
        "rows tells",
        "one standard deviation of each moves {target} by {amount} " + SEPARATE + ", as far as the curvature at this "
        "row tells",
        evidence="mean of",
        figure="the size of their second derivatives",
        effect="Joint effect of one standard deviation of each",
        strength="The method's own figure: the mean size, or mean square, of the second derivative",
        pulls="Rows looked at",
        chance=CHANCE,
        caveat="Second derivatives tell nothing of what happens further away from the rows.",
    ),
    "group_expected_hessian": Kind(
        f"one standard deviation of each moves {{target}} by {{amount}} {SEPARATE}",
        interval="credible interval",
        effect="Joint effect of one standard deviation of each",
        strength="The method's own figure: the group expected Hessian",
        pulls="Rows looked at",
        chance="The intervals are for each pair by itself, and cover what the data leave open about the network.",
    ),
    "nid": Kind(
        "the weights that they share amount to {amount}",
        evidence="mean of",
        noun="network",
        figure="connection weights",
        effect="The same score",
        strength="The method's own figure: the weights that lead from both features to the output",
        pulls="Networks",
        caveat="Weights tell what a network could do with two features, not what it does: the numbers have no unit, "
        "and no prediction was looked at.",
    ),
}
"""Of methods that race pairs, or evaluate them all by moving features, RACED."""

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
    kind = kind_of(result)
    return kind.effect if result.provenance.method == "nid" else f"{kind.effect}, in {result.unit}"


def strength_help(result: PairInteractions) -> str:
    """What the strength of a pair is."""
    return kind_of(result).strength


def pulls_help(result: PairInteractions) -> str:
    """What `pulls` counts."""
    return kind_of(result).pulls


def status_help(vocabulary: Vocabulary) -> str:
    """Return what the words of a vocabulary mean, for the column `status` of a table of findings."""
    return STATUS_HELP[vocabulary]


def kind_of(result: PairInteractions) -> Kind:
    return KINDS.get(result.provenance.method, RACED)
