"""The current data set as it is: one sentence, its columns, what was done to it."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from dashboard.components.figures import show_numbers
from dashboard.components.findings import say
from dashboard.components.subject import readable, size_of
from dashboard.components.text import name, plain
from dashboard.screens.data.columns import show_columns
from dashboard.screens.data.outcome import look_at_column
from interaction_engine.core.types import TargetKind
from interaction_engine.data.cleaning.inspecting import N_LEVELS_SHOWN, ColumnReport, Histogram, Inspection, inspect
from interaction_engine.data.dataset import Dataset
from interaction_engine.data.words import NO_WORD, WordColumn, word_columns

PREVIEW = 200
"""Rows shown; the download has all."""


def show_data(identifier: str, data: Dataset) -> None:
    """Rows, features, target, sampling, source, columns, remedies, and the first rows."""
    say(_sentence(data))
    if data.sampling:
        st.caption(f":material/filter_alt: {plain(data.sampling.sentence)}")
    if data.source:
        st.caption(f":material/link: {plain(data.source)}")
    inspection = _inspection(data, identifier)
    show_columns(inspection, kinds=_kinds(data))
    look_at_column(inspection)
    with st.expander("The first rows", icon=":material/table_rows:"):
        st.dataframe(readable(data, slice(PREVIEW)), hide_index=True, alt="The first rows of the data")
        show_numbers("data", data.frame, None)
    with st.expander(f"Changes to the table ({len(data.remedies)})", icon=":material/build:"):
        if not data.remedies:
            st.caption("None were needed.")
        for remedy in data.remedies:
            st.markdown(f"- {name(remedy.column) if remedy.column else 'The table'}: {plain(remedy.title)}")


def _sentence(data: Dataset) -> str:
    """What the data set is for."""
    target = data.target
    what = {
        TargetKind.REGRESSION: "a number" if target.transform == "none" else "a number, by its logarithm",
        TargetKind.BINARY: "one of two classes",
        TargetKind.MULTICLASS: f"one of {len(target.classes)} classes",
    }[target.kind]
    return f"{len(data):,} rows and {size_of(data).replace(', ', ' and ')} predict `{target.name}`, {what}."


def _kinds(data: Dataset) -> dict[str, str]:
    """How each column is read; a text is one column, however many words it has."""
    texts = {column.name: f"text, {len(column.places)} words" for column in word_columns(data.space)}
    return texts | {feature.name: feature.kind.value for feature in data.space.features if not feature.word_of}


@st.cache_resource(show_spinner=False, max_entries=4)
def _inspection(_data: Dataset, identifier: str) -> Inspection:
    inspection = inspect(readable(_data), target=_data.target.name)
    texts = {column.name: column for column in word_columns(_data.space)}
    columns = [_of_words(one, texts[one.name], _data) if one.name in texts else one for one in inspection.columns]
    return replace(inspection, columns=tuple(columns))


def _of_words(report: ColumnReport, column: WordColumn, data: Dataset) -> ColumnReport:
    """The report of a text: what occurs more than once are its words, not its sentences."""
    slots = [data.space.names[place] for place in column.places]
    words = pd.Series(data.frame[slots].to_numpy(dtype=object).ravel())
    frequent = words[words != NO_WORD].value_counts().head(N_LEVELS_SHOWN)
    spread = Histogram(tuple(map(int, frequent)), labels=tuple(map(str, frequent.index)))
    return replace(report, n_distinct=len(column.levels) - 2, histogram=spread)
