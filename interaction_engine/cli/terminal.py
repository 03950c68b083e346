"""What the command line prints besides results: progress as one line that rewrites itself, names without harm."""

import sys
from typing import Any

from ..core.types import Report


class TerminalReport(Report):
    """Progress on standard error, where that is a terminal; nothing else is ever mixed into the output."""

    def __call__(self, fraction: float, message: str, partial: dict[str, Any] | None = None) -> None:
        """Write how far the work is."""
        self._write(f"{fraction:4.0%} {printable(message)}")

    def __enter__(self) -> "TerminalReport":
        return self

    def __exit__(self, *problem: object) -> None:
        self._write("")

    def _write(self, line: str) -> None:
        if sys.stderr.isatty():
            print(f"\r\033[K{line[:100]}", end="", file=sys.stderr, flush=True)


def printable(text: str) -> str:
    """`text` on one line and without control characters: names are the user's and may hold anything."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
