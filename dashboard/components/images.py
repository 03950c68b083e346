"""A figure as a picture file, drawn by a browser on the server."""

import logging

import plotly.graph_objects as go
import streamlit as st


def image(figure: go.Figure, kind: str) -> bytes:
    """The figure as "png" or "svg"."""
    import choreographer.channels.pipe as channel  # makes its logger, which must not be made before it

    logging.getLogger(channel.__name__).addFilter(_is_news)
    return figure.to_image(format=kind, width=1100, height=700, scale=2)


@st.cache_resource(show_spinner=False)
def has_browser() -> bool:
    """Whether this machine has the browser that draws PNG and SVG."""
    try:
        from choreographer.browsers.chromium import Chromium

        return Chromium.find_browser(skip_local=False) is not None
    except Exception:
        return False


def _is_news(record: logging.LogRecord) -> bool:
    """Log nothing of the end of that browser.

    Its farewell, read together with a last answer, is logged as a broken message with its whole traceback, after
    the picture is made (choreographer 1.4.0).
    """
    return not record.getMessage().startswith("JSONError decoding message")
