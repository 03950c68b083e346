"""What races prove, leave open and assume, in words."""

import dataclasses

import numpy as np

from interaction_engine.methods import words
from interaction_engine.methods.common.race_summary import race_sentence, tied_sentence, unseen_sentence
from tests.plots.made import falling, pairs


def raced(status, *, pulls=500, tie=0.02, **changes):
    result = pairs(falling(6), width=0.5, status=status)
    n = len(result.table)
    table = result.table.assign(
        pulls=pulls, tie_group=np.arange(1, n + 1), unseen_rows=[12] * (n - 1) + [40], reason=""
    )
    return dataclasses.replace(result, table=table, tie=tie, **changes)


STATUS = ["certified", "certified", "undecided", "undecided", "excluded", "excluded"]


def test_what_is_proven_and_what_it_took():
    assert race_sentence(raced(STATUS)) == (
        "2 of the 3 strongest pairs are certified, after 25 % of the evaluations that an exact ranking takes; 2 pairs "
        "are undecided (ties below 2 % of the strongest)."
    )
    everything = raced(["certified"] * 3 + ["excluded"] * 3)
    assert race_sentence(everything).startswith("The 3 strongest pairs are certified among 6, after 25 %")


def test_the_papers_interval_certifies_nothing():
    said = race_sentence(raced(["ranked"] * 6))
    assert said.startswith("6 pairs ranked by the paper's approximate intervals, which certify nothing")


def test_rows_in_which_an_effect_may_hide():
    assert unseen_sentence(raced(STATUS)) == (
        "An effect in at most 40 rows (2 %) may have escaped the pairs evaluated least (500 of 2,000 rows), with 95 % "
        "confidence for each pair."
    )
    assert unseen_sentence(pairs(falling(3))) == ""


def test_tied_pairs_are_said_to_be_tied():
    result = raced(STATUS)
    tied = dataclasses.replace(result, table=result.table.assign(tie_group=[1, 2, 2, 2, 3, 4]))
    assert tied_sentence(tied, 1) == "Tied with 2 other pairs: not proven to differ by more than 2 % of the strongest."
    assert tied_sentence(tied, 0) == ""
    first, second = tied.table["feature_1"].iloc[1], tied.table["feature_2"].iloc[1]
    assert "Tied with 2 other pairs" in words.pair_sentence(tied, first, second)


def test_pairs_that_were_not_evaluated_say_why():
    result = raced(STATUS)
    table = result.table.assign(reason=["", "", "", "", "", "no tree has them together on one path"])
    table.loc[5, ["pulls", "strength", "lower", "upper", "effect"]] = 0
    said = words.pair_sentence(
        dataclasses.replace(result, table=table), table["feature_1"].iloc[5], table["feature_2"].iloc[5]
    )
    assert "without an evaluation: no tree has them together on one path" in said


def test_the_assumption_and_the_audit_stand_among_the_caveats():
    result = raced(STATUS, assumption="The intervals assume something.", audit="Audit: nothing was found.")
    said = words.caveats(result)
    assert "The intervals assume something." in said
    assert "Audit: nothing was found." in said


def test_a_finding_off_the_data_begins_with_it():
    result = raced(STATUS)
    rare = dataclasses.replace(result, table=result.table.assign(support=[0.01] * 6))
    assert words.finding(rare).startswith(
        "In this model, but hardly in your data (only 1 % of the moves look like them), `x1` and `x2`"
    )
    for share in (0.6, float("nan")):
        usual = dataclasses.replace(result, table=result.table.assign(support=[share] * 6))
        assert words.finding(usual) == words.finding(result)
