"""Between a table with the user's columns and rows of numbers, for a given feature space."""

import numpy as np
import pandas as pd

from ..errors import InputError
from ..types import Feature, FeatureSpace, Kind


def rows_of(space: FeatureSpace, frame: pd.DataFrame) -> np.ndarray:
    """The rows of `frame` as float64 (n, p), columns found by name.

    Raises `InputError` for a column that is missing, a level that was never seen, a value that is no finite number.
    """
    missing = [name for name in space.names if name not in frame.columns]
    if missing:
        raise InputError(
            f"The table lacks the column `{missing[0]}`; the model needs {', '.join(f'`{n}`' for n in space.names)}."
        )
    return np.column_stack([_numbers(feature, frame[feature.name]) for feature in space.features])


def frame_of(space: FeatureSpace, rows: np.ndarray) -> pd.DataFrame:
    """The table that `rows` stand for: numbers as they are, levels by name as strings."""
    columns = {}
    for feature, values in zip(space.features, rows.T, strict=True):
        is_level = feature.kind is Kind.CATEGORICAL
        columns[feature.name] = np.array(feature.levels, dtype=object)[values.astype(int)] if is_level else values
    return pd.DataFrame(columns)


def _numbers(feature: Feature, column: pd.Series) -> np.ndarray:
    if feature.kind is Kind.NUMERIC:
        values = pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
        wrong = ~np.isfinite(values)
    else:
        position = {level: float(index) for index, level in enumerate(feature.levels)}
        values = column.astype(str).map(position).to_numpy(np.float64)
        wrong = np.isnan(values)
    if wrong.any():
        expected = (
            "a finite number"
            if feature.kind is Kind.NUMERIC
            else f"one of the {len(feature.levels)} levels seen in training"
        )
        raise InputError(
            f"Column `{feature.name}` needs {expected} in every row; got {column.iloc[int(wrong.argmax())]!r}."
        )
    return values
