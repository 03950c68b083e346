"""A dot per row over the values of a feature, coloured by the value of its partner, and the key to the colours."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from ..style.labels import label, number
from ..style.scales import FeatureScale, reading
from ..style.theme import Theme, colour_bar, scale

JITTER = 0.22
"""How far the dots of one level are spread, in distances between levels: columns that do not touch."""


def dots(
    heights: np.ndarray,
    own: Sequence[Any],
    held: Sequence[Any],
    sides: tuple[FeatureScale, FeatureScale],
    unit: str,
    look: Theme,
    *,
    legend: bool,
    name: str,
    **more: Any,
) -> list[go.Scatter]:
    """Dots at the values `own` of the first side, coloured by the values `held` of the second.

    A trace per level where that has levels. `unit` is markup, `legend` whether these traces stand in the key.
    """
    along, partner = sides
    x = along.positions(own)
    if along.categorical:
        x = x + np.random.default_rng(0).uniform(-JITTER, JITTER, len(x))  # seeded: the same figure every time
    texts = np.array(
        [
            f"{along.title} {_value(mine)}<br>{partner.title} {_value(other)}<br>{number(height)} {unit}"
            for mine, other, height in zip(own, held, heights, strict=True)
        ],
        dtype=object,
    )
    common: dict[str, Any] = {"mode": "markers", "hoverinfo": "text"}
    carried = more.pop("customdata", None)
    if not partner.categorical:
        marker = {"size": 5, "opacity": 0.75, "color": np.asarray(held, dtype=float), "coloraxis": "coloraxis"}
        common |= {"customdata": carried, **more}
        return [go.Scatter(x=x, y=heights, hovertext=texts, marker=marker, showlegend=False, name=name, **common)]
    traces = []
    for place, text in enumerate(partner.texts(24)):
        mine = partner.positions(held) == place
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
                showlegend=legend,
                customdata=None if carried is None else np.asarray(carried)[mine],
                **common,
                **more,
            )
        )
    return traces


def colour_key(figure: go.Figure, held: Sequence[Any], partner: FeatureScale, look: Theme) -> None:
    """The key to the colours: a bar for a numeric partner, its ends where its extreme rows cannot drown the rest."""
    if partner.categorical:
        figure.update_layout(
            margin_r=150,
            legend={"orientation": "v", "x": 1.02, "y": 1, "yanchor": "top", "itemsizing": "constant"}
            | {"title": {"text": label(partner.name, 20), "font": {"size": 12, "color": look.muted}}},
        )
        return
    low, high = np.quantile(np.asarray(held, dtype=float), [0.02, 0.98])
    bar = colour_bar(look, label(partner.name, 18))
    if len(partner.values) <= 7:
        bar |= {"tickvals": list(partner.values), "ticktext": partner.texts(18)}
    # The faintest colour of the scale would be lost on the paper.
    colours = scale(look.sequential[2:]) if low < high else scale((look.lower, look.lower))
    colour = {"colorscale": colours, "cmin": low, "cmax": high, "colorbar": bar}
    figure.update_layout(coloraxis=colour, showlegend=False)


def _value(value: Any) -> str:
    return label(value, 40) if isinstance(value, str) else reading(float(value))
