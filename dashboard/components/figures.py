"""A figure with its numbers: the chart, and beneath it the downloads and how it was computed."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Literal

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.components.images import has_browser, image
from dashboard.components.text import plain, prose
from interaction_engine.core.result import Provenance
from interaction_engine.data.io.exports import csv_bytes
from interaction_engine.methods import words

Draw = Callable[[str], go.Figure]
"""A figure for a theme, "light" or "dark"; downloads are always light, for paper."""


def theme() -> str:
    """The theme that the reader sees."""
    return "dark" if st.context.theme.type == "dark" else "light"


def show_figure(
    name: str,
    draw: Draw,
    table: pd.DataFrame,
    provenance: Provenance | None = None,
    *,
    alt: str,
    on_select: Callable[[Any], None] | None = None,
    width: Literal["stretch", "content"] = "stretch",
) -> None:
    """Draw a figure with what stands beneath it; `name` names its files.

    `on_select` gets the event of a click. Its width is that of the page, or with "content" its own.
    """
    key = f"figure/{name}"
    st.plotly_chart(
        on_page(draw(theme())),
        width=width,
        theme=None,
        key=key,
        on_select="ignore" if on_select is None else lambda: on_select(st.session_state[key]),
        selection_mode="points",
        config={"displaylogo": False, "toImageButtonOptions": {"format": "png", "scale": 2, "filename": name}},
        alt=alt,
    )
    show_numbers(name, table, provenance, draw)


def on_page(figure: go.Figure) -> go.Figure:
    """The figure without a paper of its own: the page shows through."""
    return figure.update_layout(paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)")


def show_numbers(name: str, table: pd.DataFrame, provenance: Provenance | None, draw: Draw | None = None) -> None:
    """The row beneath a figure or a table: downloads, and how it was computed."""
    with st.container(horizontal=True, gap="small", key=f"numbers/{name}"):
        with st.popover("Download", icon=":material/download:", type="tertiary"):
            _downloads(name, table, provenance, draw)
        if provenance:
            with st.popover("How was this computed?", icon=":material/help:", type="tertiary"):
                how_computed(provenance)


def how_computed(provenance: Provenance) -> None:
    """Method, options, seed, model calls, seconds and paper, as a short table."""
    facts = words.how_computed(provenance)
    # at once: every element is a message of its own, and a figure that follows a slider is sent at each move
    st.markdown("\n\n".join(f"**{plain(label)}**  \n{prose(str(value))}" for label, value in facts))


def _downloads(name: str, table: pd.DataFrame, provenance: Provenance | None, draw: Draw | None) -> None:
    """A button per format; each file is made when its button is clicked."""
    key = f"download/{name}"
    st.markdown("**Numbers**")
    with st.container(horizontal=True):
        _button("CSV", f"{name}.csv", "text/csv", key, lambda: csv_bytes(with_skill(table, provenance)))
        _button("JSON", f"{name}.json", "application/json", key, lambda: _json(table, provenance))
    if draw is None:
        return
    st.markdown("**Figure**")
    with st.container(horizontal=True):
        _button("HTML", f"{name}.html", "text/html", key, lambda: draw("light").to_html(include_plotlyjs=True).encode())
        for kind, mime in (("PNG", "image/png"), ("SVG", "image/svg+xml")):
            _button(kind, f"{name}.{kind.lower()}", mime, key, _image(draw, kind.lower()), disabled=not has_browser())
    if not has_browser():
        st.caption("PNG and SVG need Chrome or Chromium on the server; the camera on the figure saves a PNG from here.")


def with_skill(table: pd.DataFrame, provenance: Provenance | None) -> pd.DataFrame:
    """The table with columns that say of every row whether its model has skill and whether a second model agrees.

    A file of comma-separated values has no other place for it that every program reads.
    """
    if provenance is None:
        return table
    verdicts = {"model_skill": provenance.skill, "second_opinion": provenance.second_opinion}
    return table.assign(**{name: str(known.verdict) for name, known in verdicts.items() if known is not None})


def _button(
    label: str, file: str, mime: str, key: str, content: Callable[[], bytes], *, disabled: bool = False
) -> None:
    st.download_button(
        label, content, file, mime, key=f"{key}/{label}", on_click="ignore", type="secondary", disabled=disabled
    )


def _image(draw: Draw, kind: str) -> Callable[[], bytes]:
    return lambda: image(draw("light"), kind)


def _json(table: pd.DataFrame, provenance: Provenance | None) -> bytes:
    rows = json.loads(table.to_json(orient="records", double_precision=15))
    known = asdict(provenance) if provenance else None
    judged = {name: known[name] for name in ("skill", "second_opinion")} if known else {}
    content = {"provenance": known, **judged, "rows": rows}
    return json.dumps(content, indent=1, ensure_ascii=False).encode()


def side_by_side(key: str, second: int) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Two places side by side, or one below the other where the page is too narrow for both.

    Columns would only become narrower, until the labels of their figures overlap. `second` is the width of the second
    place in pixels; the first has what is left.
    """
    with st.container(horizontal=True, gap="medium", key=key):
        return st.container(), st.container(width=second)
