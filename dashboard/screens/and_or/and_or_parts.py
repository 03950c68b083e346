"""The sentence, picture or cloud that was taken apart, coloured by its players, one pattern marked in it."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.components.figures import show_figure
from dashboard.components.text import plain, short
from dashboard.state.state import selection
from interaction_engine import plots
from interaction_engine.methods.and_or.result import AndOrPatterns
from interaction_engine.plots.and_or.and_or_marks import pattern_words
from interaction_engine.plots.and_or.and_or_parts import kind_of_parts

OFFERED = 10
"""Patterns that can be marked with one click; any other by its bar or its mark in the figures beneath."""

FIGURES = {
    "word": (plots.pattern_sentence, "sentence", "The words of the sentence with the Shapley value of each beneath"),
    "patch": (plots.pattern_picture, "picture", "The picture, its patches coloured by their Shapley values"),
    "cluster": (plots.pattern_points, "points", "The points, coloured by the Shapley value of their cluster"),
}
"""For each kind of parts: how it is drawn, what it is called, and the figure in words."""


def show_parts(result: AndOrPatterns, sample: int) -> None:
    """The drawn sample beside the patterns that can be marked in it; nothing for a row of a table."""
    kind = kind_of_parts(result)
    if kind not in FIGURES:
        return
    draw, name, alt = FIGURES[kind]
    worth = result.attributions[result.attributions["sample"] == sample]
    if kind == "word":
        marked = _choose(result, sample, name)
        show_figure(
            name,
            lambda theme: draw(result, sample=sample, pattern=marked, theme=theme),
            worth,
            result.provenance,
            alt=alt,
            width="content",
        )
        return
    drawing, choice = st.columns([3, 2], gap="large")
    with choice:
        marked = _choose(result, sample, name)
    with drawing:
        show_figure(
            name,
            lambda theme: draw(result, sample=sample, pattern=marked, theme=theme),
            worth,
            result.provenance,
            alt=alt,
        )


def choose_by_click(result: AndOrPatterns, sample: int) -> Any:
    """What a click on a bar or a mark of a pattern does: it is marked in the sample; None where nothing is drawn."""
    if kind_of_parts(result) not in FIGURES:
        return None

    def choose(event: Any) -> None:
        points = event["selection"]["points"]
        names = tuple((points[0].get("customdata") or ()) if points else ())
        rank = next((rank for rank, row in _salient(result, sample) if tuple(row["features"]) == names), None)
        if rank is not None:
            st.session_state[_key(sample)] = rank

    return choose


def _choose(result: AndOrPatterns, sample: int, name: str) -> tuple[str, ...]:
    """The players of the pattern to be marked; the strongest of several players at first."""
    patterns = dict(_salient(result, sample))
    if not patterns:
        return ()
    key = _key(sample)
    larger = next((rank for rank, row in patterns.items() if len(row["features"]) > 1), None)
    offered = list(patterns)[:OFFERED]
    chosen = st.session_state.get(key, larger)
    if chosen in patterns and chosen not in offered:
        offered.append(chosen)
    rank = st.pills(
        f"Highlight a pattern in the {name}",
        offered,
        default=larger if larger in offered else None,
        format_func=lambda rank: _told(patterns[rank]),
        key=key,
        persist_state="session",
        wrap=True,
        help="Strongest first, with what it adds to the score. A click on a bar below highlights its pattern too.",
    )
    return tuple(patterns[rank]["features"]) if rank in patterns else ()


def _told(row: "pd.Series") -> str:
    return f"{plain(short(pattern_words(row['features'], row['kind']), 34))} **{row['effect']:+.2g}**"


def _salient(result: AndOrPatterns, sample: int) -> list[tuple[int, "pd.Series"]]:
    """The salient patterns by their rank."""
    return [(int(row["rank"]), row) for _, row in result.salient_of(sample).iterrows()]


def _key(sample: int) -> str:
    return f"and-or/marked/{selection().run}/{sample}"
