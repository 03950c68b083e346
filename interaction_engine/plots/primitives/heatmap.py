"""All pairs at a glance: the heat map of a pairwise result."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ...core.errors import InputError
from ...methods.common.pair_result import PairInteractions
from ..choosing import counted, effect_title, hidden_share, leading_features, ordered, share
from ..style.labels import distinct_labels, label, log_ticks, number, pair_title
from ..style.statuses import unreliable_note
from ..style.theme import HOVER_REACH, Theme, axis, canvas, colour_bar, empty, footnote, ring, scale, theme_named

FAINT = 0.005
"""Share of the largest value below which a cell has no number."""

WRITTEN = 10
"""Up to so many features, the figures are written into the cells; beyond, they would not fit."""

CLICKABLE = 80
"""Up to so many features, every cell has a mark that answers to the mouse; beyond, the browser would grow slow."""


def pair_heatmap(
    result: PairInteractions,
    *,
    order: str = "strength",
    log: bool = False,
    column: str = "strength",
    top: int = 40,
    pair: tuple[str, str] | None = None,
    theme: str = "light",
) -> go.Figure:
    """A square of cells, one per pair of features, darker (in the dark theme: brighter) where `column` is larger.

    `order` places the features by "strength", as "given", or by "cluster" (those that act together side by side); `log`
    colours by the logarithm. At most `top` features are drawn, those of the strongest pairs, and the share of strength
    left out is stated. True pairs, where known, carry a ring; `pair` is outlined. A click returns the two names as
    `customdata`. Raises `InputError` for an unknown order, column or pair.
    """
    look = theme_named(theme)
    if result.table.empty:
        return empty(look, "One feature alone has no pairs.")
    if column in ("feature_1", "feature_2", "status") or column not in result.table:
        numeric = [name for name in result.table if name not in ("feature_1", "feature_2", "status")]
        raise InputError(f"`column` must be one of {', '.join(map(str, numeric))}; got {column!r}.")
    names = ordered(result, leading_features(result, top), order)
    values = result.matrix(column).loc[list(names), list(names)].to_numpy(dtype=float)
    figure = canvas(look, height=_height(len(names)))
    figure.add_trace(_cells(values, log, reverse=column == "rank", title=_title(result, column), look=look))
    if len(names) <= CLICKABLE:
        figure.add_trace(_click_marks(result, names, column))
    _mark_truth(figure, result, names, look)
    _outline(figure, result, names, pair, look)
    _axes(figure, names, look)
    footnote(figure, look, [*unreliable_note(result, look), *_small_print(result, names, values, log)])
    if result.true_pairs is None:
        figure.update_layout(margin_t=28)
    return figure


def _height(n_features: int) -> int:
    return int(np.clip(182 + 52 * n_features, 360, 700))


def _title(result: PairInteractions, column: str) -> str:
    return f"{effect_title(result)}<br>{label(result.unit, 16)}" if column == "effect" else column.replace("_", " ")


def _cells(values: np.ndarray, log: bool, reverse: bool, title: str, look: Theme) -> go.Heatmap:
    bar = colour_bar(look, title + ("<br>log scale" if log else ""))
    drawn, low, high = values, 0.0, np.nanmax(np.append(values[np.isfinite(values)], 0.0)) or 1.0
    if log:
        floor = _floor(values)
        drawn = np.log10(np.where(np.isnan(values), np.nan, np.maximum(values, floor)))
        low, high = np.log10(floor), max(np.log10(high), np.log10(floor) + 0.1)
        bar["tickvals"], bar["ticktext"] = log_ticks(float(low), float(high))
    written = len(values) <= WRITTEN
    text = [[_cell_text(value, values) for value in row] for row in values] if written else None
    return go.Heatmap(
        z=drawn,
        zmin=low,
        zmax=high,
        colorscale=scale(look.sequential),
        reversescale=reverse,
        colorbar=bar,
        xgap=1,
        ygap=1,
        hoverinfo="skip",
        text=text,
        texttemplate="%{text}" if written else None,
        textfont={"size": 12},
    )


def _floor(values: np.ndarray) -> float:
    """The smallest value that the logarithmic scale tells apart: four decades hold what an eye can follow."""
    positive = values[np.isfinite(values) & (values > 0)]
    return max(float(positive.min()), float(positive.max()) / 1e4) if len(positive) else 1e-4


def _click_marks(result: PairInteractions, names: tuple[str, ...], column: str) -> go.Scatter:
    """Unseen squares over the cells: a heat map itself does not tell a page which cell was clicked."""
    position = {name: place for place, name in enumerate(names)}
    table = result.table.loc[result.table["feature_1"].isin(names) & result.table["feature_2"].isin(names)]
    hovers = hover_texts(result, table, column)
    first, second = list(table["feature_1"]), list(table["feature_2"])
    return go.Scatter(
        x=[position[name] for name in second + first],
        y=[position[name] for name in first + second],
        mode="markers",
        marker={"symbol": "square", "size": max(6, 460 // len(names)), "opacity": 0},
        customdata=[list(names) for names in zip(first, second, strict=True)] * 2,
        hovertext=hovers * 2,
        hoverinfo="text",
        showlegend=False,
        name="pairs",
    )


def _cell_text(value: float, values: np.ndarray) -> str:
    """What is written into a cell: nothing where a number would only say that it is close to zero."""
    if np.isnan(value):
        return ""
    return number(value, 2) if abs(value) >= FAINT * np.nanmax(np.abs(values)) else "0" if value == 0 else "≈ 0"


def hover_texts(result: PairInteractions, table: pd.DataFrame, column: str = "strength") -> list[str]:
    """For each pair of `table`: its names, figures and standing, as markup."""
    true_pairs = result.true_pairs
    unit = label(result.unit, 40)
    texts = []
    for row in table.to_dict("records"):
        lines = [pair_title(row["feature_1"], row["feature_2"])]
        if column not in ("strength", "effect", "lower", "upper", "pulls", "rank"):
            lines.append(f"{column.replace('_', ' ')} {number(row[column])}")
        lines.append(f"strength {number(row['strength'])} ({_interval(row)})")
        lines.append(f"{effect_title(result)} {number(row['effect'])} {unit}")
        lines.append(f"rank {row['rank']:,.0f}, {row['status']}, {row['pulls']:,.0f} {counted(result)} evaluated")
        if true_pairs is not None:
            truth = frozenset((row["feature_1"], row["feature_2"])) in true_pairs
            lines.append("a true interaction" if truth else "no interaction in truth")
        texts.append("<br>".join(lines))
    return texts


def _interval(row: dict[Any, Any]) -> str:
    if row["lower"] == row["strength"] == row["upper"]:
        return "exact on these rows"
    return f"interval {number(row['lower'])} to {number(row['upper'])}"


def _mark_truth(figure: go.Figure, result: PairInteractions, names: tuple[str, ...], look: Theme) -> None:
    if result.true_pairs is None:
        return
    position = {name: place for place, name in enumerate(names)}
    drawn = sorted(sorted(position[name] for name in pair) for pair in result.true_pairs if pair <= set(names))
    if not drawn:
        return
    size = max(4, min(12, 210 // len(names)))
    lifted = 0.34 if len(names) <= WRITTEN else 0.0  # above the written figure
    figure.add_trace(
        go.Scatter(
            x=[b for _, b in drawn] + [a for a, _ in drawn],
            y=[a - lifted for a, _ in drawn] + [b - lifted for _, b in drawn],
            mode="markers",
            name="true interaction",
            hoverinfo="skip",
            showlegend=True,
            marker=ring(look, size),
        )
    )


def _outline(
    figure: go.Figure, result: PairInteractions, names: tuple[str, ...], pair: tuple[str, str] | None, look: Theme
) -> None:
    if pair is None or result.place_of(*pair) < 0 or not set(pair) <= set(names):
        return
    a, b = names.index(pair[0]), names.index(pair[1])
    for x, y in ((a, b), (b, a)):
        figure.add_shape(
            type="rect", x0=x - 0.5, x1=x + 0.5, y0=y - 0.5, y1=y + 0.5, line={"color": look.highlight, "width": 2.5}
        )


def _axes(figure: go.Figure, names: tuple[str, ...], look: Theme) -> None:
    labels = distinct_labels(names, 26)
    size = 12 if len(names) <= 30 else 10 if len(names) <= 50 else 8
    ticks = {"tickvals": list(range(len(names))), "ticktext": labels, "showgrid": False}
    font = {"size": size, "color": look.ink}
    span = [-0.5, len(names) - 0.5]
    angle = 0 if len(names) * max(map(len, labels)) < 70 else -60 if len(names) <= 30 else -90
    figure.update_xaxes(axis(look, range=span, tickangle=angle, **ticks) | {"tickfont": font})
    figure.update_yaxes(axis(look, range=span[::-1], **ticks) | {"tickfont": font})
    figure.update_layout(hoverdistance=HOVER_REACH)


def _small_print(result: PairInteractions, names: tuple[str, ...], values: np.ndarray, log: bool) -> list[str]:
    lines = []
    if len(names) < len(result.features):
        hidden = share(hidden_share(result, names=names))
        drawn = f"{len(names):,} of {len(result.features):,} features drawn"
        lines.append(f"{drawn}; the rest holds {hidden} of the strength.")
    below = int((values < 0).sum() // 2)
    if below:
        lines.append(f"{below:,} {'pair' if below == 1 else 'pairs'} below 0, drawn as 0.")
    elif log and (values == 0).any():
        lines.append("Pairs of value 0 look like the smallest.")
    return lines
