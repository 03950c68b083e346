"""Figures on the size of additive networks: what is drawn are the numbers, and nothing more."""

import pandas as pd
import pytest

from interaction_engine import plots
from interaction_engine.plots.style.theme import LIGHT
from tests.plots.made_additive import ERRORS, PARAMETERS, compression, sizes


def test_a_bar_per_network_with_its_size_beside_it():
    figure = plots.compression_bars(compression())
    bars, _ = figure.data
    order = ["teacher", "paraace", "distillation", "lottery", "synflow", "random", "gann"]
    by_method = dict(zip(PARAMETERS, ERRORS, strict=True))
    assert list(bars.x) == pytest.approx([100 * by_method[method] for method in order])
    assert list(figure.layout.yaxis2.ticktext)[:2] == ["4,959,461", "17,486 (284×)"]
    assert figure.layout.yaxis.ticktext[1] == "ParaACE"
    assert figure.layout.xaxis.range[1] > 100 * max(ERRORS)
    assert bars.marker.color[1] == LIGHT.mean
    assert [shape for shape in bars.marker.pattern.shape if shape] == ["/", "/"]


def test_errors_of_zero_can_be_drawn():
    figure = plots.compression_bars(compression(errors=(0.0,) * 7))
    assert figure.layout.xaxis.range[1] > 0


def test_both_kinds_share_one_scale_and_the_line_runs_through_the_means():
    table = pd.concat([
        sizes({1: 0.6, 2: 0.8}), sizes({2: 0.9}, seed=1), sizes({2: 0.2}, usual=False),
        sizes({0: 0.5, 5: 0.7}, kind="paraace"),
    ])  # fmt: skip
    figure = plots.accuracy_curves(table, metric="R²")
    assert figure.layout.yaxis.range == figure.layout.yaxis2.range
    low, high = figure.layout.yaxis.range
    assert low < 0.2
    assert high > 0.9
    line, dots, rings = figure.data[:3]
    assert list(line.x) == [1, 2]
    assert list(line.y) == pytest.approx([0.6, 0.85])
    assert len(dots.x) == 3
    assert list(rings.y) == [0.2]
    assert list(figure.layout.xaxis2.tickvals) == [0, 5]
    assert "Rings" in figure.layout.title.text


def test_one_kind_alone_has_one_panel_and_no_word_of_rings():
    figure = plots.accuracy_curves(sizes({2: 0.8}), metric="accuracy")
    assert "xaxis2" not in figure.layout
    assert figure.layout.title.text is None
    low, high = figure.layout.yaxis.range
    assert high - low >= 0.02


def test_nothing_trained_is_said():
    figure = plots.accuracy_curves(sizes({}), metric="R²")
    assert "No such network" in figure.layout.annotations[0].text
