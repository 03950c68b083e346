"""How sure a ranking is: the interval of every pair, around the cut."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ...methods.common.pair_result import PairInteractions
from ..choosing import counted, hidden_share, share
from ..primitives.intervals import Arms, interval_rows, mark_cut, mark_row
from ..style.statuses import unreliable_note
from ..style.theme import Theme, empty, footnote, theme_named


def confidence(
    result: PairInteractions,
    *,
    top: int = 30,
    first: int = 1,
    pair: tuple[str, str] | None = None,
    log: bool = False,
    theme: str = "light",
) -> go.Figure:
    """One row per pair, strongest first: LCB, mean, UCB of its strength and the rows it took.

    `top` pairs are drawn from rank `first` on. A dashed line cuts below the pairs asked for; undecided pairs lie on
    a band; a bracket at the left holds tied pairs: they are not proven to differ by more than the result's `tie`.
    An exact result has no interval on its rows: its whiskers are twice the standard error that the strength has for
    other rows. `pair` is outlined; a click returns the two names as `customdata`. Raises `InputError` for a pair
    that the result does not have.
    """
    look = theme_named(theme)
    start = max(0, first - 1)
    table = result.table.iloc[start : start + max(1, top)]
    if table.empty:
        return empty(look, "There is no pair of this rank." if len(result.table) else "One feature alone has no pairs.")
    exact, requested = result.is_exact, result.n_requested
    figure = interval_rows(Arms.of_table(table, exact=exact, counted=counted(result)), look, log=log)
    _band(figure, table, look)
    if requested is not None and start < requested < min(start + len(table), len(result.table)):
        mark_cut(figure, requested - start, f"cut at {requested:,}", look)
    _brackets(figure, result.table, start, len(table), look)
    if pair is not None and 0 <= (place := result.place_of(*pair) - start) < len(table):
        mark_row(figure, place, look)
    footnote(figure, look, _small_print(result, start, table, log, look))
    return figure


def tie_groups(table: pd.DataFrame) -> list[tuple[int, int]]:
    """Return runs of rows (begin, end) of a table sorted by strength that are tied; empty where ties are not known."""
    if table.empty or "tie_group" not in table:
        return []
    groups = table["tie_group"].to_numpy()
    ends = [*(np.flatnonzero(groups[:-1] != groups[1:]) + 1).tolist(), len(table)]
    return list(zip([0, *ends[:-1]], ends, strict=True))


def _band(figure: go.Figure, table: pd.DataFrame, look: Theme) -> None:
    undecided = np.flatnonzero((table["status"] == "undecided").to_numpy())
    look_of = {"type": "rect", "xref": "paper", "fillcolor": look.band, "line_width": 0, "layer": "below"}
    for begin, end in _runs(undecided):
        figure.add_shape(x0=0, x1=1, y0=begin - 0.5, y1=end - 0.5, **look_of)
    if len(undecided):
        _key(figure, "undecided", {"symbol": "square", "color": look.band, "line": {"color": look.pale, "width": 1}})


def _runs(places: np.ndarray) -> list[tuple[int, int]]:
    """Ascending places as runs (begin, end) of neighbours."""
    parts = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    return [(int(part[0]), int(part[-1]) + 1) for part in parts if len(part)]


def _brackets(figure: go.Figure, table: pd.DataFrame, start: int, n_drawn: int, look: Theme) -> None:
    drawn = False
    line = {"color": look.muted, "width": 3}
    for begin, end in tie_groups(table):
        top, bottom = max(begin - start, 0), min(end - start, n_drawn) - 1
        if end - begin > 1 and top <= bottom:
            beside = {"xref": "paper", "xsizemode": "pixel", "xanchor": 0, "x0": -5, "x1": -5}
            figure.add_shape(type="line", y0=top - 0.32, y1=bottom + 0.32, line=line, **beside)
            drawn = True
    if drawn:
        _key(figure, "tied", {"symbol": "line-ns", "line": line})


def _key(figure: go.Figure, name: str, marker: dict[str, Any]) -> None:
    """An entry of the legend for what is drawn as a shape."""
    mark = {"size": 13} | marker
    figure.add_trace(
        go.Scatter(x=[None], y=[None], mode="markers", marker=mark, name=name, showlegend=True, legendrank=9)
    )


def _small_print(result: PairInteractions, start: int, table: pd.DataFrame, log: bool, look: Theme) -> list[str]:
    lines = unreliable_note(result, look)
    last = start + len(table)
    if len(table) < len(result.table):
        line = f"Ranks {start + 1:,} to {last:,} of {len(result.table):,} pairs"
        below = share(hidden_share(result, last))
        lines.append(f"{line}; those below hold {below} of the strength." if last < len(result.table) else f"{line}.")
    if log and (table["strength"].to_numpy() <= 0).any():
        lines.append("Strengths up to 0 stand at the left edge.")
    return lines
