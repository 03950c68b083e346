"""What a reader of one file format hands on: the columns as they stand in the file, and how they were read."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ...core.errors import InputError

MAX_ROWS = 200_000
"""Rows kept of a longer table unless asked otherwise: enough for a network and for the background of any detection."""

MAX_CELLS = 20_000_000
"""Cells kept of any file: 160 MB as numbers. Wide tables keep fewer rows."""

MAX_COLUMNS = 2_000
"""Two million pairs; more columns would be read for nothing."""


@dataclass(frozen=True)
class BadLine:
    """A line of a text file that is no row of the table: its number, counted from 1, and what is wrong with it."""

    number: int
    reason: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Contents:
    """Columns by position (the frame's own names mean nothing) with the file's `names`, and how they were read.

    `text` tells that the format knows no types, so that numbers and dates stand as text. `rows_total` counts the rows
    of the whole file; the frame has as many or is a random sample of them.
    """

    frame: pd.DataFrame
    names: tuple[object, ...]
    rows_total: int
    description: str
    text: bool = False
    decimal: str | None = None
    delimiter: str = ""
    bad_lines: tuple[BadLine, ...] = ()
    n_bad_lines: int = 0


def rows_to_keep(n_columns: int, max_rows: int | None) -> int:
    """How many rows of a file with `n_columns` columns are kept at most."""
    return max(1, min(max_rows or MAX_ROWS, MAX_CELLS // max(1, n_columns)))


def chosen_rows(rows_total: int, keep: int, seed: int) -> np.ndarray:
    """A mask over `rows_total` rows: `keep` of them at random, or all when there are no more."""
    mask = np.ones(rows_total, dtype=bool)
    if rows_total > keep:
        mask[np.random.default_rng(seed).permutation(rows_total)[keep:]] = False
    return mask


def check_width(path: Path, n_columns: int) -> None:
    """Refuse a file of more than MAX_COLUMNS columns before it is read."""
    if n_columns > MAX_COLUMNS:
        raise InputError(
            f"`{path.name}` has {n_columns:,} columns; up to {MAX_COLUMNS:,} can be read. "
            "Keep the columns of interest and try again."
        )
