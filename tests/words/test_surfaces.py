"""Sentences on three features and on steps: what they say is what the numbers say."""

import dataclasses

import numpy as np

from interaction_engine.methods import words
from tests.plots.made_surfaces import nothing, sensitivity, triple

BOTH = "`hour` and `temp` together typically move the predicted `count`"


def test_a_joint_effect_that_grows_with_the_third():
    # root mean square of a b over a, b in 0, 1, 2: sqrt(25 / 9) = 1.667
    assert words.triple_sentence(triple(factors=(3.0, 6.0, 12.0))) == (
        f"{BOTH} beyond the sum of their separate effects by 5.0 at `x7` = 0, 10.0 at 1 and 20.0 at 2. "
        "The joint effect grows with `x7`."
    )
    falling = words.triple_sentence(triple(factors=(3.0, 2.0, 1.0)))
    assert falling.endswith("The joint effect shrinks as `x7` grows.")


def test_a_joint_effect_that_the_third_leaves_alone():
    assert words.triple_sentence(triple(factors=(3.0, 3.1, 3.0))) == (
        f"{BOTH} by 5.2 beyond the sum of their separate effects, at `x7` = 0, 1 and 2 alike: `x7` hardly changes how "
        "they act together."
    )


def test_a_joint_effect_of_equal_size_that_turns_round_is_no_unchanged_one():
    turned = words.triple_sentence(triple(factors=(-3.0, 0.1, 3.0)))
    assert "Between `x7` = 0 and 2 it turns round: where it raises" in turned
    assert "alike" not in turned


def test_levels_of_the_third_are_in_no_order():
    said = words.triple_sentence(triple(("no", "yes"), factors=(1.0, 4.0)))
    assert "by 1.7 at `x7` = `no` and 6.7 at `yes`. The joint effect changes with `x7`." in said


def test_no_joint_effect_no_rows_and_a_single_value():
    assert words.triple_sentence(triple(factors=(0.0, 1e-13, 0.0))) == (
        "`hour` and `temp` do not act together at 0, 1 or 2 of `x7`."
    )
    bare = triple()
    assert "No rows" in words.triple_sentence(dataclasses.replace(bare, grid=bare.grid.assign(count=0)))
    assert "nothing to compare" in words.triple_sentence(triple((4.0,), factors=(1.0,)))


def test_only_cells_with_rows_count():
    # the product differs between the slices at one corner only, where no row is
    effect = triple(factors=(1.0, 1.0, 1.0), empty=tuple((s, 2, 2) for s in range(3)))
    corner = (effect.grid["value_1"] == 2) & (effect.grid["value_2"] == 20) & (effect.grid["slice"] == 2)
    effect = dataclasses.replace(
        effect, grid=effect.grid.assign(interaction=np.where(corner, 99.0, effect.grid["interaction"]))
    )
    assert "alike" in words.triple_sentence(effect)


# Steps


def test_a_step_that_changes_nothing():
    assert words.sensitivity_sentence(sensitivity()) == (
        "The step does not matter from 0.3 to 1.2 standard deviations: the 45 pairs keep their order. With 10 rows per "
        "pair instead of 100: the 2 strongest pairs the same, rank correlation 0.750."
    )


def test_a_step_that_matters_is_named_with_its_departure():
    ranks = ((1, 1, 1), (2, 2, 9), (3, 3, 8), (4, 4, 2))
    said = words.sensitivity_sentence(sensitivity(ranks, correlations=(0.97, 1.0, 0.6)))
    assert said.startswith(
        "The step matters from 0.3 to 1.2 standard deviations: the ranking at 1.2 is furthest from the one at 0.75 "
        "(2 of the 4 strongest pairs the same, rank correlation 0.600)."
    )


def test_noise_among_the_weak_pairs_does_not_make_the_step_matter():
    said = words.sensitivity_sentence(sensitivity(correlations=(0.4, 1.0, 0.5)))
    assert said.startswith("The step hardly matters")
    few = words.sensitivity_sentence(sensitivity(correlations=(0.4, 1.0, 0.5), n_pairs=3))
    assert few.startswith("The step matters")


def test_the_advised_steps_are_told_where_they_are_better():
    ranks = ((1, 1, 1, 1), (2, 2, 2, 9))
    made = {"steps": (0.6, 0.75, 0.9, 1.6), "correlations": (0.99, 1.0, 0.99, 0.7)}
    assert "Within the advised steps, 0.6 to 0.9, it hardly changes." in words.sensitivity_sentence(
        sensitivity(ranks, **made)
    )
    assert "advised" not in words.sensitivity_sentence(sensitivity(**{**made, "ranks": ((1, 1, 1, 1),) * 2}))


def test_the_truth_is_judged_by_the_roc_curve():
    said = words.sensitivity_sentence(sensitivity(aucs=(0.9, 1.0, 0.95)))
    assert "ROC-AUC runs from 0.900 (step 0.3) to 1.000 (step 0.75)." in said
    assert "ROC-AUC 1.000 at every step." in words.sensitivity_sentence(sensitivity(aucs=(1.0, 1.0, 1.0)))


def test_where_there_is_no_ranking_the_sentence_says_so():
    assert words.sensitivity_sentence(nothing()) == (
        "No pair interacts at the step 0.75, so there is no ranking that a step could change."
    )
    assert "only one pair" in words.sensitivity_sentence(sensitivity(((1, 1, 1),), n_pairs=1))
    blind = sensitivity(correlations=(np.nan, 1.0, 1.0))
    assert "(no pair is told from the others there)" in words.sensitivity_sentence(blind)
    assert "Only the step 0.75 was tried" in words.sensitivity_sentence(sensitivity(((1,), (2,)), steps=(0.75,)))
