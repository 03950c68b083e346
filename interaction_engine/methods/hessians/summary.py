"""What explained rows say: how one prediction comes about, whether its parts add up, and what to know before."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ...core.errors import InputError
from ..common.pair_result import COMPLETE
from ..common.pair_statements import caveats, finding
from ..common.phrases import alike, count, named, number, percent, predicted, signed, table_value
from .result import RowExplanations

Levels = Mapping[str, Sequence[str]]
"""The levels of categorical features, whose values in a result are places among them."""

NOTHING = 1e-9
"""A part of this share of the largest is rounding."""

MOVED = 0.01
"""Rounding that moves a score by more than this share of its distance from the baseline is worth a word."""

GAP_SCALE = "the distance from the baseline, or of the predictions' usual spread where that is larger"
"""What a completeness gap is a share of."""

FEW_ROWS = 30
"""Below so many explained rows, other rows could easily tell another story of a pair."""


def explanation_finding(result: RowExplanations, row: int, levels: Levels | None = None) -> str:
    """How far the prediction of a row lies from the baseline's, and which feature and which pair move it most.

    Where the row fails the check of completeness, that and the remedy come first, and its parts are not spoken of.
    Raises `InputError` when the row was not explained.
    """
    header = _row(result, row)
    score, base = float(header["score"]), float(header["base"])
    apart = score - base
    texts = alike(apart, score, base) if apart else (number(0.0), number(score), number(base))
    which = f"For row {row:,} {predicted(result.unit)} is {texts[1]}"
    side = "above" if apart > 0 else "below"
    sentence = f"{which}, {texts[0].lstrip('−')} {side} the {texts[2]} of the baseline ({_baseline(result)})."
    if not apart:
        sentence = f"{which}, the same as at the baseline ({_baseline(result)})."
    if not result.is_complete(row):
        return f"{_failed(float(header['completeness_gap']))} {sentence}"
    return " ".join([sentence, *_strongest(result, row, levels or {})]) if apart else sentence


def main_effect_sentence(result: RowExplanations, row: int) -> str:
    """How much of a prediction's way is interaction, and whose attribution is made of it most."""
    _row(result, row)
    if not result.is_complete(row):
        return "How much of this prediction is interaction is unreliable: its parts do not add up."
    own = _parts(result, row)
    whole, main = (own[name].to_numpy(dtype=float) for name in ("attribution", "main_effect"))
    joint = whole - main
    size = np.abs(main).sum() + np.abs(joint).sum()
    if not size > 0 or np.abs(joint).max() <= NOTHING * size:
        return "No feature interacts in this row: every attribution is a main effect."
    place = int(np.argmax(np.abs(joint)))
    name = named(str(own.index[place]))
    share = percent(float(np.abs(joint).sum() / size))
    return (
        f"Interactions are {share} of what moves this prediction. They matter most for {name}: its attribution is "
        f"{signed(float(whole[place]))}, its main effect {signed(float(main[place]))}."
    )


def pair_in_rows_sentence(result: RowExplanations, first: str, second: str, row: int | None = None) -> str:
    """What a pair adds to the explained predictions on average, in which direction, and to one of them.

    That it is unreliable comes first, where it is.
    """
    mine = result.interactions["feature_1"].isin((first, second)) & result.interactions["feature_2"].isin(
        (first, second)
    )
    match = result.interactions[mine]
    both = f"{named(first)} and {named(second)} together"
    if match.empty:
        return f"What {both} add to single predictions was not kept."
    both = f"{_doubt(result)}{both}"
    values = 2 * match["interaction"].to_numpy(dtype=float)
    here = match[match["row"] == row] if row is not None else match.iloc[:0]
    of_row = f" In row {row:,} it is {signed(2 * float(here['interaction'].iloc[0]))}." if len(here) else ""
    if len(values) == 1:
        return f"{both} move {predicted(result.unit)} of this row by {signed(float(values[0]))}."
    size = float(np.abs(values).mean())
    up = float((values > 0).mean())
    return (
        f"{both} move {predicted(result.unit)} by {number(size)} on average over {len(values):,} rows: up in "
        f"{percent(up)} of them, down in {percent(float((values < 0).mean()))}.{of_row}"
    )


def completeness_sentence(result: RowExplanations, row: int) -> str:
    """Whether the parts of a row add up to what its prediction gains over the baseline, and how near."""
    header = _row(result, row)
    gap = float(header["completeness_gap"])
    if not math.isfinite(gap):
        return "Whether the parts add up is unknown: the gap is no number."
    passed = gap <= COMPLETE
    missing = "" if passed else " More integration points, or a smaller beta, bring the parts nearer to the prediction."
    return (
        f"All main effects and interactions together {'reach' if passed else 'miss'} the prediction "
        f"{'up to' if passed else 'by'} {gap_share(gap)} of {GAP_SCALE} ({gap_share(COMPLETE)} allowed).{missing}"
    )


def rounding_sentence(result: RowExplanations, row: int) -> str:
    """What rounding the kinks of the model changes in this prediction; empty where that is nothing to be seen."""
    header = _row(result, row)
    rounded = float(header["score"])
    own = number(rounded - float(header["rounding"]), 3)
    if own == number(rounded, 3):
        return ""
    return (
        "The model has kinks, which are smoothed here so that it has second derivatives; that moves this prediction "
        f"from {own} to {number(rounded, 3)}."
    )


def what_if_sentence(
    changed: RowExplanations,
    result: RowExplanations,
    row: int,
    levels: Levels | None = None,
    texts: Mapping[str, str] | None = None,
) -> str:
    """What changing some values of a row of `result` does to its prediction; `changed` explains the changed row.

    `texts` names the text of each feature that is a word of one; a text is told once, however many words differ.
    """
    new, old = _parts(changed, int(changed.rows["row"].iloc[0]))["value"], _parts(result, row)["value"]
    moved = [name for name in result.features if new[name] != old[name]]
    owners = {name: text for name, text in (texts or {}).items() if name in moved}
    moves = [f"other words in {named(text)}" for text in dict.fromkeys(owners.values())] + [
        f"{named(name)} from {_value(name, old[name], levels or {})} to {_value(name, new[name], levels or {})}"
        for name in moved
        if name not in owners
    ]
    if not moves:
        return "Nothing is changed yet: change a value, and the prediction and its parts follow."
    score, before = float(changed.rows["score"].iloc[0]), float(_row(result, row)["score"])
    if score == before:
        return f"With {_listed(moves)} {predicted(result.unit)} stays {number(before)}."
    change, old, new = alike(score - before, before, score)
    return f"With {_listed(moves)} {predicted(result.unit)} goes from {old} to {new} ({_plus(change)})."


def gap_share(share: float) -> str:
    """A completeness gap as a percentage of two digits."""
    if not math.isfinite(share):
        return "an unknown amount"
    return "less than 0.0001 %" if share < 1e-6 else f"{number(100 * share)} %"


def explanation_caveats(result: RowExplanations) -> tuple[str, ...]:
    """What a reader must know before believing explanations, a sentence each, the weightiest first."""
    sentences = [
        _incomplete(result),
        _moved(result),
        _few(result),
        _kept(result),
        f"Everything is against the baseline ({_baseline(result)}); another baseline gives other parts.",
        "Along the path from the baseline to a row all features change together, through values that no row may have; "
        "this is about the model, and nothing here is a cause.",
    ]
    return (*(sentence for sentence in sentences if sentence), *result.provenance.notes)


# The finding


def _failed(gap: float) -> str:
    """That a row fails the check of completeness, and the remedy."""
    return (
        "The completeness check failed: main effects and interactions together miss the prediction by "
        f"{gap_share(gap)} of {GAP_SCALE} ({gap_share(COMPLETE)} allowed), so the parts are unreliable. Take more "
        "integration points, or a smaller beta, and explain the row again."
    )


def _doubt(result: RowExplanations) -> str:
    """What stands before a figure over all explained rows where some of them do not add up; else empty."""
    failed = int((~result.complete).sum())
    if not failed:
        return ""
    which = "the row" if len(result.rows) == 1 else f"{failed:,} of {count(len(result.rows), 'explained row')}"
    return f"Unreliable, since the parts of {which} do not add up: "


def _strongest(result: RowExplanations, row: int, levels: Levels) -> list[str]:
    """The feature of the largest attribution, and the pair of the largest interaction."""
    own = _parts(result, row)
    sizes = own["attribution"].abs().to_numpy(dtype=float)
    name = str(own.index[int(np.argmax(sizes))])
    sentences = [f"{named(name)} = {_value(name, own['value'][name], levels)} moves it most: {signed(_at(own, name))}."]
    mine = result.interactions[result.interactions["row"] == row]
    if mine.empty:
        return sentences
    values = mine["interaction"].to_numpy(dtype=float)
    place = int(np.argmax(np.abs(values)))
    if not abs(values[place]) > NOTHING * sizes.max():
        return [*sentences, "No pair of features interacts here."]
    pair = " and ".join(named(str(mine[end].iloc[place])) for end in ("feature_1", "feature_2"))
    word = "Of the pairs, " if len(mine) > 1 else ""
    return [*sentences, f"{word}{pair} together move it {'most: ' if word else ''}{signed(2 * float(values[place]))}."]


def _at(own: pd.DataFrame, name: str) -> float:
    return float(own["attribution"][name])


# The caveats, each empty where it does not apply


def _incomplete(result: RowExplanations) -> str:
    gaps = result.completeness_gap
    failed = int((~result.complete).sum())
    if not failed:
        return ""
    which = "The explanation misses" if len(gaps) == 1 else f"{failed:,} of {count(len(gaps), 'explanation')} miss"
    worst = float(np.nanmax(gaps)) if np.isfinite(gaps).any() else math.nan
    return (
        f"{which} the prediction by more than {gap_share(COMPLETE)} of {GAP_SCALE} (up to "
        f"{gap_share(worst)}), and so all means over rows are unreliable: more nodes, or a smaller beta, help."
    )


def _moved(result: RowExplanations) -> str:
    rows = result.rows
    distance = (rows["score"] - rows["base"]).abs().to_numpy(dtype=float)
    moved = rows["rounding"].abs().to_numpy(dtype=float)
    scale = max(float(distance.mean()), np.finfo(float).tiny)
    if not float(moved.mean()) > MOVED * scale:
        return ""
    return (
        f"Smoothing the kinks of the model moves its predictions by {number(float(moved.mean()))} on average, "
        f"{percent(float(moved.mean()) / scale)} of their distance from the baseline; a larger beta moves them less."
    )


def _few(result: RowExplanations) -> str:
    rows = len(result.rows)
    if rows >= FEW_ROWS or rows == 0:
        return ""
    only = "This is one row" if rows == 1 else f"Only {rows:,} rows are explained"
    return f"{only}: what a pair does elsewhere, other rows must tell."


def _kept(result: RowExplanations) -> str:
    kept = result.interactions["row"].nunique()
    if kept >= len(result.rows) or len(result.features) < 2:
        return ""
    return (
        f"The interactions of {kept:,} of {len(result.rows):,} explained rows were kept one by one; means are over all."
    )


# Parts of sentences


def _row(result: RowExplanations, row: int) -> dict[str, Any]:
    match = result.rows[result.rows["row"] == row]
    if match.empty:
        raise InputError(f"`row` must be one of the explained rows; got {row}. The result lists them in `rows`.")
    return {str(name): value for name, value in match.iloc[0].items()}


def _parts(result: RowExplanations, row: int) -> pd.DataFrame:
    own = result.attributions[result.attributions["row"] == row].set_index("feature")
    return own.reindex(list(result.features))


def _baseline(result: RowExplanations) -> str:
    """Its name in words; a user's own words never stand in it."""
    return result.baseline


def _value(name: str, value: Any, levels: Levels) -> str:
    """A value as it stands in the table, levels in backticks."""
    if isinstance(value, str):
        return named(value)
    known = levels.get(name)
    if known and 0 <= value < len(known):
        return named(known[int(value)])
    return table_value(float(value))


def _listed(parts: list[str]) -> str:
    most = 4
    if len(parts) > most:
        return f"{', '.join(parts[:most])} and {len(parts) - most} more changes"
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _plus(text: str) -> str:
    return text if text.startswith("−") else f"+{text}"


def rows_finding(result: RowExplanations) -> str:
    """Return what was found: of one row the parts of its prediction, of several the strongest pairs."""
    if len(result.rows) > 1:
        return finding(result.pairs())
    return explanation_finding(result, int(result.rows["row"].iloc[0]), _levels(result))


def rows_caveats(result: RowExplanations) -> tuple[str, ...]:
    """Return what must be known of explained rows, and of the pairs that are means over them, each sentence once."""
    return tuple(dict.fromkeys([*explanation_caveats(result), *caveats(result.pairs())]))


def _levels(result: RowExplanations) -> dict[str, list[str]]:
    """The levels of categorical features, as far as they occur, at their places."""
    match = result.attributions[result.attributions["level"] != ""].drop_duplicates(["feature", "value"])
    names: dict[str, list[str]] = {}
    for feature, value, level in zip(match["feature"], match["value"], match["level"], strict=True):
        own = names.setdefault(feature, [])
        own.extend([""] * (int(value) + 1 - len(own)))
        own[int(value)] = level
    return names
