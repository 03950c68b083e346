"""A training on one time axis: losses, their gap, and the mean order of the patterns, with the two phases marked."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ...methods.training_dynamics.result import Dynamics
from ..style.labels import number
from ..style.theme import Theme, axis, canvas, empty, faded, theme_named
from .dynamics_marks import epoch_axis, phases, place

HEIGHTS = (0.4, 0.22, 0.38)


def training_phases(
    training: Dynamics | Mapping[str, Any], *, epoch: int | None = None, theme: str = "light"
) -> go.Figure:
    """Draw train and test loss, the gap between them, and the mean order over the training.

    The mean order has its standard error; the time axis is logarithmic and begins with epoch 0.

    The epoch of the lowest mean order and the beginning of the second phase are marked; `epoch` marks one more.
    `training` is a result, or what a running training reports: `epoch`, `train_loss`, `test_loss`, `mean_order`.
    """
    look = theme_named(theme)
    table = training.checkpoints if isinstance(training, Dynamics) else _reported(training)
    if table.empty:
        return empty(look, "The first checkpoint is on its way.")
    figure = make_subplots(
        rows=3,
        cols=1,
        shared_xaxes=True,
        row_heights=list(HEIGHTS),
        vertical_spacing=0.045,
        figure=canvas(look, height=600),
    )
    where = place(table["epoch"])
    _losses(figure, table, where, look)
    _gap(figure, table, where, look)
    _orders(figure, table, where, look)
    last = float(table["epoch"].max())
    if isinstance(training, Dynamics):
        _mark_phases(figure, training, look)
    marked = [at for at, *_ in phases(training)] if isinstance(training, Dynamics) else []
    if epoch is not None and epoch not in marked:
        figure.add_vline(x=float(place(epoch)), line={"color": look.ink, "width": 1.5}, row="all", col=1)  # pyright: ignore[reportArgumentType]
    figure.update_xaxes(epoch_axis(look, last, ""))
    figure.update_xaxes(epoch_axis(look, last), row=3)
    figure.update_yaxes(axis(look, "loss", rangemode="tozero"), row=1)
    figure.update_yaxes(axis(look, "loss gap", zeroline=True, zerolinecolor=look.muted, nticks=4), row=2)
    figure.update_yaxes(axis(look, "mean order"), row=3)
    # Between the panels and the legend stand the words of the marked epochs.
    figure.update_layout(margin_t=88, legend={"y": 0.99, "yanchor": "top", "yref": "container"})
    return figure


def _reported(partial: Mapping[str, Any]) -> pd.DataFrame:
    """What is known so far as a table of checkpoints; a figure that was not reported yet is unknown."""
    epochs = list(partial.get("epoch") or ())
    columns = {"epoch": np.array(epochs, dtype=float)}
    for name in ("train_loss", "test_loss", "mean_order", "mean_order_error"):
        known = [np.nan if value is None else float(value) for value in partial.get(name) or ()][: len(epochs)]
        columns[name] = np.array([*known, *[np.nan] * (len(epochs) - len(known))])
    return pd.DataFrame(columns).assign(loss_gap=lambda table: table["test_loss"] - table["train_loss"])


def _losses(figure: go.Figure, table: pd.DataFrame, where: np.ndarray, look: Theme) -> None:
    for column, name, colour in (("train_loss", "training loss", look.lower), ("test_loss", "test loss", look.mean)):
        figure.add_trace(_line(where, table, column, name, colour), row=1, col=1)


def _gap(figure: go.Figure, table: pd.DataFrame, where: np.ndarray, look: Theme) -> None:
    trace = _line(where, table, "loss_gap", "gap: test minus training", look.highlight)
    figure.add_trace(trace.update(fill="tozeroy", fillcolor=faded(look.highlight, 0.12)), row=2, col=1)


def _orders(figure: go.Figure, table: pd.DataFrame, where: np.ndarray, look: Theme) -> None:
    mean = table["mean_order"].to_numpy(dtype=float)
    error = np.nan_to_num(table["mean_order_error"].to_numpy(dtype=float))
    known = np.isfinite(mean)
    if error.any() and known.any():
        figure.add_trace(
            go.Scatter(
                x=np.concatenate([where[known], where[known][::-1]]),
                y=np.concatenate([(mean + error)[known], (mean - error)[known][::-1]]),
                mode="lines",
                line={"width": 0},
                fill="toself",
                fillcolor=faded(look.upper, 0.22),
                hoverinfo="skip",
                name="± one standard error",
                showlegend=True,
            ),
            row=3,
            col=1,
        )
    figure.add_trace(_line(where, table, "mean_order", "mean order", look.upper), row=3, col=1)


def _line(where: np.ndarray, table: pd.DataFrame, column: str, name: str, colour: str) -> go.Scatter:
    values = table[column].to_numpy(dtype=float)
    return go.Scatter(
        x=where,
        y=values,
        mode="lines+markers",
        name=name,
        line={"color": colour, "width": 2.2},
        marker={"color": colour, "size": 6},
        hovertext=[f"epoch {e:,.0f}<br>{name} {number(v)}" for e, v in zip(table["epoch"], values, strict=True)],
        hoverinfo="text",
        showlegend=True,
    )


def _mark_phases(figure: go.Figure, result: Dynamics, look: Theme) -> None:
    """Lines through all panels with their words in the uppermost; the second phase is shaded."""
    last = float(place(result.checkpoints["epoch"].max()))
    for epoch, words, side in phases(result):
        second = words == "phase 2 begins"
        at = float(place(epoch))
        line = {"color": look.highlight if second else look.muted, "width": 1.5, "dash": "solid" if second else "dot"}
        if second:
            shade = {"fillcolor": look.band, "line_width": 0, "layer": "below"}
            figure.add_vrect(x0=at, x1=last, row="all", col=1, **shade)  # pyright: ignore[reportArgumentType]
        figure.add_vline(x=at, line=line, row="all", col=1)  # pyright: ignore[reportArgumentType]
        figure.add_annotation(
            x=at,
            y=1,
            yref="y domain",
            text=f"{words} (epoch {epoch:,.0f})",
            xanchor=side,
            yanchor="bottom",
            yshift=20 if second else 2,
            xshift=-2 if side == "left" else 2,
            showarrow=False,
            font={"size": 12, "color": look.highlight if second else look.muted},
        )
