"""How pairs with credible intervals are spoken of."""

from ..common.pair_words import SEPARATE, PairWords

GROUPS = PairWords(
    f"one standard deviation of each moves {{target}} by {{amount}} {SEPARATE}",
    interval="credible interval",
    effect="Joint effect of one standard deviation of each",
    strength="The method's own figure: the group expected Hessian",
    pulls="Rows evaluated",
    chance="The intervals are for each pair by itself, and cover what the data leave open about the network.",
)
