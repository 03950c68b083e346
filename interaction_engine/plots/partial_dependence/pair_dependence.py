"""What a feature adds to the explained predictions over its values, and what of it is its interaction with another."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ...core.errors import InputError
from ...methods.hessians.result import RowExplanations
from ..hessians.explanation_marks import Levels, doubt_over_rows
from ..primitives.dots import colour_key, dots
from ..style.labels import label
from ..style.scales import FeatureScale
from ..style.theme import Theme, axis, canvas, empty, footnote, heading, theme_named


def pair_dependence(
    result: RowExplanations,
    pair: tuple[str, str],
    *,
    row: int | None = None,
    levels: Levels | None = None,
    theme: str = "light",
) -> go.Figure:
    """A dot per explained row over the values of the pair's first feature, coloured by those of the second.

    Panels: the attribution of the first feature, its main effect, and what the pair as a whole adds. Each has a scale
    of its own size in common with the others. Dots carry the number of their row, for clicks; `row` is ringed. Raises
    `InputError` when the pair is no pair of features of the result.
    """
    look = theme_named(theme)
    if pair[0] == pair[1] or not set(pair) <= set(result.features):
        raise InputError(f"`pair` must be two different features of the result; got `{pair[0]}` and `{pair[1]}`.")
    if result.rows.empty:
        return empty(look, "No rows were explained.")
    table = _joined(result, pair)
    own, held = (_values(table[f"value_{side}"].tolist(), name, levels or {}) for side, name in enumerate(pair, 1))
    along, partner = (
        FeatureScale.along(name, sorted(set(values)), categorical=isinstance(values[0], str))
        for name, values in zip(pair, (own, held), strict=True)
    )
    panels = {
        "attribution": f"attribution<br>of {label(pair[0], 16)}",
        "main_effect": f"main effect<br>of {label(pair[0], 16)}",
        "pair": f"interaction<br>with {label(pair[1], 16)}",
    }
    figure = make_subplots(cols=3, rows=1, shared_yaxes=True, horizontal_spacing=0.03, figure=canvas(look, height=410))
    numbers = table.index.to_numpy()
    for column, (name, words) in enumerate(panels.items(), start=1):
        heights = table[name].to_numpy(dtype=float)
        sides, unit = (along, partner), label(result.unit, 40)
        shared: dict[str, Any] = {"legend": column == 1, "name": name, "customdata": numbers}
        for trace in dots(heights, own, held, sides, unit, look, **shared):
            figure.add_trace(trace, row=1, col=column)
        _ring(figure, along, own, heights, numbers == row, column, look)
        figure.update_xaxes(along.axis(look, room=30), row=1, col=column)
        heading(figure, look, words, column)
    zero = {"zeroline": True, "zerolinecolor": look.pale}
    figure.update_yaxes(axis(look, **zero))
    figure.update_yaxes(axis(look, label(result.unit, 40), **zero), col=1)
    colour_key(figure, held, partner, look)
    figure.layout["margin"]["t"] = 66  # the headings have two lines
    small = _small_print(table["pair"].to_numpy(dtype=float), row in numbers)
    footnote(figure, look, doubt_over_rows(result, look) or small)
    return figure


def _joined(result: RowExplanations, pair: tuple[str, str]) -> Any:
    """By row: the values of both features, the first one's attribution and main effect, and what the pair adds."""
    first, second = (result.attributions[result.attributions["feature"] == name].set_index("row") for name in pair)
    ends = result.interactions[["feature_1", "feature_2"]]
    mine = ends.isin(pair).all(axis=1)
    both = result.interactions[mine].set_index("row")["interaction"]
    return first.rename(columns={"value": "value_1"}).assign(
        value_2=second["value"], pair=2 * both.reindex(first.index)
    )


def _values(values: list[Any], name: str, levels: Levels) -> list[Any]:
    """Values as they stand in the table: levels by name, in place of their places."""
    names = levels.get(name)
    return [names[int(value)] for value in values] if names else values


def _ring(
    figure: go.Figure,
    along: FeatureScale,
    own: list[Any],
    heights: np.ndarray,
    chosen: np.ndarray,
    column: int,
    look: Theme,
) -> None:
    """The row on screen."""
    if not chosen.any():
        return
    place = int(np.flatnonzero(chosen)[0])
    marker = {"symbol": "circle-open", "size": 14, "color": look.highlight, "line": {"width": 2.5}}
    figure.add_trace(
        go.Scatter(
            x=along.positions([own[place]]),
            y=[heights[place]],
            mode="markers",
            marker=marker,
            hoverinfo="skip",
            showlegend=False,
            name="this row",
        ),
        row=1,
        col=column,
    )


def _small_print(interactions: np.ndarray, ringed: bool) -> list[str]:
    lines = ["Half of the interaction is part of the attribution."]
    known = int(np.isfinite(interactions).sum())
    if known < len(interactions):
        lines.append(f"Interactions of {known:,} of {len(interactions):,} rows were kept.")
    return [*lines, "Ringed: the row on screen."] if ringed else lines
