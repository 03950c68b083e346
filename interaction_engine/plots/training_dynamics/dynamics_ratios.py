"""Why simple patterns come first: how much more strongly an order is learnt than the next, under parameter noise."""

import numpy as np
import plotly.graph_objects as go

from ...methods.training_dynamics.result import Dynamics
from ..style.labels import log_ticks, number
from ..style.theme import axis, canvas, empty, footnote, theme_named


def strength_ratios(result: Dynamics, *, theme: str = "light") -> go.Figure:
    """The ratio r(k) of the strengths with which orders k and k + 1 are learnt, a line per noise of the parameters.

    Above 1, the lower order is learnt more strongly; the stronger the colour, the larger the noise.
    """
    look = theme_named(theme)
    if result.ratios.empty:
        return empty(look, "With fewer than three players there are no two orders to compare.")
    figure = canvas(look, height=380)
    noises = sorted(result.ratios["noise"].unique())
    shades = look.sequential[2:]
    for at, noise in enumerate(noises):
        rows = result.ratios[result.ratios["noise"] == noise].sort_values("order")
        colour = shades[round(at * (len(shades) - 1) / max(1, len(noises) - 1))]
        name = f"σ² = {number(noise, 2)}"
        texts = [
            f"{name}<br>order {order:.0f} against {order + 1:.0f}: {number(ratio)}"
            for order, ratio in zip(rows["order"], rows["ratio"], strict=True)
        ]
        figure.add_trace(
            go.Scatter(
                x=rows["order"],
                y=np.log10(rows["ratio"].to_numpy(dtype=float).clip(min=1e-12)),
                mode="lines+markers",
                line={"color": colour, "width": 2.2},
                marker={"color": colour, "size": 6},
                name=name,
                hovertext=texts,
                hoverinfo="text",
                showlegend=True,
            )
        )
    values = result.ratios["ratio"].clip(lower=1e-12)
    low, high = min(0.0, float(np.log10(values.min()))), max(0.1, float(np.log10(values.max())))
    ticks, texts = log_ticks(low - 0.01, high + 0.01)
    room = 0.05 * (high - low)
    figure.update_yaxes(axis(look, "r(k)", tickvals=ticks, ticktext=texts, range=[low - room, high + room]))
    orders = sorted(int(order) for order in result.ratios["order"].unique())
    figure.update_xaxes(axis(look, "order k", tickvals=orders, showgrid=False))
    figure.add_hline(y=0.0, line={"color": look.muted, "width": 1.2, "dash": "dot"})
    footnote(figure, look, ["Above 1: order k is learnt more strongly than order k + 1."])
    return figure
