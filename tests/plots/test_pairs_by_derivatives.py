"""Figures of pairs that were found by derivatives or weights: no trace, other units, intervals of single pairs."""

import dataclasses

import numpy as np
import pytest

from interaction_engine import plots
from tests.plots.made import falling, pairs, provenance, without


def by(method, **given):
    made = pairs(falling(6), **given)
    return dataclasses.replace(
        without(made, standard_error=0.0),
        provenance=provenance(method=method, options={"top_k": 3}),
        trace=made.trace.iloc[:0],
        degree=1,
    )


def texts(figure):
    return [text for trace in figure.data for text in np.atleast_1d(trace.hovertext) if text is not None]


def test_what_is_exact_has_no_whiskers():
    figure = plots.confidence(by("integrated_hessians", pulls=1))
    assert [trace.name for trace in figure.data if trace.showlegend] == ["strength, exact"]
    assert any("<br>exact<br>1 row evaluated" in text for text in texts(figure))


def test_an_interval_of_size_is_that_of_the_effect():
    """A strength that is a mean size has the relative interval of its effect."""
    result = by("integrated_hessians", width=100.0)
    result = without(result, effect=2 * result.table["strength"])
    bars = plots.ranking_bars(result)
    whiskers = [trace.error_x for trace in bars.data if trace.error_x.array is not None]
    assert whiskers[0].array[0] == pytest.approx(200.0)
    assert whiskers[0].arrayminus[0] == pytest.approx(200.0)


@pytest.mark.parametrize(("method", "counted", "title"), [("nid", "networks", "score"), ("exact", "rows", "joint")])
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
    result = by("group_expected_hessian")
    plain = dataclasses.replace(result, table=result.table.drop(columns="standard_error"))
    assert len(plots.confidence(plain).data)
