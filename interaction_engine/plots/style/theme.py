"""The two looks of every figure, light and dark, and the blank figure that all of them start from.

Everything is set on the figure itself, so that it looks the same in a notebook, on a page and in an exported file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from ...core.errors import InputError

FONT = '"Source Sans 3", "Source Sans", "Source Sans Pro", "Segoe UI", "Helvetica Neue", Arial, sans-serif'
HOVER_REACH = -1  # plotly's word for "the nearest mark, however far": a whole cell answers a click, not only its centre


@dataclass(frozen=True)
class Theme:
    """Colours by what they mean. Blue, orange and green are told apart with every common colour vision (Okabe and Ito).

    `void` fills cells without data, `sequential` runs from nothing to much, `diverging` from negative to positive
    through the colour of zero, `qualitative` tells unordered things apart.
    """

    paper: str
    ink: str
    muted: str
    grid: str
    void: str
    highlight: str
    lower: str
    mean: str
    upper: str
    pale: str
    band: str
    sequential: tuple[str, ...]
    diverging: tuple[str, ...]
    qualitative: tuple[str, ...]


LIGHT = Theme(
    paper="#ffffff",
    ink="#1f2430",
    muted="#667085",
    grid="#e8ebf0",
    void="#d3d7de",
    highlight="#c2185b",
    lower="#0072b2",
    mean="#d55e00",
    upper="#009e73",
    pale="#b4bcc8",
    band="rgba(240, 173, 40, 0.16)",
    sequential=("#f3f6fa", "#d5e3f0", "#a3c8e2", "#639fcd", "#2f73b0", "#124a86", "#0a2a57"),
    diverging=("#0b4f8a", "#2f7ab8", "#84b7db", "#fbfbfa", "#efae74", "#cf681b", "#8a3b05"),
    qualitative=("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#3aa0d8", "#5b4a9f"),
)

DARK = Theme(
    paper="#0e1117",
    ink="#e9ecf2",
    muted="#9aa4b5",
    grid="#262c38",
    void="#3d4452",
    highlight="#ff6fa8",
    lower="#56b4e9",
    mean="#ff9d4d",
    upper="#2fc496",
    pale="#566072",
    band="rgba(240, 190, 80, 0.15)",
    sequential=("#181e2a", "#1c3554", "#20548a", "#2f7fbf", "#5fabdb", "#a5d5ee", "#edf8fb"),
    diverging=("#8fd0ff", "#4497d3", "#2a6aa0", "#171b24", "#a05a1c", "#d9822f", "#ffc78d"),
    qualitative=("#56b4e9", "#ff9d4d", "#2fc496", "#e59ac4", "#e5cf4e", "#a3b8ff", "#c9a0ff"),
)

THEMES = {"light": LIGHT, "dark": DARK}


def theme_named(name: str) -> Theme:
    """The colours of a look; `InputError` when there is none of that name."""
    if name not in THEMES:
        raise InputError(f'`theme` must be "light" or "dark"; got {name!r}.')
    return THEMES[name]


def canvas(theme: Theme, *, height: int) -> go.Figure:
    """An empty figure with the look's fonts, legend, hover labels and margins; its width follows the page."""
    font = {"family": FONT, "size": 13, "color": theme.ink}
    return go.Figure(
        layout={
            "height": height,
            "paper_bgcolor": theme.paper,
            "plot_bgcolor": theme.paper,
            "font": font,
            "margin": {"l": 12, "r": 12, "t": 56, "b": 12},
            "hoverlabel": {"bgcolor": theme.paper, "bordercolor": theme.muted, "font": font, "align": "left"},
            "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "font": {"size": 12}},
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": theme.muted, "activecolor": theme.ink},
            "hovermode": "closest",
            "uirevision": "kept",
        }
    )


def axis(theme: Theme, title: str = "", **more: Any) -> dict[str, Any]:
    """The look of one axis; `title` is markup, so a name must be escaped before."""
    look = {
        "title": {"text": title, "font": {"size": 13, "color": theme.muted}, "standoff": 10},
        "tickfont": {"size": 12, "color": theme.ink},
        "gridcolor": theme.grid,
        "linecolor": theme.grid,
        "zerolinecolor": theme.grid,
        "zeroline": False,
        "automargin": True,
        "ticklen": 5,
        "tickcolor": "rgba(0,0,0,0)",
        "ticks": "outside",
    }
    return look | more


def scale(colours: tuple[str, ...]) -> list[list[Any]]:
    """Colours as evenly spaced stops of a plotly colour scale."""
    return [[place / (len(colours) - 1), colour] for place, colour in enumerate(colours)]


def faded(colour: str, opacity: float) -> str:
    """A colour #rrggbb that what lies behind it shines through."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity:g})"


def colour_bar(theme: Theme, title: str, **more: Any) -> dict[str, Any]:
    """The look of one colour bar; `title` is markup, kept off the topmost tick by an empty line."""
    return {
        "title": {"text": f"{title}<br> ", "side": "top", "font": {"size": 12, "color": theme.muted}},
        "tickfont": {"size": 11, "color": theme.ink},
        "outlinewidth": 0,
        "thickness": 12,
        "ticks": "",
        "tickformat": ",",
    } | more


def footnote(figure: go.Figure, theme: Theme, sentences: Sequence[str]) -> None:
    """Small print at the figure's lower edge, below whatever the axes take: one line of about 90 letters, markup."""
    text = " ".join(sentences)
    if text:
        # A title is the one text that plotly keeps clear of ticks and labels of unknown size; of several lines, plotly
        # would push all but the first out of the figure.
        figure.layout.title = {
            "text": text,
            "font": {"size": 12, "color": theme.muted},
            "x": 0,
            "xanchor": "left",
            "xref": "container",
            "y": 0,
            "yanchor": "bottom",
            "yref": "container",
            "pad": {"l": 14, "b": 10, "t": 8},
            "automargin": True,
        }


def heading(figure: go.Figure, theme: Theme, text: str, column: int = 1) -> None:
    """A heading centred over one panel of a row of panels; `text` is markup."""
    figure.add_annotation(
        text=text,
        x=0.5,
        y=1,
        xref="x domain" if column == 1 else f"x{column} domain",
        yref="paper",
        yanchor="bottom",
        yshift=6,
        showarrow=False,
        font={"size": 14, "color": theme.ink},
    )


def ring(theme: Theme, size: int) -> dict[str, Any]:
    """The mark of a true interaction."""
    return {"symbol": "circle", "size": size, "color": theme.paper, "line": {"color": theme.highlight, "width": 2}}


def empty(theme: Theme, text: str) -> go.Figure:
    """A figure that says in one sentence why there is nothing to draw; `text` is markup."""
    figure = canvas(theme, height=220)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    font = {"size": 14, "color": theme.muted}
    figure.add_annotation(text=text, showarrow=False, x=0.5, y=0.5, xref="paper", yref="paper", font=font)
    return figure
