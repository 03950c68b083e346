"""The versions of a model that was edited by hand: what was done to each, and what it did to the metric."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard.components import text
from dashboard.screens.shapes.shape_models import Known, await_training, known_models
from dashboard.state.state import atlas, go, select, selection
from interaction_engine.methods import words
from interaction_engine.methods.additive_models.registration import EDIT
from interaction_engine.runs.specification import Specification


@dataclass(frozen=True)
class History:
    """A model, the unedited one that it was made of (perhaps itself), and its edits as they are written."""

    model: str
    base: str
    edits: tuple[dict[str, Any], ...]


def history(model_id: str, data_id: str) -> History:
    """What is known of how a model came about."""
    made = next((known for known in known_models(data_id) if known.id == model_id), None)
    if made is None or made.run.specification.method != EDIT.name or made.run.specification.model is None:
        return History(model_id, model_id, ())
    return History(model_id, made.run.specification.model, _edits(made))


def show(past: History, unit: str, data_id: str) -> None:
    """The edits of this version, each with the button that takes it back, and all versions beside one another."""
    known = {one.id: one for one in known_models(data_id)}
    versions = [one for one in known.values() if one.run.specification.model == past.base and _edits(one)]
    if past.edits:
        _show_edits(past, unit, data_id)
    if not versions or past.base not in known:
        return
    st.subheader("Versions", anchor=False)
    st.caption("Every version is a model of its own; none is ever changed. Metrics are of held-out rows.")
    unedited = known[past.base].report.metrics
    for one in (known[past.base], *reversed(versions)):
        _line(one, past, unit, unedited)


def _show_edits(past: History, unit: str, data_id: str) -> None:
    st.subheader("Edits of this version", anchor=False)
    for place, edit in enumerate(past.edits):
        with st.container(horizontal=True, vertical_alignment="center", key=f"edit-line/{place}"):
            st.markdown(text.prose(words.edit_phrase(edit, unit)), width="stretch")
            if st.button("Take back", key=f"take-back/{past.model}/{place}", icon=":material/undo:", type="tertiary"):
                _without(past, place, data_id)


def _without(past: History, place: int, data_id: str) -> None:
    """Show the version without one edit, which is made where there is none yet."""
    left = [edit for at, edit in enumerate(past.edits) if at != place]
    if left:
        edited = Specification(kind="train", method=EDIT.name, options={"edits": left}, data=data_id, model=past.base)
        await_training(atlas().submit(edited))
    else:
        _add(past.base)
    st.rerun()


def _line(one: Known, past: History, unit: str, unedited: Mapping[str, float]) -> None:
    """A version: its name, what was done, how good it is, and its buttons."""
    here = selection()
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"version/{one.id}"):
        st.markdown(f"**{text.plain(one.label)}**" + (" (shown)" if one.id == past.model else ""))
        st.caption(text.prose(words.edits_sentence(_edits(one), unit)), width="stretch")
        st.markdown(text.plain(words.version_phrase(one.report.metrics, {} if one.id == past.base else unedited)))
        shown = one.id in (here.models or ())
        if st.button("Show", key=f"show/{one.id}", icon=":material/visibility:", type="tertiary", disabled=shown):
            _add(one.id)
            st.rerun()
        used = one.id == here.model
        label = "In use everywhere" if used else "Use everywhere"
        if st.button(label, key=f"use/{one.id}", icon=":material/check_circle:", type="tertiary", disabled=used):
            go("model", model=one.id, training=one.run.id)


def _add(model_id: str) -> None:
    """Put a model side by side with the others."""
    select(models=tuple(dict.fromkeys([*(selection().models or ()), model_id])))


def _edits(one: Known) -> tuple[dict[str, Any], ...]:
    return tuple(one.run.specification.options.get("edits") or ())
