"""Rows of intervals, the drawing that the race and the confidence screen share: LCB blue, mean orange, UCB green."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ..style.labels import log_ticks, number, set_label, set_title
from ..style.statuses import add_status_keys, end_names, is_filled, line_looks
from ..style.theme import HOVER_REACH, Theme, axis, canvas

ROW = 25
"""Pixels from one row to the next: a line of text and some air."""

REACH = 3.0
"""An interval is cut off at so many times the largest mean, or the widest would leave the means no room."""


@dataclass(frozen=True)
class Arms:
    """What is drawn, a row per set of features from top to bottom; `status` has the words of one vocabulary.

    `exact` arms were evaluated on every row: their mean is exact there, and `lower` and `upper` lie two standard errors
    from it, which says how far it may be off for other rows; nothing is said of these where they lie on it. `counted`
    is what `pulls` are.
    """

    sets: Sequence[tuple[str, ...]]
    lower: np.ndarray
    mean: np.ndarray
    upper: np.ndarray
    pulls: np.ndarray
    status: Sequence[str]
    exact: bool = False
    counted: str = "rows"

    @classmethod
    def of_table(cls, table: pd.DataFrame, *, exact: bool = False, counted: str = "rows") -> "Arms":
        """Return the intervals of a table of pairs or sets."""
        lower, mean, upper, pulls = (table[n].to_numpy(dtype=float) for n in ("lower", "strength", "upper", "pulls"))
        if exact and "standard_error" in table:
            reach = 2 * table["standard_error"].fillna(0.0).to_numpy(dtype=float)
            lower, upper = mean - reach, mean + reach
        return cls(_sets(table), lower, mean, upper, pulls, list(table["status"]), exact, counted)

    @classmethod
    def of_race(cls, arms: Sequence[Mapping[str, Any]]) -> "Arms":
        """The arms of a running method; a bound that is not known yet is without limit."""

        def column(name: str, unknown: float) -> np.ndarray:
            return np.array([unknown if arm.get(name) is None else float(arm[name]) for arm in arms])

        bounds = column("lower", -np.inf), column("mean", np.nan), column("upper", np.inf)
        sets = [tuple(map(str, arm["pair"])) for arm in arms]
        return cls(sets, *bounds, column("pulls", 0.0), [str(arm["status"]) for arm in arms])

    @property
    def final(self) -> bool:
        """Whether nothing is open, not even for other rows."""
        return self.exact and bool((self.lower == self.upper).all())

    def __len__(self) -> int:
        return len(self.sets)


def interval_rows(arms: Arms, look: Theme, *, log: bool = False) -> go.Figure:
    """A figure with one line per arm from LCB over mean to UCB; certified ones are solid, the others pale and open."""
    figure = canvas(look, height=124 + ROW * len(arms))
    window = _window(arms, log)
    for status, colour, width in line_looks(look):
        _lines(figure, arms, status, window, look.pale if arms.exact else colour, width)
    _ends(figure, arms, look, window)
    _means(figure, arms, look, window)
    add_status_keys(figure, arms.status, look)
    _cut_off(figure, arms, look, window[1])
    _axes(figure, arms, look, window, log)
    return figure


def mark_row(figure: go.Figure, row: int, look: Theme) -> None:
    """Outline the row of the current pair."""
    line = {"color": look.highlight, "width": 1.5}
    figure.add_shape(type="rect", xref="paper", x0=0, x1=1, y0=row - 0.45, y1=row + 0.45, line=line)


def mark_cut(figure: go.Figure, rows_above: int, text: str, look: Theme) -> None:
    """A dashed line below the first `rows_above` rows."""
    place = rows_above - 0.5
    line = {"color": look.muted, "width": 1.5, "dash": "dash"}
    figure.add_shape(type="line", xref="paper", x0=0, x1=1, y0=place, y1=place, line=line)
    words = {"font": {"size": 11, "color": look.muted}, "bgcolor": look.paper, "showarrow": False}
    figure.add_annotation(text=text, xref="paper", x=1, y=place, xanchor="right", yanchor="top", **words)


def _sets(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """The names in each row of a table of pairs or of sets of any size."""
    if "features" in table:
        return [tuple(names) for names in table["features"]]
    return list(zip(table["feature_1"], table["feature_2"], strict=True))


def _window(arms: Arms, log: bool) -> tuple[float, float]:
    """From where to where the strengths are drawn."""
    means, uppers = arms.mean[np.isfinite(arms.mean)], arms.upper[np.isfinite(arms.upper)]
    largest = float(max([*means, 0.0])) or float(max([*uppers, 0.0])) or 1.0
    high = min(float(max([*uppers, largest])), REACH * largest)
    if log:
        positive = [*means[means > 0], *arms.lower[np.isfinite(arms.lower) & (arms.lower > 0)], high]
        return max(min(positive) / 1.5, high / 1e6), high * 1.3
    low = min(0.0, *(float(value) for value in arms.lower if np.isfinite(value)), *map(float, means))
    return max(low, -high) - 0.015 * high, high * 1.03


def _lines(figure: go.Figure, arms: Arms, status: str, window: tuple[float, float], colour: str, width: int) -> None:
    xs, ys = [], []
    for row, its in enumerate(arms.status):
        if its == status and arms.upper[row] > arms.lower[row]:
            xs += [float(np.clip(arms.lower[row], *window)), float(np.clip(arms.upper[row], *window)), None]
            ys += [row, row, None]
    if xs:
        line = {"color": colour, "width": width}
        figure.add_trace(go.Scatter(x=xs, y=ys, mode="lines", line=line, hoverinfo="skip", showlegend=False))


def _ends(figure: go.Figure, arms: Arms, look: Theme, window: tuple[float, float]) -> None:
    if arms.final:
        return
    low, high = end_names(arms.status)
    both = ((low, arms.lower, look.lower, 1), (high, arms.upper, look.upper, 3))
    for name, values, colour, rank in both:
        colour = look.muted if arms.exact else colour
        inside = [row for row, value in enumerate(values) if window[0] <= value <= window[1]]
        marker = {"symbol": "line-ns", "size": 13, "line": {"color": colour, "width": 3}, "color": colour}
        figure.add_trace(
            go.Scatter(
                x=values[inside],
                y=inside,
                mode="markers",
                marker=marker,
                name="± 2 standard errors, for other rows" if arms.exact else name,
                hoverinfo="skip",
                showlegend=rank == 1 or not arms.exact,
                legendrank=rank,
            )
        )


def _means(figure: go.Figure, arms: Arms, look: Theme, window: tuple[float, float]) -> None:
    """The dots that answer to the mouse; filled or open by their status."""
    known = [row for row, value in enumerate(arms.mean) if np.isfinite(value)]
    fill = [look.mean if is_filled(arms.status[row]) else look.paper for row in known]
    figure.add_trace(
        go.Scatter(
            x=np.clip(arms.mean[known], *window),
            y=known,
            mode="markers",
            name=_name_of_means(arms),
            showlegend=True,
            legendrank=0 if arms.exact else 2,
            marker={"size": 9, "color": fill, "line": {"color": look.mean, "width": 2}},
            customdata=[list(arms.sets[row]) for row in known],
            hovertext=[_hover(arms, row) for row in known],
            hoverinfo="text",
        )
    )


def _name_of_means(arms: Arms) -> str:
    if not arms.exact:
        return "mean"
    return "strength, exact" if arms.final else "strength, exact on the rows evaluated"


def _hover(arms: Arms, row: int) -> str:
    lower, mean, upper = (float(values[row]) for values in (arms.lower, arms.mean, arms.upper))
    nouns = arms.counted.removesuffix("s") if arms.pulls[row] == 1 else arms.counted
    counted = f"{arms.pulls[row]:,.0f} {nouns} evaluated"
    low, high = end_names(arms.status)
    interval = f"{low} {number(lower)}, {high} {number(upper)}"
    if arms.final:
        interval = "exact"
    elif arms.exact:
        interval = f"exact on these rows; standard error for others {number((upper - mean) / 2)}"
    lines = [set_title(arms.sets[row]), f"strength {number(mean)}", interval, counted, arms.status[row]]
    return "<br>".join(lines)


def _cut_off(figure: go.Figure, arms: Arms, look: Theme, high: float) -> None:
    """An arrowhead where an interval goes on beyond the figure."""
    beyond = [row for row, value in enumerate(arms.upper) if value > high]
    if beyond:
        marker = {"symbol": "triangle-right", "size": 10, "color": look.muted if arms.exact else look.upper}
        figure.add_trace(
            go.Scatter(
                x=[high / 1.03 * 1.015] * len(beyond),
                y=beyond,
                mode="markers",
                marker=marker,
                name="goes on beyond the figure",
                hoverinfo="skip",
                showlegend=True,
                legendrank=4,
            )
        )


def _axes(figure: go.Figure, arms: Arms, look: Theme, window: tuple[float, float], log: bool) -> None:
    rows = list(range(len(arms)))
    span = [len(arms) - 0.4, -0.6]
    across: dict[str, Any] = {"range": list(window), "tickformat": ","}
    if log:
        places, words = log_ticks(*np.log10(window))
        across = {"type": "log", "range": list(np.log10(window)), "ticktext": words}
        across["tickvals"] = [10**place for place in places]
    names = {"tickvals": rows, "ticktext": [set_label(names) for names in arms.sets], "range": span, "ticklen": 9}
    counts = {"tickvals": rows, "ticktext": [f"{count:,.0f}" for count in arms.pulls], "range": span}
    right = axis(look, side="right", overlaying="y", matches="y", showgrid=False, **counts)
    figure.update_layout(
        xaxis=axis(look, "strength", **across),
        yaxis=axis(look, showgrid=False, **names),
        yaxis2=right | {"tickfont": {"size": 11, "color": look.muted}},
        hoverdistance=HOVER_REACH,
    )
    unseen = {"mode": "markers", "marker": {"opacity": 0}, "hoverinfo": "skip", "showlegend": False}
    figure.add_trace(go.Scatter(x=[window[1]], y=[0], yaxis="y2", **unseen))  # an axis without a trace is not drawn
    words = {"text": arms.counted, "showarrow": False, "font": {"size": 11, "color": look.muted}}
    figure.add_annotation(x=1, y=1, xref="paper", yref="paper", xanchor="right", yanchor="bottom", xshift=34, **words)
