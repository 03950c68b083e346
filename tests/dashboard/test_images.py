"""A figure becomes a picture file, and the farewell of the browser that drew it is not told as an error."""

import logging

import choreographer.channels.pipe as channel
import plotly.graph_objects as go
import pytest

from dashboard.components.images import has_browser, image


@pytest.fixture(scope="module")
def picture():
    assert has_browser()
    return image(go.Figure(go.Bar(y=[1, 2])), "png")


def test_png_of_a_figure(picture):
    assert picture.startswith(b"\x89PNG")


@pytest.mark.parametrize(("message", "told"), [("JSONError decoding message. Ignoring", False), ("Pipe broke", True)])
def test_only_the_farewell_is_kept_quiet(picture, message, told):
    heard = []
    handler = logging.Handler()
    handler.emit = heard.append
    logger = logging.getLogger(channel.__name__)
    logger.addHandler(handler)
    try:
        logger.error(message)
    finally:
        logger.removeHandler(handler)
    assert bool(heard) == told
