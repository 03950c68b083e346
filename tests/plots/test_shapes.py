"""Bars, curves and maps of additive models: what is drawn is what the terms are."""

import numpy as np
import pytest

from interaction_engine import plots
from interaction_engine.models.additive.shape_result import Shapes
from tests.plots.made_shapes import HEIGHTS, LEVELS, NAMES, VALUES, shapes

pytestmark = pytest.mark.slow


def two() -> dict[str, Shapes]:
    """One model without an interaction, one of twice the height with it."""
    return {"plain": shapes(product=False), "tall": shapes(factor=2.0, band=0.5)}


def scatters(figure) -> list:
    return [trace for trace in figure.data if trace.type == "scatter" and trace.x[0] is not None]


def titles(figure) -> list[str]:
    return [note.text for note in figure.layout.annotations]


def test_terms_are_ranked_and_aligned_over_the_models():
    figure = plots.term_importance(two(), chosen=("c",))
    assert figure.layout.yaxis.ticktext == ("a", "c", "a × b")
    plain, tall = figure.data
    assert list(plain.y) == [0, 1]
    assert list(tall.y) == [0, 1, 2]
    np.testing.assert_allclose(tall.x[:2], 2 * np.array(plain.x))
    assert plain.x[0] == pytest.approx(3 * VALUES.std())
    assert [list(names) for names in tall.customdata] == [["a"], ["c"], ["a", "b"]]
    (outline,) = figure.layout.shapes
    assert (outline.y0, outline.y1) == (0.52, 1.48)


def test_terms_that_are_not_drawn_are_counted():
    figure = plots.term_importance(two(), top=1)
    assert len(figure.layout.yaxis.ticktext) == 1
    table = two()["tall"].table
    hidden = f"{100 * table['share'].iloc[1:].sum():.0f} %"
    assert figure.layout.title.text == f"1 of 3 terms drawn; the others hold at most {hidden} of the importance."
    assert not plots.term_importance(two()).layout.title.text


def test_all_curves_share_one_axis_that_holds_the_tallest():
    figure = plots.shape_overview(two())
    spans = {tuple(axis.range) for axis in figure.select_yaxes() if axis.visible is not False}
    assert len(spans) == 1
    low, high = spans.pop()
    assert low < -6.5 < 6.5 < high
    lines = [trace for trace in scatters(figure) if trace.mode == "lines" and not trace.fill]
    np.testing.assert_allclose(lines[1].y, 6 * VALUES)
    assert {trace.legendgroup for trace in lines} == {"plain", "tall"}


def test_levels_that_do_not_fit_beneath_a_panel_are_counted():
    names = [f"a long level {name}" for name in LEVELS]
    short, long = (plots.shape_overview({"one": shapes(levels=levels)}) for levels in (LEVELS, names))
    assert short.layout.xaxis2.title.text == "c"
    assert short.layout.xaxis2.ticktext == LEVELS
    assert long.layout.xaxis2.showticklabels is False
    assert long.layout.xaxis2.title.text == "c (3 levels)"


def test_a_band_is_drawn_where_an_uncertainty_is_known():
    figure = plots.shape_term(two(), ("a",))
    (band,) = [trace for trace in scatters(figure) if trace.fill == "toself"]
    np.testing.assert_allclose(band.y[: len(VALUES)], 6 * VALUES + 0.5)
    assert "Bands: 2 standard deviations over 8 bags." in figure.layout.title.text
    assert "Bands" not in plots.shape_term({"plain": shapes()}, ("a",)).layout.title.text


def test_levels_stand_in_their_order_with_whiskers():
    figure = plots.shape_term({"tall": shapes(band=0.5)}, ("c",))
    (dots,) = [trace for trace in scatters(figure) if trace.mode == "markers"]
    assert figure.layout.xaxis.ticktext == LEVELS
    np.testing.assert_allclose(dots.y, HEIGHTS)
    np.testing.assert_allclose(dots.error_y.array, 0.5)


def test_the_bars_beneath_a_curve_say_where_the_rows_are():
    figure = plots.shape_term({"one": shapes()}, ("a",))
    (bars,) = [trace for trace in figure.data if trace.type == "bar"]
    low, high = figure.layout.yaxis.range
    np.testing.assert_allclose(bars.base, low)
    assert max(bars.y) + low < -3 < 3 < high
    np.testing.assert_allclose(sum(bars.y) / max(bars.y), 41, rtol=0.01)


def test_a_map_is_centred_on_zero_and_grey_without_rows():
    figure = plots.shape_term(two(), ("a", "b"))
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (-2, 2)
    void, heat = figure.data
    assert np.isnan(heat.z[2][3])
    assert np.flatnonzero(~np.isnan(np.array(void.z, dtype=float)).ravel()).tolist() == [11]
    assert heat.z[0][0] == 2
    assert "Without this term: plain." in figure.layout.title.text
    assert [text.split("<br>")[0] for text in titles(figure)] == ["tall"]


def test_a_map_turns_with_the_order_of_its_features():
    across, along = (plots.shape_term({"tall": shapes()}, names).data[1] for names in (("a", "b"), ("b", "a")))
    np.testing.assert_array_equal(across.z, np.transpose(along.z))
    np.testing.assert_array_equal(across.x, along.y)


def test_what_cannot_be_drawn_is_said():
    assert "cannot be drawn" in titles(plots.shape_term({"one": shapes(rest=1.0)}, NAMES))[0]
    assert "None of these models" in titles(plots.shape_term({"one": shapes()}, ("b",)))[0]
    assert plots.term_importance({"one": shapes(rest=9.0)}).layout.yaxis.ticktext[0] == "a × b × c"


@pytest.mark.parametrize("n_models", [1, 8])
def test_any_number_of_models_is_drawn(n_models):
    models = {f"model {place}": shapes(factor=1.0 + place) for place in range(n_models)}
    for figure in (plots.shape_term(models, ("a",)), plots.shape_term(models, ("a", "b"))):
        assert len(titles(figure)) == n_models
    assert len(plots.term_importance(models).data) == n_models
