"""Tables as notebooks show them."""

from html import escape

import pandas as pd

SHOWN_ROWS = 10
"""Rows of a table in a notebook; all of them are in `to_frame`."""


def html_table(headline: str, frame: pd.DataFrame) -> str:
    """Return a headline and the first rows of a table as HTML, in which names of features are text and nothing else."""
    first = frame.head(SHOWN_ROWS)
    cells = first.map(lambda cell: f"{cell:.4g}" if isinstance(cell, float) else str(cell))
    more = len(frame) - len(first)
    note = f"<p>{more:,} more {'row' if more == 1 else 'rows'}.</p>" if more else ""
    return f"<p><b>{escape(headline)}</b></p>{cells.to_html(border=0, index=False, escape=True)}{note}"
