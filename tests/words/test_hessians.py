"""Sentences on pairs whose intervals are for each pair by itself: rows explained, second derivatives, weights."""

import dataclasses
import re

import pytest

from interaction_engine.methods import words
from tests.plots.made import falling, pairs, provenance, without

CHANCE = "The intervals are for each pair by itself: of many pairs a few may stand out by chance."
MODEL = "This is about the model: no interval covers errors that the model itself makes."


def by(method, *, rows=200, degree=1, status="ranked", **given):
    """Pairs of one method; effects are twice the strengths, as of explained rows."""
    made = pairs(falling(6), **given)
    made = without(made, effect=2 * made.table["strength"], status=status)
    told = provenance(method=method, rows=rows, options={"top_k": 3})
    return dataclasses.replace(made, provenance=told, degree=degree)


def everything_said(result):
    """All sentences on a result, and on each of its pairs."""
    names = zip(result.table["feature_1"], result.table["feature_2"], strict=True)
    said = [words.finding(result), words.confidence_sentence(result), *words.caveats(result)]
    return [*said, *(words.pair_sentence(result, *pair) for pair in names)]


def test_rows_explained():
    result = by("integrated_hessians", width=100.0)
    assert words.finding(result) == (
        "`x1` and `x2` are ranked first of 6 pairs by the mean size of their interactions: together they move the "
        "predicted `count` by 2,050 on average, up or down, beyond the sum of their separate effects (95 % interval "
        "1,850 to 2,250, mean of 200 explained rows). Nothing is proven about places."
    )
    assert words.confidence_sentence(result) == (
        "The 6 pairs are ranked by the mean size of their interactions (mean of 200 explained rows). "
        "Nothing is proven about places."
    )
    assert words.caveats(result) == (CHANCE, MODEL)


@pytest.mark.parametrize("method", ["integrated_hessians", "expected_hessians", "input_hessian", "nid"])
@pytest.mark.parametrize("width", [0.0, 1.0, 600.0])
def test_a_ranking_proves_no_place_however_far_apart_its_intervals(method, width):
    result = by(method, width=width)
    for sentence in everything_said(result):
        assert not re.search("certified|excluded|undecided|jointly|is proven that|interact most|clear", sentence), (
            sentence
        )
    assert "ranked" in words.finding(result)
    for said in (words.finding, words.confidence_sentence):
        assert said(result).endswith("Nothing is proven about places.")
    assert words.pair_sentence(result, "x1", "x2").endswith("Nothing is proven about places.")


def test_old_words_prove_no_place_of_a_ranking_either():
    """A table that was not read by `load_result`."""
    old = by("nid", status=["certified"] * 3 + ["excluded"] * 3)
    assert everything_said(old) == everything_said(by("nid"))


@pytest.mark.parametrize("method", ["integrated_hessians", "expected_hessians"])
def test_of_an_unreliable_ranking_no_pair_is_named_before_the_check(method):
    result = by(method, width=100.0, status="unreliable")
    failed = (
        "The completeness check failed: in at least one explained row, main effects and interactions together miss the "
        "prediction by more than 1 %."
    )
    headline = (
        f"{failed} Take more integration points, or a smaller beta, and run it again. Until then the pairs "
        "are unreliable."
    )
    assert words.finding(result) == words.confidence_sentence(result) == headline
    assert words.pair_sentence(result, "x1", "x2").startswith(
        f"{failed} So this is unreliable: `x1` and `x2` rank 1st of 6 pairs: "
    )


def test_a_ranking_of_zeros_names_no_pair():
    result = without(by("input_hessian"), strength=0.0, effect=0.0, lower=0.0, upper=0.0)
    assert words.finding(result) == "The figures of all 6 pairs are 0 (mean of 200 rows), so there is no pair to name."
    assert "their figure is 0 (mean of 200 rows)" in words.pair_sentence(result, "x1", "x2")


def test_a_single_pair_has_no_place():
    made = by("integrated_hessians", width=1.0)
    only = dataclasses.replace(made, features=("x1", "x2"), table=made.table.head(1))
    assert words.finding(only).startswith("`x1` and `x2` are the only pair: together they move ")
    assert words.confidence_sentence(only) == (
        "There is only one pair, so nothing is ranked (mean of 200 explained rows)."
    )
    assert not any("places" in sentence for sentence in everything_said(only))


def test_one_row_is_spoken_of_as_one():
    result = by("integrated_hessians", rows=1, pulls=1)
    assert "move the predicted `count` of this row by 2,050 beyond" in words.finding(result)
    assert "(exact for this row). Nothing is proven about places." in words.finding(result)
    assert "(exact for this row)." in words.confidence_sentence(result)
    assert words.caveats(result) == (
        "Only 1 explained row stands behind this; other rows could tell another story.", MODEL,
    )  # fmt: skip


@pytest.mark.parametrize(("degree", "low"), [(1, "1,850"), (2, "1,950")])
def test_second_derivatives(degree, low):
    """The root of a mean square has half the relative width of the mean square."""
    result = by("input_hessian", width=100.0, rows=1000, degree=degree)
    assert "one standard deviation of each moves the predicted `count` by 2,050 beyond" in words.finding(result)
    assert f"(95 % interval {low} to " in words.finding(result)
    assert ", mean of 1,000 rows)." in words.finding(result)
    assert "Second derivatives tell nothing of what happens further away from the rows." in words.caveats(result)


def test_weights_are_no_effects():
    one, several = by("nid", rows=0, unit="weight score"), by("nid", rows=0, width=100.0, pulls=5)
    assert words.finding(one) == (
        "`x1` and `x2` are ranked first of 6 pairs by connection weights: the weights that they share amount to "
        "2,050 (a property of the network). Nothing is proven about places."
    )
    assert "(95 % interval 1,850 to 2,250, mean of 5 networks)." in words.finding(several)
    for result in (one, several):
        for sentence in (words.finding(result), words.pair_sentence(result, "x1", "x3"), *words.caveats(result)):
            assert "the predicted" not in sentence
            assert "row" not in sentence
    assert "(a property of the network)." in words.confidence_sentence(one)
    assert words.caveats(one)[0].startswith("Weights tell what a network could do with two features, not what it ")


def test_bayesian_pairs_are_significant_or_not():
    status = ["significant"] * 2 + ["not significant"] * 4
    result = by("group_expected_hessian", width=100.0, rows=768, status=status)
    assert words.finding(result).startswith("`x1` and `x2` have the largest estimate and are significant: one ")
    assert words.finding(result).endswith("(95 % credible interval 1,850 to 2,250, evaluated on 768 rows).")
    assert words.confidence_sentence(result) == "2 of 6 pairs are significant, each judged by itself."
    assert words.pair_sentence(result, "x1", "x2").endswith("They are significant.")
    assert words.pair_sentence(result, "x3", "x4").endswith(
        "They are not significant; the networks drawn leave it open whether they interact."
    )
    none = by("group_expected_hessian", width=100.0, rows=768, status="not significant")
    assert words.finding(none).startswith("`x1` and `x2` have the largest estimate but are not significant; the ")
    assert words.confidence_sentence(none) == "None of 6 pairs is significant, each judged by itself."
    for sentence in (*everything_said(result), *everything_said(none)):
        assert not re.search("certified|excluded|undecided|ranked|proven", sentence), sentence


def test_how_they_were_computed():
    said = dict(words.how_computed(by("expected_hessians").provenance))
    assert said["Explained rows"] == "200"
    assert said["Joint effect"].endswith("twice their entry in the matrix of a row.")
    assert "How features are moved" not in said
    assert dict(words.how_computed(by("nid", rows=0).provenance))["Joint effect"].startswith("None: ")
