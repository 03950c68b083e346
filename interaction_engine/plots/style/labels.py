"""Names and numbers as labels. A name is data: plotly reads labels as HTML and TeX, so none reaches it raw."""

import math
import unicodedata
from collections.abc import Sequence

import numpy as np

HOVER_WIDTH = 72
"""Longest name in a hover label; longer ones would run out of the window."""

# Plotly decodes numeric entities after it has looked for tags and for TeX between dollar signs.
MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;"})

# Characters that turn the direction of the text that follows them: one name could rearrange the rest of a label.
TURNS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(name: str) -> str:
    """A name on one line: line breaks and control characters become blanks, direction marks vanish."""
    kept = (" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in name if c not in TURNS)
    return " ".join("".join(kept).split()) or "(no name)"


def shortened(name: str, width: int) -> str:
    """A name of at most `width` places, its middle left out: beginnings and ends are what tells names apart."""
    text = plain(name)
    if breadth(text) <= width:
        return text
    tail = max(1, (width - 1) * 2 // 5)
    return _head(text, width - 1 - tail) + "…" + _head(text[::-1], tail)[::-1].lstrip(" \u200d\ufe0f")


def label(name: str, width: int = HOVER_WIDTH) -> str:
    """A name as markup that shows exactly its characters, shortened to `width` places."""
    return shortened(name, width).translate(MARKUP)


def distinct_labels(names: Sequence[str], width: int) -> list[str]:
    """Labels of at most about `width` places; names that look the same when shortened get their place as a number."""
    short = [shortened(name, width) for name in names]
    twice = {text for text in short if short.count(text) > 1} if len(set(short)) < len(short) else set()
    numbered = (f"{text} ({n})" if text in twice else text for n, text in enumerate(short, start=1))
    return [text.translate(MARKUP) for text in numbered]


def pair_label(first: str, second: str, width: int = 40) -> str:
    """Both names as one label, the places shared so that the shorter name keeps what it needs."""
    return set_label((first, second), width)


def set_label(names: Sequence[str], width: int = 40, joint: str = " × ") -> str:
    """All names as one label, the places shared so that the shorter names keep what they need.

    `joint` stands between them.
    """
    room = width - len(joint) * (len(names) - 1)
    shared = zip(names, _shared_places(names, room), strict=True)
    return joint.translate(MARKUP).join(label(name, places) for name, places in shared)


def pair_title(first: str, second: str) -> str:
    """The heading of a pair's hover label."""
    return set_title((first, second))


def set_title(names: Sequence[str]) -> str:
    """The heading of a set's hover label, a line per name."""
    return "<br>× ".join(f"<b>{label(name)}</b>" for name in names)


def number(value: float, digits: int = 3) -> str:
    """A number as people write it, to `digits` significant digits: 12,400, 61.2, 0.0421, −0.3, 4.2 × 10⁻⁶."""
    if not math.isfinite(value):
        return "unknown" if math.isnan(value) else "unlimited"
    if value == 0:
        return "0"
    power = math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}"))))
    if -4 <= power <= 9:
        decimals = max(0, digits - 1 - power)
        text = f"{round(value, digits - 1 - power):,.{decimals}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        exponent = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        text = f"{value / 10.0**power:.{digits - 1}f} × 10{exponent}"
    return text.replace("-", "−")


def log_ticks(lowest: float, highest: float) -> tuple[list[float], list[str]]:
    """Places (as powers of ten) and labels of about three to eight ticks on a logarithmic scale."""
    bottom, top = math.floor(lowest), math.ceil(highest)
    steps: tuple[float, ...] = (1,) if highest - lowest > 3.2 else (1, 2, 5)
    stride = max(1, math.ceil((top - bottom) / 6))
    values = [step * 10.0**power for power in range(bottom, top + 1, stride) for step in steps]
    kept = [value for value in values if lowest - 1e-9 <= np.log10(value) <= highest + 1e-9]
    # a power of ten has no need of its "1.00 ×"
    return [math.log10(value) for value in kept], [number(value).removeprefix("1.00 × ") for value in kept]


def _shared_places(names: Sequence[str], room: int) -> list[int]:
    """How many of `room` places each name gets: what it needs, or its share of what the shorter ones leave."""
    needs = [breadth(plain(name)) for name in names]
    given = list(needs)
    for n_left, which in zip(range(len(names), 0, -1), np.argsort(needs, kind="stable").tolist(), strict=True):
        given[which] = min(needs[which], max(2, room // n_left))
        room -= given[which]
    return given


def _head(text: str, width: int) -> str:
    kept = ""
    for character in text:
        if breadth(kept + character) > width:
            break
        kept += character
    return kept.rstrip(" \u200d")


def breadth(text: str) -> int:
    """Columns that a text takes in a line: wide characters (Chinese, emoji) two, joining and accent marks none."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 or c in "\u200d\ufe0f" for c in text)
