"""Figures of explained rows: every part where it belongs, sums that are the prediction's, what is hidden told."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from interaction_engine import plots
from interaction_engine.core.errors import InputError
from tests.plots.made_explanations import INTERCEPT, explanations

pytestmark = pytest.mark.slow

ROW = 6
"""A row of the results made here: places are multiples of three."""


def named(figure):
    return {trace.name: trace for trace in figure.data}


def bars(figure):
    """The steps of a waterfall by their height: where each begins, and how far it leads."""
    found = {}
    for trace in figure.data:
        if trace.type == "bar":
            found |= {int(y): (start, float(x)) for y, start, x in zip(trace.y, trace.base, trace.x, strict=True)}
    return found


def test_the_waterfall_leads_from_the_baseline_to_the_score():
    made = explanations(n=6)
    figure = plots.explanation_waterfall(made, row=ROW)
    steps = bars(figure)
    score = made.rows.set_index("row")["score"][ROW]
    assert steps[1][0] == INTERCEPT
    for row in range(1, 6):
        assert sum(steps[row]) == pytest.approx(steps[row + 1][0])
    assert sum(steps[6]) == pytest.approx(score)
    assert named(figure)["score"].x == pytest.approx((INTERCEPT, score))
    lines = next(trace for trace in figure.data if trace.name is None)
    assert len(lines.x) == len(lines.y)
    assert [y for y in lines.y if y is not None][-1] == 7  # down to the row of the score


def test_the_strongest_features_come_first_and_the_others_together():
    made = explanations(n=30)
    figure = plots.explanation_waterfall(made, row=ROW, top=4)
    own = made.attributions[made.attributions["row"] == ROW].set_index("feature")["attribution"]
    strongest = own.abs().sort_values(ascending=False).index[:4]
    ticks = figure.layout.yaxis.ticktext
    assert [tick.split(" = ")[0] for tick in ticks[1:5]] == list(strongest)
    assert ticks[5] == "26 more features"
    assert named(figure)["the others, together"].x[0] == pytest.approx(own.drop(strongest).sum())
    hidden = 100 * own.drop(strongest).abs().sum() / own.abs().sum()
    assert f"the others hold {hidden:.0f} %" in figure.layout.title.text


def test_what_raises_is_orange_and_what_lowers_blue():
    made = explanations([[1.0, 1.0]], a=[2.0, -1.0], b=np.zeros((2, 2)))
    figure = named(plots.explanation_waterfall(made))
    assert figure["raises the prediction"].x == pytest.approx([2.0])
    assert figure["lowers it"].x == pytest.approx([-1.0])
    assert figure["raises the prediction"].marker.color != figure["lowers it"].marker.color


def test_levels_stand_by_their_names():
    made = explanations([[1.0, 0.25]], names=("day", "t"))
    ticks = plots.explanation_waterfall(made, levels={"day": ("no <i>", "yes")}).layout.yaxis.ticktext
    assert {"day = yes", "t = 0.25"} <= set(ticks)
    assert "day = 1" in plots.explanation_waterfall(made).layout.yaxis.ticktext


def test_the_cells_of_the_matrix_sum_to_the_prediction():
    made = explanations(n=5)
    figure = plots.interaction_matrix(made, row=ROW)
    values = np.asarray(named(figure)["parts"].z, dtype=float)
    assert (values == values.T).all()
    assert values.sum() == pytest.approx(made.rows.set_index("row")["score"][ROW] - INTERCEPT)
    assert values.diagonal() == pytest.approx(made.row_matrix(ROW).to_numpy().diagonal())
    assert np.abs(values).max() == pytest.approx(named(figure)["parts"].zmax)
    assert named(figure)["parts"].zmin == -named(figure)["parts"].zmax


@pytest.mark.parametrize(("n", "written"), [(12, True), (13, False)])
def test_cells_have_their_figures_or_a_scale_of_colours_beside_them(n, written):
    figure = plots.interaction_matrix(explanations(n=n), row=ROW, top=n)
    cells = named(figure)["parts"]
    assert (cells.text is not None) == written
    assert cells.showscale == (False if written else None)
    assert ("Empty: below 1 %" in figure.layout.title.text) == written


def test_figures_in_small_cells_are_short():
    texts = {n: named(plots.interaction_matrix(explanations(n=n), row=ROW))["parts"].text for n in (8, 10)}
    longest = {n: max(len(text) for line in lines for text in line) for n, lines in texts.items()}
    assert longest[10] < longest[8]


def test_a_click_on_a_cell_names_its_pair():
    figure = plots.interaction_matrix(explanations(n=3), row=ROW)
    marks = named(figure)["pairs"]
    clicked = {(x, y): list(data) for x, y, data in zip(marks.x, marks.y, marks.customdata, strict=True)}
    assert clicked[(2, 0)] == ["x1", "x3"]
    assert len(clicked) == 9


def test_of_many_features_the_strongest_are_drawn_and_the_share_of_the_rest_told():
    made = explanations(n=40)
    figure = plots.interaction_matrix(made, row=ROW, top=10)
    whole = made.row_matrix(ROW)
    held = whole.abs().sum(axis=1).sort_values(ascending=False).index[:10]
    drawn = [name for name in made.features if name in set(held)]
    assert [tick.split(" = ")[0] for tick in figure.layout.yaxis.ticktext] == drawn
    hidden = 100 * (1 - whole.loc[drawn, drawn].abs().to_numpy().sum() / whole.abs().to_numpy().sum())
    assert f"10 of 40 features; the rest holds {hidden:.0f} %." in figure.layout.title.text


def test_the_chosen_pair_is_outlined_twice():
    made = explanations(n=4)
    plain = len(plots.interaction_matrix(made, row=ROW).layout.shapes)
    assert plain == 4  # one frame per main effect
    chosen = plots.interaction_matrix(made, row=ROW, pair=("x2", "x4")).layout.shapes[plain:]
    assert sorted((shape.x0, shape.y0) for shape in chosen) == [(0.5, 2.5), (2.5, 0.5)]


def test_a_row_whose_interactions_were_not_kept_says_so():
    made = explanations(n_rows=4, kept=2)
    assert plots.interaction_matrix(made, row=3).data
    figure = plots.interaction_matrix(made, row=9)
    assert not figure.data
    assert "were not kept" in figure.layout.annotations[0].text
    assert plots.explanation_waterfall(made, row=9).data


def test_main_effects_and_attributions_stand_on_one_line():
    made = explanations(n=5)
    figure = named(plots.main_effects(made, row=ROW))
    own = made.attributions[made.attributions["row"] == ROW].set_index("feature")
    order = own[["attribution", "main_effect"]].abs().max(axis=1).sort_values(ascending=False).index
    assert figure["attribution"].x == pytest.approx(own.loc[order, "attribution"].to_numpy())
    assert figure["main effect"].x == pytest.approx(own.loc[order, "main_effect"].to_numpy())
    assert [x for x in figure["its interactions"].x if x is not None][:2] == pytest.approx(
        [own.loc[order[0], "main_effect"], own.loc[order[0], "attribution"]]
    )


def test_three_panels_show_a_pair_over_all_rows():
    made = explanations(n=3, n_rows=20)
    figure = plots.pair_dependence(made, ("x1", "x2"), row=ROW)
    own = made.attributions[made.attributions["feature"] == "x1"]
    panels = {trace.xaxis: trace for trace in figure.data if trace.name in ("attribution", "main_effect", "pair")}
    assert panels["x"].y == pytest.approx(own["attribution"].to_numpy())
    assert panels["x2"].y == pytest.approx(own["main_effect"].to_numpy())
    pair = made.interactions[(made.interactions["feature_1"] == "x1") & (made.interactions["feature_2"] == "x2")]
    assert panels["x3"].y == pytest.approx(2 * pair["interaction"].to_numpy())
    assert list(panels["x"].customdata) == list(made.rows["row"])
    other = made.attributions[made.attributions["feature"] == "x2"]["value"]
    assert panels["x"].marker.color == pytest.approx(other.to_numpy())
    rings = [trace for trace in figure.data if trace.name == "this row"]
    assert [ring.x[0] for ring in rings] == [own.set_index("row")["value"][ROW]] * 3


def test_the_pair_of_three_panels_may_be_turned_round():
    made = explanations(n=3)
    first, second = (plots.pair_dependence(made, pair) for pair in (("x1", "x2"), ("x2", "x1")))
    heights = [next(trace.y for trace in one.data if trace.xaxis == "x3") for one in (first, second)]
    assert heights[0] == pytest.approx(heights[1])
    assert [one.layout.xaxis.title.text for one in (first, second)] == ["x1", "x2"]


def test_levels_of_the_partner_have_a_colour_each():
    rng = np.random.default_rng(0)
    made = explanations(np.column_stack([rng.normal(size=30), np.arange(30) % 2]), names=("t", "day"))
    figure = plots.pair_dependence(made, ("t", "day"), levels={"day": ("no", "yes")})
    assert [trace.name for trace in figure.data if trace.showlegend] == ["no", "yes"]
    turned = plots.pair_dependence(made, ("day", "t"), levels={"day": ("no", "yes")})
    assert list(turned.layout.xaxis.ticktext) == ["no", "yes"]


def test_rows_that_were_not_kept_are_missing_and_counted():
    figure = plots.pair_dependence(explanations(n_rows=10, kept=4), ("x1", "x2"))
    heights = next(trace.y for trace in figure.data if trace.xaxis == "x3")
    assert np.isfinite(np.asarray(heights, dtype=float)).sum() == 4
    assert "Interactions of 4 of 10 rows were kept" in figure.layout.title.text


def test_gaps_fall_over_the_nodes_with_a_line_per_beta():
    made = explanations()
    figure = plots.accuracy_sweep(made, beta=10.0, nodes=8)
    lines = named(figure)
    rows = made.accuracy[made.accuracy["beta"] == 10.0]
    assert 10.0 ** np.asarray(lines["beta 10"].y) == pytest.approx(rows["completeness_gap"].to_numpy())
    assert 2.0 ** np.asarray(lines["beta 10"].x) == pytest.approx(rows["nodes"].to_numpy())
    assert {"beta 1", "beta 10", "beta 100"} <= set(lines)
    ring = lines["in use"]
    assert (2.0 ** ring.x[0], 10.0 ** ring.y[0]) == pytest.approx((8, 0.3 / 64 * 10))
    assert lines["rounding"].y == pytest.approx([0.5, 0.05, 0.005])
    passing = next(shape for shape in figure.layout.shapes if shape.type == "line")
    assert 10.0**passing.y0 == pytest.approx(0.01)
    ticks = dict(zip(figure.layout.yaxis.ticktext, figure.layout.yaxis.tickvals, strict=True))
    assert 10.0 ** ticks["1 %"] == pytest.approx(0.01)


@pytest.mark.parametrize("beta", [None, 3.0])
def test_a_setting_that_was_not_tried_is_not_marked(beta):
    assert "in use" not in named(plots.accuracy_sweep(explanations(), beta=beta, nodes=None))


def test_a_result_without_a_sweep_says_so():
    made = explanations(accuracy=pd.DataFrame(columns=["beta", "nodes", "completeness_gap", "rounding"], dtype=float))
    assert "not varied" in plots.accuracy_sweep(made).layout.annotations[0].text


@pytest.mark.parametrize("zero", [{"b": np.zeros((4, 4))}, {"a": np.zeros(4), "b": np.zeros((4, 4))}])
def test_predictions_without_interactions_or_without_anything_are_drawn(zero):
    made = explanations(**zero)
    assert plots.explanation_waterfall(made).data
    assert plots.interaction_matrix(made).data
    assert plots.main_effects(made).data
    assert plots.pair_dependence(made, ("x1", "x2")).data


def test_a_single_feature_has_one_cell():
    made = explanations(n=1)
    assert np.asarray(named(plots.interaction_matrix(made))["parts"].z).shape == (1, 1)


@pytest.mark.parametrize(
    "draw",
    [
        lambda made: plots.explanation_waterfall(made, row=1),
        lambda made: plots.interaction_matrix(made, row=-1),
        lambda made: plots.interaction_matrix(made, top=1),
        lambda made: plots.main_effects(made, row=999),
        lambda made: plots.pair_dependence(made, ("x1", "x1")),
        lambda made: plots.pair_dependence(made, ("x1", "y")),
    ],
)
def test_what_is_not_there_is_refused(draw):
    with pytest.raises(InputError, match="must be"):
        draw(explanations())


def test_what_the_attributions_miss_is_a_step_only_where_it_is_seen():
    made = explanations(n=3)
    assert "missed" not in plots.explanation_waterfall(made, row=ROW).layout.yaxis.ticktext
    made.rows["score"] += 5.0
    figure = plots.explanation_waterfall(made, row=ROW)
    assert "missed" in figure.layout.yaxis.ticktext
    assert named(figure)["missed"].x == pytest.approx([5.0])


def test_of_a_model_without_kinks_there_is_one_line_and_no_rounding():
    made = explanations()
    figure = plots.accuracy_sweep(dataclasses.replace(made, accuracy=made.accuracy[made.accuracy["beta"] == 10.0]))
    assert [trace.name for trace in figure.data] == ["beta 10"]
    assert len(figure.layout.annotations) == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("draw", [plots.explanation_waterfall, plots.interaction_matrix, plots.main_effects])
def test_a_row_that_does_not_add_up_is_marked_in_every_figure(draw, theme):
    made = explanations()
    made.rows["completeness_gap"] = [0.2, *made.rows["completeness_gap"].iloc[1:]]
    bad, good = (str(draw(made, row=int(row), theme=theme).layout.title.text) for row in made.rows["row"].head(2))
    assert "Unreliable: the parts of this row do not add up (1 % allowed)." in bad
    assert "Unreliable" not in good
    over_rows = plots.pair_dependence(made, ("x1", "x2"), theme=theme).layout.title.text
    assert "Unreliable: the parts of 1 of 12 rows do not add up." in over_rows
