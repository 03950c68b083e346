"""The live race of a running detection: intervals that shrink until arms are accepted."""

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from ..primitives.intervals import Arms, interval_rows, mark_cut
from ..style.theme import empty, theme_named


def race(partial: Mapping[str, Any], *, top: int = 20, theme: str = "light") -> go.Figure:
    """The arms of a detection's partial result, strongest first; accepted ones are solid, the others open.

    `partial` is what a running detection reports: `arms` (pair, mean, lower, upper, pulls, status), `wanted`.
    Rows are ordered by mean, so that a frame of the race can be compared with the last.
    """
    look = theme_named(theme)
    known = [arm for arm in partial.get("arms", ()) if arm.get("mean") is not None]
    if not known:
        return empty(look, "The first intervals appear after the first round.")
    arms = Arms.of_race(sorted(known, key=lambda arm: -arm["mean"])[:top])
    figure = interval_rows(arms, look)
    requested = int(partial.get("wanted") or 0)
    if 0 < requested < len(arms):
        mark_cut(figure, requested, f"{requested:,} wanted", look)
    return figure
