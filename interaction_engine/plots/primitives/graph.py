"""Features as points, accepted pairs as lines, larger accepted sets as areas: the graph of the interactions."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ...core.errors import InputError
from ...methods.finite_differences.set_result import SubsetInteractions
from ..choosing import share
from ..style.theme import Theme, axis, canvas, empty, footnote, theme_named
from .graph_labels import label_around, label_beside
from .graph_marks import Board, draw_chosen, draw_nodes, draw_pairs, draw_sets

LAYOUTS = ("circle", "drawn")

FEW = 30
"""Up to so many features, every one is named; beyond, those that take part."""

PAGES = {12: (600, 640), FEW: (620, 740)}
"""Width that the figure counts on and its height, in pixels, for up to so many features."""

LARGEST = (860, 860)


def interaction_graph(
    result: SubsetInteractions,
    *,
    orders: Sequence[int] | None = None,
    top: int = 150,
    layout: str = "circle",
    chosen: Sequence[str] | None = None,
    pair: Sequence[str] | None = None,
    theme: str = "light",
) -> go.Figure:
    """The accepted sets among the features, each feature at a place of its own.

    `layout` "circle" has the features in the table's order, at the same place in every run; "drawn" has those that act
    together close together. A point is larger for a greater main effect, a line wider for a stronger pair; a set of
    three or more is an area, or, of many, a mark tied to its features, unless a larger accepted set holds all of it.
    Colours are clusters. Of each of the `orders` (all), the `top` strongest sets are drawn, and the share of strength
    left out is stated. `chosen` (names of a set) and `pair` are outlined. A click on a line or a set's mark returns the
    names as `customdata`. Raises `InputError` for an unknown layout or name.
    """
    look = theme_named(theme)
    if layout not in LAYOUTS:
        raise InputError(f'`layout` must be "circle" or "drawn"; got {layout!r}.')
    outlined = [*(chosen or ()), *(pair or ())]
    if not set(outlined) <= set(result.features):
        given = ", ".join(f"`{name}`" for name in outlined)
        raise InputError(f"`chosen` and `pair` must be features of the result; got {given}.")
    if not len(result.nodes):
        return empty(look, "There are no features to draw.")
    pairs, sets = drawn_pairs(result, orders, top), drawn_sets(result, orders, top)
    width, height = next((page for most, page in PAGES.items() if len(result.features) <= most), LARGEST)
    figure = canvas(look, height=height)
    named = _named(result, pairs, sets, outlined)
    board = Board.of(result, layout, named, width, height)
    draw_sets(figure, board, sets, result.unit, look)
    draw_pairs(figure, board, pairs, result.unit, look)
    draw_nodes(figure, board, result, look)
    draw_chosen(figure, board, chosen or (), pair or (), look)
    if layout == "circle":
        label_around(figure, board, outlined, look)
    else:
        label_beside(figure, board, sets, outlined, look)
    _axes(figure, board, look)
    if result.accepted(2).empty:
        words = {"font": {"size": 14, "color": look.muted}, "showarrow": False, "bgcolor": look.paper}
        figure.add_annotation(text="No pair of features was accepted.", x=0, y=0, **words)
    footnote(figure, look, _small_print(result, orders, pairs, sets))
    return figure


def drawn_pairs(result: SubsetInteractions, orders: Sequence[int] | None, top: int) -> pd.DataFrame:
    """The accepted pairs that are drawn, from strongest to weakest."""
    return result.accepted(2).head(top if orders is None or 2 in orders else 0)


def drawn_sets(result: SubsetInteractions, orders: Sequence[int] | None, top: int) -> pd.DataFrame:
    """The accepted sets of three or more that are drawn: those that no larger one among them holds."""
    rows = result.accepted()
    rows = rows[rows["order"] > 2] if orders is None else rows[(rows["order"] > 2) & rows["order"].isin(list(orders))]
    rows = rows[rows["rank"] <= top].sort_values("order", ascending=False, kind="stable")
    kept: list[frozenset[str]] = []
    is_kept = []
    for names in map(frozenset, rows["features"]):
        is_kept.append(not any(names < larger for larger in kept))
        kept += [names] if is_kept[-1] else []
    return rows[np.array(is_kept, dtype=bool)].reset_index(drop=True)


def _named(
    result: SubsetInteractions, pairs: pd.DataFrame, sets: pd.DataFrame, outlined: Sequence[str]
) -> tuple[str, ...]:
    """The features that get a label, those first that would be missed most."""
    strongest = [name for names in [*sets["features"], *pairs["features"]] for name in names]
    by_effect = result.nodes.sort_values("effect", ascending=False, kind="stable")["feature"]
    others = list(by_effect) if len(result.features) <= FEW else [] if strongest else list(by_effect[:FEW])
    return tuple(dict.fromkeys([*outlined, *strongest, *others]))


def _axes(figure: go.Figure, board: Board, look: Theme) -> None:
    figure.update_xaxes(axis(look, visible=False, range=[-board.reach_x, board.reach_x]))
    figure.update_yaxes(axis(look, visible=False, range=[-board.reach_y, board.reach_y], scaleanchor="x"))
    figure.update_layout(
        legend={"itemsizing": "constant", "tracegroupgap": 0}, dragmode="pan", clickmode="event+select"
    )


def _small_print(
    result: SubsetInteractions, orders: Sequence[int] | None, pairs: pd.DataFrame, sets: pd.DataFrame
) -> list[str]:
    lines = ["Colour: cluster."] if (result.nodes["cluster"] >= 0).any() else []
    accepted = result.accepted(2)
    if 0 < len(pairs) < len(accepted):
        strength = accepted["strength"].clip(lower=0)
        hidden = share(float(strength.iloc[len(pairs) :].sum() / (strength.sum() or 1.0)))
        lines.append(f"{len(pairs):,} of {len(accepted):,} pairs drawn, the others hold {hidden} of the strength.")
    larger = result.accepted()
    larger = larger[(larger["order"] > 2) & larger["order"].isin(list(orders or result.orders))]
    drawn = [set(names) for names in sets["features"]]
    inside = sum(any(set(names) < other for other in drawn) for names in larger["features"])
    if inside:
        lines.append(f"{inside:,} {'set' if inside == 1 else 'sets'} inside a larger one not drawn.")
    weaker = len(larger) - len(sets) - inside
    if weaker > 0:
        lines.append(f"{weaker:,} weaker {'set' if weaker == 1 else 'sets'} not drawn.")
    return lines
