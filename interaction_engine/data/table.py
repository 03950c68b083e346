"""A table as it was read: typed columns with names of their own, and all that a reader must be told about it."""

from dataclasses import dataclass

import pandas as pd

from .dataset import Sampling
from .io.contents import BadLine


@dataclass(frozen=True)
class Renamed:
    """That the column at `position` (from 1) is called `name`, since its `original` name was empty or taken."""

    position: int
    original: str
    name: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """Columns of numbers, text or dates, with missing and infinite values as they came.

    `source` says which file, in which format; `sampling` which part of its rows was read; `bad_lines` names the first
    of the `n_bad_lines` lines that are no row of the table.
    """

    name: str
    frame: pd.DataFrame
    source: str
    sampling: Sampling | None = None
    renamed: tuple[Renamed, ...] = ()
    bad_lines: tuple[BadLine, ...] = ()
    n_bad_lines: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self.frame.columns)
