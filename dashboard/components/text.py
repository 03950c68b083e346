"""Text that users named, as markdown that shows exactly that text: never HTML, a link, a colour or a formula."""

import re
import string

PUNCTUATION = str.maketrans({mark: f"\\{mark}" for mark in string.punctuation})
JOINER = "\u2060"
"""An unseen mark inside `:icon:`, `https://`, `www.` and `a@b`, which would turn into icons and links even escaped."""

LONGEST = 60
"""Characters of a name shown in running text; the tables show all of it."""


def plain(text: str) -> str:
    """`text` as markdown that renders as itself, on one line."""
    line = re.sub(r"\s+", " ", text).translate(PUNCTUATION)
    return re.sub(r":(?=\S)|@|www(?=\\\.)", lambda match: match[0] + JOINER, line)


def short(text: str, longest: int = LONGEST) -> str:
    """`text` on one line, cut with an ellipsis when longer than `longest`."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def name(text: str) -> str:
    """A column's or file's name as a code span; backticks in it become quotes, which a code span cannot hold."""
    return f"`{short(text).replace('`', chr(39)) or ' '}`"


def prose(sentence: str) -> str:
    """A sentence with `names` in backticks, as markdown: names as code, everything else as it stands."""
    parts = " ".join(sentence.split()).split("`")
    if len(parts) % 2 == 0:
        return plain(sentence)
    return "".join(f"`{part}`" if at % 2 and part.strip() else plain(part) for at, part in enumerate(parts))


def seconds(value: float) -> str:
    """A duration as people say it."""
    if value < 1:
        return "under a second"
    if value < 90:
        return f"{value:.0f} s"
    if value < 5400:
        return f"{value / 60:.0f} min"
    return f"{value / 3600:.1f} h"


def amount(value: float) -> str:
    """A count with three figures: 950, 12.3 thousand, 4.1 million."""
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if value >= size:
            return f"{value / size:.3g} {word}"
    return f"{value:,.0f}"


def memory(size: float) -> str:
    """A number of bytes as people say it."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6)):
        if size >= scale:
            return f"{size / scale:.2g} {unit}" if size < 10 * scale else f"{size / scale:.0f} {unit}"
    return f"{max(1, size / 1e3):.0f} kB"
