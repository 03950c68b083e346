"""Surface, slices and dependence of a pair; curves, calibration and histogram of data and models."""

import numpy as np
import pandas as pd
import pytest

from interaction_engine import plots
from interaction_engine.core.errors import InputError
from interaction_engine.plots.partial_dependence.surface import HELD, _density
from interaction_engine.plots.style.scales import FeatureScale, reading
from interaction_engine.plots.style.theme import LIGHT
from tests.plots.made import effect, model_report


def test_the_surface_has_both_parts_on_one_scale_around_zero():
    figure = plots.effect_surface(effect())
    total, interaction = (trace for trace in figure.data if trace.coloraxis == "coloraxis")
    np.testing.assert_array_equal(
        total.z, [[0, 1, 2], [2, 4, 6], [4, 7, 10]]
    )  # feature 2 upward, feature 1 to the right
    np.testing.assert_array_equal(interaction.z, [[0, 0, 0], [0, 1, 2], [0, 2, 4]])
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (-10, 10)
    np.testing.assert_array_equal(total.y, [-5, 5, 15, 25])
    assert plots.effect_surface(effect(), part="interaction").layout.coloraxis.cmax == 4


def test_cells_without_data_are_grey_and_say_so():
    figure = plots.effect_surface(effect(empty=((2, 0), (0, 2))), part="total")
    void, surface = figure.data[:2]
    grey = np.array([[False, False, True], [False, False, False], [True, False, False]])
    np.testing.assert_array_equal(np.isnan(surface.z), grey)
    np.testing.assert_array_equal(np.isnan(void.z), ~grey)
    assert "no row of the data here" in surface.hovertext[0][2]
    assert "5 rows of the data" in surface.hovertext[0][0]
    assert "Grey: no rows." in figure.layout.title.text


def test_density_lines_hold_the_share_they_say():
    axis = np.linspace(-3, 3, 31)
    both = effect(tuple(axis), tuple(axis))
    first, second = FeatureScale(both, 1), FeatureScale(both, 2)
    counts = 1e6 * np.exp(-(axis[:, None] ** 2 + axis**2) / 2)
    for (height, density), share in zip(_density(first, second, counts), HELD, strict=True):
        inside = density >= height
        assert counts[inside].sum() / counts.sum() == pytest.approx(share, abs=0.02)
        # A bivariate normal holds the share s within the radius sqrt(-2 log(1 - s)).
        radius = np.sqrt(inside.sum() * 0.04 / np.pi)
        assert radius == pytest.approx(np.sqrt(-2 * np.log(1 - share)), rel=0.06)


def test_levels_have_no_density_lines_but_their_names_on_the_axis():
    figure = plots.effect_surface(effect(("no", "yes"), tuple(range(10)), names=("a", "b")))
    assert not [trace for trace in figure.data if trace.type == "contour"]
    assert list(figure.layout.xaxis.ticktext) == ["no", "yes"]
    numeric = plots.effect_surface(effect(tuple(map(float, range(10))), tuple(map(float, range(10)))), part="total")
    assert len([trace for trace in numeric.data if trace.type == "contour"]) == 3


def test_of_many_levels_only_as_many_are_named_as_stand_side_by_side():
    words = [f"word {number}" for number in range(24)]
    crowded = FeatureScale(effect(words, words), 1).axis(LIGHT, room=45)
    assert crowded["ticktext"] == words[::3]
    assert (crowded["tickvals"], crowded["tickangle"]) == ([float(place) for place in range(0, 24, 3)], -90)
    assert FeatureScale(effect(words[:12], words), 1).axis(LIGHT, room=45)["ticktext"] == words[:12]


def test_an_unknown_part_or_feature_is_refused():
    with pytest.raises(InputError, match='`part` must be "both", "total" or "interaction"; got \'main\''):
        plots.effect_surface(effect(), part="main")
    with pytest.raises(InputError, match="`feature` must be one of `hour`, `temp`; got 'x'"):
        plots.dependence(effect(), feature="x")


def solid(figure, legend):
    return [trace for trace in figure.data if trace.showlegend and trace.legend == legend]


def test_slices_run_along_each_feature_at_values_of_the_other():
    figure = plots.slices(effect())
    along_first, along_second = solid(figure, "legend"), solid(figure, "legend2")
    assert [line.name for line in along_first] == ["0", "10", "20"]
    np.testing.assert_array_equal([line.y for line in along_first], [[0, 1, 2], [2, 4, 6], [4, 7, 10]])
    np.testing.assert_array_equal([line.y for line in along_second], [[0, 2, 4], [1, 4, 7], [2, 6, 10]])


def test_slices_of_an_additive_pair_are_parallel():
    lines = np.array([line.y for line in solid(plots.slices(effect(product=0.0)), "legend")])
    assert np.ptp(lines - lines[0], axis=1) == pytest.approx(0)


def test_slices_are_dotted_where_there_are_no_rows():
    line = solid(plots.slices(effect(empty=((2, 0),))), "legend")[0]
    np.testing.assert_array_equal(np.isnan(line.y), [False, False, True])


def test_many_values_give_three_slices_within_the_data():
    figure = plots.slices(effect((0.0, 1.0), tuple(map(float, range(20)))))
    assert [line.name for line in solid(figure, "legend")] == ["1", "9", "17"]


def test_dependence_shows_total_interaction_and_main_effect_of_a_feature():
    made = effect(names=("hour", "temp"))
    for feature, main in (("hour", "main_1"), ("temp", "main_2")):
        figure = plots.dependence(made, feature=feature)
        for trace, column in zip(figure.data, ("total", "interaction", main), strict=True):
            np.testing.assert_array_equal(trace.y, made.rows[column])
        other = "value_2" if feature == "hour" else "value_1"
        np.testing.assert_array_equal(figure.data[0].marker.color, made.rows[other])
        assert f"main effect of {feature}" in [note.text for note in figure.layout.annotations]


def test_dependence_names_the_levels_of_a_partner_once():
    figure = plots.dependence(effect((1.0, 2.0), ("no", "yes"), names=("a", "b")))
    assert [trace.name for trace in figure.data if trace.showlegend] == ["no", "yes"]
    assert sum(len(trace.x) for trace in figure.data) == 3 * 4


@pytest.mark.parametrize(
    ("value", "text"), [(2011.0, "2011"), (0.38251, "0.3825"), (-8.0, "−8"), (123456.5, "123456.5")]
)
def test_table_values_are_read_as_they_were_written(value, text):
    assert reading(value) == text


def test_loss_curves_mark_the_best_epoch_of_a_report_or_of_a_running_training():
    report = model_report()
    running = {"kind": "curve", **{name: report.curves[name].tolist() for name in report.curves}}
    for curves in (report, report.curves, running):
        figure = plots.loss_curves(curves)
        best = figure.data[-1]
        assert (best.x[0], best.y[0], best.name) == (3, 1.5, "minimum (epoch 3)")
        assert figure.layout.yaxis.type == "linear"
    wide = pd.DataFrame({"epoch": [1, 2], "train": [100.0, 1.0], "validation": [100.0, 2.0]})
    assert plots.loss_curves(wide).layout.yaxis.type == "log"


def test_a_brought_model_has_no_curves_but_calibration():
    report = model_report(trained=False)
    assert "not trained here" in plots.loss_curves(report).layout.annotations[0].text
    dots = plots.calibration(report).data[-1]
    assert (list(dots.x), list(dots.y)) == ([1.0, 2.0], [1.5, 2.0])
    assert dots.marker.size[0] - 6 == pytest.approx(2 * (dots.marker.size[1] - 6))  # area as the rows: 400 to 100
    assert "400 rows" in dots.hovertext[0]


def test_probabilities_are_calibrated_on_the_whole_unit_interval():
    report = model_report({"auc": 0.9, "accuracy": 0.8})
    assert plots.calibration(report).layout.xaxis.range[1] == pytest.approx(1.04)


def test_histograms_of_numbers_and_levels():
    numbers = plots.column_histogram((3, 1), edges=(0.0, 2.0, 3.0), name="temp").data[0]
    assert (list(numbers.x), list(numbers.width), list(numbers.y)) == ([1.0, 2.5], [2.0, 1.0], [3, 1])
    assert numbers.hovertext[1] == "2 to 3<br>1 row"
    levels = plots.column_histogram((3, 1), levels=("yes", "no"))
    assert list(levels.layout.xaxis.ticktext) == ["yes", "no"]
    assert "no values" in plots.column_histogram(()).layout.annotations[0].text
