"""Figures of pairs that were found by derivatives or weights: no trace, other units, intervals of single pairs."""

import dataclasses

import numpy as np
import pytest

from interaction_engine import plots
from tests.plots.made import falling, pairs, provenance, without

pytestmark = pytest.mark.slow


def by(method, status="ranked", **given):
    made = pairs(falling(6), **given)
    return dataclasses.replace(
        without(made, standard_error=0.0, status=status),
        provenance=provenance(method=method, options={"top_k": 3}),
        trace=made.trace.iloc[:0],
        degree=1,
    )


def texts(figure):
    return [text for trace in figure.data for text in np.atleast_1d(trace.hovertext) if text is not None]


def test_what_is_exact_has_no_whiskers():
    figure = plots.confidence(by("integrated_hessians", pulls=1))
    names = [trace.name for trace in figure.data if trace.showlegend]
    assert names == ["strength, exact", "ranked (no place is proven)"]
    assert any("<br>exact<br>1 row evaluated" in text for text in texts(figure))


def test_an_interval_of_size_is_that_of_the_effect():
    """A strength that is a mean size has the relative interval of its effect."""
    result = by("integrated_hessians", width=100.0)
    result = without(result, effect=2 * result.table["strength"])
    bars = plots.ranking_bars(result)
    whiskers = [trace.error_x for trace in bars.data if trace.error_x.array is not None]
    assert whiskers[0].array[0] == pytest.approx(200.0)
    assert whiskers[0].arrayminus[0] == pytest.approx(200.0)


@pytest.mark.parametrize(
    ("method", "counted", "title"), [("nid", "networks", "score"), ("input_hessian", "rows", "joint")]
)
def test_weights_are_counted_in_networks_and_have_no_effect(method, counted, title):
    result = by(method, width=1.0, pulls=5, unit="weight score" if method == "nid" else "count")
    shown = [note.text for note in plots.confidence(result).layout.annotations]
    assert counted in shown
    assert plots.ranking_bars(result).layout.xaxis.title.text.startswith(title)
    said = texts(plots.ranking_bars(result)) + texts(plots.pair_heatmap(result))
    assert all(f"5 {counted} evaluated" in text for text in said if "rank" in text)
    assert any("rank" in text for text in said)


def test_without_a_trace_there_is_nothing_to_follow():
    figure = plots.pulls_trace(by("expected_hessians", width=1.0), ("x1", "x2"))
    assert any("Every row was evaluated at once" in note.text for note in figure.layout.annotations)


def test_a_table_without_standard_errors_is_drawn():
    result = by("group_expected_hessian", "significant")
    plain = dataclasses.replace(result, table=result.table.drop(columns="standard_error"))
    assert len(plots.confidence(plain).data)


RACE_WORDS = {"certified", "excluded", "undecided", "LCB", "UCB", "order not proven"}


def words_of(figure):
    """All that a figure says: its legend, hover labels, annotations and small print."""
    names = [str(trace.name) for trace in figure.data]
    notes = [note.text for note in figure.layout.annotations]
    return [*names, *texts(figure), *notes, str(figure.layout.title.text)]


@pytest.mark.parametrize("draw", [plots.confidence, plots.ranking_bars, plots.pair_heatmap])
@pytest.mark.parametrize(
    ("method", "status"),
    [
        ("integrated_hessians", ["ranked"] * 6),
        ("integrated_hessians", ["unreliable"] * 6),
        ("nid", ["ranked"] * 6),
        ("group_expected_hessian", ["significant"] * 2 + ["not significant"] * 4),
    ],
)
def test_no_figure_has_the_words_of_races(draw, method, status):
    """Neither for narrow nor for wide intervals: no cut, no bracket, no band."""
    for width in (0.0, 1.0, 600.0):
        figure = draw(by(method, status, width=width))
        for said in words_of(figure):
            assert not any(word in said for word in RACE_WORDS), said
        assert not [shape for shape in figure.layout.shapes if shape.line.dash == "dash"]
        assert all(any(word in text for text in texts(figure)) for word in set(status))


def test_bars_highlight_the_pairs_asked_for_and_say_that_no_place_is_proven():
    names = {bar.name: list(bar.y) for bar in plots.ranking_bars(by("integrated_hessians", width=1.0)).data}
    assert names == {"ranked (no place is proven)": [0, 1, 2], "ranked, below the 3 highlighted": [3, 4, 5]}
    status = ["significant"] * 2 + ["not significant"] * 4
    bars = plots.ranking_bars(by("group_expected_hessian", status, width=1.0)).data
    assert {bar.name: list(bar.y) for bar in bars} == {
        "significant (each pair by itself)": [0, 1],
        "not significant": [2, 3, 4, 5],
    }
    assert bars[0].marker.color != bars[1].marker.color


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_dots_and_legend_tell_significant_pairs_from_others(theme):
    status = ["significant"] * 2 + ["not significant"] * 4
    figure = plots.confidence(by("group_expected_hessian", status, width=1.0), theme=theme)
    mean = next(trace for trace in figure.data if trace.name == "mean")
    full, paper = mean.marker.line.color, figure.layout.paper_bgcolor
    assert list(mean.marker.color) == [full] * 2 + [paper] * 4
    keys = {trace.name: trace.marker.color for trace in figure.data if trace.x[0] is None}
    assert keys == {"significant (each pair by itself)": full, "not significant": paper}


@pytest.mark.parametrize("draw", [plots.confidence, plots.ranking_bars, plots.pair_heatmap])
def test_an_unreliable_result_is_marked_in_every_figure(draw):
    for status, marked in (("unreliable", True), ("ranked", False)):
        said = str(draw(by("expected_hessians", status, width=1.0)).layout.title.text)
        assert ("Unreliable: the method's own check of these figures failed." in said) == marked
