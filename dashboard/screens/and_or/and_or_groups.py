"""Groups of pixels that the reader draws on a picture: each box or lasso is one more player."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from dashboard.components.figures import on_page, theme
from dashboard.components.text import name
from interaction_engine import plots
from interaction_engine.data.dataset import Dataset

MOST_GROUPS = 19
"""Of 20 players, one may be everything else."""

LONGEST = 24
"""Letters of a group's name."""

REST = "everything else"


def draw(data: Dataset, pixels: np.ndarray) -> None:
    """The picture on which a box or a lasso makes a group."""
    groups = _groups(data)
    key = f"and-or/drawn/{data.content_hash}/{st.session_state.get(_counter(data), 0)}"

    def choose() -> None:
        points = st.session_state[key]["selection"]["points"]
        _add(data, [int(np.ravel(point["customdata"])[0]) for point in points if point.get("customdata") is not None])

    full = len(groups) >= MOST_GROUPS
    st.plotly_chart(
        on_page(plots.picture_groups(pixels, groups, selectable=not full, theme=theme())),
        theme=None,
        key=key,
        on_select="ignore" if full else choose,
        selection_mode=("box", "lasso"),
        config={"displaylogo": False, "modeBarButtonsToRemove": ["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d"]},
        alt="The picture; pixels that are boxed or circled become a group",
    )


def edit(data: Dataset) -> tuple[str, ...]:
    """The list of groups, to name and to remove; returns them as players, none while there are too few."""
    groups = _groups(data)
    st.markdown("Drag a box over a part of the picture, or choose the lasso above it: each makes a group.")
    st.text_input(
        "Name of the next group",
        placeholder=_free_name(groups),
        max_chars=LONGEST,
        key=f"and-or/group-name/{data.content_hash}",
    )
    for place, (group, pixels) in enumerate(list(groups.items())):
        with st.container(horizontal=True, vertical_alignment="center", key=f"group/{place}"):
            st.markdown(f"{name(group)}: {len(pixels):,} pixels", width="stretch")
            if st.button("Remove", key=f"group/remove/{place}", icon=":material/close:", type="tertiary"):
                del groups[group]
                _renew(data)
                st.rerun()
    rest = st.toggle(
        "All other pixels are one more group",
        value=True,
        key=f"and-or/rest/{data.content_hash}",
        persist_state="session",
        help="Otherwise they stay as they are.",
    )
    players = dict(groups)
    others = sorted(set(range(len(data.space))) - {pixel for pixels in groups.values() for pixel in pixels})
    if rest and others and groups:
        players[REST] = others
    if len(players) < 2:
        st.caption("At least two groups are needed; draw another one.")
        return ()
    return tuple(_written(data, group, pixels) for group, pixels in players.items())


def _add(data: Dataset, pixels: Sequence[int]) -> None:
    """One more group of the pixels that belong to none yet."""
    groups = _groups(data)
    free = sorted(set(pixels) - {pixel for taken in groups.values() for pixel in taken})
    if free:
        field = f"and-or/group-name/{data.content_hash}"
        groups[_free_name(groups, str(st.session_state.get(field) or ""))] = free
        st.session_state[field] = ""
    _renew(data)


def _groups(data: Dataset) -> dict[str, list[int]]:
    """The groups of this session by their name; of pixels counted row by row."""
    return st.session_state.setdefault(f"and-or/groups/{data.content_hash}", {})


def _free_name(groups: dict[str, list[int]], requested: str = "") -> str:
    """A name that no group has, without the signs that part a group's name from its features."""
    plain = " ".join(re.sub(r"[=&`]", " ", requested).split())
    if plain and plain not in groups and plain != REST:
        return plain
    stem, number = plain or "group", 2 if plain else 1
    while f"{stem} {number}" in groups:
        number += 1
    return f"{stem} {number}"


def _written(data: Dataset, group: str, pixels: Sequence[int]) -> str:
    """A group as the method reads it: its name, then its features."""
    return f"{group} = {' & '.join(data.space.names[pixel] for pixel in pixels)}"


def _counter(data: Dataset) -> str:
    return f"and-or/drawings/{data.content_hash}"


def _renew(data: Dataset) -> Any:
    """A picture of its own for every drawing, so that the last box is gone from it."""
    st.session_state[_counter(data)] = st.session_state.get(_counter(data), 0) + 1
