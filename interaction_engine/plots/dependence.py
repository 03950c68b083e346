"""The dependence plot of one feature in three panels: total, interaction, main effect, coloured by the partner."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ..errors import InputError
from ..results import PairEffect
from .labels import label, number
from .scales import FeatureScale, reading
from .theme import Theme, axis, canvas, colour_bar, empty, heading, scale, theme_named

JITTER = 0.22
"""How far the dots of one level are spread, in distances between levels: columns that do not touch."""


def dependence(effect: PairEffect, *, feature: str | None = None, theme: str = "light") -> go.Figure:
    """What `feature` (of the pair; by default its first) does to the prediction, a dot per sampled row.

    Panels on one scale: the total of both features, their interaction, and the main effect of `feature`; colour is the
    partner's value. Where the colours of the middle panel part, the effect of one feature depends on the other.
    """
    look = theme_named(theme)
    feature = effect.features[0] if feature is None else feature
    if feature not in effect.features:
        raise InputError(f"`feature` must be one of {', '.join(f'`{n}`' for n in effect.features)}; got {feature!r}.")
    if effect.rows.empty:
        return empty(look, "No rows were sampled for this effect.")
    side = effect.features.index(feature) + 1
    along, partner = FeatureScale(effect, side), FeatureScale(effect, 3 - side)
    panels = {"total": "total of both", "interaction": "interaction"}
    panels[f"main_{side}"] = f"main effect of {label(feature, 22)}"
    figure = make_subplots(cols=3, rows=1, shared_yaxes=True, horizontal_spacing=0.03, figure=canvas(look, height=400))
    for column, (name, words) in enumerate(panels.items(), start=1):
        for trace in _dots(effect, name, (along, partner), side, look, column):
            figure.add_trace(trace, row=1, col=column)
        figure.update_xaxes(along.axis(look, room=30), row=1, col=column)
        heading(figure, look, words, column)
    zero = {"zeroline": True, "zerolinecolor": look.pale}
    figure.update_yaxes(axis(look, **zero))
    figure.update_yaxes(axis(look, f"change of {label(effect.unit, 40)}", **zero), col=1)
    _colours(figure, effect, partner, 3 - side, look)
    return figure


def _dots(
    effect: PairEffect, name: str, sides: tuple[FeatureScale, FeatureScale], side: int, look: Theme, column: int
) -> list[go.Scatter]:
    along, partner = sides
    rows = effect.rows
    x = along.positions(rows[f"value_{side}"].tolist())
    if along.categorical:
        x = x + np.random.default_rng(0).uniform(-JITTER, JITTER, len(x))  # seeded: the same figure every time
    heights, held = rows[name].to_numpy(dtype=float), rows[f"value_{3 - side}"]
    unit = label(effect.unit, 40)
    texts = np.array(
        [
            f"{along.title} {_value(own)}<br>{partner.title} {_value(other)}<br>{number(height)} {unit}"
            for own, other, height in zip(rows[f"value_{side}"], held, heights, strict=True)
        ],
        dtype=object,
    )
    common: dict[str, Any] = {"mode": "markers", "hoverinfo": "text"}
    if not partner.categorical:
        marker = {"size": 5, "opacity": 0.75, "color": held.to_numpy(dtype=float), "coloraxis": "coloraxis"}
        return [go.Scatter(x=x, y=heights, hovertext=texts, marker=marker, showlegend=False, name=name, **common)]
    traces = []
    for place, text in enumerate(partner.texts(24)):
        mine = partner.positions(held.tolist()) == place
        marker = {"size": 5, "opacity": 0.75, "color": look.qualitative[place % len(look.qualitative)]}
        marker["symbol"] = ("circle", "diamond", "cross", "square")[place // len(look.qualitative) % 4]
        traces.append(
            go.Scatter(
                x=x[mine],
                y=heights[mine],
                hovertext=texts[mine],
                marker=marker,
                name=text,
                legendgroup=str(place),
                showlegend=column == 1,
                **common,
            )
        )
    return traces


def _value(value: Any) -> str:
    return label(value, 40) if isinstance(value, str) else reading(float(value))


def _colours(figure: go.Figure, effect: PairEffect, partner: FeatureScale, side: int, look: Theme) -> None:
    """The key to the colours: a bar for a numeric partner, its ends where its extreme rows cannot drown the rest."""
    if partner.categorical:
        figure.update_layout(
            margin_r=150,
            legend={"orientation": "v", "x": 1.02, "y": 1, "yanchor": "top", "itemsizing": "constant"}
            | {"title": {"text": label(partner.name, 20), "font": {"size": 12, "color": look.muted}}},
        )
        return
    low, high = np.quantile(effect.rows[f"value_{side}"].to_numpy(dtype=float), [0.02, 0.98])
    bar = colour_bar(look, label(partner.name, 18))
    if len(partner.values) <= 7:
        bar |= {"tickvals": list(partner.values), "ticktext": partner.texts(18)}
    # The faintest colour of the scale would be lost on the paper.
    colours = scale(look.sequential[2:]) if low < high else scale((look.lower, look.lower))
    colour = {"colorscale": colours, "cmin": low, "cmax": high, "colorbar": bar}
    figure.update_layout(coloraxis=colour, showlegend=False)
