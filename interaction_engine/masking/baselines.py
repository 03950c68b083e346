"""What stands in the place of a masked feature."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.errors import InputError
from ..core.types import Feature, Kind
from ..data.dataset import Dataset
from ..data.words import NONE, word_columns

DRAWN = 16
"""Training rows whose values stand in by turns where the baseline is "data": each costs all masked samples again."""

Chosen = str | int | Sequence[float | int | str]


@dataclass(frozen=True, eq=False)
class Baseline:
    """Rows of values that stand for masked features, float64 [draws, features]; v is the average over them."""

    rows: np.ndarray
    label: str


def baseline_of(data: Dataset, chosen: Chosen, seed: int) -> Baseline:
    """The baseline that is meant: "zero", "mean", "median", "data", a row's place, or one value per feature.

    "zero" takes the first level of a categorical feature, "mean" and "median" the most frequent one; "data" averages
    over rows drawn from the training rows. A text has no words in any of these. Values of categorical features are
    names of levels or their places. Raises `InputError` for another word, a row outside the data, or values that do not
    fit the features.
    """
    if isinstance(chosen, str):
        return _by_word(data, chosen, seed)
    if isinstance(chosen, int | np.integer):
        row = checked_row(data, int(chosen), "baseline")
        return Baseline(data.rows[[row]], f"row {row}")
    features = data.space.features
    if len(chosen) != len(features):
        raise InputError(
            f"`baseline` needs one value per feature ({len(features)}); got {len(chosen)}. "
            'Pass "mean", a row\'s number, or all values in the order of the features.'
        )
    values = [_value(feature, value) for feature, value in zip(features, chosen, strict=True)]
    return Baseline(np.array([values], dtype=np.float64), "own values")


def drawn_baseline(data: Dataset, count: int, seed: int, held_out: bool = False) -> Baseline:
    """The average over `count` rows drawn from the training rows, or from the held-out ones; texts have no words."""
    pool = data.held_out_rows if held_out and len(data.held_out_rows) else data.train_rows
    rows = data.rows[np.random.default_rng(seed).permutation(pool)[:count]].copy()
    words = [place for column in word_columns(data.space) for place in column.places]
    rows[:, words] = NONE
    if len(words) == len(data.space):  # nothing is left that differs from row to row
        return Baseline(rows[:1], "no words")
    return Baseline(rows, f"{len(rows):,} drawn {'held-out' if pool is data.held_out_rows else 'training'} rows")


def checked_row(data: Dataset, row: int, option: str) -> int:
    """`row`, which must be a place in the data."""
    if not 0 <= row < len(data):
        raise InputError(
            f"`{option}` must be a row from 0 to {len(data) - 1} (`{data.name}` has {len(data):,} rows); got {row}."
        )
    return row


def _by_word(data: Dataset, word: str, seed: int) -> Baseline:
    if word == "data":
        return drawn_baseline(data, DRAWN, seed)
    made = {"zero": lambda: np.zeros(len(data.space)), "mean": data.mean, "median": data.median}
    if word not in made:
        raise InputError(
            f"`baseline` must be zero, mean, median, data, a row's number, or one value per feature; got {word!r}."
        )
    return Baseline(made[word]()[None], word)


def _value(feature: Feature, value: float | int | str) -> float:
    """A value of one feature in the coordinates of the feature space."""
    if feature.kind is Kind.CATEGORICAL and str(value) in feature.levels:
        return float(feature.levels.index(str(value)))
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if feature.kind is Kind.CATEGORICAL:
        if number in range(len(feature.levels)):
            return number
        known = ", ".join(feature.levels[:5]) + (", ..." if len(feature.levels) > 5 else "")
        raise InputError(f"`baseline` has {value!r} for the feature `{feature.name}`; its levels are {known}.")
    if not math.isfinite(number):
        raise InputError(f"`baseline` has {value!r} for the feature `{feature.name}`; it needs a number.")
    return number
