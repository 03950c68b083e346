"""Tables for download: CSV in which a spreadsheet program finds no formula."""

import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet program takes for the start of a formula (tab and return, since it skips them)."""


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """The frame as UTF-8 CSV without its index; text that begins like a formula gets an apostrophe, numbers stay."""
    safe = frame.copy()
    for position in range(frame.shape[1]):
        column = frame.iloc[:, position]
        if not pd.api.types.is_numeric_dtype(column.dtype):
            safe.isetitem(position, column.astype(object).map(_quoted).to_numpy())
    safe.columns = [_quoted(name) for name in frame.columns]
    return safe.to_csv(index=False, lineterminator="\r\n").encode("utf-8")


def _quoted(value: object) -> object:
    if isinstance(value, tuple):  # the names of a set
        value = " × ".join(map(str, value))
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
