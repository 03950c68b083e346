"""Sentences on the size of additive networks: what they say is what the numbers say."""

import dataclasses

import pandas as pd
import pytest

from interaction_engine.methods import words
from tests.plots.made_additive import compression, sizes

BEGINS = (
    "With 17,486 parameters, 284 times fewer than the teacher's 4,959,461, ParaACE errs by 2.00 % of the range of "
    "`count` on held-out rows; for the teacher it is 2.90 %."
)


def test_the_smallest_error_of_its_size():
    assert words.compression_finding(compression()) == (
        f"{BEGINS} Of the networks of that size it errs least: knowledge distillation 3.20 %, the lottery ticket "
        "14.5 %, SynFlow 15.7 %."
    )


def test_a_better_network_of_its_size_is_not_hidden():
    said = words.compression_finding(compression(errors=(0.02, 0.024, 0.074, 0.029, 0.011, 0.019, 0.157)))
    assert said == (
        f"{BEGINS} Of the 4 networks of that size it is only 3rd: knowledge distillation 1.10 %, the lottery ticket "
        "1.90 %, SynFlow 15.7 %."
    )


def test_an_error_that_is_hardly_smaller_is_said_to_be_so():
    said = words.compression_finding(compression(errors=(0.02, 0.024, 0.074, 0.029, 0.0204, 0.145, 0.157)))
    assert "it errs least, if only just: knowledge distillation 2.04 %" in said


def test_a_teacher_that_is_smaller_leaves_nothing_to_make_smaller():
    said = words.compression_finding(compression(parameters={"teacher": 900}))
    assert said.startswith(
        "ParaACE has 17,486 parameters and the teacher only 900, so nothing was made smaller: it errs"
    )


def test_classes_are_counted_by_rows():
    assert (
        "ParaACE puts 2.00 % of the held-out rows into a wrong class of `count`; for the teacher"
        in words.compression_finding(compression(classes=True))
    )


@pytest.mark.parametrize(
    ("random", "verb"), [(0.024, "matters"), (0.0205, "hardly matters"), (0.015, "hardly matters")]
)
def test_random_pairs_tell_what_the_choice_is_worth(random, verb):
    said = words.chosen_pairs_sentence(compression(errors=(0.02, random, 0.074, 0.029, 0.032, 0.145, 0.157)))
    assert said.startswith(f"The choice of the pairs {verb}: with as many random ones the error is")
    assert said.endswith("For a sum of curves without any interaction it is 7.40 %.")


def test_interactions_that_are_no_pairs_have_no_random_ones():
    said = words.chosen_pairs_sentence(dataclasses.replace(compression(), random=()))
    assert said == "The error of a sum of curves without any interaction is 7.40 %."


def test_what_was_left_out_and_what_is_not_counted_is_said():
    found = compression()
    noted = dataclasses.replace(found.provenance, notes=("The networks learnt from 2,000 of 9,000 training rows.",))
    said = words.compression_caveats(dataclasses.replace(found, provenance=noted))
    assert said[0] == noted.notes[0]
    assert "biases are neither pruned nor counted" in said[1]
    assert "trained once, from seed 0" in said[2]


def test_the_smallest_network_that_is_about_as_good():
    said = words.accuracy_sentence(sizes({1: 0.6, 2: 0.81, 3: 0.814, 4: 0.812}), "R²")
    assert said == (
        "Terms of up to 3 features predict best (R² = 0.814 on held-out rows), but terms of up to 2 features do about "
        "as well (0.810)."
    )
    alone = words.accuracy_sentence(sizes({1: 0.6, 2: 0.7, 3: 0.8}), "R²")
    assert alone.endswith("(R² = 0.800 on held-out rows); nothing smaller comes within 0.005 of that.")


def test_pairs_are_counted_and_none_is_a_sum_of_curves():
    said = words.accuracy_sentence(sizes({0: 0.9, 5: 0.902}, kind="paraace"), "accuracy")
    assert said == (
        "5 pairs predict best (accuracy = 0.902 on held-out rows), but curves without pairs do about as well (0.900)."
    )
    one = words.accuracy_sentence(sizes({0: 0.5, 1: 0.9}, kind="paraace"), "accuracy")
    assert one.startswith("1 pair predicts best")


def test_seeds_count_by_their_mean_and_other_options_not_at_all():
    table = pd.concat([
        sizes({2: 0.80, 3: 0.82}), sizes({2: 0.84, 3: 0.80}, seed=1), sizes({3: 0.99}, usual=False),
    ])  # fmt: skip
    assert words.accuracy_sentence(table, "R²").startswith("Terms of up to 2 features predict best (R² = 0.820")


def test_one_size_alone_is_compared_with_nothing():
    assert words.accuracy_sentence(sizes({2: 0.8}), "R²") == (
        "So far only terms of up to 2 features were tried: R² = 0.800 on held-out rows."
    )
    assert words.accuracy_sentence(sizes({2: 0.8}, usual=False), "R²") == ""
