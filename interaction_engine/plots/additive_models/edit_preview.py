"""A curve before and after an edit."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ..style.labels import label
from ..style.theme import canvas, footnote, theme_named
from .shape_marks import curve_traces, density_bars, reach, score_axis, shared_scale, window


def edit_preview(before: pd.DataFrame, after: pd.DataFrame, unit: str, *, theme: str = "light") -> go.Figure:
    """The curve that an edit would make over the one there is, on one score axis, over the density of the rows.

    Both are curves as `Shapes.curve` gives them.
    """
    look = theme_named(theme)
    plain = [curve.assign(lower=np.nan, upper=np.nan) for curve in (before, after)]
    along, span = shared_scale(plain), window(*reach(plain))
    figure = canvas(look, height=380).update_layout(barmode="overlay", bargap=0)
    figure.add_trace(density_bars(before, along, span, look))
    for curve, name, colour in zip(plain, ("now", "after the edit"), (look.muted, look.mean), strict=True):
        for trace in curve_traces(curve, along, name, unit, colour):
            trace.update(showlegend=True)
            if name == "now" and trace.mode != "markers":
                trace.update(line={"dash": "dot", "width": 1.6, "color": colour})
            figure.add_trace(trace)
    figure.update_xaxes(along.axis(look, room=100))
    figure.update_yaxes(score_axis(look, f"adds to {label(unit, 40)}", span))
    footnote(figure, look, ["Grey bars: where the rows are."])
    return figure
