"""The terms of one or several additive models by importance, as bars."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from ...models.additive.shape_result import Shapes, leading_terms
from ..choosing import share
from ..primitives.intervals import ROW
from ..style.labels import label, number, set_label, set_title
from ..style.theme import HOVER_REACH, Theme, axis, canvas, empty, faded, footnote, theme_named

FEW_NAMES = 4
"""Up to so many features, a term is called by their names; a term of more by their number."""

BARS = 11
"""Height of a bar where several models share a row, in pixels."""


def term_importance(
    models: Mapping[str, Shapes], *, top: int = 20, chosen: Sequence[str] | None = None, theme: str = "light"
) -> go.Figure:
    """How much each term of each model moves its score: the standard deviation of the term over the data.

    Terms of equal features share a row, the most important on top; a model without this term has no bar there. `chosen`
    (names) is outlined; a click returns the names as `customdata`. What is not drawn is stated.
    """
    look = theme_named(theme)
    terms = leading_terms(models, top)
    if not terms:
        return empty(look, "These models have no terms: each predicts one number for every row.")
    thick = max(ROW, 8 + BARS * len(models))
    figure = canvas(look, height=124 + thick * len(terms))
    place = {frozenset(term): row for row, term in enumerate(terms)}
    for colour, (name, shapes) in zip(model_colours(models, look), models.items(), strict=True):
        figure.add_trace(_bars(name, shapes, place, colour))
    if chosen is not None and frozenset(chosen) in place:
        row = place[frozenset(chosen)]
        outline = {"color": look.highlight, "width": 1.5}
        figure.add_shape(type="rect", xref="paper", x0=0, x1=1, y0=row - 0.48, y1=row + 0.48, line=outline)
    names = [term_label(term) for term in terms]
    span = [len(terms) - 0.4, -0.6]
    figure.update_yaxes(axis(look, tickvals=list(range(len(terms))), ticktext=names, range=span, showgrid=False))
    unit = label(next(iter(models.values())).unit, 60)
    figure.update_xaxes(axis(look, f"standard deviation of the term, {unit}", rangemode="tozero", tickformat=",~g"))
    figure.update_layout(bargap=0.25, barmode="group", hoverdistance=HOVER_REACH, showlegend=len(models) > 1)
    _say_hidden(figure, models, terms, look)
    return figure


def model_colours(models: Mapping[str, Shapes], look: Theme) -> list[str]:
    """A colour per model; from the eighth on they come again."""
    return [look.qualitative[place % len(look.qualitative)] for place in range(len(models))]


def term_label(names: Sequence[str], width: int = 40) -> str:
    """A term in a few words, as markup."""
    return set_label(names, width) if len(names) <= FEW_NAMES else f"all together ({len(names)} features)"


def _bars(name: str, shapes: Shapes, place: Mapping[frozenset[str], int], colour: str) -> go.Bar:
    rows = [row for row in shapes.table.to_dict("records") if frozenset(row["features"]) in place]
    hovers = [
        f"{set_title(row['features'][:FEW_NAMES])}<br>{label(name, 40)}"
        f"<br>moves the prediction by {number(row['importance'])} {label(shapes.unit, 40)}"
        f"<br>{share(row['share'])} of all terms"
        for row in rows
    ]
    return go.Bar(
        x=[row["importance"] for row in rows],
        y=[place[frozenset(row["features"])] for row in rows],
        orientation="h",
        name=label(name, 40),
        marker={"color": faded(colour, 0.9), "line": {"color": colour, "width": 1}},
        hovertext=hovers,
        hoverinfo="text",
        customdata=[list(row["features"]) for row in rows],
    )


def _say_hidden(figure: go.Figure, models: Mapping[str, Shapes], terms: Sequence[tuple[str, ...]], look: Theme) -> None:
    """How many terms are not drawn, and the largest share of a model's importance that they hold."""
    drawn = {frozenset(term) for term in terms}
    every = {frozenset(names) for shapes in models.values() for names in shapes.table["features"]}
    if len(every) == len(drawn):
        return
    hidden = max(
        sum(
            part
            for names, part in zip(one.table["features"], one.table["share"], strict=True)
            if frozenset(names) not in drawn
        )
        for one in models.values()
    )
    most = "" if len(models) == 1 else "at most "
    sentence = f"{len(drawn):,} of {len(every):,} terms drawn; the others hold {most}{share(hidden)} of the importance."
    footnote(figure, look, [sentence])
