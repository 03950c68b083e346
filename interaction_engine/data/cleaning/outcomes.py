"""Rows without an outcome: found, counted, and left out before anything is computed from the others."""

from collections.abc import Iterable, Mapping

import pandas as pd

from ...core.errors import InputError
from ...core.types import Kind
from ..dataset import Sampling
from ..io.parsing import stands_for_missing
from .remedies import Remedy, apply
from .values import is_date, is_number, usable_values

TARGET_ACTIONS = (
    "as_numeric", "as_categorical", "date_number", "group_levels", "drop_rows", "rename", "ignore_column",
)  # fmt: skip
"""Remedies that a target may take. All others would invent outcomes, or leave no single column to predict."""


def read_outcome(column: pd.Series) -> pd.Series:
    """Return the target column with everything that stands for a missing outcome as a missing value.

    A DataFrame or a typed file may hold "NA", "nan" or an empty text where a CSV file would be read as missing. As a
    feature such a text is a level like any other; as an outcome it would be one more class to predict.
    """
    if is_number(column) or is_date(column):
        return column
    return column.mask(stands_for_missing(column))


def missing_sentence(name: str, n_missing: int, n_rows: int) -> str:
    """Return the sentence that states how many rows have no outcome."""
    verbs = ("has", "is") if n_missing == 1 else ("have", "are")
    return f"{n_missing:,} of {n_rows:,} rows {verbs[0]} no `{name}` and {verbs[1]} left out."


def unusable_sentence(name: str, n_unusable: int, n_rows: int) -> str:
    """Return the sentence that states how many rows have an outcome that is no finite number."""
    verbs = ("has", "is") if n_unusable == 1 else ("have", "are")
    return f"{n_unusable:,} of {n_rows:,} rows {verbs[0]} a `{name}` that is no finite number and {verbs[1]} left out."


def check_target_choices(target: str, remedies: Iterable[Remedy], kinds: Mapping[str, str]) -> None:
    """Refuse choices that would invent outcomes.

    Raises:
        InputError: For a remedy of the target that fills it in or splits it, and for a target of kind "text".
    """
    for remedy in remedies:
        if remedy.column == target and remedy.action not in TARGET_ACTIONS:
            raise InputError(
                f"A remedy of the target must be one of {', '.join(TARGET_ACTIONS[:-1])}; got {remedy.action!r} for "
                f"`{target}`. Leave it out: rows without an outcome are left out, never filled in."
            )
    if kinds.get(target) == Kind.TEXT:
        raise InputError(f"The target `{target}` must be numeric or categorical; got the kind 'text'.")


def leave_out_rows(
    frame: pd.DataFrame, target: str, remedies: Iterable[Remedy]
) -> tuple[pd.DataFrame, tuple[int, int]]:
    """Apply the target's `remedies` and leave out the rows without a usable outcome.

    Args:
        frame: The table as it was read.
        target: The column to predict.
        remedies: What is done to the target; dropping rows, renaming and remedies of other columns are passed over.

    Returns:
        The remaining rows, numbered from 0, and the numbers of rows left out: those without an outcome, and those
        whose outcome is infinite or could not be read as a number.
    """
    column = read_outcome(frame[target])
    missing, usable = column.isna().to_numpy(), usable_values(column)
    own = [one for one in remedies if one.column == target and one.action not in ("drop_rows", "rename")]
    settled = apply(column[usable].to_frame(), own)[target]
    readable = usable_values(settled)
    kept = frame[usable][readable].reset_index(drop=True)
    kept[target] = settled[readable].reset_index(drop=True)
    n_missing = int(missing.sum())
    return kept, (n_missing, len(frame) - len(kept) - n_missing)


def record_left_out(sampling: Sampling | None, target: str, left_out: tuple[int, int], n_rows: int) -> Sampling | None:
    """Return the record of the rows used, with the rows left out for want of an outcome stated in its sentence.

    Args:
        sampling: The record of the rows that were read, None where all were.
        target: The target's name.
        left_out: Rows without an outcome, and rows whose outcome is no finite number.
        n_rows: Rows of the table that was read.
    """
    n_missing, n_unusable = left_out
    if not n_missing + n_unusable:
        return sampling
    sentences = [sampling.sentence] if sampling else []
    sentences += [missing_sentence(target, n_missing, n_rows)] if n_missing else []
    sentences += [unusable_sentence(target, n_unusable, n_rows)] if n_unusable else []
    total = sampling.rows_total if sampling else n_rows
    return Sampling(n_rows - n_missing - n_unusable, total, " ".join(sentences))
