"""A model's training and its honesty: loss curves and calibration."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ...models.model_report import ModelReport
from ..style.labels import number
from ..style.theme import axis, canvas, empty, theme_named


def loss_curves(curves: ModelReport | pd.DataFrame | Mapping[str, Any], *, theme: str = "light") -> go.Figure:
    """Loss by epoch on the training and the validation rows, the epoch of least validation loss marked.

    `curves` is a model's report, or what a running training reports: `epoch`, `train`, `validation`. The scale is
    logarithmic when the losses span more than a factor of thirty.
    """
    look = theme_named(theme)
    table = curves.curves if isinstance(curves, ModelReport) else curves
    epoch, train, validation = (
        np.asarray(table.get(name, ()), dtype=float) for name in ("epoch", "train", "validation")
    )
    if not len(epoch):
        return empty(look, "This model was not trained here: it has no loss curves.")
    figure = canvas(look, height=340)
    drawn = [("training rows", train, look.lower), ("validation rows", validation, look.mean)]
    for name, losses, colour in drawn:
        if len(losses):
            texts = [f"epoch {e:,.0f}, {name}: loss {number(v)}" for e, v in zip(epoch, losses, strict=True)]
            mode = "lines+markers" if len(epoch) <= 3 else "lines"
            figure.add_trace(
                go.Scatter(
                    x=epoch,
                    y=losses,
                    mode=mode,
                    name=name,
                    line={"color": colour, "width": 2.5},
                    hovertext=texts,
                    hoverinfo="text",
                    showlegend=True,
                )
            )
    if len(validation) and np.isfinite(validation).any():
        best = int(np.nanargmin(validation))
        figure.add_trace(
            go.Scatter(
                x=[epoch[best]],
                y=[validation[best]],
                mode="markers",
                name=f"minimum (epoch {epoch[best]:,.0f})",
                hoverinfo="skip",
                marker={"size": 11, "color": look.paper, "line": {"color": look.mean, "width": 2.5}},
                showlegend=True,
            )
        )
    losses = np.concatenate([train, validation])
    positive = losses[np.isfinite(losses) & (losses > 0)]
    wide = len(positive) == len(losses) and positive.max() / positive.min() > 30
    figure.update_xaxes(axis(look, "epoch", tickformat=",d", showgrid=False, rangemode="tozero"))
    figure.update_yaxes(
        axis(look, "loss", type="log" if wide else "linear", **({"dtick": 1} if wide else {"rangemode": "tozero"}))
    )
    return figure


def calibration(report: ModelReport, *, theme: str = "light") -> go.Figure:
    """Observed against predicted by bin of held-out rows; a dot's area is its number of rows."""
    look = theme_named(theme)
    table = report.calibration
    if table.empty:
        return empty(look, "There are no held-out rows to compare the predictions with.")
    predicted, observed, count = (table[name].to_numpy(dtype=float) for name in ("predicted", "observed", "count"))
    figure = canvas(look, height=420)
    both = np.concatenate([predicted, observed])
    low, high = float(np.nanmin(both)), float(np.nanmax(both))
    if "accuracy" in report.metrics:
        low, high = 0.0, 1.0
    span = [low - 0.04 * (high - low or 1.0), high + 0.04 * (high - low or 1.0)]
    figure.add_trace(
        go.Scatter(
            x=span,
            y=span,
            mode="lines",
            line={"color": look.muted, "width": 1.5, "dash": "dash"},
            hoverinfo="skip",
            name="predicted = observed",
            showlegend=True,
        )
    )
    texts = [
        f"predicted {number(p)}<br>observed {number(o)}<br>{n:,.0f} {'row' if n == 1 else 'rows'}"
        for p, o, n in zip(predicted, observed, count, strict=True)
    ]
    size = 6 + 18 * np.sqrt(count / max(float(count.max()), 1.0))
    line: dict[str, Any] = {"color": look.lower, "width": 1.5}
    figure.add_trace(
        go.Scatter(
            x=predicted,
            y=observed,
            mode="lines+markers",
            line=line,
            marker={"size": size, "color": look.lower, "opacity": 0.85},
            hovertext=texts,
            hoverinfo="text",
            name="held-out rows",
            showlegend=True,
        )
    )
    what = "probability" if "accuracy" in report.metrics else "value"
    figure.update_xaxes(axis(look, f"predicted {what}", range=span))
    figure.update_yaxes(axis(look, f"observed {'share' if 'accuracy' in report.metrics else 'mean'}", range=span))
    return figure
