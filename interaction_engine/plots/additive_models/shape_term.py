"""One term of additive models, large and side by side: curves on one score axis, maps on one scale."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ...models.additive.shape_result import Shapes
from ..choosing import share
from ..style.labels import label
from ..style.theme import Theme, axis, canvas, colour_bar, empty, footnote, heading, scale, theme_named
from .shape_marks import curve_traces, density_bars, map_traces, oriented, reach, score_axis, shared_scale, window
from .shape_terms import model_colours


def shape_term(models: Mapping[str, Shapes], features: Sequence[str], *, theme: str = "light") -> go.Figure:
    """Draw one term in all models that have it, a column each.

    A curve on a common score axis over the density of the rows, or a map on a common scale centred on 0, cells
    without rows in grey. Models without it are named.
    """
    look = theme_named(theme)
    having = {name: shapes for name, shapes in models.items() if shapes.term_of(features) is not None}
    if len(features) > 2:
        return empty(look, f"A term of {len(features)} features cannot be drawn on paper.")
    if not having:
        return empty(look, "None of these models has this term.")
    gap = min(0.03, 0.2 / len(having))
    blank = canvas(look, height=430).update_layout(margin_t=70, showlegend=False, barmode="overlay", bargap=0)
    figure = make_subplots(cols=len(having), rows=1, shared_yaxes=True, horizontal_spacing=gap, figure=blank)
    small_print = _curves if len(features) == 1 else _maps
    colours = dict(zip(models, model_colours(models, look), strict=True))
    caption = small_print(figure, having, features, colours, look)
    for column, (name, shapes) in enumerate(having.items(), start=1):
        worth = share(float(shapes.table["share"].iloc[shapes.term_of(features) or 0]))
        title = f"{label(name, max(14, 84 // len(having)))}<br>{worth} of its terms"
        heading(figure, look, title, column)
    lacking = [label(name, 24) for name in models if name not in having]
    footnote(figure, look, [caption, *([f"Without this term: {', '.join(lacking)}."] if lacking else [])])
    return figure


def _curves(
    figure: go.Figure, models: Mapping[str, Shapes], features: Sequence[str], colours: Mapping[str, str], look: Theme
) -> str:
    """A curve per column; returns what stands beneath."""
    curves = {name: shapes.curve(shapes.term_of(features) or 0) for name, shapes in models.items()}
    along = shared_scale(list(curves.values()))
    span = window(*reach(curves.values()))
    for column, (name, curve) in enumerate(curves.items(), start=1):
        marks = curve_traces(curve, along, name, models[name].unit, colours[name])
        for trace in (density_bars(curve, along, span, look), *marks):
            figure.add_trace(trace, row=1, col=column)
        figure.update_xaxes(along.axis(look, room=100 // len(models)), row=1, col=column)
    figure.update_yaxes(score_axis(look, "", span))
    figure.update_yaxes(title={"text": f"adds to {_unit(models, 40)}"}, col=1)
    kinds = {models[name].interval for name, curve in curves.items() if np.isfinite(curve["lower"]).any()}
    band = f" Bands: {label(kinds.pop(), 80)}." if len(kinds) == 1 else ""
    return f"Grey bars: where the rows are.{band}"


def _maps(
    figure: go.Figure, models: Mapping[str, Shapes], features: Sequence[str], colours: Mapping[str, str], look: Theme
) -> str:
    """A map per column; returns what stands beneath."""
    maps = {name: oriented(shapes.map(shapes.term_of(features) or 0), features) for name, shapes in models.items()}
    sides = shared_scale(list(maps.values()), "_1"), shared_scale(list(maps.values()), "_2")
    filled = [cells.loc[cells["density"] > 0, "effect"].abs().max() for cells in maps.values()]
    top = float(np.nanmax([*filled, 0.0])) or 1.0
    across, upward = ({"range": side.edges()[[0, -1]].tolist(), "showgrid": False} for side in sides)
    for column, (name, cells) in enumerate(maps.items(), start=1):
        for trace in map_traces(cells, sides, name, models[name].unit, look):
            figure.add_trace(trace, row=1, col=column)
        figure.update_xaxes(sides[0].axis(look, room=90 // len(models), **across), row=1, col=column)
    figure.update_yaxes(axis(look, **upward))
    figure.update_yaxes(sides[1].axis(look, **upward), row=1, col=1)
    bar = colour_bar(look, f"adds to<br>{_unit(models, 16)}", tickformat=",~g")
    figure.update_layout(coloraxis={"colorscale": scale(look.diverging), "cmin": -top, "cmax": top, "colorbar": bar})
    return "Beyond what the two features add each alone. Grey: no rows there."


def _unit(models: Mapping[str, Shapes], width: int) -> str:
    return label(next(iter(models.values())).unit, width)
