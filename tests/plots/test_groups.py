"""Regions, chance, number of regions, honest intervals and screening: what is drawn is what the result says."""

import dataclasses

import numpy as np
import pytest

from interaction_engine import plots
from interaction_engine.core.errors import InputError
from tests.plots.made_groups import group_hessians

PAIR = ("hour", "workingday")


def trace_named(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def text_of(figure):
    return " ".join(annotation.text for annotation in figure.layout.annotations)


def test_each_region_is_a_row_on_the_side_of_its_sign():
    result = group_hessians(groups=4)
    figure = plots.region_effects(result, PAIR)
    adds, takes = trace_named(figure, "a step up of both adds"), trace_named(figure, "a step up of both takes away")
    drawn = dict(zip([*adds.y, *takes.y], [*adds.x, *takes.x], strict=True))
    effects = result.effects_of(*PAIR)
    assert [drawn[place] for place in range(4)] == pytest.approx(effects["effect"].tolist())
    assert min(adds.x) > 0 > max(takes.x)
    assert figure.layout.yaxis.ticktext[:2] == ("mostly hour at most 0", "hour above 1, season = yes")
    ends = [x for x in trace_named(figure, "interval").x if x is not None]
    assert ends == pytest.approx(np.column_stack([effects["lower"], effects["upper"]]).ravel().tolist())


def test_sizes_between_levels_have_no_sides():
    result = group_hessians(groups=4)
    sizes = result.region_effects.assign(effect=lambda table: table["effect"].abs(), signed=False)
    figure = plots.region_effects(dataclasses.replace(result, region_effects=sizes), PAIR)
    assert len(trace_named(figure, "size of what both do together").x) == 4
    assert not any("step up" in (trace.name or "") for trace in figure.data)


def test_a_long_description_is_told_on_two_lines():
    result = group_hessians(groups=1)
    said = ("temperature at most 12.5, hour above 16.5, workingday = yes", "a" * 50 + ", b < 2")
    for description, lines in zip(
        said,
        ("temperature at most 12.5,<br>hour above 16.5, workingday = yes", "a" * 25 + "…" + "a" * 15 + ",<br>b &lt; 2"),
        strict=True,
    ):
        told = dataclasses.replace(result, regions=result.regions.assign(description=description))
        assert plots.region_effects(told, PAIR).layout.yaxis.ticktext == (lines,)


def test_only_a_sure_direction_is_a_filled_dot():
    result = group_hessians(groups=2)
    effects = result.region_effects.assign(lower=lambda table: np.where(table["region"] == 1, -1.0, table["lower"]))
    figure = plots.region_effects(dataclasses.replace(result, region_effects=effects), PAIR)
    assert trace_named(figure, "a step up of both adds").marker.color == ("#ffffff",)
    assert trace_named(figure, "a step up of both takes away").marker.color != ("#ffffff",)


def test_a_pair_in_the_other_order_is_the_same_and_one_that_was_not_followed_says_so():
    result = group_hessians(n_followed=2)
    assert plots.region_effects(result, PAIR[::-1]).data[0].x == plots.region_effects(result, PAIR).data[0].x
    figure = plots.region_effects(result, ("temp", "season"))
    assert not figure.data
    assert "was not followed into the regions" in text_of(figure)
    with pytest.raises(InputError, match="Two different features"):
        plots.region_effects(result, ("hour", "hour"))


def test_every_permuted_network_is_in_a_bar_and_pairs_answer_a_click():
    result = group_hessians(permutations=40)
    figure = plots.permutation_null(result, pair=PAIR)
    assert sum(trace_named(figure, "largest strength by chance").y) == 40
    beyond, within = trace_named(figure, "pair beyond chance"), trace_named(figure, "pair within chance")
    np.testing.assert_allclose([*beyond.x, *within.x], result.table["strength"])
    assert len(beyond.x) == 3
    assert tuple(beyond.customdata[0]) == PAIR
    chance, chosen = (shape.x0 for shape in figure.layout.shapes)
    assert (result.null["largest"] > chance).mean() == pytest.approx(0.05, abs=0.03)
    assert chosen == 60.0
    assert "hour × workingday" in text_of(figure)
    low, high = figure.layout.xaxis.range
    assert low < min(*within.x, 0)
    assert high > 60


def test_without_permutations_there_is_nothing_to_compare_with():
    assert "Nothing was compared with chance" in text_of(plots.permutation_null(group_hessians()))


def test_a_null_of_one_network_is_drawn():
    figure = plots.permutation_null(group_hessians(permutations=1))
    assert sum(figure.data[0].y) == 1


def test_the_number_of_regions_used_is_marked_on_the_curve():
    result = group_hessians(groups=6)
    figure = plots.group_choice(result)
    np.testing.assert_allclose(figure.data[0].y, result.choosing["delta"])
    assert figure.layout.shapes[0].x0 == 6
    assert text_of(figure) == "6 used"
    given = dataclasses.replace(result, choosing=result.choosing.head(0))
    assert "the number was given" in text_of(plots.group_choice(given))


def test_honest_intervals_lie_on_the_diagonal():
    figure = plots.interval_calibration(group_hessians())
    np.testing.assert_allclose(trace_named(figure, "held-out rows").x, [0.5, 0.8, 0.9, 0.95])
    np.testing.assert_allclose(trace_named(figure, "held-out rows").y, [0.52, 0.79, 0.91, 0.94])
    assert trace_named(figure, "as many as they say").x == trace_named(figure, "as many as they say").y
    none = group_hessians()
    none = dataclasses.replace(none, calibration=none.calibration.head(0))
    assert "No intervals of predictions" in text_of(plots.interval_calibration(none))


def test_the_most_needed_features_stand_on_top_and_the_rest_is_counted():
    result = group_hessians(tuple(f"x{place}" for place in range(8)))
    shuffled = dataclasses.replace(result, screening=result.screening.sample(frac=1, random_state=0))
    figure = plots.feature_screening(shuffled, top=5)
    assert list(figure.layout.yaxis.ticktext) == ["x0", "x1", "x2", "x3", "x4"]
    np.testing.assert_allclose(figure.data[0].x, result.screening["dropout"].head(5))
    assert "3 features that are left out more often" in figure.layout.title.text
    assert not plots.feature_screening(result).layout.title.text
    with pytest.raises(InputError, match="`top`"):
        plots.feature_screening(result, top=0)
