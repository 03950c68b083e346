"""The strongest pairs as bars."""

import numpy as np
import plotly.graph_objects as go

from ...core.errors import InputError
from ...methods.common.pair_result import PairInteractions
from ..choosing import effect_title, hidden_share, share
from ..primitives.heatmap import hover_texts
from ..primitives.intervals import ROW, mark_row
from ..style.labels import label, pair_label
from ..style.statuses import Bars, bar_looks, unreliable_note
from ..style.theme import HOVER_REACH, Theme, axis, canvas, empty, footnote, ring, theme_named


def ranking_bars(
    result: PairInteractions,
    *,
    top: int = 20,
    column: str = "effect",
    pair: tuple[str, str] | None = None,
    theme: str = "light",
) -> go.Figure:
    """The `top` strongest pairs as bars with intervals; `column` is "effect" (in the target's unit) or "strength".

    Certified pairs are full, undecided ones hatched, excluded ones pale; where no place is proven, the legend says what
    the looks mean (see `statuses`). A ring marks true interactions where known.
    The share of strength that is not drawn is stated. `pair` is outlined; a click returns the names as `customdata`.
    """
    look = theme_named(theme)
    if column not in ("effect", "strength"):
        raise InputError(f'`column` must be "effect" or "strength"; got {column!r}.')
    table = result.table.head(top)
    if table.empty:
        return empty(look, "One feature alone has no pairs.")
    figure = canvas(look, height=124 + ROW * len(table))
    ends = result.effect_interval() if column == "effect" else result.table[["lower", "upper"]]
    hovers = hover_texts(result, table)
    for bars in bar_looks(result, table, look):
        figure.add_trace(_bars(result, bars, column, ends.to_numpy(dtype=float), hovers, look))
    window = _window(table[column].to_numpy(dtype=float), ends.to_numpy(dtype=float)[:top])
    _mark_truth(figure, result, len(table), window, look)
    labels = [pair_label(*names) for names in zip(table["feature_1"], table["feature_2"], strict=True)]
    span = [len(table) - 0.4, -0.6]
    figure.update_yaxes(axis(look, tickvals=list(range(len(table))), ticktext=labels, range=span, showgrid=False))
    figure.update_xaxes(axis(look, _title(result, column), zeroline=True, range=window, tickformat=","))
    figure.update_layout(bargap=0.35, barmode="overlay", hoverdistance=HOVER_REACH)
    if pair is not None and (place := result.place_of(*pair)) < len(table):
        mark_row(figure, place, look)
    lines = unreliable_note(result, look)
    if len(table) < len(result.table):
        hidden = share(hidden_share(result, len(table)))
        drawn = f"{len(table):,} of {len(result.table):,} pairs drawn"
        lines.append(f"{drawn}; the others hold {hidden} of the strength.")
    footnote(figure, look, lines)
    return figure


def _title(result: PairInteractions, column: str) -> str:
    return f"{effect_title(result)}, {label(result.unit, 60)}" if column == "effect" else "strength"


def _window(values: np.ndarray, ends: np.ndarray) -> list[float]:
    """From 0 (or the lowest negative strength) to the widest interval, which is cut off at thrice the longest bar."""
    longest = float(np.nanmax([*values, 0.0])) or 1.0
    uppers = ends[np.isfinite(ends[:, 1]), 1]
    return [min(0.0, float(np.nanmin([*values, 0.0])) * 1.1), min(float(max([*uppers, longest])), 3 * longest) * 1.04]


def _bars(
    result: PairInteractions,
    bars: Bars,
    column: str,
    ends: np.ndarray,
    hovers: list[str],
    look: Theme,
) -> go.Bar:
    places = bars.places
    rows = result.table.iloc[places]
    values = rows[column].to_numpy(dtype=float)
    reach = np.nan_to_num(np.stack([values - ends[places, 0], ends[places, 1] - values]), nan=0.0, posinf=1e30)
    whiskers = {"type": "data", "symmetric": False, "arrayminus": reach[0], "array": reach[1], "color": look.ink}
    hatch = {"shape": bars.pattern, "fgcolor": bars.fill, "bgcolor": look.paper, "size": 7, "solidity": 0.35}
    return go.Bar(
        x=values,
        y=places,
        orientation="h",
        name=bars.name,
        hovertext=[hovers[place] for place in places],
        hoverinfo="text",
        error_x=(whiskers | {"thickness": 1.5, "width": 4}) if reach.any() else None,
        showlegend=True,
        marker={"color": bars.fill, "line": {"color": bars.fill, "width": 1}, "pattern": hatch},
        customdata=rows[["feature_1", "feature_2"]].to_numpy().tolist(),
    )


def _mark_truth(figure: go.Figure, result: PairInteractions, n_drawn: int, window: list[float], look: Theme) -> None:
    true_pairs = result.true_pairs
    if not true_pairs:
        return
    table = result.table.head(n_drawn)
    names = zip(table["feature_1"], table["feature_2"], strict=True)
    rows = [row for row, pair in enumerate(names) if frozenset(pair) in true_pairs]
    inside = 0.012 * window[1]
    mark = {"marker": ring(look, 9), "name": "true interaction", "hoverinfo": "skip", "showlegend": True}
    figure.add_trace(go.Scatter(x=[inside] * len(rows), y=rows, mode="markers", **mark))
