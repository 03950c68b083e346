"""What all figures of explained rows share: the row that is meant, its values in words, and the strongest of many."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ...core.errors import InputError
from ...methods.common.pair_result import COMPLETE
from ...methods.hessians.result import RowExplanations
from ..style.labels import label, number, shortened
from ..style.scales import reading
from ..style.statuses import warning
from ..style.theme import Theme

Levels = Mapping[str, Sequence[str]]
"""The levels of categorical features, whose values in a result are places among them."""

ROUNDING = 1e-9
"""Smaller shares of the largest part are rounding."""


def row_of(result: RowExplanations, row: int | None) -> dict[str, Any]:
    """The figures of an explained row, by default the first; `InputError` when it was not explained."""
    if result.rows.empty:
        raise InputError("The result explains no row; run the method on one row at least.")
    requested = int(result.rows["row"].iloc[0]) if row is None else row
    match = result.rows[result.rows["row"] == requested]
    if match.empty:
        numbers = [int(one) for one in result.rows["row"]]
        raise InputError(f"`row` must be one of {numbers[:5]}{' ...' * (len(numbers) > 5)}; got {row}.")
    return {str(name): value for name, value in match.iloc[0].items()}


def doubt(result: RowExplanations, row: int, look: Theme) -> list[str]:
    """The small print on a row that fails the check of completeness, as markup; empty where it passes."""
    if result.is_complete(row):
        return []
    return [warning(f"Unreliable: the parts of this row do not add up ({number(100 * COMPLETE)} % allowed).", look)]


def doubt_over_rows(result: RowExplanations, look: Theme) -> list[str]:
    """The small print on means over rows of which some fail the check of completeness, as markup; else empty."""
    failed = int((~result.complete).sum())
    if not failed:
        return []
    return [warning(f"Unreliable: the parts of {failed:,} of {len(result.rows):,} rows do not add up.", look)]


def parts_of(result: RowExplanations, row: int) -> pd.DataFrame:
    """The attributions and main effects of a row by feature, in the features' order."""
    own = result.attributions[result.attributions["row"] == row].set_index("feature")
    return own.reindex(list(result.features))


def value_text(feature: str, value: Any, levels: Levels, width: int = 24) -> str:
    """A feature's value as it stands in the table, as markup."""
    if isinstance(value, str):
        return label(value, width)
    if pd.isna(value):
        return "unknown"
    names = levels.get(feature)
    return label(names[int(value)], width) if names and 0 <= value < len(names) else reading(float(value))


def assigned(feature: str, value: Any, levels: Levels, width: int) -> str:
    """A feature and its value in one label: "hour = 17", the value whole as long as there is room for a name."""
    text = value_text(feature, value, levels, max(6, width // 2))
    room = max(6, width - len(text) - 3)
    return f"{label(shortened(feature, room), room)} = {text}"


def leading(weights: pd.Series, top: int) -> list[str]:
    """The `top` names of greatest weight, the greatest first; of equal ones those named first."""
    order = np.argsort(-np.nan_to_num(weights.to_numpy(dtype=float)), kind="stable")
    return [str(weights.index[place]) for place in order[:top]]
