"""What is left of each feature's attribution when its interactions are taken out: its main effect."""

import plotly.graph_objects as go

from ...methods.hessians.result import RowExplanations
from ..and_or.and_or_marks import signed
from ..style.labels import label
from ..style.theme import Theme, axis, canvas, footnote, theme_named
from .explanation_marks import Levels, assigned, doubt, leading, parts_of, row_of

ROW = 28


def main_effects(
    result: RowExplanations,
    *,
    row: int | None = None,
    top: int = 12,
    levels: Levels | None = None,
    theme: str = "light",
) -> go.Figure:
    """The attribution and the main effect of the strongest features of a row, by default the first.

    The line between them is what the feature's interactions give it or take from it.

    Raises `InputError` for a row that was not explained.
    """
    look = theme_named(theme)
    chosen = int(row_of(result, row)["row"])
    parts = parts_of(result, chosen)
    weights = parts[["attribution", "main_effect"]].abs().max(axis=1)
    drawn = parts.loc[leading(weights, max(1, top))]
    figure = canvas(look, height=150 + ROW * len(drawn))
    places = list(range(len(drawn)))
    main, whole = (drawn[name].to_numpy(dtype=float) for name in ("main_effect", "attribution"))
    _between(figure, places, main.tolist(), whole.tolist(), look)
    unit = label(result.unit, 40)
    for name, values, symbol, colour in (
        ("main effect", main, "square", look.lower),
        ("attribution", whole, "circle-open", look.mean),
    ):
        texts = [
            f"<b>{label(str(feature))}</b><br>{name} {signed(value)} {unit}<br>its interactions {signed(other - own)}"
            for feature, value, other, own in zip(drawn.index, values, whole, main, strict=True)
        ]
        marker = {"symbol": symbol, "size": 11, "color": colour, "line": {"width": 2, "color": colour}}
        figure.add_trace(
            go.Scatter(x=values, y=places, mode="markers", marker=marker, name=name, hovertext=texts, hoverinfo="text")
        )
    names = [assigned(str(name), value, levels or {}, 34) for name, value in drawn["value"].items()]
    ticks = {"tickvals": places, "ticktext": names, "range": [len(places) - 0.4, -0.6]}
    figure.update_yaxes(axis(look, **ticks))
    figure.update_xaxes(axis(look, label(result.unit, 60), zeroline=True, zerolinecolor=look.muted))
    meaning = ["The line between them: half of every interaction that the feature takes part in."]
    footnote(figure, look, doubt(result, chosen, look) or meaning)
    return figure


def _between(figure: go.Figure, places: list[int], main: list[float], whole: list[float], look: Theme) -> None:
    xs = [x for ends in zip(main, whole, strict=True) for x in (*ends, None)]
    ys = [y for place in places for y in (place, place, None)]
    line = {"color": look.pale, "width": 4}
    name = "its interactions"
    figure.add_trace(go.Scatter(x=xs, y=ys, mode="lines", line=line, hoverinfo="skip", name=name))
