"""Figures of AND and OR patterns: what is drawn adds up, says which kind and sign it is, and holds up at the edges."""

import numpy as np
import pytest

from interaction_engine import plots
from interaction_engine.core.errors import InputError
from interaction_engine.plots.and_or.and_or_marks import pattern_label
from interaction_engine.plots.style.theme import LIGHT
from tests.plots.made import NASTY
from tests.plots.made_patterns import nasty_patterns, no_patterns, patterns

pytestmark = pytest.mark.slow

GIVEN = (((0, 1), "and", 2.0), ((1, 2, 3), "or", -1.5), ((4,), "and", 0.5), ((0, 5), "and", -0.25))
FIGURES = (
    plots.pattern_waterfall,
    plots.pattern_graph,
    plots.matching_curve,
    plots.pattern_sparsity,
    plots.order_distribution,
    plots.shapley_bars,
    plots.shapley_interactions,
)


def bars(figure):
    return {trace.name: trace for trace in figure.data if trace.type == "bar"}


@pytest.fixture
def made():
    return patterns(GIVEN, n=6)


def test_labels_are_in_the_users_words():
    assert pattern_label(("age", "capital-gain"), "and") == "age &amp; capital-gain"
    assert pattern_label(("education", "occupation"), "or") == "education or occupation"
    assert pattern_label([f"word {number}" for number in range(12)], "or", 34) == "word 0 or word 1 or 10 more"
    assert len(pattern_label(NASTY[5:], "and").replace("&amp;", "&")) <= 40


def test_the_waterfall_adds_up(made):
    """Every step starts where the last one ended; the first at the base, the rest ends at the score."""
    figure = plots.pattern_waterfall(made)
    steps = sorted(
        (y, base, base + x) for bar in bars(figure).values() for x, base, y in zip(bar.x, bar.base, bar.y, strict=True)
    )
    assert [y for y, *_ in steps] == list(range(1, len(GIVEN) + 2))
    levels = [steps[0][1], *(end for *_, end in steps)]
    assert levels[:-1] == pytest.approx([start for _, start, _ in steps])
    assert (levels[0], levels[-1]) == pytest.approx((made.samples["base"][0], made.samples["score"][0]))


def test_the_waterfall_sums_up_what_it_does_not_draw(made):
    figure = plots.pattern_waterfall(made, top=2)
    rest = bars(figure)["weaker, together"]
    small = made.table.loc[made.table["status"] == "below threshold", "effect"].sum()
    assert rest.x[0] == pytest.approx(0.5 - 0.25 + small)
    assert figure.layout.yaxis.ticktext[-2] == "2 more and all below"
    assert "2 of 4 salient patterns" in figure.layout.title.text


def test_kind_and_sign_are_told_apart(made):
    drawn = bars(plots.pattern_waterfall(made))
    assert {"AND, raises", "AND, lowers", "OR, lowers", "weaker, together"} == set(drawn)
    assert drawn["AND, raises"].marker.color == LIGHT.mean
    assert drawn["AND, raises"].marker.pattern.shape is None
    assert (drawn["OR, lowers"].marker.color, drawn["OR, lowers"].marker.pattern.shape) == (LIGHT.lower, "/")


def test_the_graph_has_a_mark_per_larger_pattern(made):
    marks = {trace.name: trace for trace in plots.pattern_graph(made).data if trace.name}
    assert [len(marks[name].x) for name in ("AND, raises", "AND, lowers", "OR, lowers")] == [1, 1, 1]
    assert marks["OR, lowers"].marker.color == LIGHT.paper
    assert marks["OR, lowers"].marker.line.color == LIGHT.lower
    assert [list(names) for names in marks["OR, lowers"].customdata] == [["x2", "x3", "x4"]]
    sizes = marks["players"].marker.size
    assert sizes[4] == max(sizes)
    assert marks["players"].marker.color[4] == LIGHT.mean
    assert "not drawn" in plots.pattern_graph(made, top=1).layout.title.text


def test_the_graph_ties_marks_to_their_players_only(made):
    lines = [list(trace.x) for trace in plots.pattern_graph(made).data if trace.mode == "lines"]
    assert sorted(xs.count(None) for xs in lines if None in xs) == [2, 2, 3]


def test_orders_stand_above_and_below(made):
    drawn = bars(plots.order_distribution(made, sample=0))
    assert (drawn["AND, raises"].y[1], drawn["OR, lowers"].y[2], drawn["AND, lowers"].y[1]) == (2.0, -1.5, 0.25)
    counts = bars(plots.order_distribution(made, sample=0, measure="count"))
    assert sum(np.nansum(np.abs(bar.y)) for bar in counts.values()) == len(GIVEN)


def test_orders_of_many_samples_are_averaged():
    made = patterns(GIVEN, n=6, n_samples=4)
    one, mean = plots.order_distribution(made, sample=2), plots.order_distribution(made)
    for name, bar in bars(one).items():
        assert bars(mean)[name].y == pytest.approx(bar.y, nan_ok=True)
    assert "Mean of 4 samples" in mean.layout.title.text


def test_the_matching_curve_marks_the_salient_ones(made):
    figure = plots.matching_curve(made)
    curve = next(trace for trace in figure.data if trace.name == "this sample")
    assert curve.y[-1] == pytest.approx(0)
    assert figure.layout.shapes[0].x0 == pytest.approx(np.log10(1 + len(GIVEN)))
    assert "other samples" in [trace.name for trace in plots.matching_curve(patterns(n_samples=3)).data]


def test_sparsity_is_drawn_by_kind_on_logarithmic_axes(made):
    curves = {trace.name: trace for trace in plots.pattern_sparsity(made).data}
    assert 10 ** curves["AND patterns"].y[:2] == pytest.approx([2.0, 0.5])
    assert 10 ** curves["OR patterns"].y == pytest.approx([1.5])


def test_shapley_values_add_up_to_the_distance(made):
    drawn = bars(plots.shapley_bars(made))
    header = made.samples.iloc[0]
    assert sum(sum(bar.x) for bar in drawn.values()) == pytest.approx(header["score"] - header["base"])


def test_interactions_are_a_symmetric_matrix_without_a_diagonal(made):
    values = np.array(plots.shapley_interactions(made).data[0].z, dtype=float)
    assert np.isnan(np.diag(values)).all()
    assert np.nan_to_num(values) == pytest.approx(np.nan_to_num(values.T))
    assert values[2, 3] == pytest.approx(1.5 / 2, abs=0.2)  # the OR pattern; small ones may touch it too


@pytest.mark.parametrize("draw", FIGURES)
def test_a_model_that_heeds_nothing_has_no_pattern(draw):
    figure = draw(no_patterns())
    assert not figure.data
    assert "No pattern is salient" in figure.layout.annotations[0].text


@pytest.mark.parametrize("draw", FIGURES)
@pytest.mark.parametrize("n", [2, 20])
def test_few_and_many_players_are_drawn(draw, n):
    assert draw(patterns(n=n, n_samples=2), sample=1).data


@pytest.mark.parametrize("draw", FIGURES)
def test_an_unknown_sample_is_refused(draw):
    with pytest.raises(InputError, match="`sample` must be one of"):
        draw(patterns(), sample=7)


def test_an_unknown_measure_is_refused():
    with pytest.raises(InputError, match="`measure` must be"):
        plots.order_distribution(patterns(), measure="size")


def test_fifty_samples_are_one_pale_mark():
    assert len(plots.matching_curve(patterns(n_samples=50)).data) == 2


def test_a_click_returns_the_players():
    figure = plots.pattern_waterfall(nasty_patterns())
    clicked = [names for bar in bars(figure).values() for names in bar.customdata or ()]
    assert [NASTY[0], NASTY[2]] in [list(names) for names in clicked]
