"""The dependence plot of one feature in three panels: total, interaction, main effect, coloured by the partner."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ...core.errors import InputError
from ...methods.partial_dependence.result import PairEffect
from ..primitives.dots import colour_key, dots
from ..style.labels import label
from ..style.scales import FeatureScale
from ..style.theme import axis, canvas, empty, heading, theme_named


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
    own, held = (effect.rows[f"value_{which}"].tolist() for which in (side, 3 - side))
    unit = label(effect.unit, 40)
    panels = {"total": "total of both", "interaction": "interaction"}
    panels[f"main_{side}"] = f"main effect of {label(feature, 22)}"
    figure = make_subplots(cols=3, rows=1, shared_yaxes=True, horizontal_spacing=0.03, figure=canvas(look, height=400))
    for column, (name, words) in enumerate(panels.items(), start=1):
        heights = effect.rows[name].to_numpy(dtype=float)
        for trace in dots(heights, own, held, (along, partner), unit, look, legend=column == 1, name=name):
            figure.add_trace(trace, row=1, col=column)
        figure.update_xaxes(along.axis(look, room=30), row=1, col=column)
        heading(figure, look, words, column)
    zero = {"zeroline": True, "zerolinecolor": look.pale}
    figure.update_yaxes(axis(look, **zero))
    figure.update_yaxes(axis(look, f"change of {label(effect.unit, 40)}", **zero), col=1)
    colour_key(figure, held, partner, look)
    return figure
