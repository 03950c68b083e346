"""Sentences on pairs whose intervals are for each pair by itself: rows explained, second derivatives, weights."""

import dataclasses

import pytest

from interaction_engine import wording
from tests.plots.made import falling, pairs, provenance, without

CHANCE = "The intervals are for each pair by itself: of many pairs a few may stand out by chance."
MODEL = "This is about the model: no interval covers errors that the model itself makes."


def by(method, *, rows=200, degree=1, **given):
    """Pairs of one method; effects are twice the strengths, as of explained rows."""
    made = pairs(falling(6), **given)
    made = without(made, effect=2 * made.table["strength"])
    told = provenance(method=method, rows=rows, options={"top_k": 3})
    return dataclasses.replace(made, provenance=told, degree=degree)


def test_rows_explained():
    result = by("integrated_hessians", width=100.0)
    assert wording.finding(result) == (
        "`x1` and `x2` interact most: together they move the predicted `count` by 2,050 on average, up or down, beyond "
        "the sum of their separate effects (95 % interval 1,850 to 2,250, mean of 200 explained rows)."
    )
    assert wording.confidence_sentence(result) == (
        "3 of the 3 strongest pairs are clear among 6, by intervals for each pair by itself, from 200 explained rows."
    )
    assert wording.caveats(result) == (CHANCE, MODEL)


def test_what_intervals_of_single_pairs_say_is_no_proof():
    result = by("expected_hessians", width=600.0, status=["certified", *["undecided"] * 4, "excluded"])
    said = [wording.finding(result), wording.confidence_sentence(result), *wording.caveats(result)]
    said += [wording.pair_sentence(result, *pair) for pair in (("x1", "x2"), ("x1", "x3"), ("x3", "x4"))]
    for sentence in said:
        assert "certified" not in sentence
        assert "proven" not in sentence
        assert "jointly" not in sentence
    assert said[0].startswith("`x1` and `x2` have the largest estimate, but the intervals of others reach it: ")
    assert said[1].startswith("1 of the 3 strongest pairs is clear among 6, ")
    assert said[1].endswith("; 4 pairs are undecided.")
    assert said[2].endswith("4 pairs are undecided: intervals overlap; more rows part them.")
    assert said[-3].endswith("By the intervals of single pairs they are among the 3 pairs that interact most.")
    assert said[-1].endswith("By the intervals of single pairs they are not among the 3 pairs that interact most.")


def test_one_row_is_spoken_of_as_one():
    result = by("integrated_hessians", rows=1, pulls=1)
    assert "move the predicted `count` of this row by 2,050 beyond" in wording.finding(result)
    assert wording.finding(result).endswith("(exact for this row).")
    assert wording.confidence_sentence(result) == (
        "The strengths of all 6 pairs are exact for this row: another row may have others."
    )
    assert wording.caveats(result) == (
        "Only 1 explained row stands behind this; other rows could tell another story.", MODEL,
    )  # fmt: skip


@pytest.mark.parametrize(("degree", "low"), [(1, "1,850"), (2, "1,950")])
def test_second_derivatives(degree, low):
    """The root of a mean square has half the relative width of the mean square."""
    result = by("input_hessian", width=100.0, rows=1000, degree=degree)
    assert "one standard deviation of each moves the predicted `count` by 2,050 beyond" in wording.finding(result)
    assert f"(95 % interval {low} to " in wording.finding(result)
    assert wording.finding(result).endswith(", mean of 1,000 rows).")
    assert "Second derivatives tell nothing of what happens further away from the rows." in wording.caveats(result)


def test_weights_are_no_effects():
    one, several = by("nid", rows=0, unit="weight score"), by("nid", rows=0, width=100.0, pulls=5)
    assert wording.finding(one) == (
        "`x1` and `x2` have the strongest connections in the network: the weights that they share amount to 2,050 (a "
        "property of the network)."
    )
    assert wording.finding(several).endswith("(95 % interval 1,850 to 2,250, mean of 5 networks).")
    for result in (one, several):
        for sentence in (wording.finding(result), wording.pair_sentence(result, "x1", "x3"), *wording.caveats(result)):
            assert "the predicted" not in sentence
            assert "row" not in sentence
    assert wording.confidence_sentence(one).endswith("exact for the network: another network may have others.")
    assert wording.caveats(one)[0].startswith("Weights tell what a network could do with two features, not what it ")


def test_credible_intervals_are_named():
    result = by("group_expected_hessian", width=100.0, rows=768)
    assert "(95 % credible interval 1,850 to 2,250, evaluated on 768 rows)" in wording.finding(result)


def test_how_they_were_computed():
    said = dict(wording.how_computed(by("expected_hessians").provenance))
    assert said["Explained rows"] == "200"
    assert said["Joint effect"].endswith("twice their entry in the matrix of a row.")
    assert "How features are moved" not in said
    assert dict(wording.how_computed(by("nid", rows=0).provenance))["Joint effect"].startswith("None: ")
