"""How the methods for pairs are spoken of: what their effects are, and what their intervals hold for."""

from dataclasses import dataclass

from ..results import PairInteractions

SEPARATE = "beyond the sum of their separate effects"


@dataclass(frozen=True)
class Kind:
    """Parts of sentences on the pairs of one method.

    `move` says what a pair does, from {target} and {amount}; `one` the same where a single row stands behind it.
    `evidence` is what the {rows} are. `joint`: the intervals hold for all pairs together, so that places are proven.
    `effect`, `strength` and `pulls` say what stands in these columns.
    `chance` must be known where there are intervals, `caveat` always.
    """

    move: str
    one: str = ""
    interval: str = "interval"
    evidence: str = "evaluated on"
    noun: str = "row"
    joint: bool = False
    effect: str = "Root mean square joint effect"
    strength: str = "The method's own figure: the mean squared joint effect"
    pulls: str = "Background rows evaluated"
    chance: str = ""
    caveat: str = ""


CHANCE = "The intervals are for each pair by itself: of many pairs a few may stand out by chance."

RACED = Kind(f"together they typically move {{target}} by {{amount}} {SEPARATE}", noun="background row", joint=True)

EXPLAINED = Kind(
    f"together they move {{target}} by {{amount}} on average, up or down, {SEPARATE}",
    f"together they move {{target}} of this row by {{amount}} {SEPARATE}",
    evidence="mean of",
    noun="explained row",
    effect="Mean size of what the pair adds as a whole",
    strength="The method's own figure: the mean size of the interaction, half of what the pair adds",
    pulls="Rows explained",
    chance=CHANCE,
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
        effect="The same score",
        strength="The method's own figure: the weights that lead from both features to the output",
        pulls="Networks",
        caveat="Weights tell what a network could do with two features, not what it does: the numbers have no unit, "
        "and no prediction was looked at.",
    ),
}
"""Of methods that race pairs, or evaluate them all by moving features, RACED."""


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


def kind_of(result: PairInteractions) -> Kind:
    return KINDS.get(result.provenance.method, RACED)
