"""Names, counts and numbers as parts of sentences."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

LONGEST_NAME = 60
"""Characters of a name in a sentence; a longer one would be all that is seen of it."""

FAR_APART = 100
"""Numbers that differ by more than this factor are rounded each for itself."""

ROUNDING = 1e-9
"""Relative errors below this are those of the arithmetic."""


def named(name: str) -> str:
    """A user's name in backticks, on one line."""
    line = " ".join(name.split()).replace("`", "'") or "(no name)"
    return f"`{line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1] + '…'}`"


def predicted(unit: str) -> str:
    """What a model predicts, as the object of a sentence."""
    return f"the predicted {named(unit)}"


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it needs one."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def are(number: int) -> str:
    """Return the verb that fits a number."""
    return "is" if number == 1 else "are"


def ordinal(number: int) -> str:
    """Return an ordinal number, as 1st."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def percent(share: float) -> str:
    """A share as a percentage that is never rounded to nothing or to everything."""
    if 0 < share < 0.005:
        return "less than 1 %"
    return "more than 99 %" if 0.995 <= share < 1 else f"{100 * share:.0f} %"


def duration(seconds: float) -> str:
    """Return a duration in words."""
    if seconds < 1:
        return "less than a second"
    if seconds < 120:
        return count(round(seconds), "second")
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"


def number(value: float, digits: int = 2) -> str:
    """A number to `digits` significant digits, three from 100 on: 61, 0.042, 12,400, −0.30, 4.2 × 10⁻⁹."""
    return _decimal(value, _decimals(value, digits)) if math.isfinite(value) else "unknown"


def alike(value: float, *others: float) -> tuple[str, ...]:
    """A number and others that belong to it, to the digits that tell them apart: 61.2, 60.9 and 61.5."""
    known = [other for other in others if math.isfinite(other)]
    if not known or value == 0 or max(map(abs, known)) > FAR_APART * abs(value):
        return (number(value), *(number(other) if math.isfinite(other) else "unlimited" for other in others))
    distances = [abs(other - value) for other in known if other != value]
    apart = -_power(min(distances)) if distances else -math.inf
    # However narrow the interval, nobody reads more than four digits.
    decimals = int(min(max(_decimals(value, 2), apart), _decimals(value, 4)))
    return tuple(_decimal(one, decimals) if math.isfinite(one) else "unlimited" for one in (value, *others))


def for_other_rows(row: Mapping[Hashable, Any]) -> str:
    """The standard error of a row's effect, were the rows evaluated a sample of many, as the end of a bracket.

    The effect goes with the root of the strength, so its relative error is half as large. Empty where it is rounding.
    """
    error = float(row.get("standard_error", math.nan)) / (2 * float(row["strength"]))
    return f", standard error {number(error * float(row['effect']))} for other rows" if error > ROUNDING else ""


def signed(value: float) -> str:
    """Return a number with its sign."""
    return f"+{number(value)}" if value > 0 else number(value)


def table_value(value: float) -> str:
    """A value of the user's table: whole numbers as they are (a year has no comma), others to three digits."""
    return f"{value:.0f}".replace("-", "−") if value == round(value) and abs(value) < 1e6 else number(value, 3)


def score(value: float) -> str:
    """A score whose best value is 1, never rounded up to it."""
    if 0.9995 <= value < 1:
        return "0.999" if value < 0.9999 else "more than 0.9999"
    return f"{value:.3f}".replace("-", "−")


def _power(value: float) -> int:
    """The power of ten of the first digit."""
    return math.floor(math.log10(abs(value)))


def _decimals(value: float, digits: int) -> int:
    """Decimal places that show `digits` significant digits, three from 100 on; below 0, places before the point."""
    if value == 0:
        return 0
    power = _power(float(f"{value:.{digits - 1}e}"))
    return max(digits, 3 if power >= 2 else 0) - 1 - power


def _decimal(value: float, decimals: int) -> str:
    if value == 0:
        return "0"
    if decimals > 7 or abs(value) >= 1e12:
        exponent = str(_power(value)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{value / 10.0 ** _power(value):.1f} × 10{exponent}".replace("-", "−")
    text = f"{round(value, decimals):,.{max(0, decimals)}f}"
    return (text.lstrip("-") if not text.strip("-0.,") else text).replace("-", "−")
