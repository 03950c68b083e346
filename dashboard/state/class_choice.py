"""Which class is looked at, where there are more than two."""

import streamlit as st

from dashboard.components import text
from interaction_engine.data.dataset import Dataset


def class_choice(data: Dataset) -> int | None:
    """Which class's log-odds are looked at, where there are more than two."""
    classes = data.target.classes
    if len(classes) < 3:
        return None
    return st.selectbox(
        "Class",
        range(len(classes)),
        format_func=lambda index: text.short(classes[index]),
        key=f"class/{data.content_hash}",
        persist_state="session",
        width=320,
        help="Its score is the log-odds of this class against all others.",
    )
