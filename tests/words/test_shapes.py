"""Sentences on shapes: what they say is what the numbers say."""

from dataclasses import replace

import numpy as np
import pytest

from interaction_engine.methods import words
from tests.plots.made_shapes import NAMES, VALUES, shapes

SPREAD = 3 * VALUES.std()


def test_the_finding_names_the_term_that_all_models_agree_on():
    models = {"GAM": replace(shapes(product=False), metric_value=0.7), "NIT": replace(shapes(factor=2.0))}
    sentence = words.shapes_finding(models)
    assert sentence.startswith("`a` moves the predicted `y` most in `GAM` and `NIT`, by 1.8 to 3.5 ")
    assert 1.75 < SPREAD < 1.85
    assert sentence.endswith("`GAM` explains 70 % of the variance of held-out rows, `NIT` 100 %.")


def test_models_that_disagree_are_told_apart():
    other = shapes(names=("b", "a", "c"))
    sentence = words.shapes_finding({"GAM": shapes(), "NIT": other, "EBM": shapes()})
    assert "depends on the model: `a` in `GAM` and `EBM` and `b` in `NIT`." in sentence


def test_a_model_of_nothing_is_one_sentence():
    empty = shapes()
    empty = replace(empty, table=empty.table.iloc[:0])
    assert words.shapes_finding({"GAM": empty}) == "No feature moves the predicted `y` in `GAM`."


def test_classes_are_classified():
    sentence = words.shapes_finding({"GAM": replace(shapes(kind="binary"), metric_value=0.8)})
    assert sentence.endswith("It classifies 80 % of held-out rows correctly.")


def test_what_no_figure_shows_is_a_caveat():
    assert words.shapes_caveats({"GAM": shapes()}) == ()
    hidden = shapes(rest=3.0)
    share = hidden.table["share"].iloc[0]
    first, second = words.shapes_caveats({"NIT": replace(hidden, identity_error=0.5)})
    assert first == f"`NIT`: {100 * share:.0f} % of its importance is in terms that no figure can show."
    assert second == "`NIT`: the terms miss its predictions by up to 0.50 `y`."
    assert "logit of the class" in words.shapes_caveats({"EBM": shapes(kind="multiclass")})[0]


def test_a_curve_is_told_by_its_ends_and_its_cost():
    found = shapes()
    cost = np.sqrt(np.square(3 * VALUES).mean())
    sentence = words.term_sentence("GAM", found, ("a",))
    assert sentence.startswith("In `GAM` it runs from +3.0 at `a` = 1 to −3.0 at `a` = −1: ")
    assert sentence.endswith(f"RMSE on held-out rows goes from 0 to {cost:.1f}.")
    assert "+1.0 at `c` = `top` to −1.0 at `c` = `low`" in words.term_sentence("GAM", found, ("c",))


def test_a_map_is_told_where_there_are_rows():
    sentence = words.term_sentence("NIT", shapes(), ("b", "a"))
    assert "+1.0 at `a` = −1 and `b` = −1 to −1.0 at `a` = −1 and `b` = 1" in sentence
    assert "50" not in sentence


def test_other_terms_are_named():
    assert words.term_sentence("GAM", shapes(), ("b",)) == "`GAM` has no term of `b`."
    sentence = words.term_sentence("NIT", shapes(rest=0.5), NAMES)
    assert sentence.startswith("In `NIT`, `a`, `b` and `c` move the prediction by 0.50 `y`: ")
    assert words.term_phrase(tuple("abcde")) == "all 5 features together"


@pytest.mark.parametrize("kind", ["regression", "binary"])
def test_leaving_terms_out_names_both_figures(kind):
    found = shapes(kind=kind)
    whole, now = found.loss_without(), found.loss_without([0, 1])
    sentence = words.without_sentence("GAM", found, [0, 1])
    error = {"regression": "RMSE", "binary": "log-loss"}[kind]
    after = np.sqrt(now[0]) if kind == "regression" else now[0]
    assert sentence.startswith(f"Without `a` and `c`, {error} on {len(found.contributions):,} held-out rows grows ")
    assert f"to {after:.1f}" in sentence or f"to {after:.2f}" in sentence
    assert now[0] > whole[0]
    assert f"With all its terms, `GAM` has {error}" in words.without_sentence("GAM", found, [])


def test_the_growth_of_the_error_is_in_the_unit_of_the_target():
    growth = words.error_growth(shapes())
    assert growth.iloc[0] == pytest.approx(np.sqrt(np.square(3 * VALUES).mean()))
    classes = shapes(kind="binary")
    np.testing.assert_array_equal(words.error_growth(classes), classes.table["cost"])
