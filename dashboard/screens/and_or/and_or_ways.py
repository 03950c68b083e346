"""What is taken apart, asked for in the way that suits the data: a row, a sentence, a picture, a cloud of points."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.components.figures import on_page, theme
from dashboard.components.subject import picture_of, readable, subject_of, tell_unread
from dashboard.components.text import name, plain, short
from dashboard.screens.and_or import and_or_groups
from interaction_engine import plots
from interaction_engine.data.dataset import Dataset
from interaction_engine.data.words import word_columns

Options = dict[str, Any]

MOST_PLAYERS = 20
PROPOSED = 12
"""Of more features, the method chooses so many by itself."""

BASELINES = {
    "mean": "the mean",
    "median": "the median",
    "zero": "zero",
    "data": "drawn rows",
    "row": "another row",
}

GRIDS = {4: "2 × 2", 9: "3 × 3", 16: "4 × 4"}
"""Patches of a picture: their number, and how it is told."""


def ask(data: Dataset) -> Options | None:
    """The options of the run that the reader asks for; None while something is missing."""
    subject = subject_of(data.space)
    if subject == "text":
        ways = {"sentence": "a typed sentence", "row": "a row of the data"}
        if _choice("Prediction to decompose", ways, f"and-or/way/{data.content_hash}") == "sentence":
            return _sentence(data)
        return _row_of_words(data)
    if subject == "picture":
        return _picture(data)
    return _points(data) if subject == "points" else _row(data)


def choose_row(data: Dataset) -> int:
    """Draw the choice of the row to decompose; return it."""
    last = len(data) - 1
    key = f"and-or/row/{data.content_hash}"
    return int(st.number_input(f"Row (0 to {last:,})", 0, last, step=1, key=key, persist_state="session", width=170))


def _row(data: Dataset) -> Options:
    """A row of a table, what masks it, and who plays."""
    with _controls():
        row = choose_row(data)
        baseline = _baseline(data)
    st.dataframe(data.frame.iloc[[row]], hide_index=True, alt=f"The values of row {row}, and what was observed")
    players = _players(data)
    return {"row": row, "baseline": baseline} | ({"players": players} if players else {})


def _sentence(data: Dataset) -> Options | None:
    """A sentence of the reader's own; words that the model does not know are told at once."""
    column = word_columns(data.space)[0]
    example = short(str(readable(data, [0])[column.name].iloc[0]), 90)
    written = st.text_area(
        "Sentence",
        placeholder=f"such as: {example}",
        height=80,
        key=f"and-or/sentence/{data.content_hash}",
        persist_state="session",
        help=f"Each word is a player. It is read as {name(column.name)}; other features keep their typical value.",
    )
    if not written.strip():
        st.caption("Type a sentence of two words or more; its words are then masked in every possible way.")
        return None
    _, unknown, beyond = column.encode(written)
    tell_unread(column, unknown, beyond)
    return {"sentence": written.strip(), "max_players": _most("Maximum number of words", PROPOSED, 2, MOST_PLAYERS)}


def _row_of_words(data: Dataset) -> Options:
    """A row whose text is taken apart."""
    with _controls():
        row = choose_row(data)
        most = _most("Maximum number of words", PROPOSED, 2, MOST_PLAYERS)
    _show_values(readable(data, [row]), row)
    return {"row": row, "max_players": most}


def _picture(data: Dataset) -> Options | None:
    """A picture, cut into a grid of patches or into groups that the reader draws."""
    drawing, controls = st.columns([3, 2], gap="large")
    with controls:
        row = choose_row(data)
        _show_values(data.frame.iloc[[row]][[data.target.name]], row)
        baseline = _baseline(data, "pixels")
        ways = {"grid": "a grid of patches", "groups": "drawn groups"}
        cut = _choice("Parts of the picture", ways, f"and-or/cut/{data.content_hash}")
        count: int | str = 0
        if cut == "grid":
            count = _choice("Patches", GRIDS, "and-or/grid", default=9)
            options: Options | None = {"parts": "patches", "max_players": int(count)}
        else:
            players = and_or_groups.edit(data)
            options = {"players": players} if players else None
    with drawing:
        pixels = picture_of(data, row)
        if cut == "groups":
            and_or_groups.draw(data, pixels)
        else:
            edge = round(int(count) ** 0.5)
            st.plotly_chart(
                on_page(plots.picture_grid(pixels, edge, theme=theme())),
                theme=None,
                key="and-or/picture",
                alt="The picture, and the grid that cuts it into patches",
                config={"displayModeBar": False},
            )
    return None if options is None else {"row": row, "baseline": baseline} | options


def _points(data: Dataset) -> Options:
    """A cloud of points, whose clusters are found by the run."""
    with _controls():
        row = choose_row(data)
        most = _most("Clusters", 8, 2, MOST_PLAYERS)
    st.caption("The points are clustered by position; a masked cluster moves to the centre of the cloud.")
    _show_values(data.frame.iloc[[row]][[data.target.name]], row)
    return {"row": row, "parts": "clusters", "max_players": most}


def _controls() -> Any:
    return st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="and-or-start")


def _show_values(frame: pd.DataFrame, row: int) -> None:
    """The values of a row in words, a line each."""
    for column, value in frame.iloc[0].items():
        st.markdown(f"{name(str(column))}: {plain(str(value))}")


def _most(title: str, default: int, least: int, most: int) -> int:
    key = f"and-or/most/{title}"
    return int(st.number_input(title, least, most, value=default, step=1, key=key, persist_state="session", width=220))


def _baseline(data: Dataset, parts: str = "features") -> str | int:
    """What stands for a masked feature."""
    chosen = _choice(f"Masked {parts} take the value of", BASELINES, "and-or/baseline")
    if chosen != "row":
        return str(chosen)
    last = len(data) - 1
    key = f"and-or/base/{data.content_hash}"
    return int(st.number_input(f"That row (0 to {last:,})", 0, last, step=1, key=key, width=170))


def _players(data: Dataset) -> tuple[str, ...]:
    """Who is masked or shown: features, or groups of them; none leaves the choice to the method."""
    proposed = "all features" if len(data.space) <= PROPOSED else f"the {PROPOSED} strongest features"
    chosen = st.multiselect(
        "Maskable features",
        data.space.names,
        format_func=short,
        accept_new_options=True,
        max_selections=MOST_PLAYERS,
        placeholder=f"{proposed}; or choose some",
        help="What is masked or shown as one. For a group, type its features' names joined by & with a blank on both "
        "sides. Features in none of them keep the row's value.",
        key=f"and-or/players/{data.content_hash}",
        persist_state="session",
    )
    return tuple(map(str, chosen))


def _choice(label: str, options: dict[Any, str], key: str, default: Any = None) -> Any:
    return st.segmented_control(
        label,
        list(options),
        default=next(iter(options)) if default is None else default,
        required=True,
        format_func=options.__getitem__,
        key=key,
        persist_state="session",
        wrap=True,
    )
