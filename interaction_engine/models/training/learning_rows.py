"""The rows that a baseline learns from, checked once for all of them."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...core.errors import InputError
from ...core.types import TargetKind
from .rows import FEWEST_ROWS

if TYPE_CHECKING:
    from ...data.dataset import Dataset

FEWEST_OF_A_CLASS = 5
"""Fewer rows of a class cannot be divided into rows to learn from and rows to stop on."""

UNUSED = 2
"""Neither learnt from nor held out."""

KEPT_OF_A_CLASS = 20
"""Rows of every class that a choice of rows keeps, where there are so many."""


def learning_rows(data: "Dataset") -> tuple[np.ndarray, np.ndarray]:
    """Training rows of `data` in table values (rows, features) and their targets: numbers, or places of the classes.

    Raises `InputError` when there are too few rows, or too few of a class.
    """
    rows = data.train_rows
    if len(rows) < FEWEST_ROWS:
        raise InputError(
            f"Training needs at least {FEWEST_ROWS} training rows; got {len(rows)}. Add rows to the table."
        )
    values = data.target_values[rows]
    if data.target.kind is TargetKind.REGRESSION:
        return data.rows[rows].copy(), values.copy()
    counts = np.bincount(values.astype(int), minlength=len(data.target.classes))
    rarest = int(counts.argmin())
    if counts[rarest] < FEWEST_OF_A_CLASS:
        raise InputError(
            f"Every class of `{data.target.name}` needs at least {FEWEST_OF_A_CLASS} training rows; "
            f"`{data.target.classes[rarest]}` has {counts[rarest]}. Merge it with another class, or leave its rows out."
        )
    return data.rows[rows].copy(), values.astype(int)


def fewer_rows(data: "Dataset", most: int | None, seed: int) -> "Dataset":
    """`data` with at most `most` training rows (None: all of them), chosen at random; no class loses its last ones."""
    rows = data.train_rows
    if most is None or len(rows) <= most:
        return data
    order = np.random.default_rng(seed).permutation(rows)
    if data.target.kind is not TargetKind.REGRESSION:
        classes = pd.Series(data.target_values[order])
        first = classes.groupby(classes).cumcount().to_numpy() < KEPT_OF_A_CLASS
        order = order[np.argsort(~first, kind="stable")]
    split = data.split.copy()
    split[order[most:]] = UNUSED
    return replace(data, split=split)
