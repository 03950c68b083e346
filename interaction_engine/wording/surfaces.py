"""The surface behind one pair, in words."""

from collections.abc import Hashable, Mapping
from typing import Any

from ..results import PairEffect
from .phrases import named, number, predicted, signed, table_value


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


def _at(effect: PairEffect, cell: Mapping[Hashable, Any]) -> str:
    values = (cell["value_1"], cell["value_2"])
    texts = [named(value) if isinstance(value, str) else table_value(float(value)) for value in values]
    return " and ".join(f"{named(name)} = {text}" for name, text in zip(effect.features, texts, strict=True))
