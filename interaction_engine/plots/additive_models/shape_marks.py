"""What the figures of shapes are drawn with: curves over a strip of density, maps with cells without data in grey."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ..partial_dependence.surface import coloured, signed, void
from ..style.labels import label, number
from ..style.scales import FeatureScale
from ..style.theme import Theme, axis, faded

STRIP = 0.14
"""Height of the strip of density beneath the curves, as a share of the axis."""

BINS = 50
"""Bins of the density of a number along its axis; where it has fewer values, each has its own bar."""

FEW = 24
"""Up to so many values, each is marked."""


def scale_of(points: pd.DataFrame, end: str = "") -> FeatureScale:
    """The axis of a curve, or of one side (`end` "_1" or "_2") of a map: its numbers, or its levels in their order."""
    levels = points[f"level{end}"]
    categorical = bool((levels != "").any())
    values = points.sort_values(f"value{end}", kind="stable")[f"level{end}"] if categorical else points[f"value{end}"]
    return FeatureScale.along(str(points[f"feature{end}"].iloc[0]), values, categorical=categorical)


def shared_scale(curves: Sequence[pd.DataFrame], end: str = "") -> FeatureScale:
    """One axis for the same feature in several models."""
    return scale_of(pd.concat(curves, ignore_index=True), end)


def places(points: pd.DataFrame, scale: FeatureScale, end: str = "") -> np.ndarray:
    """Where the points of a curve, or of one side of a map, stand on the axis."""
    return scale.positions(points[f"level{end}" if scale.categorical else f"value{end}"].tolist())


def reach(frames: Iterable[pd.DataFrame]) -> tuple[float, float]:
    """The lowest and the highest effect with its uncertainty, 0 included; never of no width."""
    values = [frame[name].to_numpy(dtype=float) for frame in frames for name in ("effect", "lower", "upper")]
    known = np.concatenate([np.zeros(1), *values])
    known = known[np.isfinite(known)]
    low, high = float(known.min()), float(known.max())
    return (low, high) if high > low else (low - 1.0, high + 1.0)


def window(low: float, high: float) -> list[float]:
    """The range of a score axis that has room for the strip of density beneath."""
    height = (high - low) / (0.92 - STRIP)
    return [low - (STRIP + 0.04) * height, high + 0.04 * height]


def score_axis(look: Theme, title: str, span: list[float]) -> dict[str, Any]:
    """The look of the axis of what a term adds; `title` is markup."""
    return axis(look, title, range=span, zeroline=True, tickformat=",~g") | {"zerolinecolor": look.pale}


def curve_traces(points: pd.DataFrame, scale: FeatureScale, name: str, unit: str, colour: str) -> list[Any]:
    """A curve with its band of uncertainty; of levels, a dot each with a whisker. `name` is that of its model."""
    at, effect = places(points, scale), points["effect"].to_numpy(dtype=float)
    lower, upper = (points[side].to_numpy(dtype=float) for side in ("lower", "upper"))
    known = bool(np.isfinite(lower).any())
    hovers = _hovers(points, scale, name, unit, known)
    group: dict[str, Any] = {"legendgroup": label(name), "showlegend": False}
    common = group | {"x": at, "y": effect, "hovertext": hovers, "hoverinfo": "text", "name": label(name, 40)}
    if scale.categorical:
        ends = {"type": "data", "symmetric": False, "array": upper - effect, "arrayminus": effect - lower}
        whisker = ends | {"color": colour, "thickness": 1.5, "width": 3} if known else None
        return [go.Scatter(mode="markers", marker={"color": colour, "size": 8}, error_y=whisker, **common)]
    mode = "lines+markers" if len(at) <= FEW else "lines"
    line = go.Scatter(mode=mode, marker={"size": 5}, line={"color": colour, "width": 2.2}, **common)
    if not known:
        return [line]
    around = {"x": np.concatenate([at, at[::-1]]), "y": np.concatenate([upper, lower[::-1]])}
    fill = {"fill": "toself", "fillcolor": faded(colour, 0.18), "mode": "lines", "line": {"width": 0}}
    return [go.Scatter(hoverinfo="skip", name=f"{label(name, 40)}, uncertainty", **around, **fill, **group), line]


def density_bars(points: pd.DataFrame, scale: FeatureScale, span: list[float], look: Theme) -> go.Bar:
    """Where the rows are, as bars at the lower end of the score axis: over bins of a number, few values, or levels."""
    at, weights = places(points, scale), points["density"].to_numpy(dtype=float)
    if scale.categorical or len(at) <= FEW:
        shares, centres = weights, at
        width = 0.7 * float(np.diff(at).min()) if len(at) > 1 else 0.7
    else:
        shares, edges = np.histogram(at, bins=BINS, weights=weights)
        centres, width = (edges[1:] + edges[:-1]) / 2, float(edges[1] - edges[0])
    height = STRIP * (span[1] - span[0]) / max(float(shares.max(initial=0.0)), np.finfo(float).tiny)
    look_of_bars = {"marker": {"color": look.pale, "line": {"width": 0}}, "opacity": 0.75, "hoverinfo": "skip"}
    return go.Bar(
        x=centres,
        y=height * shares,
        base=span[0],
        width=width,
        showlegend=False,
        name="rows of the data",
        **look_of_bars,
    )


def oriented(cells: pd.DataFrame, features: Sequence[str]) -> pd.DataFrame:
    """The cells of a map with `features` in this order."""
    if cells["feature_1"].iloc[0] == features[0]:
        return cells
    turned = {f"{name}_{a}": f"{name}_{b}" for name in ("feature", "value", "level") for a, b in ((1, 2), (2, 1))}
    return cells.rename(columns=turned)


def map_traces(
    cells: pd.DataFrame, sides: tuple[FeatureScale, FeatureScale], name: str, unit: str, look: Theme
) -> list[Any]:
    """A map as cells, coloured by the figure's one scale, those without rows in grey."""
    shape = (len(sides[1].values), len(sides[0].values))
    columns, rows = (
        np.searchsorted(side.places, places(cells, side, end)) for side, end in zip(sides, ("_1", "_2"), strict=True)
    )
    effect, density = np.full(shape, np.nan), np.zeros(shape)
    effect[rows, columns], density[rows, columns] = cells["effect"], cells["density"]
    texts = [side.texts() for side in sides]
    hovers = [
        [
            f"{sides[0].title} <b>{texts[0][x]}</b><br>{sides[1].title} <b>{texts[1][y]}</b><br>{label(name, 40)} "
            f"{signed(effect[y, x])} {label(unit, 40)}<br>{_rows(density[y, x])}"
            for x in range(shape[1])
        ]
        for y in range(shape[0])
    ]
    seen = np.where(density > 0, effect, np.nan)
    return [void(sides, density, look), coloured(sides, seen, hovers, label(name, 40))]


def _hovers(points: pd.DataFrame, scale: FeatureScale, name: str, unit: str, known: bool) -> list[str]:
    texts = dict(zip(scale.values, scale.texts(), strict=True))
    keys = points["level"] if scale.categorical else points["value"].astype(float)
    ends = zip(points["effect"], points["lower"], points["upper"], strict=True)
    return [
        f"{scale.title} <b>{texts[key]}</b><br>{label(name, 40)} {signed(effect)} {label(unit, 40)}"
        + (f"<br>{number(lower)} to {number(upper)}" if known else "")
        for key, (effect, lower, upper) in zip(keys, ends, strict=True)
    ]


def _rows(density: float) -> str:
    if not density > 0:
        return "no row of the data here: the model guesses"
    return "less than 0.1 % of the rows" if density < 0.001 else f"{100 * density:.1f} % of the rows"
