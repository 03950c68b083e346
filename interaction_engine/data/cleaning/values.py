"""What a single value may be: numbers within bounds, levels with names."""

import numpy as np
import pandas as pd

LARGEST = 1e100
"""Beyond this, squares and mixed differences of a number leave float64; such numbers count as infinite."""


def usable_values(column: pd.Series) -> np.ndarray:
    """Which values a model can work with: present, and for numbers no larger than LARGEST."""
    if is_number(column):
        return np.abs(column.to_numpy(dtype=np.float64)) <= LARGEST
    return column.notna().to_numpy()


def is_number(column: pd.Series) -> bool:
    """Return whether a column holds numbers; truth values are none."""
    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)


def is_date(column: pd.Series) -> bool:
    """Return whether a column holds points in time."""
    return pd.api.types.is_datetime64_any_dtype(column.dtype)


def level_names(column: pd.Series) -> pd.Series:
    """The values of a column as names of levels: text as it is, 3.0 as "3", true as "true"; missing stays missing."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return column.map({True: "true", False: "false"}).astype("str")
    if pd.api.types.is_numeric_dtype(column.dtype):
        numbers = pd.unique(column.dropna())
        return column.map({number: f"{number:.15g}" for number in numbers}).astype("str")
    return column.astype("str")


def ordered_levels(names: pd.Series) -> tuple[str, ...]:
    """The distinct names: by size when all are numbers, by letter otherwise."""
    levels = sorted(names.dropna().unique())
    try:
        return tuple(sorted(levels, key=float))
    except ValueError:
        return tuple(levels)
