"""Whether the step matters: the ranking of the pairs over steps and pulls, and the strongest pairs over the steps."""

from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ...methods.finite_differences.sensitivity_result import StepSensitivity
from ..style.labels import number, pair_label, pair_title
from ..style.theme import HOVER_REACH, Theme, axis, canvas, colour_bar, empty, footnote, scale, theme_named

DASHES = ("solid", "dash", "dot")
"""With the colours, what tells lines apart where there are more lines than colours."""

LANE = 30
"""Pixels from one rank to the next: a name and some air."""

NOTHING = "No pair interacts at the reference step."


def step_grid(result: StepSensitivity, *, theme: str = "light") -> go.Figure:
    """Draw a cell per step and number of pulls.

    It shows how well the ranking there separates true pairs from others (area under the ROC curve), or, where the
    truth is not known, how well it agrees with the reference (Spearman's correlation).

    The reference cell is outlined.
    """
    look = theme_named(theme)
    column = "auc" if result.truth_known else "correlation"
    table = result.table.pivot_table(index="pulls", columns="step", values=column, dropna=False).sort_index()
    values = table.to_numpy(dtype=float)
    if not np.isfinite(values).any():
        return empty(look, NOTHING)
    title = "ROC-AUC" if result.truth_known else "rank<br>correlation"
    figure = canvas(look, height=150 + 46 * len(table))
    figure.add_trace(
        go.Heatmap(
            z=values,
            zmin=min(0.5, float(np.nanmin(values))),
            zmax=1.0,
            colorscale=scale(look.sequential),
            colorbar=colour_bar(look, title),
            xgap=2,
            ygap=2,
            text=[[_written(value) for value in row] for row in values],
            texttemplate="%{text}",
            textfont={"size": 12},
            hovertext=_cell_texts(result),
            hoverinfo="text",
            name="rankings",
        )
    )
    steps, pulls = [float(step) for step in table.columns], [int(count) for count in table.index]
    figure.update_xaxes(_places(look, "step, in standard deviations", [f"{step:g}" for step in steps]))
    figure.update_yaxes(_places(look, "rows per pair", [f"{count:,}" for count in pulls], reverse=True))
    x, y = steps.index(result.step), pulls.index(result.pulls)
    outline = {"color": look.highlight, "width": 2.5}
    figure.add_shape(type="rect", x0=x - 0.5, x1=x + 0.5, y0=y - 0.5, y1=y + 0.5, line=outline)
    figure.update_layout(hoverdistance=HOVER_REACH, margin_t=28)
    footnote(figure, look, ["Outlined: what the others are compared with." if not result.truth_known else ""])
    return figure


def step_ranks(result: StepSensitivity, *, theme: str = "light") -> go.Figure:
    """The strongest pairs of the reference over the steps: a line per pair, at the height of its rank.

    Pairs that fall behind the ranks drawn run below them, in their order there. The step of the reference is marked.
    """
    look = theme_named(theme)
    if result.ranks.empty:
        return empty(look, NOTHING)
    steps = sorted(result.ranks["step"].unique())
    lanes = _lanes(result)
    lowest = int(max(lane["lane"].max() for lane in lanes))
    figure = canvas(look, height=120 + LANE * max(4, lowest))
    for lane, colour, dash in zip(lanes, cycle(look.qualitative), _dashes(look), strict=False):
        figure.add_trace(_line(lane, steps, result.n_pairs, colour, dash))
    figure.add_vline(x=steps.index(result.step), line={"color": look.highlight, "width": 1.5, "dash": "dot"})
    if lowest > result.top:
        figure.add_hline(y=result.top + 0.5, line={"color": look.pale, "width": 1})
    # A second axis carries the names: plotly makes room for ticks whatever their length, for annotations it does not.
    figure.add_trace(_names(lanes, len(steps) - 1))
    ranks = list(range(1, result.top + 1))
    span = [max(4, lowest) + 0.6, 0.4]
    grid = {"showgrid": False, "range": span}
    figure.update_xaxes(
        axis(look, "step, in standard deviations", tickvals=list(range(len(steps))), showgrid=False)
        | {"ticktext": [f"{step:g}" for step in steps], "range": [-0.2, len(steps) - 0.85]}
    )
    figure.update_layout(
        yaxis=axis(look, "rank", tickvals=ranks, **grid),
        yaxis2=axis(look, tickvals=[lane["lane"].iloc[-1] for lane in lanes], **grid)
        | {"ticktext": [_name(lane, 34) for lane in lanes], "side": "right", "overlaying": "y"},
        showlegend=False,
        margin_t=28,
    )
    footnote(figure, look, _small_print(result, lowest))
    return figure


def _written(value: float) -> str:
    """A figure in its cell; only what is perfect is a 1."""
    if np.isnan(value):
        return ""
    return f"{min(value, 0.99) if value < 1 - 1e-9 else value:.2f}".replace("-", "−")


def _places(look: Theme, title: str, texts: list[str], *, reverse: bool = False) -> dict[str, Any]:
    span = [-0.5, len(texts) - 0.5]
    ticks = {"tickvals": list(range(len(texts))), "ticktext": texts, "showgrid": False}
    return axis(look, title, range=span[::-1] if reverse else span, **ticks)


def _cell_texts(result: StepSensitivity) -> list[list[str]]:
    """What each cell says, a line per figure that is known."""
    table = result.table.sort_values(["pulls", "step"])
    texts = []
    for row in table.to_dict("records"):
        lines = [f"step <b>{row['step']:g}</b>, <b>{row['pulls']:,}</b> rows per pair"]
        if result.truth_known:
            lines.append(f"ROC-AUC {number(row['auc'])}")
        lines.append(f"rank correlation with the outlined cell {number(row['correlation'])}")
        if result.top:
            lines.append(f"{round(row['overlap'] * result.top)} of its {result.top} strongest pairs found again")
        texts.append("<br>".join(lines))
    width = table["step"].nunique()
    return [texts[start : start + width] for start in range(0, len(texts), width)]


def _lanes(result: StepSensitivity) -> list[pd.DataFrame]:
    """A table per pair, strongest first, with `lane`: its rank, or, behind the ranks drawn, its order among those."""
    ranks = result.ranks.sort_values("rank", kind="stable")
    order = ranks.groupby("step")["rank"].rank(method="first")
    behind = ranks["rank"] > result.top
    before = (~behind).groupby(ranks["step"]).transform("sum")
    ranks = ranks.assign(lane=np.where(behind, result.top + order - before, ranks["rank"]))
    groups = ranks.sort_values("step").groupby(["feature_1", "feature_2"], sort=False)
    return sorted((lane for _, lane in groups), key=lambda lane: lane["rank"][lane["step"] == result.step].iloc[0])


def _dashes(look: Theme) -> list[str]:
    return [dash for dash in DASHES for _ in look.qualitative] * 100


def _line(lane: pd.DataFrame, steps: list[float], n_pairs: int, colour: str, dash: str) -> go.Scatter:
    title = pair_title(lane["feature_1"].iloc[0], lane["feature_2"].iloc[0])
    texts = [
        f"{title}<br>step {step:g}: rank {rank:,} of {n_pairs:,}<br>strength {number(strength)}"
        for step, rank, strength in zip(lane["step"], lane["rank"], lane["strength"], strict=True)
    ]
    return go.Scatter(
        x=[steps.index(step) for step in lane["step"]],
        y=lane["lane"],
        mode="lines+markers",
        line={"color": colour, "width": 2.2, "dash": dash},
        marker={"color": colour, "size": 8},
        hovertext=texts,
        hoverinfo="text",
        name=_name(lane, 40),
    )


def _names(lanes: list[pd.DataFrame], place: int) -> go.Scatter:
    heights = [lane["lane"].iloc[-1] for lane in lanes]
    return go.Scatter(
        x=[place] * len(heights), y=heights, yaxis="y2", mode="markers", marker={"opacity": 0}, hoverinfo="skip"
    )


def _name(lane: pd.DataFrame, width: int) -> str:
    return pair_label(lane["feature_1"].iloc[0], lane["feature_2"].iloc[0], width)


def _small_print(result: StepSensitivity, lowest: int) -> list[str]:
    lines = [f"Dotted line: the step {result.step:g}, whose strongest pairs these are."]
    if lowest > result.top:
        lines.append(f"Below the line: behind rank {result.top:,}.")
    return lines
