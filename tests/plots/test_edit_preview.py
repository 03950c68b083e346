"""A curve before and after an edit."""

import numpy as np
import pytest

from interaction_engine import plots
from tests.plots.made_shapes import shapes

THEMES = ("light", "dark")


@pytest.mark.parametrize("theme", THEMES)
def test_both_curves_stand_on_one_axis_that_holds_them(theme):
    before = shapes().curve(0)
    after = before.assign(effect=10.0)
    figure = plots.edit_preview(before, after, "y <b>", theme=theme)
    lines = [trace for trace in figure.data if trace.type == "scatter"]
    assert [line.name for line in lines] == ["now", "after the edit"]
    np.testing.assert_allclose(lines[0].y, before["effect"])
    np.testing.assert_allclose(lines[1].y, 10.0)
    low, high = figure.layout.yaxis.range
    assert low < before["effect"].min()
    assert high > 10.0
    assert "<b>" not in figure.layout.yaxis.title.text


def test_levels_are_dots():
    made = shapes()
    before = made.curve(made.term_of(("c",)))
    figure = plots.edit_preview(before, before.assign(effect=0.0), "y")
    assert [trace.mode for trace in figure.data if trace.type == "scatter"] == ["markers", "markers"]
    assert list(figure.layout.xaxis.ticktext) == ["low", "mid", "top"]
