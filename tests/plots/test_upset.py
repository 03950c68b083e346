"""The UpSet plot and the levels: columns, dots and intervals are those of the result."""

import numpy as np
import pytest

from interaction_engine import plots
from interaction_engine.core.errors import InputError
from interaction_engine.plots.primitives.upset import MOST_ROWS
from tests.plots.made import NASTY, hierarchy, subsets

pytestmark = pytest.mark.slow


def named(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


# UpSet


def test_columns_fall_and_dots_are_the_members():
    figure = plots.upset(hierarchy(), orders=(3, 4))
    bars = {order: named(figure, f"set of {order}") for order in (3, 4)}
    heights = dict(zip([*bars[3].x, *bars[4].x], [*bars[3].y, *bars[4].y], strict=True))
    assert [heights[place] for place in range(6)] == sorted(heights.values(), reverse=True)
    names = figure.layout.yaxis3.ticktext
    dots = named(figure, "members")
    for column, row, members in zip(dots.x, dots.y, dots.customdata, strict=True):
        assert names[row] in members
        assert heights[column] == pytest.approx(hierarchy().row(set(members))["effect"])
    assert len(dots.x) == 5 * 3 + 4


def test_rows_keep_the_tables_order_and_have_the_main_effects():
    result = hierarchy()
    figure = plots.upset(result, orders=(3, 4))
    assert list(figure.layout.yaxis3.ticktext) == ["x3", "x4", "x6", "x7", "x8"]
    effects = result.nodes.set_index("feature")["effect"]
    assert list(named(figure, "main effect").x) == [effects[name] for name in ("x3", "x4", "x6", "x7", "x8")]


def test_every_cell_of_a_column_answers_with_its_set():
    figure = plots.upset(hierarchy(names=NASTY))
    cells = named(figure, "cells")
    sets = {x: frozenset(data) for x, data in zip(cells.x, cells.customdata, strict=True)}
    assert all(sets[x] == frozenset(data) for x, data in zip(cells.x, cells.customdata, strict=True))
    assert set(sets.values()) == {frozenset(names) for names in hierarchy(names=NASTY).accepted()["features"]}


def test_what_is_left_out_is_stated():
    # Effects go with the root of strengths 1, 1/2, 1/3, 1/4.
    result = subsets([(0, 1), (2, 3), (4, 5), (6, 7)], p=8)
    roots = 1 / np.sqrt(np.arange(1.0, 5.0))
    hidden = roots[2:].sum() / roots.sum()
    text = plots.upset(result, top=2).layout.title.text
    assert text == f"2 of 4 accepted sets drawn; the others hold {100 * hidden:.0f} % of the sum of all effects."
    assert "28 % of the strength" in plots.upset(result, top=2, column="strength").layout.title.text


@pytest.mark.parametrize("p", [5, 40, 300])
def test_any_number_of_features_stays_readable_and_light(p):
    result = subsets([*((i, i + 1) for i in range(p - 1)), *((i, i + 1, i + 2) for i in range(p - 2))], p=p)
    figure = plots.upset(result, top=500)
    assert len(figure.layout.yaxis3.ticktext) <= MOST_ROWS
    assert len(figure.to_json()) < 1_500_000
    assert figure.layout.height < 1300


def test_logarithmic_bars_hold_all_of_them():
    figure = plots.upset(hierarchy(), column="strength", log=True)
    low, high = figure.layout.yaxis2.range
    values = np.concatenate([bar.y for bar in figure.data if bar.type == "bar" and bar.name != "main effect"])
    assert 10**low < values.min()
    assert 10**high > values.max()


def test_the_chosen_column_is_outlined():
    figure = plots.upset(hierarchy(), orders=(4,), chosen=("x7", "x6", "x4", "x3"))
    assert [shape.x0 for shape in figure.layout.shapes if shape.xref == "x4"] == [pytest.approx(-0.46)]


def test_without_accepted_sets_it_says_so():
    assert plots.upset(subsets([], p=5)).layout.annotations[0].text == "No set of this kind was accepted."
    assert plots.upset(subsets([(0, 1)], p=5), orders=(3,)).layout.annotations[0].text
    with pytest.raises(InputError, match='`column` must be "effect" or "strength"; got \'rank\''):
        plots.upset(hierarchy(), column="rank")


# Levels


def test_a_level_has_its_sets_with_their_intervals_and_references():
    figure = plots.level_intervals(hierarchy(), 3)
    rows = hierarchy().of_order(3)
    assert list(figure.layout.yaxis.ticktext[:2]) == ["x3 × x4 × x6", "x3 × x4 × x7"]
    np.testing.assert_allclose(named(figure, "mean").x, rows["strength"])
    np.testing.assert_allclose(named(figure, "LCB").x, rows["lower"])
    reference = named(figure, "reference: a set without interaction")
    assert list(reference.x) == [0.05] * 7
    assert list(named(figure, "mean").customdata[0]) == ["x3", "x4", "x6"]


def test_accepted_sets_are_solid_and_the_chosen_one_is_outlined():
    figure = plots.level_intervals(hierarchy(), 3, chosen=("x8", "x7", "x6"))
    mean = named(figure, "mean")
    solid = [colour == mean.marker.line.color for colour in mean.marker.color]
    assert solid == [True] * 5 + [False] * 2
    assert [(shape.y0, shape.y1) for shape in figure.layout.shapes] == [(3.55, 4.45)]


def test_an_exact_level_has_standard_errors():
    figure = plots.level_intervals(hierarchy(width=0.0), 4)
    assert "± 2 standard errors, for other rows" in [trace.name for trace in figure.data]


def test_a_level_that_was_not_tried():
    with pytest.raises(InputError, match=r"`order` must be one of those that were tried \(2, 3, 4\); got 5"):
        plots.level_intervals(hierarchy(), 5)
    refused = subsets([(0, 1), (1, 2)], p=4, refused=(((0, 1, 2), (0, 2)),))
    assert plots.level_intervals(refused, 3).layout.annotations[0].text == "No set of 3 was tried."


def test_a_race_of_larger_sets_names_them_all():
    arms = [{"pair": ["a", "b", "c"], "mean": 1.0, "lower": 0.5, "upper": 2.0, "pulls": 9, "status": "undecided"}]
    figure = plots.race({"arms": arms, "wanted": 1})
    assert list(figure.layout.yaxis.ticktext) == ["a × b × c"]
