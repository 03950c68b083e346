"""How the interval of one pair shrank while its rows were evaluated."""

import math

import plotly.graph_objects as go

from ...methods.common.pair_result import PairInteractions
from ..primitives.intervals import REACH
from ..style.labels import label, log_ticks, number
from ..style.theme import Theme, axis, canvas, empty, footnote, theme_named


def pulls_trace(result: PairInteractions, pair: tuple[str, str], *, theme: str = "light") -> go.Figure:
    """LCB, mean and UCB of one pair over the rows evaluated, from `result.trace`, beside the strength at the cut.

    Raises `InputError` for a pair that the result does not have.
    """
    look = theme_named(theme)
    result.place_of(*pair)
    trace = result.trace
    mine = trace.loc[trace["feature_1"].isin(pair) & trace["feature_2"].isin(pair)].sort_values("pulls")
    pulls, mean = mine["pulls"].to_numpy(dtype=float), mine["mean"].to_numpy(dtype=float)
    if mine.empty:
        at_once = trace.empty or result.is_exact
        sentence = "Every row was evaluated at once" if at_once else "No step was recorded for this pair"
        return empty(look, f"{sentence}: there is no interval to follow.")
    figure = canvas(look, height=330)
    # The first intervals may be so wide that the rest of the story would be a line at the bottom.
    top = REACH * max(float(mean.max()), _strength_at_cut(result) or 0.0) or None
    lower, upper = mine["lower"].clip(lower=min(0.0, float(mean.min()))), mine["upper"].clip(upper=top)
    band = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    figure.add_trace(go.Scatter(x=mine["pulls"], y=lower, **band))
    figure.add_trace(go.Scatter(x=mine["pulls"], y=upper, fill="tonexty", fillcolor=look.band, **band))
    drawn = (
        ("UCB", upper, "upper", look.upper),
        ("mean", mine["mean"], "mean", look.mean),
        ("LCB", lower, "lower", look.lower),
    )
    for name, heights, column, colour in drawn:
        line = {"color": colour, "width": 2}
        texts = [f"{name} {number(v)} after {n:,.0f} rows" for v, n in zip(mine[column], mine["pulls"], strict=True)]
        answers = {"hovertext": texts, "hoverinfo": "text", "marker": {"size": 6}}
        figure.add_trace(go.Scatter(x=mine["pulls"], y=heights, name=name, mode="lines+markers", line=line, **answers))
    places, words = log_ticks(*(math.log10(max(1.0, n)) for n in (pulls.min(), pulls.max())))
    ticks = {"tickvals": [10**place for place in places], "ticktext": words}
    figure.update_xaxes(axis(look, "rows evaluated", type="log", **ticks))
    figure.update_yaxes(axis(look, "strength", rangemode="tozero", tickformat=","))
    _mark_cut(figure, result, look)
    footnote(figure, look, [f"{label(pair[0], 48)} × {label(pair[1], 48)}"])
    return figure


def _strength_at_cut(result: PairInteractions) -> float | None:
    """Half-way between the weakest pair asked for and the strongest that was not."""
    requested = result.n_requested
    if requested is None or not 0 < requested < len(result.table):
        return None
    return float(result.table["strength"].iloc[requested - 1 : requested + 1].mean())


def _mark_cut(figure: go.Figure, result: PairInteractions, look: Theme) -> None:
    height = _strength_at_cut(result)
    if height is not None:
        line = {"color": look.muted, "width": 1.5, "dash": "dash"}
        font = {"size": 11, "color": look.muted}
        words = {"annotation_text": f"cut at {result.n_requested:,}", "annotation_font": font}
        figure.add_hline(y=height, line=line, annotation_position="top left", **words)
