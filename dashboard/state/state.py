"""What the user is looking at, kept in the address.

Data, model, run, pair, set, row, and the models and the term of the shapes.

A link, a reload and a restarted server show the same view, because the address names stored things only.
Streamlit empties the address when a page is left through the menu; the session then fills it again.
"""

import os
from dataclasses import dataclass, replace
from typing import Any, cast

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from interaction_engine.core.errors import InteractionError
from interaction_engine.core.result import Result
from interaction_engine.data.dataset import Dataset
from interaction_engine.runs.client import Atlas, RunView

MEMORY = "selection"
"""The session's copy of the address."""

DEPENDENT = {
    "data": ("model", "training", "run", "pair", "set", "models", "term", "row"),
    "model": ("training", "run", "pair", "set", "row"),
    "run": ("pair", "set", "row"),
}
"""What is dropped when something that it hangs on changes."""

KEYS = ("draft", "data", "model", "training", "run", "row")
SEVERAL = {"pair": 2, "set": 3, "models": 1, "term": 1}
"""Parts of the selection that are several names, with the fewest there can be."""


@dataclass(frozen=True)
class Selection:
    """The selection: ids of stored things, and names of features.

    The names are those of the current pair, of the current larger set, and of the features of the current term.

    `draft` is a table being prepared, `training` the run that trained or checked the model, `run` the detection,
    `models` those whose shapes stand side by side, `row` the place in the data of the row that is explained.
    """

    draft: str | None = None
    data: str | None = None
    model: str | None = None
    training: str | None = None
    run: str | None = None
    pair: tuple[str, str] | None = None
    set: tuple[str, ...] | None = None
    models: tuple[str, ...] | None = None
    term: tuple[str, ...] | None = None
    row: str | None = None

    @property
    def address(self) -> dict[str, str | list[str]]:
        """The selection as query parameters.

        Those of several names stand there once per name, so that any name can be in them.
        """
        named: dict[str, str | list[str]] = {key: value for key in KEYS if (value := getattr(self, key))}
        for key in SEVERAL:
            if names := getattr(self, key):
                named[key] = list(names)
        return named


def atlas() -> Atlas:
    """The client of the runs and the store; the runner is started with the first call."""
    return _atlas(os.environ.get("ATLAS_HOME"))


def selection() -> Selection:
    """The current selection: the address where it says something, else what the session remembers."""
    _enter_through_app()
    kept: Selection = st.session_state.get(MEMORY, Selection())
    query = st.query_params
    named: dict[str, Any] = {key: query[key] for key in KEYS if query.get(key)}
    for key, fewest in SEVERAL.items():
        names = tuple(query.get_all(key))
        if len(names) >= fewest and not (key == "pair" and len(names) > fewest):
            named[key] = names
    return _keep(_changed(kept, named))


def select(**changes: Any) -> Selection:
    """Change the selection (data=, model=, training=, run=, pair=, set=, models=, term=, row=).

    A run brings the data and the model that it was made from; other data or another model drop what hung on them.
    """
    return _keep(_changed(selection(), changes))


def go(page: str, **changes: Any) -> None:
    """Change the selection and open another screen, as `go("pairs", run=run_id)`."""
    st.switch_page(f"pages/{page}.py", query_params=cast(Any, select(**changes).address))


def dataset(identifier: str) -> Dataset:
    """A stored data set, read once."""
    return _dataset(os.environ.get("ATLAS_HOME"), identifier)


def result_of(run_id: str) -> Result:
    """The result of a finished run, read once."""
    return _result(os.environ.get("ATLAS_HOME"), run_id)


def _enter_through_app() -> None:
    """A new server's very first visit, when it is to a screen's own address, would run that screen without `app.py`.

    Streamlit takes a folder called `pages` for its older kind of multi-page app until `st.navigation` was called once.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


def _keep(current: Selection) -> Selection:
    """Write the selection to the session and the address."""
    st.session_state[MEMORY] = current
    if {key: st.query_params.get_all(key) for key in st.query_params} != {
        key: value if isinstance(value, list) else [value] for key, value in current.address.items()
    }:
        st.query_params.from_dict(cast(Any, current.address))
    return current


def _changed(current: Selection, changes: dict[str, Any]) -> Selection:
    """`current` after `changes`, with what no longer fits them dropped."""
    if changes.get("run") and changes["run"] != current.run:
        changes = {**_origin(changes["run"]), **changes}
    for key, hanging in DEPENDENT.items():
        if key in changes and changes[key] != getattr(current, key):
            changes = {**dict.fromkeys(hanging), **changes}
    return replace(current, **changes)


def _origin(run_id: str) -> dict[str, str]:
    """The data and the model that a run was made from; nothing when the run is not stored here."""
    try:
        specification = atlas().run(run_id).specification
    except InteractionError:
        return {}
    return {key: value for key in ("data", "model") if (value := getattr(specification, key))}


@st.cache_resource(show_spinner=False)
def _atlas(home: str | None) -> Atlas:
    client = Atlas(home)
    client.ensure_runner()
    return client


@st.cache_resource(show_spinner=False, max_entries=8)
def _dataset(home: str | None, identifier: str) -> Dataset:
    return _atlas(home).store.dataset(identifier)


@st.cache_resource(show_spinner=False, max_entries=64)
def _result(home: str | None, run_id: str) -> Result:
    return _atlas(home).result(run_id)


__all__ = ["Atlas", "RunView", "Selection", "atlas", "dataset", "go", "result_of", "select", "selection"]
