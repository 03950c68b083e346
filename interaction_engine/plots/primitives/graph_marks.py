"""The marks of the interaction graph: where features lie on the page, and lines, areas and points between them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ...methods.finite_differences.set_result import SubsetInteractions
from ..style.geometry import apart, bent, rounded_hull
from ..style.labels import label, number, set_title
from ..style.theme import Theme, faded

HULLS = 12
"""Up to so many sets are drawn as areas; more would cover each other."""

LINE_WIDTHS = (1.0, 2.0, 3.2, 4.6, 6.2, 8.0)
"""Few widths, so that all lines of one are a single mark for the browser."""

HOVERED_AT = (0.35, 0.5, 0.65)
"""Where along a line it answers to the mouse, which knows only points."""

BEND = 0.25
"""How far lines bow to the middle of the circle: so far that neighbours are told apart from the rim."""

SYMBOLS = {3: "triangle-up", 4: "square", 5: "pentagon", 6: "hexagon"}
"""A set's mark has as many corners as the set has features."""

LEVEL = 12
"""Up to so many labels are written level; more are turned like the spokes of a wheel."""

LABEL_WIDTH = 18
"""Places of a label at a feature."""

LETTER = 0.56
"""Width of a letter, in font sizes, on the wide side."""


Line = tuple[list[float | None], list[float | None]]
"""Places as x and y, with gaps of None."""


@dataclass(frozen=True)
class Board:
    """Where each feature lies, in units of `radius` pixels around (0, 0), and the page around it.

    `named` are the features that get a label; `sizes` the diameters of the points in pixels; `font` the labels' size.
    """

    places: dict[str, np.ndarray]
    sizes: dict[str, float]
    named: tuple[str, ...]
    radius: float
    reach_x: float
    reach_y: float
    font: int
    circle: bool

    @classmethod
    def of(cls, result: SubsetInteractions, layout: str, named: Sequence[str], width: float, height: float) -> "Board":
        """Place the features of a result in a picture of this size."""
        nodes = result.nodes
        columns = ("x", "y") if layout == "circle" else ("drawn_x", "drawn_y")
        places = np.nan_to_num(nodes[list(columns)].to_numpy(dtype=float))
        if layout == "drawn":
            low, high = places.min(axis=0), places.max(axis=0)
            places = 2 * (places - (low + high) / 2) / max(float((high - low).max()), 1e-9)
        features = [str(name) for name in nodes["feature"]]
        font = 12 if len(named) <= 40 else 11 if len(named) <= 80 else 10
        room = font * LETTER * max((min(LABEL_WIDTH, len(name)) for name in named), default=0) + 34
        half_x, half_y = width / 2, (height - 130) / 2
        upright = layout == "circle" and len(named) > LEVEL
        # Labels that stand upright at the top need as much room there as at the sides.
        radius = min(half_x - room, half_y - (room if upright else 44)) if layout == "circle" else half_y - 40
        radius = max(120.0, radius)
        return cls(
            places=dict(zip(features, places, strict=True)),
            sizes=dict(zip(features, _diameters(nodes["effect"].to_numpy(dtype=float)), strict=True)),
            named=tuple(named),
            radius=radius,
            reach_x=half_x / radius,
            reach_y=half_y / radius,
            font=font,
            circle=layout == "circle",
        )

    def at(self, names: Sequence[str]) -> np.ndarray:
        """The places of some features, (names, 2)."""
        return np.array([self.places[name] for name in names])

    def centres(self, sets: pd.DataFrame) -> np.ndarray:
        """The places of the marks of sets: the middle of their features, moved off each other."""
        return apart(np.array([self.at(names).mean(axis=0) for names in sets["features"]]), 22 / self.radius)

    @property
    def hull_radius(self) -> float:
        """How far an area reaches beyond the middle of its features' points."""
        return (max(self.sizes.values()) / 2 + 5) / self.radius


def draw_pairs(figure: go.Figure, board: Board, pairs: pd.DataFrame, unit: str, look: Theme) -> None:
    """A line per pair, of the width of its strength, and unseen points on it that answer to the mouse."""
    if pairs.empty:
        return
    strength = pairs["strength"].clip(lower=0).to_numpy(dtype=float)
    bins = np.ceil(np.sqrt(strength / (strength.max() or 1.0)) * len(LINE_WIDTHS)).clip(1, len(LINE_WIDTHS)).astype(int)
    lines = [bent(*board.at(names), bend=BEND if board.circle else 0.0) for names in pairs["features"]]
    scale = 1.0 if len(pairs) <= 60 else 0.6
    for step, width in enumerate(LINE_WIDTHS, start=1):
        mine = [line for line, its in zip(lines, bins, strict=True) if its == step]
        if mine:
            xs, ys = _joined(mine)
            figure.add_trace(
                go.Scatter(
                    x=xs,
                    y=ys,
                    mode="lines",
                    line={"color": faded(look.muted, 0.62), "width": scale * width, "shape": "spline"},
                    hoverinfo="skip",
                    name="accepted pair, wider: stronger",
                    legendgroup="pairs",
                    legendrank=2,
                    showlegend=step == int(bins.max()),
                )
            )
    spots = np.concatenate([line[np.round(np.array(HOVERED_AT) * (len(line) - 1)).astype(int)] for line in lines])
    figure.add_trace(
        go.Scatter(
            x=spots[:, 0],
            y=spots[:, 1],
            mode="markers",
            marker={"size": 14, "opacity": 0},
            customdata=[list(names) for names in pairs["features"] for _ in HOVERED_AT],
            hovertext=[text for text in hover_texts(pairs, unit) for _ in HOVERED_AT],
            hoverinfo="text",
            name="pairs",
            legendgroup="pairs",
            showlegend=False,
        )
    )


def draw_sets(figure: go.Figure, board: Board, sets: pd.DataFrame, unit: str, look: Theme) -> None:
    """Areas, or thin lines to a mark, and the mark that answers to the mouse; a colour and a mark per order."""
    if sets.empty:
        return
    few = len(sets) <= HULLS
    centres = board.centres(sets)
    texts = hover_texts(sets, unit)
    for order in sorted(set(sets["order"].astype(int))):
        mine = np.flatnonzero((sets["order"] == order).to_numpy())
        colour = order_colour(order, look)
        members = [tuple(sets["features"].iloc[row]) for row in mine]
        _draw_outlines(figure, _outlines(board, members, centres[mine], few), order, colour, filled=few)
        figure.add_trace(
            go.Scatter(
                x=centres[mine, 0],
                y=centres[mine, 1],
                mode="markers",
                marker={
                    "symbol": SYMBOLS.get(order, "octagon"),
                    "size": 13,
                    "color": colour,
                    "line": {"color": look.paper, "width": 1.5},
                },
                unselected={"marker": {"opacity": 1}},
                customdata=[list(names) for names in members],
                hovertext=[texts[row] for row in mine],
                hoverinfo="text",
                name=f"accepted set of {order}",
                legendgroup=f"sets {order}",
                legendrank=order,
                showlegend=True,
            )
        )


def _draw_outlines(figure: go.Figure, outlines: Sequence[Line], order: int, colour: str, *, filled: bool) -> None:
    look_of: dict[str, Any] = {"fill": "toself", "fillcolor": faded(colour, 0.13)} if filled else {}
    line = {"color": faded(colour, 0.75 if filled else 0.45), "width": 1.4 if filled else 1.0}
    common = look_of | {"mode": "lines", "line": line, "hoverinfo": "skip", "showlegend": False}
    for xs, ys in outlines:
        figure.add_trace(go.Scatter(x=xs, y=ys, legendgroup=f"sets {order}", **common))


def draw_nodes(figure: go.Figure, board: Board, result: SubsetInteractions, look: Theme) -> None:
    """A point per feature: its area is its main effect, its colour its cluster; grey where it takes no part."""
    nodes = {str(row["feature"]): row for row in result.nodes.to_dict("records")}
    unit = label(result.unit, 40)
    for is_other in (True, False):
        names = [name for name, node in nodes.items() if (node["cluster"] < 0) == is_other]
        if not names:
            continue
        colours = [look.pale if is_other else cluster_colour(int(nodes[name]["cluster"]), look) for name in names]
        places = board.at(names)
        shrink = 0.6 if is_other and len(board.places) > 30 else 1.0
        figure.add_trace(
            go.Scatter(
                x=places[:, 0],
                y=places[:, 1],
                mode="markers",
                marker={
                    "size": [shrink * board.sizes[name] for name in names],
                    "color": colours,
                    "opacity": 1,
                    "line": {"color": look.paper, "width": 1.5},
                },
                unselected={"marker": {"opacity": 1}},
                customdata=[[name] for name in names],
                hovertext=[_node_text(name, nodes[name], unit) for name in names],
                hoverinfo="text",
                name="feature in no accepted pair" if is_other else "feature, larger: more main effect",
                showlegend=True,
                legendrank=9 if is_other else 1,
            )
        )


def draw_chosen(figure: go.Figure, board: Board, chosen: Sequence[str], pair: Sequence[str], look: Theme) -> None:
    """The outline of the current set, and the line of the current pair."""
    outlines = []
    if len(chosen) > 2:
        outlines.append(("chosen set", rounded_hull(board.at(chosen), board.hull_radius), "solid"))
    if len(pair) == 2:
        outlines.append(("chosen pair", bent(*board.at(pair), bend=BEND if board.circle else 0.0), "dot"))
    for name, outline, dash in outlines:
        line = {"color": look.highlight, "width": 2.5, "dash": dash}
        figure.add_trace(
            go.Scatter(
                x=outline[:, 0],
                y=outline[:, 1],
                mode="lines",
                line=line,
                hoverinfo="skip",
                name=name,
                showlegend=True,
                legendrank=8,
            )
        )


def hover_texts(rows: pd.DataFrame, unit: str) -> list[str]:
    """For each set of a table: its names, figures and standing, as markup."""
    texts = []
    for row in rows.to_dict("records"):
        exact = row["lower"] == row["strength"] == row["upper"]
        interval = "exact on these rows" if exact else f"interval {number(row['lower'])} to {number(row['upper'])}"
        texts.append(
            "<br>".join(
                [
                    set_title(row["features"]),
                    f"order {row['order']:.0f}, {row['status']}, rank {row['rank']:,.0f} of its order",
                    f"strength {number(row['strength'])} ({interval})",
                    f"joint effect {number(row['effect'])} {label(unit, 40)}",
                ]
            )
        )
    return texts


def order_colour(order: int, look: Theme) -> str:
    """The colour of an order: pairs, threes, fours, and all above."""
    return (look.muted, look.mean, look.upper, look.ink)[min(order, 5) - 2]


def cluster_colour(cluster: int, look: Theme) -> str:
    """The colour of a cluster: none that an order has."""
    blue, _, _, pink, olive, sky, purple = look.qualitative
    return (blue, pink, olive, purple, sky)[cluster % 5]


def _diameters(effects: np.ndarray) -> list[float]:
    """Areas that grow with the effect; on a crowded page all are smaller."""
    small, large = (9.0, 30.0) if len(effects) <= 30 else (7.0, 20.0) if len(effects) <= 100 else (6.0, 14.0)
    known = np.nan_to_num(effects).clip(min=0)
    return (small + (large - small) * np.sqrt(known / (known.max() or 1.0))).tolist()


def _node_text(name: str, node: dict[Any, Any], unit: str) -> str:
    where = "in no accepted pair" if node["cluster"] < 0 else f"cluster {int(node['cluster']) + 1}"
    effect = float(node["effect"])
    main = f"main effect {number(effect)} {unit}" if math.isfinite(effect) else "main effect unknown"
    return f"<b>{label(name)}</b><br>{main}<br>{where}"


def _outlines(board: Board, members: Sequence[Sequence[str]], centres: np.ndarray, areas: bool) -> list[Line]:
    """One area per set, or the lines of all sets to their marks in one."""
    if areas:
        hulls = [rounded_hull(board.at(names), board.hull_radius) for names in members]
        return [_joined([hull]) for hull in hulls]
    pairs = zip(members, centres, strict=True)
    return [_joined([np.stack([place, centre]) for names, centre in pairs for place in board.at(names)])]


def _joined(lines: Sequence[np.ndarray]) -> Line:
    """Lines as one mark: their places, with gaps between them."""
    xs, ys = ([value for line in lines for value in [*line[:, side].round(4).tolist(), None]] for side in (0, 1))
    return xs, ys
