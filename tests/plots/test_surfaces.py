"""The surfaces over a third feature, and the rankings over steps."""

import dataclasses

import numpy as np
import pytest

from interaction_engine import plots
from interaction_engine.core.errors import InputError
from tests.plots.made_surfaces import nothing, sensitivity, triple

pytestmark = pytest.mark.slow


def surfaces(figure):
    return [trace for trace in figure.data if trace.coloraxis == "coloraxis"]


def test_all_slices_share_one_scale_around_zero():
    figure = plots.triple_surfaces(triple())
    drawn = surfaces(figure)
    for place, trace in enumerate(drawn):
        np.testing.assert_array_equal(trace.z, place * np.outer([0, 1, 2], [0, 1, 2]))
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (-8, 8)
    total = plots.triple_surfaces(triple(), part="total")
    np.testing.assert_array_equal(surfaces(total)[1].z, 10 + np.outer([0, 1, 2], [0, 1, 2]))
    assert (total.layout.coloraxis.cmin, total.layout.coloraxis.cmax) == (-28, 28)


def test_the_headings_name_the_values_of_the_third():
    figure = plots.triple_surfaces(triple((0.42, 1.0, 2011.0)))
    assert [note.text for note in figure.layout.annotations] == ["x7 = 0.42", "x7 = 1", "x7 = 2011"]
    levels = plots.triple_surfaces(triple(("<b>no</b>", "yes")))
    assert [note.text for note in levels.layout.annotations] == ["x7 = &lt;b&gt;no&lt;/b&gt;", "x7 = yes"]
    assert "x7 <b>yes</b>" in surfaces(levels)[1].hovertext[0][0]


def test_cells_without_rows_in_a_slice_are_grey_there_only():
    figure = plots.triple_surfaces(triple(empty=((2, 1, 2),)))
    grey = [np.isnan(trace.z) for trace in surfaces(figure)]
    assert [part.sum() for part in grey] == [0, 0, 1]
    assert grey[2][2, 1]  # feature 2 upward, feature 1 to the right
    assert "Grey: no rows near that value." in figure.layout.title.text
    assert "Grey" not in plots.triple_surfaces(triple()).layout.title.text


def test_an_unknown_part_is_refused():
    with pytest.raises(InputError, match='`part` must be "interaction" or "total"; got \'both\''):
        plots.triple_surfaces(triple(), part="both")


def test_an_effect_without_cells_says_so():
    figure = plots.triple_surfaces(dataclasses.replace(triple(), grid=triple().grid.iloc[:0]))
    assert "no cells" in figure.layout.annotations[0].text


def test_the_grid_shows_roc_areas_where_the_truth_is_known_else_correlations():
    known = plots.step_grid(sensitivity(aucs=(0.7, 0.998, 1.0), correlations=(0.5, 1.0, 0.6))).data[0]
    np.testing.assert_allclose(known.z, [[0.45, 0.748, 0.75], [0.7, 0.998, 1.0]])
    assert list(known.text[1]) == ["0.70", "0.99", "1.00"]  # never rounded up to perfect
    assert (known.zmin, known.zmax) == (pytest.approx(0.45), 1.0)
    unknown = plots.step_grid(sensitivity(correlations=(0.5, 1.0, 0.6)))
    np.testing.assert_allclose(unknown.data[0].z, [[0.25, 0.75, 0.35], [0.5, 1.0, 0.6]])
    assert list(unknown.layout.xaxis.ticktext) == ["0.3", "0.75", "1.2"]
    assert "2 of its 2 strongest pairs found again" in unknown.data[0].hovertext[1][0]


def test_the_reference_is_outlined():
    (outline,) = plots.step_grid(sensitivity()).layout.shapes
    assert (outline.x0, outline.x1, outline.y0, outline.y1) == (0.5, 1.5, 0.5, 1.5)


def test_lines_follow_ranks_and_those_that_fall_behind_keep_their_order_below():
    figure = plots.step_ranks(sensitivity(((1, 1, 2), (30, 2, 17), (2, 3, 40))))
    lines = [trace for trace in figure.data if trace.mode == "lines+markers"]
    assert [list(line.y) for line in lines] == [[1, 1, 2], [4, 2, 4], [2, 3, 5]]
    assert "rank 30 of 45" in lines[1].hovertext[0]
    assert list(figure.layout.yaxis.tickvals) == [1, 2, 3]
    assert "behind rank 3" in figure.layout.title.text


def test_no_two_names_stand_at_one_height_and_lines_of_one_colour_differ_in_dash():
    draw = np.random.default_rng(0)
    ranks = np.stack([draw.permutation(60)[:12] + 1, np.arange(12) + 1, draw.permutation(60)[:12] + 1], 1)
    figure = plots.step_ranks(sensitivity(ranks.tolist(), n_pairs=60))
    names = figure.layout.yaxis2
    assert len(set(names.tickvals)) == len(names.ticktext) == 12
    assert np.diff(sorted(names.tickvals)).min() >= 1
    assert figure.layout.yaxis2.range == figure.layout.yaxis.range
    looks = {(line.line.color, line.line.dash) for line in figure.data if line.mode == "lines+markers"}
    assert len(looks) == 12


def test_where_nothing_interacts_the_figures_say_so():
    for draw in (plots.step_grid, plots.step_ranks):
        assert "No pair interacts" in draw(nothing()).layout.annotations[0].text
