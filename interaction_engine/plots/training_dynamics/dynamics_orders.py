"""The distribution of patterns over their orders at the checkpoints of a training, with what theory expects."""

import math

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ...core.errors import InputError
from ...methods.training_dynamics.result import Dynamics
from ..and_or.and_or_marks import PARTS, filling, part_name, sign_colour
from ..style.labels import number
from ..style.theme import Theme, axis, canvas, empty, footnote, theme_named
from .dynamics_marks import NOTHING

COLUMNS = 5
MOST_PANELS = 15
"""Checkpoints drawn side by side; of more, an even choice with the first, the last and the marked ones."""

PANEL = 150
"""Height of a panel in pixels."""

MEASURES = {"share": "strength (mean of orders: 1)", "strength": "strength", "count": "number of patterns"}


def order_panels(
    result: Dynamics, *, measure: str = "share", epoch: int | None = None, theme: str = "light"
) -> go.Figure:
    """Draw the distribution over orders at every checkpoint, in panels of one scale.

    AND and OR patterns stacked, raising and lowering ones apart; of "share", what Theorem 3 expects is drawn over
    it.

    `measure` is "share" (strength relative to that of a mean order), "strength" or "count". The panels of the lowest
    mean order and of the second phase say so; that of `epoch` is outlined. Raises `InputError` for an unknown measure.
    """
    look = theme_named(theme)
    table = _measured(result, measure)
    if not table[measure].any():
        return empty(look, NOTHING)
    shown = _shown(result, epoch)
    columns = min(COLUMNS, len(shown))
    rows = math.ceil(len(shown) / columns)
    figure = make_subplots(
        rows=rows,
        cols=columns,
        shared_yaxes=True,
        shared_xaxes=False,
        horizontal_spacing=0.018,
        vertical_spacing=min(0.5 / rows, 46 / (rows * PANEL)),
        subplot_titles=[_title(result, checkpoint) for checkpoint in shown],
        figure=canvas(look, height=150 + (PANEL + 40) * rows),
    )
    figure.update_annotations(font={"size": 12, "color": look.ink})
    for at, checkpoint in enumerate(shown):
        where = at // columns + 1, at % columns + 1
        for trace in _traces(result, table, measure, checkpoint, look, legend=at == 0):
            figure.add_trace(trace, row=where[0], col=where[1])
    _scales(figure, result, _highest(result, table, measure), measure, (rows, columns), look)
    _outline(figure, result, shown, epoch, columns, look)
    left_out = len(result.checkpoints) - len(shown)
    footnote(figure, look, [f"{left_out:,} further checkpoints not drawn."] if left_out else [])
    return figure


def order_checkpoint(result: Dynamics, checkpoint: int, *, measure: str = "share", theme: str = "light") -> go.Figure:
    """The distribution over orders at one checkpoint, on the scale of all of them, with what Theorem 3 expects.

    Raises `InputError` for an unknown checkpoint or measure.
    """
    look = theme_named(theme)
    table = _measured(result, measure)
    if checkpoint not in set(result.checkpoints["checkpoint"]):
        raise InputError(f"`checkpoint` must lie between 0 and {len(result.checkpoints) - 1}; got {checkpoint}.")
    if not table[measure].any():
        return empty(look, NOTHING)
    figure = canvas(look, height=400)
    for trace in _traces(result, table, measure, checkpoint, look, legend=True):
        figure.add_trace(trace)
    _scales(figure, result, _highest(result, table, measure), measure, None, look)
    return figure


def _measured(result: Dynamics, measure: str) -> pd.DataFrame:
    if measure not in MEASURES:
        raise InputError(f"`measure` must be one of {', '.join(MEASURES)}; got {measure!r}.")
    return result.distribution.fillna({measure: 0.0})


def _shown(result: Dynamics, epoch: int | None) -> list[int]:
    """The checkpoints that get a panel."""
    checkpoints = result.checkpoints["checkpoint"].astype(int).tolist()
    if len(checkpoints) <= MOST_PANELS:
        return checkpoints
    marked = [result.turning_epoch, result.phase_epoch, epoch]
    kept = set(result.checkpoints.loc[result.checkpoints["epoch"].isin(marked), "checkpoint"].astype(int))
    even = np.linspace(0, len(checkpoints) - 1, MOST_PANELS - len(kept)).round().astype(int)
    return sorted(kept | {checkpoints[at] for at in even})


def _title(result: Dynamics, checkpoint: int) -> str:
    epoch = _epoch(result, checkpoint)
    sentence = f"epoch {epoch:,}"
    if epoch == result.phase_epoch:
        return f"<b>{sentence}: phase 2</b>"
    return f"<b>{sentence}: lowest</b>" if epoch == result.turning_epoch else sentence


def _epoch(result: Dynamics, checkpoint: int) -> int:
    rows = result.checkpoints
    return int(rows.loc[rows["checkpoint"] == checkpoint, "epoch"].iloc[0])


def _traces(
    result: Dynamics, table: pd.DataFrame, measure: str, checkpoint: int, look: Theme, *, legend: bool
) -> list[go.Bar | go.Scatter]:
    """The stacked bars of one checkpoint, and the theory as a line."""
    mine = table[table["checkpoint"] == checkpoint]
    traces: list[go.Bar | go.Scatter] = []
    for kind, sign in PARTS:
        rows = mine[(mine["kind"] == kind) & (mine["sign"] == sign)].sort_values("order")
        name = part_name(kind, sign)
        texts = [
            f"order {order:.0f}: {name} the score<br>{MEASURES[measure]} {number(value)}"
            for order, value in zip(rows["order"], rows[measure], strict=True)
        ]
        traces.append(
            go.Bar(
                x=rows["order"],
                y=rows[measure].where(rows[measure] > 0),  # a bar of no height would still have an outline
                marker=filling(kind, sign_colour(sign, look), look),
                name=name,
                legendgroup=name,
                hovertext=texts,
                hoverinfo="text",
                showlegend=legend,
            )
        )
    theory = result.theory[result.theory["checkpoint"] == checkpoint].sort_values("order")
    if measure == "share" and len(theory):
        traces.append(
            go.Scatter(
                x=theory["order"],
                y=theory["share"],
                mode="lines+markers",
                line={"color": look.ink, "width": 1.8},
                marker={"color": look.ink, "size": 5},
                hovertext=[
                    f"order {order:.0f}: theory {number(share)}"
                    for order, share in zip(theory["order"], theory["share"], strict=True)
                ],
                hoverinfo="text",
                name="theory (Theorem 3)",
                legendgroup="theory",
                showlegend=legend,
            )
        )
    return traces


def _highest(result: Dynamics, table: pd.DataFrame, measure: str) -> float:
    """The top of the one scale: the highest stack, or the highest point of the theory."""
    stacks = table.groupby(["checkpoint", "order"])[measure].sum()
    theory = float(result.theory["share"].max()) if measure == "share" and len(result.theory) else 0.0
    return max(float(stacks.max()), theory) * 1.05


def _scales(
    figure: go.Figure, result: Dynamics, highest: float, measure: str, panels: tuple[int, int] | None, look: Theme
) -> None:
    n = len(result.players)
    step = max(1, math.ceil(n / (6 if panels else 20)))
    ticks = list(range(1, n + 1, step))
    figure.update_xaxes(axis(look, tickvals=ticks, range=[0.3, n + 0.7], showgrid=False))
    figure.update_yaxes(axis(look, range=[0, highest], nticks=5 if panels else 8))
    figure.update_layout(barmode="stack", bargap=0.18, legend={"traceorder": "normal"})
    if not panels:
        figure.update_xaxes(title_text="order: number of players in a pattern")
        figure.update_yaxes(title_text=MEASURES[measure])
        return
    figure.update_xaxes(title_text="order", row=panels[0], col=1)
    figure.update_yaxes(title_text=MEASURES[measure], row=(panels[0] + 1) // 2, col=1)
    # The titles of the upper panels lie between these and the legend.
    figure.update_layout(margin_t=76, legend={"y": 0.99, "yanchor": "top", "yref": "container"})


def _outline(
    figure: go.Figure, result: Dynamics, shown: list[int], epoch: int | None, columns: int, look: Theme
) -> None:
    """A frame around the panel of one epoch."""
    for at, checkpoint in enumerate(shown):
        if _epoch(result, checkpoint) == epoch:
            name = "" if at == 0 else str(at + 1)
            figure.add_shape(
                type="rect",
                xref=f"x{name} domain",
                yref=f"y{name} domain",
                x0=0,
                x1=1,
                y0=0,
                y1=1,
                line={"color": look.highlight, "width": 2},
            )
