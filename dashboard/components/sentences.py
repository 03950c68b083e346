"""Sentences that a reader types: what of them the model cannot read."""

from collections.abc import Sequence

import streamlit as st

from dashboard.components.text import plain
from interaction_engine.data.words import WordColumn

LISTED = 8
"""Unknown words that are named."""


def tell_unread(text: WordColumn, unknown: Sequence[str], beyond: Sequence[str]) -> None:
    """Say which words are not known, and where the reading ends."""
    if unknown:
        more = f" and {len(unknown) - LISTED} more" if len(unknown) > LISTED else ""
        listed = plain(", ".join(unknown[:LISTED])) + more
        st.caption(
            f":material/help: Not among the words of the data, so they all look the same to the model: {listed}."
        )
    if beyond:
        st.caption(f":material/content_cut: Only the first {len(text.places)} words are read.")
