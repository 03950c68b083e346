"""Remedies: what is done about a problem found in a table; each is chosen by name, applied, and recorded."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...core.errors import InputError
from ..texts import MOST_PLACES, MOST_WORDS
from .values import is_date, is_number, level_names, usable_values

MISSING = "(missing)"
"""The level that stands for a missing value."""

OTHERS = "(other)"
"""The level that stands for all the rare ones."""

MAX_LEVELS = 50
"""Levels of a categorical feature: each takes a network input, and needs rows of its own to be learned."""

ACTIONS = {
    "skip_bad_lines": "Leave out these lines",
    "as_numeric": "Read as numbers; what is no number counts as missing",
    "as_categorical": "Read as categories",
    "split_words": f"Split into words (up to {MOST_PLACES} places, the {MOST_WORDS:,} most frequent words)",
    "date_parts": "Split into year, month, day, weekday and hour",
    "date_number": "Count the days since the first date",
    "clip_infinite": "Replace by the largest and smallest finite value",
    "impute_median": "Fill in the median",
    "impute_mode": "Fill in the most frequent value",
    "missing_level": "Make “missing” a level of its own",
    "group_levels": f"Keep the {MAX_LEVELS - 1} most frequent levels, put the others together",
    "drop_rows": "Leave out the rows without a usable value",
    "ignore_column": "Ignore the column",
    "rename": "Give it a name of its own",
}
"""Every action with its title, in the order in which the remedies of one column are applied."""


@dataclass(frozen=True)
class Remedy:
    """An `action` (a key of ACTIONS) on a `column` ("" for the whole table); `value` is the new name for `rename`."""

    column: str
    action: str
    value: str = ""

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise InputError(f"`action` must be one of {', '.join(ACTIONS)}; got {self.action!r}.")

    @property
    def title(self) -> str:
        """What the remedy does, in words for a button."""
        return f"Call it “{self.value}”" if self.action == "rename" and self.value else ACTIONS[self.action]


def apply(frame: pd.DataFrame, remedies: Iterable[Remedy]) -> pd.DataFrame:
    """The frame with the remedies applied in the order of ACTIONS; rows are dropped and columns renamed last.

    Raises `InputError` for a remedy that does not suit its column, and for a new name that is taken.
    """
    order = list(ACTIONS)
    actions: dict[str, list[str]] = {name: [] for name in frame.columns}
    names: dict[str, str] = {}
    for remedy in sorted(remedies, key=lambda remedy: order.index(remedy.action)):
        if remedy.column in actions:
            actions[remedy.column].append(remedy.action)
            names |= {remedy.column: remedy.value} if remedy.action == "rename" and remedy.value else {}
    columns: dict[str, pd.Series] = {}
    keep = np.ones(len(frame), dtype=bool)
    for name in frame.columns:
        if "ignore_column" in actions[name]:
            continue
        column = frame[name]
        for action in actions[name]:
            column = _changed(column, action) if action in CHANGES else column
        if "drop_rows" in actions[name]:
            keep &= usable_values(column)
        split = "date_parts" in actions[name] and is_date(column)
        columns |= _date_parts(column, set(frame.columns)) if split else {name: column}
    return _renamed(pd.DataFrame(columns, index=frame.index)[keep].reset_index(drop=True), names)


def _changed(column: pd.Series, action: str) -> pd.Series:
    if action in ("clip_infinite", "impute_median") and not is_number(column):
        raise InputError(f"The remedy `{action}` needs numbers; `{column.name}` holds others. Choose another remedy.")
    if action in ("missing_level", "group_levels") and (is_number(column) or is_date(column)):
        raise InputError(
            f"The remedy `{action}` needs categories; `{column.name}` holds others. Choose another remedy."
        )
    return CHANGES[action](column)


def _as_numeric(column: pd.Series) -> pd.Series:
    return _date_number(column) if is_date(column) else pd.to_numeric(column, errors="coerce").astype(np.float64)


def _date_number(column: pd.Series) -> pd.Series:
    return (column - column.min()).dt.total_seconds() / 86_400 if is_date(column) else column


def _clip_infinite(column: pd.Series) -> pd.Series:
    usable = column[usable_values(column)]
    return column.clip(usable.min(), usable.max()) if len(usable) else column


def _impute_median(column: pd.Series) -> pd.Series:
    return column.astype(np.float64).fillna(column[usable_values(column)].median())


def _impute_mode(column: pd.Series) -> pd.Series:
    frequent = column.mode()
    return column.fillna(frequent.iloc[0]) if len(frequent) else column


def _group_levels(column: pd.Series) -> pd.Series:
    frequent = column.value_counts().index[: MAX_LEVELS - 1]
    return column.where(column.isna() | column.isin(frequent), OTHERS) if column.nunique() > MAX_LEVELS else column


CHANGES: dict[str, Callable[[pd.Series], pd.Series]] = {
    "as_numeric": _as_numeric,
    "as_categorical": level_names,
    "split_words": lambda column: level_names(column).fillna(""),
    "date_number": _date_number,
    "clip_infinite": _clip_infinite,
    "impute_median": _impute_median,
    "impute_mode": _impute_mode,
    "missing_level": lambda column: column.fillna(MISSING),
    "group_levels": _group_levels,
}
"""Actions that put a column in place of a column."""


def _date_parts(column: pd.Series, taken: set[str]) -> dict[str, pd.Series]:
    """Year, month, day, weekday (Monday is 0) and hour of a date, those that vary, under names of their own."""
    dates = column.dt
    parts = {
        "year": dates.year,
        "month": dates.month,
        "day": dates.day,
        "weekday": dates.day_of_week,
        "hour": dates.hour,
    }
    varying = {part: values.astype(np.float64) for part, values in parts.items() if values.nunique() > 1}
    named = {}
    for part, values in varying.items():
        name = f"{column.name} {part}"
        while name in taken:
            name += " of the date"
        named[name] = values
    return named


def _renamed(frame: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    renamed = frame.rename(columns=names)
    if not renamed.columns.is_unique:
        twice = renamed.columns[renamed.columns.duplicated()][0]
        raise InputError(f"Two columns would be called `{twice}`; choose another name for one of them.")
    return renamed
