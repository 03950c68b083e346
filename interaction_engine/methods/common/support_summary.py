"""Support of a pair as a sentence: how much of what was asked of the model looks like data."""

import math

from .phrases import percent


def support_sentence(share: float) -> str:
    """State the share of a pair's moves that look like data.

    Args:
        share: Between 0 and 1, as `detectors.support.support` returns it; NaN where it could not be told.
    """
    if math.isnan(share):
        return "There are too few rows to tell whether the moves behind this strength look like your data."
    if share == 0:
        return "None of the moves behind this strength look like your data: it is a guess of the model."
    if share == 1:
        return "The moves behind this strength cannot be told from your data."
    return (
        f"{_capital(percent(share))} of the moves behind this strength look like your data; the rest are guesses of "
        "the model."
    )


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]
