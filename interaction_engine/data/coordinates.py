"""Between a table with the user's columns and rows of the feature space: numbers as they are, levels by their index."""

from typing import Any

import numpy as np
import pandas as pd

from ..core.errors import InputError
from ..core.types import Feature, FeatureSpace, Kind
from .cleaning.values import level_names
from .texts import encoded
from .words import WordColumn, word_columns


def encode_frame(space: FeatureSpace, frame: pd.DataFrame) -> np.ndarray:
    """The rows of a table, float64 [rows, features], its columns found by name.

    A text stands in a column per word slot, or as it is in a column of its own name, which is cut into words here.
    Raises `InputError` when a column is missing, a number cannot be read or is not finite, or a level is unknown.
    """
    texts = [text for text in word_columns(space) if _is_whole(text, space, frame)]
    cut: dict[int, np.ndarray] = {}
    for text in texts:
        cut |= zip(text.places, encoded(text, frame[text.name]).T, strict=True)
    missing = [name for place, name in enumerate(space.names) if place not in cut and name not in frame.columns]
    if missing:
        listed = ", ".join(f"`{name}`" for name in missing[:5])
        raise InputError(f"The table lacks {len(missing)} of the {len(space)} features ({listed}); add these columns.")
    rows = np.empty((len(frame), len(space)))
    for position, feature in enumerate(space.features):
        if position in cut:
            rows[:, position] = cut[position]
            continue
        encode = _encode_levels if feature.kind is Kind.CATEGORICAL else _encode_numbers
        rows[:, position] = encode(frame[feature.name], feature)
    return rows


def decode_rows(space: FeatureSpace, rows: np.ndarray) -> pd.DataFrame:
    """Rows of the feature space as a table with the user's column names, levels by name."""
    rows = np.atleast_2d(np.asarray(rows, dtype=np.float64))
    if rows.shape[1] != len(space):
        raise InputError(f"`rows` needs one column per feature ({len(space)}); got {rows.shape[1]}.")
    columns: dict[str, Any] = {}
    for feature, values in zip(space.features, rows.T, strict=True):
        categorical = feature.kind is Kind.CATEGORICAL
        columns[feature.name] = np.array(feature.levels, dtype=object)[values.astype(int)] if categorical else values
    return pd.DataFrame(columns)


def _is_whole(text: WordColumn, space: FeatureSpace, frame: pd.DataFrame) -> bool:
    """Whether a table has a text as it is, and not cut into words already."""
    slots = {space.names[place] for place in text.places}
    return text.name in frame.columns and not slots & set(frame.columns)


def _encode_numbers(column: pd.Series, feature: Feature) -> np.ndarray:
    try:
        values = pd.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError):
        raise InputError(f"Column `{feature.name}` must hold numbers; got {_example(column)}.") from None
    if not np.isfinite(values).all():
        place = int(np.flatnonzero(~np.isfinite(values))[0]) + 1
        raise InputError(
            f"Column `{feature.name}` must hold finite numbers; row {place} has none. Fill it in or leave it out."
        )
    return values


def _encode_levels(column: pd.Series, feature: Feature) -> np.ndarray:
    names = level_names(column)
    codes = pd.Index(feature.levels).get_indexer(pd.Index(names))
    if (codes < 0).any():
        unknown = names[codes < 0].iloc[0]
        shown = ", ".join(repr(level) for level in feature.levels[:6]) + (", ..." if len(feature.levels) > 6 else "")
        raise InputError(
            f"Column `{feature.name}` must hold one of its {len(feature.levels)} levels ({shown}); got {unknown!r}."
        )
    return codes.astype(np.float64)


def _example(column: pd.Series) -> str:
    unreadable = column[pd.to_numeric(column, errors="coerce").isna()]
    return repr(unreadable.iloc[0])[:60] if len(unreadable) else str(column.dtype)
