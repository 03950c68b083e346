"""The surface behind one pair, and behind a pair at several values of a third feature, in words."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from ..common.phrases import alike, named, number, predicted, signed, table_value
from .result import PairEffect, TripleEffect

ALIKE = 0.1
"""Two surfaces are called alike when they differ by no more than this share of the larger one (root mean square)."""

TURNED = -0.5
"""Two surfaces correlated below this are called opposite."""

NOTHING = 1e-9
"""A joint effect of this share of the whole effect is a rounding error."""


def effect_sentence(effect: PairEffect) -> str:
    """Where two features together raise and lower the prediction most, among values that occur together in the data."""
    cells = [cell for cell in effect.grid.to_dict("records") if cell["count"] > 0]
    if not cells:
        return (
            f"No rows have values of both {named(effect.features[0])} and {named(effect.features[1])} on this surface."
        )
    high, low = max(cells, key=lambda cell: cell["total"]), min(cells, key=lambda cell: cell["total"])
    joint = max(cells, key=lambda cell: abs(cell["interaction"]))
    unit, average = predicted(effect.unit), number(effect.average, 3)
    if high["total"] == low["total"]:
        return f"These two features do not move {unit}, whose average is {average}."
    above = f"{signed(high['total'])} against the average of {average}"
    ends = f"highest at {_at(effect, high)} ({above}) and lowest at {_at(effect, low)} ({signed(low['total'])})"
    beyond = ""
    if joint["interaction"]:
        side = "above" if joint["interaction"] > 0 else "below"
        amount = f"{number(abs(joint['interaction']))} {side} it"
        beyond = f" It is furthest from the sum of their separate effects at {_at(effect, joint)}: {amount}."
    return f"On average over the data {unit} is {ends}.{beyond}"


def triple_sentence(effect: TripleEffect) -> str:
    """How the joint effect of the first two features changes over the third.

    The size of a joint effect is its root mean square over the cells, each weighted by the rows of the data there.
    """
    pair = " and ".join(named(name) for name in effect.features[:2])
    third = named(effect.features[2])
    surfaces, weights, whole = _by_slice(effect)
    sizes = np.sqrt((surfaces**2 * weights).sum(1))
    if not weights.sum() > 0:
        return f"No rows have values of {pair} on these surfaces."
    values = [_value(value) for value in effect.grid.groupby("slice")["value_3"].first()]
    if sizes.max() <= NOTHING * whole:
        return f"{pair} do not act together at {_listed(values, 'or')} of {third}."
    if len(values) == 1:
        return f"{pair} were looked at for one value of {third} only, {values[0]}: there is nothing to compare."
    move = f"{pair} together typically move {predicted(effect.unit)}"
    if _most_apart(surfaces, weights) <= ALIKE * sizes.max():
        same = (
            f"by {number(sizes.max())} beyond the sum of their separate effects, at {third} = {_listed(values)} alike"
        )
        return f"{move} {same}: {third} hardly changes how they act together."
    texts = alike(*sizes.tolist())
    amounts = [f"{text} at {value}" for text, value in zip(texts, values, strict=True)]
    amounts[0] = f"{texts[0]} at {third} = {values[0]}"
    change = _change(effect, values, surfaces, weights)
    return f"{move} beyond the sum of their separate effects by {_listed(amounts)}. {change}"


def _by_slice(effect: TripleEffect) -> tuple[np.ndarray, np.ndarray, float]:
    """Joint effects (slices, cells), the share of all rows in each cell, and the greatest change of the prediction."""
    order = effect.grid.sort_values("slice", kind="stable")
    n_slices = order["slice"].nunique()
    surfaces, counts = (order[name].to_numpy(dtype=float).reshape(n_slices, -1) for name in ("interaction", "count"))
    rows = counts.sum(0)
    return surfaces, rows / max(1.0, rows.sum()), float(order["total"].abs().max())


def _most_apart(surfaces: np.ndarray, weights: np.ndarray) -> float:
    """How far the two most different slices are apart (root mean square)."""
    return float(np.sqrt((((surfaces[:, None] - surfaces[None]) ** 2) * weights).sum(2)).max())


def _change(effect: TripleEffect, values: Sequence[str], surfaces: np.ndarray, weights: np.ndarray) -> str:
    """What the third feature does to the joint effect: a turn of its sign, growth, decline, or another change."""
    third = named(effect.features[2])
    products = surfaces @ (surfaces * weights).T
    sizes = np.sqrt(products.diagonal())
    along = products / np.maximum(np.outer(sizes, sizes), np.finfo(float).tiny)
    if along.min() < TURNED:
        first, last = sorted(map(int, np.unravel_index(np.argmin(along), along.shape)))
        ends = f"{third} = {values[first]} and {values[last]}"
        return f"Between {ends} it turns round: where it raises the prediction at one, it lowers it at the other."
    ordered = effect.kinds[2] != "categorical" and abs(sizes[-1] - sizes[0]) > ALIKE * sizes.max()
    if ordered and (np.diff(sizes) > 0).all():
        return f"The joint effect grows with {third}."
    if ordered and (np.diff(sizes) < 0).all():
        return f"The joint effect shrinks as {third} grows."
    return f"The joint effect changes with {third}."


def _value(value: Any) -> str:
    return named(value) if isinstance(value, str) else table_value(float(value))


def _listed(parts: Sequence[str], last: str = "and") -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def _at(effect: PairEffect, cell: Mapping[Hashable, Any]) -> str:
    texts = [_value(value) for value in (cell["value_1"], cell["value_2"])]
    return " and ".join(f"{named(name)} = {text}" for name, text in zip(effect.features, texts, strict=True))
