"""What the command line prints of a result: as text, or as JSON."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from ..core.result import Result
from ..methods.and_or.result import AndOrPatterns
from ..methods.bayesian.result import GroupHessians
from ..methods.common.pair_result import PairInteractions
from ..methods.finite_differences.set_result import SubsetInteractions
from ..methods.hessians.result import RowExplanations
from ..methods.results import caveats_of, finding_of
from .terminal import printable

NAME_WIDTH = 40
"""Characters of a name in a printed table; JSON and the saved files have it whole."""


def print_json(value: Any) -> None:
    """Print strict JSON: NaN and infinities become null, frames lists of records."""
    print(json.dumps(_plain(value), ensure_ascii=False, indent=1, allow_nan=False))


def result_as_json(result: Result) -> dict[str, Any]:
    """Everything about a result but its long tables: the finding, its caveats, its fields, and `table`."""
    from ..methods.common.skill_summary import skill_caveats

    header = {f.name: getattr(result, f.name) for f in fields(result)}
    header = {name: value for name, value in header.items() if not isinstance(value, pd.DataFrame)}
    return {
        "family": result.family,
        "finding": " ".join(_stated(result)),
        "caveats": [*skill_caveats(result), *caveats_of(result)],
        "skill": result.skill,
        "second_opinion": result.second_opinion,
        **header,
        **({"samples": result.samples} if isinstance(result, AndOrPatterns) else {}),
        "table": result.to_frame(),
    }


def print_result(result: Result, lines: int) -> None:
    """Print the finding with what is known of the model, the first `lines` rows of its table, and its caveats."""
    from ..methods.common.skill_summary import skill_caveats

    for sentence in (*_stated(result), *skill_caveats(result)):
        print(printable(sentence))
    print()
    if isinstance(result, RowExplanations) and len(result.rows) == 1:
        print(_table(_parts(result).head(lines)), end="\n\n")
    frame = _worth_first(result)
    print(_table(frame.head(lines)))
    if len(frame) > lines:
        print(f"... and {len(frame) - lines} more; `--lines` shows them.")
    if isinstance(result, PairInteractions | RowExplanations | GroupHessians):
        print(f"\nStrength and bounds: {printable(result.interval)}. Effect in {printable(result.unit)}.")
    if isinstance(result, SubsetInteractions):
        _print_levels(result)
    if isinstance(result, AndOrPatterns):
        print(f"\nEffect in {printable(result.unit)}; `and` acts where all are there, `or` where any is.")
    for caveat in caveats_of(result):
        print(f"Note: {printable(caveat)}")


def _worth_first(result: Result) -> pd.DataFrame:
    """The result's table, of sets the accepted ones first, the largest on top."""
    frame = result.to_frame()
    if not isinstance(result, SubsetInteractions):
        return frame
    order = np.lexsort([frame["rank"], -frame["order"], frame["status"] != "certified"])
    return frame.iloc[order]


def _parts(result: RowExplanations) -> pd.DataFrame:
    """What each feature adds to the one prediction that is explained, the largest first."""
    parts = result.attributions
    value = parts["value"].map("{:.6g}".format).where(parts["level"] == "", parts["level"])
    order = parts["attribution"].abs().sort_values(ascending=False).index
    return parts.assign(value=value).loc[order, ["feature", "value", "attribution", "main_effect"]]


def _print_levels(result: SubsetInteractions) -> None:
    from ..methods import words

    print(f"\nEffect in {printable(result.unit)}; strengths of one order can be compared.")
    for order, interval in zip(result.orders, result.levels["interval"], strict=True):
        print(printable(f"Order {order}: {words.level_sentence(result, order)}"))
        if interval:
            print(f"  Strength and bounds: {printable(str(interval))}.")


def _stated(result: Result) -> tuple[str, ...]:
    """The finding, after whatever must be known of its model first."""
    from ..methods.common.skill_summary import stated

    return stated(result, finding_of(result))


def _table(frame: pd.DataFrame) -> str:
    shown = frame.map(_shown)
    return shown.to_string(index=False, float_format=lambda number: f"{number:.4g}", na_rep="")


def _shown(cell: Any) -> Any:
    """What a printed table has for a cell: names shortened, those of a set joined."""
    if isinstance(cell, tuple):
        return " × ".join(_cell(str(name)) for name in cell)
    return _cell(cell) if isinstance(cell, str) else cell


def _cell(text: str) -> str:
    text = printable(text)
    return text if len(text) <= NAME_WIDTH else f"{text[: NAME_WIDTH - 1]}…"


def _plain(value: Any) -> Any:
    """A value of plain lists, dictionaries, texts and finite numbers."""
    if isinstance(value, pd.DataFrame):
        return [_plain(record) for record in value.to_dict("records")]
    if hasattr(value, "__dataclass_fields__"):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
