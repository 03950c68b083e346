"""The surface behind three features: what two of them do together, side by side at several values of the third."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ...core.errors import InputError
from ...methods.partial_dependence.result import TripleEffect
from ..style.labels import label, number
from ..style.scales import FeatureScale, cells
from ..style.theme import axis, canvas, colour_bar, empty, footnote, heading, scale, theme_named
from .surface import PARTS, coloured, ends, hover_texts, void

MEANINGS = {"total": "change of", "interaction": "beyond the sum,"}
"""What the colours of each part stand for, before the unit."""


def triple_surfaces(effect: TripleEffect, *, part: str = "interaction", theme: str = "light") -> go.Figure:
    """A heat map over the first two features per value of the third, all on one scale around 0.

    "interaction" is what the two do beyond the sum of their separate effects at that value of the third: where all
    panels look the same, the third changes nothing about how they act together. "total" is the change of the prediction
    from its average. Cells without data near that value are grey. Raises `InputError` for an unknown part.
    """
    look = theme_named(theme)
    if part not in PARTS:
        raise InputError(f'`part` must be "interaction" or "total"; got {part!r}.')
    if effect.grid.empty:
        return empty(look, "This effect has no cells.")
    sides = FeatureScale(effect, 1), FeatureScale(effect, 2)
    third = FeatureScale(effect, 3)
    grids = [grid for _, grid in effect.grid.groupby("slice", sort=True)]
    values = third.texts(max(8, 48 // len(grids)))
    figure = make_subplots(
        cols=len(grids), rows=1, shared_yaxes=True, horizontal_spacing=0.025, figure=canvas(look, height=400)
    )
    panels = []
    for column, (grid, value) in enumerate(zip(grids, values, strict=True), start=1):
        held = f"{label(third.name, max(10, 66 // len(grids)))} = {value}"
        total, interaction, counts = (cells(effect, name, grid) for name in ("total", "interaction", "count"))
        hovers = hover_texts(sides, effect.unit, total, interaction, counts, f"<br>{third.title} <b>{value}</b>")
        panels.append(np.where(counts > 0, interaction if part == "interaction" else total, np.nan))
        figure.add_trace(void(sides, counts, look), row=1, col=column)
        figure.add_trace(coloured(sides, panels[-1], hovers, held), row=1, col=column)
        heading(figure, look, held, column)
        across = sides[0].axis(look, room=84 // len(grids), range=ends(sides[0]), showgrid=False, nticks=5)
        figure.update_xaxes(across, row=1, col=column)
    figure.update_yaxes(axis(look, showgrid=False, range=ends(sides[1])))
    figure.update_yaxes(sides[1].axis(look, showgrid=False, range=ends(sides[1])), row=1, col=1)
    reach = max([float(np.nanmax(np.abs(z))) for z in panels if np.isfinite(z).any()], default=0.0) or 1.0
    bar = colour_bar(look, f"{MEANINGS[part]}<br>{label(effect.unit, 16)}")
    figure.update_layout(
        coloraxis={"colorscale": scale(look.diverging), "cmin": -reach, "cmax": reach, "colorbar": bar},
        showlegend=False,
    )
    footnote(figure, look, _small_print(effect))
    return figure


def _small_print(effect: TripleEffect) -> list[str]:
    lines = [f"Average prediction: {number(effect.average, 4)}."]
    if not (effect.grid["count"] > 0).all():
        lines.append("Grey: no rows near that value.")
    return lines
