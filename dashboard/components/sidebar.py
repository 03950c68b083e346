"""The side of every screen: what is being looked at, and a way back to each part of it."""

from collections.abc import Generator
from contextlib import contextmanager, suppress

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.components import run_panel
from dashboard.components.subject import size_of
from dashboard.components.text import name, plain
from dashboard.state.draft import stored
from dashboard.state.state import Selection, atlas, dataset, selection
from interaction_engine.core.errors import InteractionError
from interaction_engine.core.status import RunStatus

ORIGINS = {"network": "trained here", ".safetensors": "a stored network"}


@contextmanager
def shown_selection() -> Generator[None]:
    """Data, model, run, pair and set in the sidebar around a screen, drawn anew when the screen has changed them."""
    place = st.sidebar.empty()
    before = selection()
    status = _status(before)
    _show(place, before)
    try:
        yield
    finally:
        if selection() != before or status in (RunStatus.QUEUED, RunStatus.RUNNING):
            _show(place, selection())


def _status(current: Selection) -> str:
    """How far the current run is; empty without one."""
    with suppress(InteractionError):
        return atlas().run(current.run).status if current.run else ""
    return ""


def _show(place: DeltaGenerator, current: Selection) -> None:
    if current == Selection():
        return
    with place.container(), suppress(InteractionError):  # the screen itself says what is wrong
        st.caption("SELECTION")
        if current.draft:
            _line("edit_document", name(stored(current.draft).name), "a table being prepared")
        if current.data:
            data = dataset(current.data)
            size = f"{len(data):,} rows, {size_of(data)}"
            _line("table", name(data.name), f"{size}, predicts {name(data.target.name)}")
        if current.model:
            card = atlas().store.model_card(current.model)
            origin = ORIGINS.get(card["format"], f"imported as {plain(card['format'])}")
            _line("neurology", name(card["name"]), origin)
        if current.run:
            view = atlas().run(current.run)
            _line("radar", plain(run_panel.title(view)), run_panel.STATUS[view.status][0])
        if current.pair:
            _line("link", " and ".join(name(part) for part in current.pair), "selected on every screen")
        if current.set:
            _line("hub", ", ".join(name(part) for part in current.set), "selected larger set")


def _line(icon: str, what: str, detail: str) -> None:
    st.markdown(f":material/{icon}: {what}  \n:gray[{detail}]")
