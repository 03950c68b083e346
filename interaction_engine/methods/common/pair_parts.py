"""Parts of sentences about a pair in any kind of result: its names, its row, the truth, logarithms, its support."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

from .pair_result import PairInteractions
from .phrases import are, named, number, percent


def row_at(result: PairInteractions, place: int) -> dict[Hashable, Any]:
    """Return a row of the table of pairs by column."""
    return {column: result.table[column].iloc[place] for column in result.table}


def both_names(row: Mapping[Hashable, Any]) -> str:
    """Return the names of the pair of a row, in words."""
    return f"{named(row['feature_1'])} and {named(row['feature_2'])}"


def logarithm_sentence(result: PairInteractions) -> str:
    """What a change of a logarithm means for the number behind it."""
    unit, effect = result.unit, float(result.table["effect"].iloc[0])
    if not 0.005 <= effect <= 10:
        return ""
    change, factor = number(effect), number(math.exp(effect), 3 if effect < 0.1 else 2)
    if unit.startswith("log-odds of "):
        return f"A change of {change} in log-odds multiplies the odds by {factor}, or divides them by as much."
    if unit.startswith("log(1 + "):
        return f"A change of {change} in {named(unit)} is a factor of {factor} in {named(unit[4:-1])}."
    return ""


def truth_sentence(result: PairInteractions) -> str:
    """How many of the true pairs stand at the top."""
    if result.true_pairs is None:
        return ""
    if not result.true_pairs:
        return "The truth is known: no pair interacts."
    n_true = min(len(result.true_pairs), len(result.table))
    top = zip(result.table["feature_1"].head(n_true), result.table["feature_2"].head(n_true), strict=True)
    match = sum(frozenset(pair) in result.true_pairs for pair in top)
    if n_true == 1:
        return f"The truth is known: the one true pair is {'' if match else 'not '}the strongest here."
    return (
        f"The truth is known: {match:,} of the {n_true:,} true pairs {are(match)} among the {n_true:,} strongest here."
    )


def support_sentence(share: float) -> str:
    """State how many of the perturbed rows behind a pair's strength resemble the data.

    Args:
        share: Between 0 and 1, as `support` returns it; NaN if there are too few rows to tell.
    """
    if math.isnan(share):
        return "There are too few rows to tell whether perturbed rows behind this strength resemble your data."
    if share == 0:
        return "None of the perturbed rows behind this strength resemble your data: it is extrapolation."
    if share == 1:
        return "The perturbed rows behind this strength cannot be distinguished from your data."
    return (
        f"{_upper_first(percent(share))} of the perturbed rows behind this strength resemble your data; the rest are "
        "extrapolation."
    )


def _upper_first(words: str) -> str:
    return words[0].upper() + words[1:]
