"""Sentences about AND and OR patterns: one prediction, many, what cannot be split, and what to know."""

import dataclasses

import numpy as np
import pytest

from interaction_engine.cli.results import print_result, result_as_json
from interaction_engine.methods import words
from interaction_engine.methods.and_or.decomposition import and_or
from interaction_engine.models.adapters.wrapping import wrap
from tests.oracles import numeric_dataset


def found(function, **options):
    data = numeric_dataset()
    model = wrap(lambda x: function(x != 0.0).astype(float), data)
    return and_or(model, data, **{"row": 7, "baseline": "zero", "delta": 0.0, **options})


def mixed(there):
    return 3 * there[:, 0] - 2 * there[:, 1:3].all(1) + there[:, 2:5].any(1)


def test_one_prediction_is_told_with_its_strongest_pattern():
    assert words.and_or_finding(found(mixed)) == (
        "For `row 7` the `target` lies 2.0 above that of the baseline; 1 single player, 1 AND pattern and 1 OR pattern "
        "carry 100 % of the strength of all patterns, the strongest: `a` alone (+3.0)."
    )


def test_one_pattern_below_the_baseline_is_told_alone():
    assert words.and_or_finding(found(lambda there: -0.5 * there[:, 2:5].any(1))) == (
        "For `row 7` the `target` lies 0.50 below that of the baseline; 1 OR pattern carries 100 % of the strength of "
        "all patterns, the strongest: `c`, `d` or `e` (any of them) (−0.50)."
    )


def test_nothing_found_is_told():
    sentence = words.and_or_finding(found(lambda there: there[:, 0] * 0.0))
    assert sentence == "For `row 7` the `target` is the same as that of the baseline; no pattern is salient."


def test_many_predictions_are_told_by_what_recurs():
    assert words.and_or_finding(found(mixed, row=None, rows=5)) == (
        "For 5 rows the `target` lies 2.0 from that of the baseline on average; a row has 3.0 salient patterns of 62 "
        "possible ones. Of those of several players the most frequent is `b` and `c` together: in 100 % of the rows, "
        "−2.0 on average."
    )
    assert words.and_or_finding(found(lambda there: there[:, 0], row=None, rows=2)).endswith(
        "62 possible ones, none of more than one player."
    )


@pytest.mark.parametrize(
    ("features", "kind", "phrase"),
    [
        (("a",), "and", "`a` alone"),
        (("a", "b"), "and", "`a` and `b` together"),
        (("a", "b", "c`d"), "or", "`a`, `b` or `c'd` (any of them)"),
    ],
)
def test_patterns_in_words(features, kind, phrase):
    assert words.pattern_phrase(features, kind) == phrase


def test_what_is_proven_is_the_first_thing_to_know():
    result = found(mixed)
    result = dataclasses.replace(result, samples=result.samples.assign(gap=0.00123))
    caveats = words.and_or_caveats(result)
    assert caveats[0].startswith("No split could be sparser by more than 0.12 %")
    assert "The patterns add up to the score of every masked sample exactly." in caveats
    assert "Effects are against the baseline (zero); another baseline gives other patterns." in caveats
    far = dataclasses.replace(result, samples=result.samples.assign(gap=0.031))
    assert words.and_or_caveats(far)[0] == (
        "The split could be sparser by up to 3.1 % (asked for: 0.20 %): the iterations ran out. More iterations come "
        "nearer."
    )


def test_the_noise_box_and_what_is_below_the_threshold_are_told():
    data = numeric_dataset()
    model = wrap(lambda x: np.tanh(x).sum(1) ** 3, data)
    caveats = words.and_or_caveats(and_or(model, data, row=7, delta=0.02, salient=0.2))
    assert any(said.startswith("Patterns may miss the score of a masked sample by 2.0 %") for said in caveats)
    assert any(said.startswith("Patterns weaker than") for said in caveats)
    broken = found(mixed)
    broken = dataclasses.replace(broken, samples=broken.samples.assign(matching_error=0.5))
    assert any("miss a score by up to 0.50" in said for said in words.and_or_caveats(broken))


def test_the_terminal_prints_finding_table_and_caveats(capsys):
    result = found(mixed)
    print_result(result, 2)
    out = capsys.readouterr().out
    assert out.startswith("For `row 7`")
    assert "... and 1 more" in out
    assert "Effect in target; `and` acts where all are there, `or` where any is." in out
    printed = result_as_json(result)
    assert printed["finding"] == words.and_or_finding(result)
    assert list(printed["samples"]["gap"]) == list(result.gap)


def test_how_it_was_computed_names_its_rows():
    said = dict(words.how_computed(found(mixed).provenance))
    assert said["Rows decomposed"] == "1"
    assert "Background rows" not in said
