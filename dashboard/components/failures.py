"""Errors as one sentence on the page, never a traceback."""

import logging
from collections.abc import Generator
from contextlib import contextmanager

import streamlit as st

from dashboard.components.text import prose
from interaction_engine.core.errors import InteractionError

logger = logging.getLogger("interaction_atlas")

UNEXPECTED = (
    "An unexpected error occurred on this screen; nothing stored is lost. Reload the page, or see the server's log."
)


@contextmanager
def explained() -> Generator[None]:
    """Show whatever goes wrong inside as one sentence, and go on after it."""
    try:
        yield
    except InteractionError as problem:
        st.error(prose(str(problem)), icon=":material/error:")
    except Exception:
        logger.exception("a screen failed")
        st.error(UNEXPECTED, icon=":material/error:")
