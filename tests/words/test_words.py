"""Sentences: what they say is what the numbers say, in the user's units, with singular and plural right."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interaction_engine.core.errors import InputError
from interaction_engine.methods import words
from interaction_engine.methods.common.phrases import alike, count, duration, named, number, ordinal, percent, score
from tests.plots.made import NASTY, effect, falling, model_report, nasty_pairs, pairs, provenance, without

ALWAYS = "This is about the model: no interval covers errors that the model itself makes."


# Numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (61.3, "61"), (0.0421, "0.042"), (613.4, "613"), (12_431.0, "12,400"), (6.13, "6.1"), (99.7, "100"),
        (-0.3, "−0.30"), (0.0, "0"), (4.2e-9, "4.2 × 10⁻⁹"), (float("nan"), "unknown"),
    ],
)  # fmt: skip
def test_numbers_are_rounded_as_people_do(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("given", "texts"),
    [
        ((61.2, 55.2, 67.7), ("61", "55", "68")),
        ((61.2, 60.95, 61.53), ("61.2", "61.0", "61.5")),
        ((35_734.0, 31_551.0, 39_470.0), ("35,700", "31,600", "39,500")),
        ((0.042, 0.0, 0.08), ("0.042", "0", "0.080")),
        ((2.0, 1.0, float("inf")), ("2.0", "1.0", "unlimited")),
        ((0.001, 0.0, 4000.0), ("0.0010", "0", "4,000")),
    ],
)
def test_a_number_and_its_interval_share_their_digits(given, texts):
    assert alike(*given) == texts


@given(st.floats(1e-3, 1e6), st.floats(0.01, 0.9))
def test_an_interval_in_words_holds_its_number(value, part):
    middle, low, high = (float(text.replace(",", "")) for text in alike(value, value * (1 - part), value * (1 + part)))
    assert low <= middle <= high


def test_small_words():
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th",
    ]  # fmt: skip
    assert (count(1, "row"), count(2000, "row")) == ("1 row", "2,000 rows")
    assert [percent(x) for x in (0.0, 0.001, 0.24, 0.999, 1.0)] == [
        "0 %",
        "less than 1 %",
        "24 %",
        "more than 99 %",
        "100 %",
    ]
    assert [duration(x) for x in (0.2, 1.2, 8.0, 600.0, 9000.0)] == [
        "less than a second", "1 second", "8 seconds", "10 minutes", "2.5 hours",
    ]  # fmt: skip
    assert [score(x) for x in (0.9321, -0.2, 0.99991, 0.9996, 1.0)] == [
        "0.932",
        "−0.200",
        "more than 0.9999",
        "0.999",
        "1.000",
    ]


@given(st.text(max_size=200))
def test_a_name_is_one_line_between_two_backticks(name):
    text = named(name)
    assert text[0] == text[-1] == "`"
    assert text.count("`") == 2
    assert len(text.splitlines()) == 1
    assert 3 <= len(text) <= 62


# Findings


def test_the_finding_of_a_race():
    # effect 2 sqrt(1024) = 64; its bounds 2 sqrt(1024 ± 100)
    result = pairs(falling(6), width=100.0, pulls=640)
    assert words.finding(result) == (
        "`x1` and `x2` interact most: together they typically move the predicted `count` by 64 beyond the sum of their "
        "separate effects (95 % interval 61 to 67, jointly for all pairs, evaluated on 640 of 2,000 rows)."
    )


def test_the_finding_of_an_exact_detection():
    # the effect's standard error is half of the strength's relative one: 64 * 0.1 / 2
    assert words.finding(pairs(falling(6))) == (
        "`x1` and `x2` interact most: together they typically move the predicted `count` by 64 beyond the sum of their "
        "separate effects (exact on the 2,000 rows evaluated, standard error 3.2 for other rows)."
    )


def test_what_is_not_proven_is_not_claimed():
    close = pairs([10.0, 9.0, 8.0], width=2.0)
    assert (
        "`x1` and `x2` are certified to be among the 3 pairs that interact most and have the largest estimate: "
        in words.finding(close)
    )
    undecided = pairs([10.0, 9.0, 8.0], width=2.0, status=["undecided"] * 3)
    assert "have the largest estimate so far, but their place is not certified" in words.finding(undecided)
    lone = pairs([10.0], width=20.0)
    assert words.finding(lone).startswith("`x1` and `x2`, the only pair, may interact: ")
    assert "jointly" not in words.finding(lone)


def test_an_unlimited_bound_is_no_number():
    result = without(pairs([10.0, 9.0, 8.0], width=2.0, pulls=3), upper=np.inf)
    assert "95 % interval at least 5.7, jointly" in words.finding(result)


def test_the_papers_bound_is_named():
    assert "(sub-Gaussian interval of the paper 61 to 67, " in words.finding(
        pairs(falling(6), width=100.0, bound="subgaussian")
    )


def test_no_interaction_is_a_finding_too():
    assert words.finding(pairs(np.zeros(6))) == (
        "None of the 6 pairs interacts: on the 2,000 rows evaluated the prediction is the sum of the features' "
        "separate effects, up to the rounding of its scores."
    )
    assert words.finding(pairs([0.0])).startswith("The only pair of features does not interact: ")
    assert words.finding(pairs([-0.1, -0.2, -0.3], width=1.0)) == (
        "No interaction was seen on the rows evaluated so far, for any of 3 pairs; that there is none is not proven."
    )
    nothing = dataclasses.replace(pairs([1.0]), features=("x1",), table=pairs([1.0]).table.iloc[:0])
    assert words.finding(nothing) == "There is only one feature, so there is no pair that could interact."
    assert words.caveats(nothing) == ()


def test_names_stand_between_backticks_only():
    result = nasty_pairs()
    sentences = [
        words.finding(result),
        *words.caveats(result),
        *(words.pair_sentence(result, *p) for p in ((NASTY[2], NASTY[4]), NASTY[5:7])),
    ]
    for sentence in sentences:
        outside = "".join(sentence.split("`")[::2])
        assert not set("<>$\n{}*_[]") & set(outside), sentence


# One pair


def test_a_pair_has_its_rank_and_standing():
    result = pairs(falling(6), width=5.0)
    assert words.pair_sentence(result, "x2", "x1").startswith(
        "`x1` and `x2` rank 1st of 6 pairs: together they typically move"
    )
    assert words.pair_sentence(result, "x1", "x2").endswith(
        "It is proven that they are among the 3 pairs that interact most."
    )
    assert words.pair_sentence(result, "x3", "x4").endswith(
        "It is proven that they are not among the 3 pairs that interact most."
    )
    undecided = pairs(falling(6), width=5.0, status=["undecided"] * 6)
    assert words.pair_sentence(undecided, "x1", "x2").endswith(
        "Whether they are among the 3 pairs that interact most is undecided."
    )
    assert words.pair_sentence(pairs(falling(6), top_k=1), "x1", "x2").endswith(
        "They are the pair that interacts most."
    )


def test_a_pair_without_strength_or_rows():
    result = pairs([4.0, 1.0, -0.5], width=0.1)
    assert "no joint effect on the predicted `count` is detectable (evaluated on 2,000 rows)" in words.pair_sentence(
        result, "x2", "x3"
    )
    unseen = without(result, pulls=[10, 10, 0], strength=[4.0, 1.0, np.nan])
    assert words.pair_sentence(unseen, "x2", "x3") == "`x2` and `x3` rank 3rd of 3 pairs: they were not evaluated yet."


def test_a_pair_is_compared_with_the_truth():
    result = pairs(falling(3), truth=(("x1", "x3"),))
    assert words.pair_sentence(result, "x1", "x3").endswith("The truth is known: they interact.")
    assert words.pair_sentence(result, "x1", "x2").endswith("The truth is known: they do not interact.")


def test_an_unknown_pair_is_refused():
    with pytest.raises(InputError, match="Two different features of the result are needed; got `x1` and `x9`"):
        words.pair_sentence(pairs(falling(3)), "x1", "x9")


# Confidence and caveats


def test_confidence_in_one_sentence():
    assert words.confidence_sentence(pairs(falling(6))) == (
        "All 6 pairs were evaluated on all 2,000 rows: strengths and their order are exact on these rows."
    )
    assert words.confidence_sentence(pairs(falling(6), width=1.0, pulls=500)) == (
        "The 3 strongest pairs are certified among 6, after 25 % of the evaluations that an exact ranking takes."
    )
    status = ["certified"] + ["undecided"] * 4 + ["excluded"]
    assert words.confidence_sentence(pairs(falling(6), width=1.0, pulls=500, status=status)) == (
        "1 of the 3 strongest pairs is certified, after 25 % of the evaluations that an exact ranking takes; "
        "4 pairs are undecided."
    )


def test_caveats_of_a_certain_result_are_few():
    assert words.caveats(pairs(falling(6), width=1.0)) == (ALWAYS,)


def test_undecided_pairs_are_counted_and_explained():
    status = ["undecided"] * 6
    assert words.caveats(pairs(falling(6), width=1.0, status=status, budget=1))[0] == (
        "None of the 3 strongest pairs is certified; 6 pairs are undecided: "
        "the budget of 1 model evaluation ended before the intervals parted."
    )
    status = ["certified"] * 2 + ["undecided"] + ["excluded"] * 3
    tied = dataclasses.replace(pairs(falling(6), width=1.0, status=status), tie=0.02)
    assert words.caveats(tied)[0] == (
        "2 of the 3 strongest pairs are certified; 1 pair is undecided: at the cut, or near zero, they differ by less "
        "than 2 % of the strongest pair, and such ties are not settled."
    )
    stopped = dataclasses.replace(tied, settled=False)
    assert "the run ended before the intervals parted" in words.caveats(stopped)[0]


def test_logarithms_are_explained():
    # effect 2 sqrt(0.04) = 0.4: a factor of exp(0.4) = 1.49
    assert "A change of 0.40 in `log(1 + count)` is a factor of 1.5 in `1 + count`." in words.caveats(
        pairs([0.04, 0.01, 0.001], unit="log(1 + count)")
    )
    assert "A change of 0.40 in log-odds multiplies the odds by 1.5, or divides them by as much." in words.caveats(
        pairs([0.04, 0.01, 0.001], unit="log-odds of income = >50K")
    )


def test_other_caveats():
    negative = pairs([4.0, 1.0, -0.5], width=0.1)
    assert words.caveats(negative)[0].startswith("The strength of 1 pair lies below 0: ")
    few = dataclasses.replace(pairs(falling(3)), provenance=provenance(rows=1, notes=("A note.",)))
    assert words.caveats(few) == (
        "Only 1 background row stands behind this; other rows could tell another story.", ALWAYS, "A note.",
    )  # fmt: skip


def test_the_truth_is_compared_with_the_top():
    truth = (("x1", "x2", "x3"),)  # three pairs, of rank 1, 2 and 4
    assert "The truth is known: 2 of the 3 true pairs are among the 3 strongest here." in words.caveats(
        pairs(falling(6), truth=truth)
    )
    assert "The truth is known: no pair interacts." in words.caveats(pairs(falling(6), truth=()))
    assert "The truth is known: the one true pair is not the strongest here." in words.caveats(
        pairs(falling(6), truth=(("x1", "x3"),))
    )


# Surfaces, models, computations


def test_the_surface_in_words():
    assert words.effect_sentence(effect()) == (
        "On average over the data the predicted `count` is highest at `hour` = 2 and `temp` = 20 (+10 against the "
        "average of 189) and lowest at `hour` = 0 and `temp` = 0 (0). It is furthest from the sum of their separate "
        "effects at `hour` = 2 and `temp` = 20: 4.0 above it."
    )
    hidden = words.effect_sentence(effect(("no", "yes"), (0.0, 10.0), product=0.0, empty=((1, 1),)))
    assert "highest at `hour` = `no` and `temp` = 10" in hidden
    assert "separate effects" not in hidden


@pytest.mark.parametrize(
    ("metrics", "trained", "sentence"),
    [
        (
            {"r2": 0.934, "rmse": 41.2}, True,
            "`mlp` explains 93 % of the variance of held-out rows (R² = 0.934, RMSE = 41.2).",
        ),
        (
            {"r2": 0.83, "rmse": 0.512}, False,
            "`mlp` explains 83 % of the variance of your held-out rows (R² = 0.830, RMSE = 0.512): "
            "its inputs are matched to the right columns.",
        ),
        (
            {"r2": -0.2, "rmse": 200.0}, True,
            "`mlp` predicts held-out rows no better than their mean does (R² = −0.200, RMSE = 200).",
        ),
        (
            {"auc": 0.913, "accuracy": 0.853, "log_loss": 0.3}, True,
            "`mlp` tells the classes apart on held-out rows "
            "(ROC-AUC = 0.913; 85 % of held-out rows are classified correctly).",
        ),
        (
            {"auc": 0.41}, True,
            "`mlp` tells the classes apart no better than chance on held-out rows (ROC-AUC = 0.410).",
        ),
        ({"accuracy": 0.5}, True, "By `mlp`, 50 % of held-out rows are classified correctly."),
        ({}, True, "`mlp` was not scored on held-out rows."),
    ],
)  # fmt: skip
def test_models_in_words(metrics, trained, sentence):
    assert words.model_sentence(model_report(metrics, trained=trained)) == sentence


def test_how_a_figure_was_computed():
    said = words.how_computed(
        provenance(notes=("A note.",), options={"scheme": "forward", "step": 0.75, "budget": None, "cross": True})
    )
    assert dict(said) == {
        "Method": "UCB race",
        "Source": "ParaACE, Algorithm 1",
        "Data": "`bike`",
        "Model": "`mlp`",
        "How features are moved": (
            "Numbers up by 0.75 standard deviations, categorical features by taking the value of another row."
        ),
        "Joint effect": dict(said)["Joint effect"],
        "Options": "scheme = `forward`, step = 0.75, budget = none, cross = true",
        "Seed": "0",
        "Background rows": "2,000",
        "Model evaluations": "412,000",
        "Time": "8 seconds",
        "Device": "cpu",
        "Version": "0.1.0",
        "Note": "A note.",
    }
    assert "root mean square" in dict(said)["Joint effect"]
    assert "How features are moved" not in dict(words.how_computed(provenance(options={"cells": 25})))
