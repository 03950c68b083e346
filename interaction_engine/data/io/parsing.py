"""From columns as a file or a program holds them to float64, int64, text and dates, each with missing values."""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa

from ..cleaning.values import level_names

MISSING_TOKENS = (
    "", "NA", "N/A", "n/a", "NaN", "nan", "NAN", "-NaN", "-nan", "NaT", "<NA>", "null", "NULL", "Null", "#N/A", "#NA",
    "?", "-",
)  # fmt: skip
"""Text that stands for a missing value in files without types. "None" is no such text: it is a level as often."""

DATE_FORMATS = {
    r"\d{4}-\d{1,2}-\d{1,2}": ("%Y-%m-%d",),
    r"\d{4}/\d{1,2}/\d{1,2}": ("%Y/%m/%d",),
    r"\d{1,2}/\d{1,2}/\d{4}": ("%m/%d/%Y", "%d/%m/%Y"),
    r"\d{1,2}\.\d{1,2}\.\d{4}": ("%d.%m.%Y",),
}
"""Written dates and their formats in the order they are tried; the first that reads every value is taken."""

TIME_FORMATS = {r"": "", r"[ T]\d{1,2}:\d{2}": " %H:%M", r"[ T]\d{1,2}:\d{2}:\d{2}(\.\d+)?Z?": " %H:%M:%S"}
GROUPED = r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?"
DECIMAL_COMMA = r"[+-]?\d*,\d+(e[+-]?\d+)?"


def settle_types(column: pd.Series) -> pd.Series:
    """The column as float64, int64, datetime64 or text (`str`), whatever it was; durations become seconds."""
    kind = column.dtype
    if isinstance(kind, pd.StringDtype):
        return column.astype("str")
    if isinstance(kind, pd.CategoricalDtype):
        return _settle_objects(column.astype(object))
    if pd.api.types.is_bool_dtype(kind):
        return level_names(column)
    if pd.api.types.is_complex_dtype(kind):
        return column.astype("str")
    if pd.api.types.is_numeric_dtype(kind):
        whole = pd.api.types.is_integer_dtype(kind) and not column.isna().any()
        return column.astype(np.int64) if whole and kind != np.uint64 else column.astype(np.float64)
    if isinstance(kind, pd.PeriodDtype):
        return column.dt.to_timestamp()
    if pd.api.types.is_timedelta64_dtype(kind):
        return column.dt.total_seconds()
    if isinstance(kind, pd.DatetimeTZDtype):
        return column.dt.tz_convert("UTC").dt.tz_localize(None)
    if pd.api.types.is_datetime64_dtype(kind):
        return column
    return _settle_objects(column)


def parse_text(column: pd.Series, *, decimal: str | None, delimiter: str) -> pd.Series:
    """A column of text as numbers or dates when every value is one; else the text, trimmed, missing tokens missing.

    `decimal` is the decimal mark; None has a decimal comma recognised where the fields are not separated by commas.
    """
    text = column.astype("str").str.strip()
    text = text.mask(stands_for_missing(text))
    numbers = _numbers(text, decimal, delimiter)
    if numbers is not None:
        return numbers
    dates = _dates(text)
    return text if dates is None else dates


def stands_for_missing(text: pd.Series) -> pd.Series:
    """Return which texts stand for a missing value; "-" beside "+" is a sign."""
    trimmed = text.str.strip()
    tokens = [token for token in MISSING_TOKENS if token != "-" or not (trimmed == "+").any()]
    return trimmed.isin(tokens)


def _settle_objects(column: pd.Series) -> pd.Series:
    inferred = pd.api.types.infer_dtype(column, skipna=True)
    if inferred in ("integer", "floating", "mixed-integer-float", "decimal"):
        return settle_types(
            pd.to_numeric(column.astype(np.float64) if inferred == "decimal" else column, errors="coerce")
        )
    if inferred == "boolean":
        return level_names(column.astype("boolean"))
    if inferred in ("date", "datetime", "datetime64"):
        return pd.to_datetime(column, errors="coerce", utc=True).dt.tz_localize(None)
    if inferred == "empty":
        return column.astype(np.float64)
    return column.map(_as_text, na_action="ignore").astype("str")


def _as_text(value: object) -> str:
    text = value if isinstance(value, str) else f"{value:.15g}" if isinstance(value, float) else str(value)
    return text.encode("utf-8", "replace").decode("utf-8")


def _numbers(text: pd.Series, decimal: str | None, delimiter: str) -> pd.Series | None:
    """The values as int64 or float64, or None when one of them is no number. All missing counts as numbers."""
    for candidate in _plain_numerals(text, decimal, delimiter):
        values = pa.array(candidate, type=pa.large_string(), from_pandas=True)
        for kind in (pa.float64(),) if values.null_count else (pa.int64(), pa.float64()):
            try:
                numbers = values.cast(kind)
            except pa.ArrowInvalid:
                continue
            return pd.Series(numbers.to_numpy(zero_copy_only=False), index=text.index, name=text.name)
    return None


def _plain_numerals(text: pd.Series, decimal: str | None, delimiter: str) -> Iterator[pd.Series]:
    """The text as it is, then with its commas read as decimal marks or as separators of thousands."""
    if decimal != ",":
        yield text
    present = text.dropna()
    if decimal == "," or (decimal is None and delimiter != "," and present.str.fullmatch(DECIMAL_COMMA).any()):
        yield text.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    elif (present.str.fullmatch(GROUPED) | ~present.str.contains(",")).all():
        yield text.str.replace(",", "", regex=False)


def _dates(text: pd.Series) -> pd.Series | None:
    """The values as dates when all are written alike, in a form that names its year with four digits; else None."""
    distinct = text.dropna().drop_duplicates()
    if not len(distinct):
        return None
    for date, formats in DATE_FORMATS.items():
        for time, time_format in TIME_FORMATS.items():
            pattern = date + time
            if not re.fullmatch(pattern, distinct.iloc[0]) or not distinct.str.fullmatch(pattern).all():
                continue
            whole = text.str.replace("T", " ").str.replace(r"(\.\d+)?Z?$", "", regex=True) if time else text
            for form in formats:
                try:
                    return pd.to_datetime(whole, format=form + time_format)
                except ValueError:
                    continue
    return None
