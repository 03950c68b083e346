"""Heat map, ranking, confidence, race and trace: what is drawn is what the result says."""

import dataclasses

import numpy as np
import pytest

from interaction_engine import plots
from interaction_engine.core.errors import InputError
from interaction_engine.plots.choosing import hidden_share, leading_features, ordered
from interaction_engine.plots.finite_differences.confidence import tie_groups
from tests.plots.made import NASTY, falling, nasty_pairs, pairs, race, without

pytestmark = pytest.mark.slow


def trace_named(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


# Heat map


def test_heat_map_is_the_symmetric_matrix_in_the_given_order():
    result = pairs(falling(10))
    figure = plots.pair_heatmap(result, order="given")
    np.testing.assert_array_equal(figure.data[0].z, result.matrix("strength").to_numpy())
    assert list(figure.layout.xaxis.ticktext) == ["x1", "x2", "x3", "x4", "x5"]


def test_a_click_on_a_cell_names_its_pair():
    figure = plots.pair_heatmap(nasty_pairs(), order="strength")
    names = ordered(nasty_pairs(), NASTY, "strength")
    marks = trace_named(figure, "pairs")
    assert len(marks.x) == 90
    for x, y, pair in zip(marks.x, marks.y, marks.customdata, strict=True):
        assert {names[x], names[y]} == set(pair)
    assert figure.data[0].hoverinfo == "skip"
    assert marks.marker.opacity == 0


def test_features_are_ordered_by_strength_or_with_partners_side_by_side():
    # x1 goes with x4, x2 with x3; x2 and x3 are the strongest.
    strengths = {("x2", "x3"): 8.0, ("x1", "x4"): 4.0}
    result = pairs(np.zeros(6))
    values = [
        strengths.get(pair, 0.0) for pair in zip(result.table["feature_1"], result.table["feature_2"], strict=True)
    ]
    result = without(result, strength=values)
    assert ordered(result, result.features, "strength") == ("x2", "x3", "x1", "x4")
    clustered = ordered(result, result.features, "cluster")
    assert {frozenset(clustered[:2]), frozenset(clustered[2:])} == {frozenset(("x1", "x4")), frozenset(("x2", "x3"))}


@pytest.mark.parametrize("order", ["given", "strength", "cluster"])
def test_every_order_is_a_permutation_even_of_zeros(order):
    result = pairs(np.zeros(45), names=NASTY)
    assert sorted(ordered(result, result.features, order)) == sorted(NASTY)


def test_many_features_are_cut_to_those_of_the_strongest_pairs_and_the_rest_is_stated():
    result = pairs(falling(499 * 250))
    figure = plots.pair_heatmap(result, top=3)
    assert leading_features(result, 3) == ("x1", "x2", "x3")
    # x1 x2 and x1 x3 are 1024 and 512 of 2048; x2 x3 is one of the vanishing rest.
    assert hidden_share(result, names=("x1", "x2", "x3")) == pytest.approx(0.25)
    assert figure.layout.title.text.startswith("3 of 500 features drawn; the rest holds 25 % of the strength.")


def test_five_hundred_features_stay_light():
    figure = plots.pair_heatmap(pairs(1 / np.arange(1.0, 499 * 250 + 1)))
    assert figure.data[0].z.shape == (40, 40)
    assert len(figure.to_json()) < 1_000_000


def test_negative_strengths_are_drawn_as_zero_and_stated():
    result = pairs([4.0, -0.5, -0.25])
    for log in (False, True):
        figure = plots.pair_heatmap(result, log=log)
        assert "2 pairs below 0, drawn as 0." in figure.layout.title.text
    assert plots.pair_heatmap(result).data[0].zmin == 0


def test_logarithmic_colours():
    cells = plots.pair_heatmap(pairs([100.0, 10.0, 1.0]), order="given", log=True).data[0]
    np.testing.assert_allclose(cells.z[0, 1:], [2.0, 1.0])
    assert (cells.zmin, cells.zmax) == (0.0, 2.0)
    assert "1" in cells.colorbar.ticktext
    assert "100" in cells.colorbar.ticktext


def test_true_pairs_carry_a_ring_in_both_halves():
    ring = trace_named(plots.pair_heatmap(nasty_pairs(), order="given"), "true interaction")
    cells = {(x, round(y)) for x, y in zip(ring.x, ring.y, strict=True)}
    assert cells == {(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)}


def test_unknown_order_column_or_pair_is_refused():
    result = pairs(falling(3))
    with pytest.raises(InputError, match='`order` must be "strength", "given" or "cluster"; got \'random\''):
        plots.pair_heatmap(result, order="random")
    with pytest.raises(InputError, match=r"`column` must be one of strength, effect, .*; got 'status'"):
        plots.pair_heatmap(result, column="status")
    with pytest.raises(InputError, match="Two different features of the result are needed"):
        plots.confidence(result, pair=("x1", "x1"))
    with pytest.raises(InputError, match='`column` must be "effect" or "strength"'):
        plots.ranking_bars(result, column="pulls")


# Ranking


def test_bars_have_the_effect_and_its_interval():
    # effect = 2 sqrt(strength): bounds 75 and 125 of 100 become 2 sqrt(75) and 2 sqrt(125).
    result = pairs([100.0, 64.0, 49.0], width=25.0)
    bars = trace_named(plots.ranking_bars(result), "certified")
    assert list(bars.x) == [20.0, 16.0, 14.0]
    assert bars.x[0] - bars.error_x.arrayminus[0] == pytest.approx(2 * np.sqrt(75))
    assert bars.x[0] + bars.error_x.array[0] == pytest.approx(2 * np.sqrt(125))
    assert list(bars.customdata[1]) == ["x1", "x3"]


def test_bars_tell_statuses_apart_and_what_is_hidden():
    result = pairs(falling(10), width=1.0, status=["certified"] * 2 + ["undecided"] * 3 + ["excluded"] * 5)
    figure = plots.ranking_bars(result, top=4, column="strength")
    assert [bar.name for bar in figure.data] == ["certified", "undecided"]
    assert trace_named(figure, "undecided").marker.pattern.shape == "/"
    share = 1 - falling(4).sum() / falling(10).sum()
    assert figure.layout.title.text == f"4 of 10 pairs drawn; the others hold {100 * share:.0f} % of the strength."


def test_an_exact_result_has_no_whiskers():
    assert trace_named(plots.ranking_bars(pairs(falling(3))), "certified").error_x.array is None


# Confidence


def test_confidence_draws_bounds_mean_and_rows():
    result = pairs(falling(6), width=10.0, pulls=[2000, 1500, 1000, 800, 600, 400])
    figure = plots.confidence(result)
    assert list(trace_named(figure, "LCB").x) == pytest.approx([*falling(5) - 10.0, 22.0])
    assert list(trace_named(figure, "mean").x) == pytest.approx(falling(6))
    assert list(trace_named(figure, "UCB").x) == pytest.approx(falling(6) + 10.0)
    assert list(figure.layout.yaxis2.ticktext) == ["2,000", "1,500", "1,000", "800", "600", "400"]
    assert figure.layout.yaxis.ticktext[0] == "x1 × x2"


def test_the_cut_lies_below_the_pairs_asked_for():
    figure = plots.confidence(pairs(falling(10), width=1.0), top=8)
    dashed = [shape for shape in figure.layout.shapes if shape.line.dash == "dash"]
    assert [shape.y0 for shape in dashed] == [2.5]
    later = plots.confidence(pairs(falling(10), width=1.0), first=3)
    assert [shape.y0 for shape in later.layout.shapes if shape.line.dash == "dash"] == [0.5]


def test_undecided_pairs_lie_on_a_band():
    status = ["certified", "undecided", "undecided", "excluded", "undecided", "excluded"]
    figure = plots.confidence(pairs(falling(6), width=1.0, status=status))
    bands = [(shape.y0, shape.y1) for shape in figure.layout.shapes if shape.type == "rect"]
    assert bands == [(0.5, 2.5), (3.5, 4.5)]


def test_tie_groups_are_runs_of_the_groups_in_the_table():
    table = pairs([10.0, 9.5, 6.0, 2.0, 1.9, 1.8], width=0.5).table.assign(tie_group=[1, 1, 2, 3, 3, 3])
    assert tie_groups(table) == [(0, 2), (2, 3), (3, 6)]
    assert tie_groups(table.iloc[:0]) == []
    assert tie_groups(pairs(falling(6)).table) == []


def test_tied_pairs_are_bracketed():
    result = pairs([10.0, 9.5, 6.0, 2.0], width=0.5)
    tied = dataclasses.replace(result, table=result.table.assign(tie_group=[1, 1, 2, 3]), tie=0.1)
    figure = plots.confidence(tied)
    beside = [(shape.y0, shape.y1) for shape in figure.layout.shapes if shape.xsizemode == "pixel"]
    assert beside == [(-0.32, 1.32)]
    assert "tied" in {trace.name for trace in figure.data}


def test_exact_strengths_have_standard_errors_instead_of_bounds():
    figure = plots.confidence(pairs([100.0, 50.0, 20.0]))
    assert {"LCB", "UCB", "mean"} & {trace.name for trace in figure.data} == set()
    whiskers = [trace for trace in figure.data if trace.name == "± 2 standard errors, for other rows"]
    np.testing.assert_allclose([trace.x for trace in whiskers], [[80, 40, 16], [120, 60, 24]])
    mean = trace_named(figure, "strength, exact on the rows evaluated")
    assert "standard error for others 10" in mean.hovertext[0]


def test_an_interval_without_limit_ends_in_an_arrow():
    result = without(pairs(falling(3), width=1.0), upper=[np.inf, np.inf, 257.0])
    figure = plots.confidence(result)
    assert list(trace_named(figure, "goes on beyond the figure").y) == [0, 1]
    assert np.isfinite(figure.layout.xaxis.range).all()


def test_logarithmic_confidence_keeps_negative_strengths_at_its_edge():
    figure = plots.confidence(pairs([100.0, 1.0, -0.5], width=0.1), log=True)
    mean = trace_named(figure, "mean")
    assert mean.x[2] == pytest.approx(10 ** figure.layout.xaxis.range[0])
    assert "Strengths up to 0 stand at the left edge." in figure.layout.title.text


# Race and trace


def test_the_race_is_ordered_by_mean_and_solid_where_accepted():
    figure = plots.race(race())
    mean = trace_named(figure, "mean")
    assert list(mean.x) == [20.0, 10.0, 1.0]
    assert mean.marker.color[1] == mean.marker.line.color
    assert mean.marker.color[0] == figure.layout.paper_bgcolor
    assert list(trace_named(figure, "goes on beyond the figure").y) == [0]
    assert figure.layout.annotations[-1].text == "2 wanted"


@pytest.mark.parametrize("partial", [{}, {"arms": []}, race(arms=[{"pair": ["a", "b"], "mean": None}])])
def test_a_race_that_has_not_begun_says_so(partial):
    assert plots.race(partial).layout.annotations[0].text == "The first intervals appear after the first round."


def test_the_trace_follows_one_pair_either_way_round():
    result = pairs(falling(6), width=1.0)
    one, other = plots.pulls_trace(result, ("x1", "x2")), plots.pulls_trace(result, ("x2", "x1"))
    assert list(trace_named(one, "mean").x) == list(trace_named(other, "mean").x) == [10, 100, 1000]
    assert trace_named(one, "UCB").hovertext[0] == "UCB 1,000 after 10 rows"
    # The cut lies half-way between the third and the fourth strength.
    assert one.layout.shapes[0].y0 == pytest.approx((256 + 128) / 2)


def test_a_pair_without_a_trace_says_why():
    assert (
        "Every row was evaluated at once"
        in plots.pulls_trace(pairs(falling(3)), ("x1", "x2")).layout.annotations[0].text
    )
    untraced = plots.pulls_trace(pairs(falling(3), width=1.0), ("x2", "x3"))
    assert "No step was recorded" in untraced.layout.annotations[0].text
