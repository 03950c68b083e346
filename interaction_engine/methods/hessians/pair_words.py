"""How pairs are spoken of that are read off derivatives and weights."""

from ..common.pair_result import COMPLETE
from ..common.pair_words import CHANCE, SEPARATE, PairWords
from ..common.phrases import percent

EXPLAINED = PairWords(
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
    remedy="Take more integration points, or a smaller beta, and run it again.",
)

INPUT_HESSIAN = PairWords(
    "one standard deviation of each moves {target} by {amount} " + SEPARATE + ", as far as the curvature at the "
    "rows tells",
    "one standard deviation of each moves {target} by {amount} " + SEPARATE + ", as far as the curvature at this "
    "row tells",
    evidence="mean of",
    figure="the size of their second derivatives",
    effect="Joint effect of one standard deviation of each",
    strength="The method's own figure: the mean size, or mean square, of the second derivative",
    pulls="Rows evaluated",
    chance=CHANCE,
    caveat="Second derivatives tell nothing of what happens further away from the rows.",
)

NID = PairWords(
    "the weights that they share amount to {amount}",
    evidence="mean of",
    noun="network",
    figure="connection weights",
    effect="The same score",
    strength="The method's own figure: the weights that lead from both features to the output",
    pulls="Networks",
    caveat="Weights tell what a network could do with two features, not what it does: the numbers have no unit, "
    "and no prediction was looked at.",
    has_unit=False,
)
