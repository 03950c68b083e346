"""The surface behind one pair: what the two features do to the prediction together, where there are data."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ...core.errors import InputError
from ...methods.partial_dependence.result import PairEffect
from ..style.labels import label, number
from ..style.scales import SIDES, FeatureScale, cells
from ..style.theme import Theme, axis, canvas, colour_bar, empty, footnote, heading, scale, theme_named

PARTS = {"total": "both<br>together", "interaction": "beyond the sum<br>of the two"}
HELD = (0.5, 0.8, 0.95)
"""Shares of the rows that lie inside the density lines: the middle, the bulk, and nearly all."""
Sides = tuple[FeatureScale, FeatureScale]

ENOUGH = 6
"""Distinct values that both features need before lines of equal density mean anything."""


def effect_surface(effect: PairEffect, *, part: str = "both", theme: str = "light") -> go.Figure:
    """Heat maps over both features in their own units, coloured by the change of the prediction from its average.

    "total" is what both do together, "interaction" what remains beyond the sum of their separate effects; "both" puts
    the two side by side on one scale. Cells without data are grey: there the model was never shown a row. Lines enclose
    half, 80 % and 95 % of the rows.
    """
    look = theme_named(theme)
    if part not in ("both", *PARTS):
        raise InputError(f'`part` must be "both", "total" or "interaction"; got {part!r}.')
    parts = list(PARTS) if part == "both" else [part]
    if effect.grid.empty:
        return empty(look, "This effect has no cells.")
    first, second = (FeatureScale(effect, side) for side in SIDES)
    figure = make_subplots(
        cols=len(parts), rows=1, shared_yaxes=True, horizontal_spacing=0.04, figure=canvas(look, height=470)
    )
    counts = cells(effect, "count")
    surfaces = {name: np.where(counts > 0, cells(effect, name), np.nan) for name in parts}
    reach = max([float(np.nanmax(np.abs(z))) for z in surfaces.values() if np.isfinite(z).any()], default=0.0) or 1.0
    hovers = hover_texts((first, second), effect.unit, cells(effect, "total"), cells(effect, "interaction"), counts)
    lines = _density(first, second, counts)
    for column, name in enumerate(parts, start=1):
        figure.add_trace(void((first, second), counts, look), row=1, col=column)
        figure.add_trace(coloured((first, second), surfaces[name], hovers, f"surface {column}"), row=1, col=column)
        for trace in _contours(first, second, lines, look):
            figure.add_trace(trace, row=1, col=column)
        heading(figure, look, PARTS[name], column)
        across = first.axis(look, room=60 // len(parts), range=ends(first), showgrid=False)
        figure.update_xaxes(across, row=1, col=column)
    figure.update_yaxes(axis(look, showgrid=False, range=ends(second)))
    figure.update_yaxes(second.axis(look, showgrid=False, range=ends(second)), row=1, col=1)
    bar = colour_bar(look, f"change of<br>{label(effect.unit, 16)}")
    figure.update_layout(
        coloraxis={"colorscale": scale(look.diverging), "cmin": -reach, "cmax": reach, "colorbar": bar},
        showlegend=False,
    )
    figure.layout["margin"]["t"] = 66  # the headings have two lines
    footnote(figure, look, _small_print(effect, counts, bool(lines)))
    return figure


def ends(feature: FeatureScale) -> list[float]:
    """Where an axis begins and ends so that the cells fill it."""
    edges = feature.edges()
    return [float(edges[0]), float(edges[-1])]


def hover_texts(
    sides: Sides, unit: str, total: np.ndarray, interaction: np.ndarray, counts: np.ndarray, held: str = ""
) -> list[list[str]]:
    """What each cell says: the values of both features (and of the one `held`), what they do, and the rows there."""
    names, texts = [side.title for side in sides], [side.texts() for side in sides]
    return [
        [
            f"{names[0]} <b>{texts[0][x]}</b><br>{names[1]} <b>{texts[1][y]}</b>{held}"
            f"<br>together {signed(total[y, x])} {label(unit, 40)}<br>beyond the sum {signed(interaction[y, x])}"
            f"<br>{_rows(counts[y, x])}"
            for x in range(counts.shape[1])
        ]
        for y in range(counts.shape[0])
    ]


def coloured(sides: Sides, surface: np.ndarray, hovers: list[list[str]], name: str) -> go.Heatmap:
    """A surface as cells, coloured by the figure's one scale."""
    return go.Heatmap(
        x=sides[0].edges(),
        y=sides[1].edges(),
        z=surface,
        coloraxis="coloraxis",
        hovertext=hovers,
        hoverinfo="text",
        hoverongaps=True,
        name=name,
    )


def signed(value: float) -> str:
    """A change with its sign."""
    return f"+{number(value)}" if value > 0 else number(value)


def _rows(count: float) -> str:
    if not count > 0:
        return "no row of the data here: the model guesses"
    return f"{count:,.0f} {'row' if count == 1 else 'rows'} of the data"


def void(sides: Sides, counts: np.ndarray, look: Theme) -> go.Heatmap:
    """The cells without data, in grey."""
    return go.Heatmap(
        x=sides[0].edges(),
        y=sides[1].edges(),
        z=np.where(counts > 0, np.nan, 1.0),
        showscale=False,
        hoverinfo="skip",
        colorscale=[[0, look.void], [1, look.void]],
        name="no data",
    )


def _density(first: FeatureScale, second: FeatureScale, counts: np.ndarray) -> list[tuple[float, np.ndarray]]:
    """For each share held: the height of its line, and the smoothed density on the cells' centres."""
    if first.categorical or second.categorical or min(counts.shape) < ENOUGH or not counts.sum() > 0:
        return []
    smooth = np.nan_to_num(counts)
    for _ in range(2):
        for along in (0, 1):
            padded = np.pad(smooth, [(1, 1) if a == along else (0, 0) for a in (0, 1)], mode="edge")
            left, right = (np.take(padded, range(s, s + smooth.shape[along]), axis=along) for s in (0, 2))
            smooth = (left + 2 * smooth + right) / 4
    areas = np.outer(np.diff(second.edges()), np.diff(first.edges()))
    density = smooth / areas
    fall = np.argsort(-density, axis=None)
    held = np.cumsum(smooth.ravel()[fall]) / smooth.sum()
    return [(float(density.ravel()[fall][np.searchsorted(held, part)]), density) for part in HELD]


def _contours(
    first: FeatureScale, second: FeatureScale, lines: list[tuple[float, np.ndarray]], look: Theme
) -> list[go.Contour]:
    return [
        go.Contour(
            x=first.places,
            y=second.places,
            z=density,
            showscale=False,
            hoverinfo="skip",
            name=f"{part:.0%} of the rows",
            contours={"coloring": "none", "start": height, "end": height, "size": 1.0},
            line={"color": look.ink, "width": 1.2, "smoothing": 1.1, "dash": dash},
        )
        for (height, density), part, dash in zip(lines, HELD, ("solid", "dash", "dot"), strict=False)
    ]


def _small_print(effect: PairEffect, counts: np.ndarray, has_lines: bool) -> list[str]:
    empty_cells = " Grey: no rows." if (~(counts > 0)).any() else ""
    lines = [f"Average: {number(effect.average, 4)}.{empty_cells}"]
    if has_lines:
        lines.append("Lines: 50, 80 and 95 % of rows.")
    return lines
