"""What holds for every figure: names are never markup, both themes are readable, wrong options are refused in words."""

import dataclasses
import json
import re

import numpy as np
import pandas as pd
import pytest

from interaction_engine import plots
from interaction_engine.core.errors import InputError
from interaction_engine.plots.style.theme import DARK, LIGHT
from tests.plots.made import NASTY, effect, falling, hierarchy, model_report, nasty_pairs, pairs, race
from tests.plots.made_additive import compression, sizes
from tests.plots.made_explanations import explanations
from tests.plots.made_groups import group_hessians
from tests.plots.made_patterns import cloud, dynamics, nasty_patterns, picture, sentence
from tests.plots.made_shapes import shapes
from tests.plots.made_surfaces import sensitivity, triple

pytestmark = pytest.mark.slow

LEVELS = ("<script>x</script>", "$b$ %{y}", "c")


def nasty_shapes():
    """Shapes of two models, both and everything in them named by markup."""
    made = {"names": NASTY[:3], "levels": LEVELS, "unit": "<i>y</i>", "band": 0.1}
    return {NASTY[3]: shapes(**made), NASTY[4]: shapes(factor=2.0, **made)}


def nasty_explanations():
    """Rows explained whose features, levels, baseline and unit are named by markup."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(6, len(NASTY)))
    values[:, 1] = [0, 1, 2, 0, 1, 2]
    return explanations(values, names=NASTY, unit="<i>y</i> $x$", baseline="<b>mean</b>")


def nasty_edit():
    """The levels of a feature before and after an edit, named by markup."""
    before = nasty_shapes()[NASTY[3]].curve(1)
    return before, before.assign(effect=0.0)


FIGURES = {
    "pair_heatmap": lambda theme: plots.pair_heatmap(nasty_pairs(), pair=NASTY[:2], theme=theme),
    "pair_heatmap_effect": lambda theme: plots.pair_heatmap(nasty_pairs(), column="effect", log=True, theme=theme),
    "ranking_bars": lambda theme: plots.ranking_bars(nasty_pairs(), pair=NASTY[:2], theme=theme),
    "confidence": lambda theme: plots.confidence(nasty_pairs(), pair=NASTY[:2], theme=theme),
    "confidence_exact": lambda theme: plots.confidence(pairs(falling(45), names=NASTY), log=True, theme=theme),
    "pulls_trace": lambda theme: plots.pulls_trace(nasty_pairs(), NASTY[:2], theme=theme),
    "race": lambda theme: plots.race(race(), theme=theme),
    "interaction_graph": lambda theme: plots.interaction_graph(
        hierarchy(names=NASTY, unit="<i>y</i>"), chosen=NASTY[2:5], pair=NASTY[:2], theme=theme
    ),
    "interaction_graph_drawn": lambda theme: plots.interaction_graph(
        hierarchy(names=NASTY), layout="drawn", theme=theme
    ),
    "upset": lambda theme: plots.upset(hierarchy(names=NASTY, unit="<i>y</i>"), chosen=NASTY[2:5], theme=theme),
    "level_intervals": lambda theme: plots.level_intervals(hierarchy(names=NASTY), 3, chosen=NASTY[2:5], theme=theme),
    "effect_surface": lambda theme: plots.effect_surface(effect(LEVELS, names=NASTY[2:4]), theme=theme),
    "slices": lambda theme: plots.slices(effect(LEVELS, names=NASTY[2:4]), theme=theme),
    "dependence": lambda theme: plots.dependence(effect(LEVELS, names=NASTY[2:4]), theme=theme),
    "dependence_by_level": lambda theme: plots.dependence(effect((1.0, 2.0), LEVELS, names=NASTY[2:4]), theme=theme),
    "loss_curves": lambda theme: plots.loss_curves(model_report(), theme=theme),
    "calibration": lambda theme: plots.calibration(model_report(), theme=theme),
    "triple_surfaces": lambda theme: plots.triple_surfaces(triple(LEVELS, names=NASTY[2:5]), theme=theme),
    "triple_surfaces_by_level": lambda theme: plots.triple_surfaces(
        triple(first=LEVELS, names=NASTY[2:5]), part="total", theme=theme
    ),
    "step_grid": lambda theme: plots.step_grid(sensitivity(names=(NASTY[2:4], NASTY[4:6])), theme=theme),
    "step_ranks": lambda theme: plots.step_ranks(sensitivity(names=(NASTY[2:4], NASTY[4:6])), theme=theme),
    "term_importance": lambda theme: plots.term_importance(nasty_shapes(), chosen=NASTY[:2], theme=theme),
    "shape_overview": lambda theme: plots.shape_overview(nasty_shapes(), theme=theme),
    "shape_term": lambda theme: plots.shape_term(nasty_shapes(), NASTY[:1], theme=theme),
    "shape_term_levels": lambda theme: plots.shape_term(nasty_shapes(), NASTY[2:3], theme=theme),
    "shape_term_map": lambda theme: plots.shape_term(nasty_shapes(), NASTY[:2], theme=theme),
    "edit_preview": lambda theme: plots.edit_preview(*nasty_edit(), "<i>y</i>", theme=theme),
    "pattern_waterfall": lambda theme: plots.pattern_waterfall(nasty_patterns(), theme=theme),
    "pattern_graph": lambda theme: plots.pattern_graph(nasty_patterns(), theme=theme),
    "matching_curve": lambda theme: plots.matching_curve(nasty_patterns(n_samples=3), theme=theme),
    "pattern_sparsity": lambda theme: plots.pattern_sparsity(nasty_patterns(), theme=theme),
    "order_distribution": lambda theme: plots.order_distribution(nasty_patterns(), theme=theme),
    "shapley_bars": lambda theme: plots.shapley_bars(nasty_patterns(), theme=theme),
    "shapley_interactions": lambda theme: plots.shapley_interactions(nasty_patterns(), theme=theme),
    "pattern_sentence": lambda theme: plots.pattern_sentence(
        sentence(words=NASTY[:8], unit="<i>y</i>"), pattern=NASTY[:2], theme=theme
    ),
    "pattern_picture": lambda theme: plots.pattern_picture(
        picture(edge=2, names=NASTY[2:6], unit="<i>y</i>"), pattern=NASTY[2:4], theme=theme
    ),
    "pattern_points": lambda theme: plots.pattern_points(
        cloud(names=NASTY[2:6], unit="<i>y</i>"), pattern=NASTY[2:4], theme=theme
    ),
    "pattern_points_in_space": lambda theme: plots.pattern_points(cloud(3, names=NASTY[2:6]), theme=theme),
    "picture_grid": lambda theme: plots.picture_grid(np.eye(8), 3, theme=theme),
    "picture_groups": lambda theme: plots.picture_groups(
        np.eye(8), {name: [place] for place, name in enumerate(NASTY)}, theme=theme
    ),
    "explanation_waterfall": lambda theme: plots.explanation_waterfall(
        nasty_explanations(), top=4, levels={NASTY[1]: LEVELS}, theme=theme
    ),
    "interaction_matrix": lambda theme: plots.interaction_matrix(
        nasty_explanations(), pair=NASTY[:2], levels={NASTY[1]: LEVELS}, theme=theme
    ),
    "main_effects": lambda theme: plots.main_effects(nasty_explanations(), levels={NASTY[1]: LEVELS}, theme=theme),
    "pair_dependence": lambda theme: plots.pair_dependence(
        nasty_explanations(), NASTY[2:4], row=3, levels={NASTY[1]: LEVELS}, theme=theme
    ),
    "pair_dependence_by_level": lambda theme: plots.pair_dependence(
        nasty_explanations(), (NASTY[2], NASTY[1]), levels={NASTY[1]: LEVELS}, theme=theme
    ),
    "accuracy_sweep": lambda theme: plots.accuracy_sweep(nasty_explanations(), beta=10.0, nodes=8, theme=theme),
    "training_phases": lambda theme: plots.training_phases(dynamics(names=NASTY), epoch=4, theme=theme),
    "order_panels": lambda theme: plots.order_panels(dynamics(names=NASTY), epoch=4, theme=theme),
    "order_checkpoint": lambda theme: plots.order_checkpoint(dynamics(names=NASTY), 3, theme=theme),
    "strength_ratios": lambda theme: plots.strength_ratios(dynamics(names=NASTY), theme=theme),
    "compression_bars": lambda theme: plots.compression_bars(
        compression(names=NASTY[2:4], target=NASTY[2]), theme=theme
    ),
    "accuracy_curves": lambda theme: plots.accuracy_curves(
        pd.concat([sizes({1: 0.6, 2: 0.8}), sizes({0: 0.6, 5: 0.8}, kind="paraace", usual=False)]),
        metric=NASTY[2],
        theme=theme,
    ),
    "region_effects": lambda theme: plots.region_effects(
        group_hessians(NASTY, unit="<i>y</i>"), NASTY[:2], theme=theme
    ),
    "region_effects_not_followed": lambda theme: plots.region_effects(
        group_hessians(NASTY), (NASTY[2], NASTY[4]), theme=theme
    ),
    "permutation_null": lambda theme: plots.permutation_null(
        group_hessians(NASTY, permutations=20), pair=NASTY[:2], theme=theme
    ),
    "group_choice": lambda theme: plots.group_choice(group_hessians(NASTY), theme=theme),
    "interval_calibration": lambda theme: plots.interval_calibration(group_hessians(NASTY), theme=theme),
    "feature_screening": lambda theme: plots.feature_screening(group_hessians(NASTY), top=5, theme=theme),
    "column_histogram": lambda theme: plots.column_histogram((3, 2, 1), levels=LEVELS, name=NASTY[3], theme=theme),
}


def texts(part) -> list[str]:
    """Every text of a figure but `customdata`, which is never drawn."""
    if isinstance(part, dict):
        return [text for key, value in part.items() if key != "customdata" for text in texts(value)]
    if isinstance(part, list):
        return [text for value in part for text in texts(value)]
    return [part] if isinstance(part, str) else []


def test_every_public_figure_is_tried():
    assert {name for name in plots.__all__ if not any(tried.startswith(name) for tried in FIGURES)} == set()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", FIGURES)
def test_names_are_never_markup(name, theme):
    drawn = texts(json.loads(FIGURES[name](theme).to_json()))
    assert drawn
    for text in drawn:
        bare = re.sub(r"</?b>|<br>", "", text)
        assert not set("<>$") & set(bare), text
        assert "%{" not in text or text == "%{text}" or "hover" not in name
    assert not [text for text in drawn if "\u202e" in text or "\n" in text]


def test_a_template_in_a_name_is_not_filled_in():
    """Plotly fills `%{x}` in templates only, so no label of ours may be one."""
    for draw in FIGURES.values():
        for trace in draw("light").data:
            assert not getattr(trace, "hovertemplate", None)
            assert getattr(trace, "texttemplate", None) in (None, "%{text}")


@pytest.mark.parametrize("name", FIGURES)
def test_themes_differ_in_colour_only(name):
    light, dark = (FIGURES[name](theme) for theme in ("light", "dark"))
    assert light.layout.paper_bgcolor == LIGHT.paper
    assert dark.layout.paper_bgcolor == DARK.paper
    assert light.layout.height == dark.layout.height
    assert [trace.type for trace in light.data] == [trace.type for trace in dark.data]


@pytest.mark.parametrize("name", FIGURES)
def test_an_unknown_theme_is_refused(name):
    with pytest.raises(InputError, match='`theme` must be "light" or "dark"'):
        FIGURES[name]("sepia")


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_text_and_marks_are_readable(look):
    assert contrast(look.ink, look.paper) >= 7
    assert contrast(look.muted, look.paper) >= 4.5
    assert min(contrast(colour, look.paper) for colour in (look.lower, look.mean, look.upper, look.highlight)) >= 3


@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_scales_run_evenly_from_the_paper(look):
    """More is always further from the paper, so a print without colours tells the same."""
    sequential = [contrast(colour, look.paper) for colour in look.sequential]
    assert sequential == sorted(sequential)
    below, above = look.diverging[3::-1], look.diverging[3:]
    for half in (below, above):
        steps = [contrast(colour, look.paper) for colour in half]
        assert steps == sorted(steps)


def test_one_feature_has_nothing_to_draw():
    nothing = pairs([1.0], names=("a", "b"))
    nothing = dataclasses.replace(nothing, table=nothing.table.iloc[:0], features=("a",))
    for draw in (plots.pair_heatmap, plots.ranking_bars, plots.confidence):
        figure = draw(nothing)
        assert not figure.data
        assert "no pairs" in figure.layout.annotations[0].text
