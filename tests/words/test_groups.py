"""What group expected Hessians say: sentences that follow the figures."""

import dataclasses

import pytest

from interaction_engine.methods.bayesian.summary import (
    calibration_sentence,
    choice_sentence,
    group_caveats,
    group_confidence_sentence,
    group_finding,
    permutation_sentence,
    regions_sentence,
    screening_sentence,
)
from tests.plots.made_groups import group_hessians

PAIR = ("hour", "workingday")


def with_table(result, **columns):
    return dataclasses.replace(result, table=result.table.assign(**columns))


def test_the_strongest_pair_is_told_with_its_interval_and_what_stands_behind_it():
    said = group_finding(with_table(group_hessians(), lower=59.0, upper=[61.0, *[58.0] * 5]))
    assert said == (
        "`hour` and `workingday` have the largest estimate and are significant: one standard deviation of both changes "
        "the predicted `count` by 60 beyond the sum of their separate effects (95 % credible interval 59 to 61, mean "
        "size over 4 regions of 768 rows, 200 networks drawn)."
    )


def test_a_single_pair_no_pair_and_no_interaction():
    assert "`a` and `b`, the only pair, are significant: " in group_finding(group_hessians(("a", "b")))
    assert "only one feature" in group_finding(group_hessians(("a",)))
    assert "only one feature" in group_confidence_sentence(group_hessians(("a",)))
    nothing = with_table(group_hessians(), strength=0.0, effect=0.0, lower=0.0, upper=0.0)
    assert group_finding(nothing) == "None of the 6 pairs interacts in any of the networks drawn."
    one = group_hessians(("a", "b"))
    assert "The only pair is significant (Bayesian p below 5 %)" in group_confidence_sentence(one)
    assert "The only pair is not significant" in group_confidence_sentence(with_table(one, bayes_p=0.05))


def test_pairs_that_the_networks_leave_open_are_not_said_to_interact():
    open_ = with_table(group_hessians(), bayes_p=0.05)
    assert group_finding(open_).startswith(
        "`hour` and `workingday` have the largest estimate but are not significant; the networks drawn leave it open "
        "whether they interact: one standard deviation"
    )
    assert group_confidence_sentence(open_).startswith("None of 6 pairs is significant (Bayesian p below 5 %")
    assert group_confidence_sentence(group_hessians()).startswith(
        "2 of 6 pairs are significant (Bayesian p below 5 %, each by itself); "
    )
    assert regions_sentence(open_, *PAIR).startswith("`hour` and `workingday` are not significant: whether ")


def test_strengths_without_a_permutation_test_are_not_taken_for_interactions():
    before, after = group_hessians(), group_hessians(permutations=100)
    assert "the permutation test tells how much chance alone makes" in group_caveats(before)[0]
    assert not any("permutation test" in said for said in group_caveats(after))
    assert group_confidence_sentence(before).endswith("nothing was compared with chance yet.")
    assert group_confidence_sentence(after).endswith(
        "3 stand out against 100 networks trained on data without interactions."
    )


def test_chance_is_told_with_its_resolution():
    none = with_table(group_hessians(permutations=9), p_value=0.4, q_value=1.0)
    said = permutation_sentence(group_hessians(permutations=19), *PAIR)
    assert said.startswith("Where every feature acts by itself, the strongest of all pairs reaches typically ")
    shuffled = group_hessians(permutations=19, options={"null": "shuffled"})
    assert permutation_sentence(shuffled, *PAIR).startswith("With shuffled targets, the strongest of all pairs ")
    assert "3 of 6 pairs stand out (chance makes any pair so strong in at most 5 % of cases)." in said
    assert "For `hour` and `workingday`, p = 0.050 among all pairs together, and q = 0.010." in said
    assert "With 19 networks, no p can be below 0.050." in said
    assert "no p can be below" not in permutation_sentence(group_hessians(permutations=99), *PAIR)
    assert "No pair stands out." in permutation_sentence(none, *PAIR)
    assert permutation_sentence(group_hessians(), *PAIR) == ""


def test_the_region_of_the_largest_certain_effect_is_named():
    result = group_hessians(groups=3)
    said = regions_sentence(result, *PAIR)
    assert said.startswith(
        "`hour` and `workingday` act most in the region “mostly hour at most 0” (44 % of the rows): "
    )
    assert "there raising both by one standard deviation adds 60 beyond" in said
    assert said.endswith("It adds in 2 regions and takes away in 1.")
    effects = result.region_effects.assign(effect=lambda table: -table["effect"], lower=-99.0, upper=-1.0)
    assert "takes away 60 beyond" in regions_sentence(dataclasses.replace(result, region_effects=effects), *PAIR)
    open_ = dataclasses.replace(result, region_effects=effects.assign(upper=1.0))
    assert regions_sentence(open_, *PAIR) == (
        "In none of the 3 regions the direction of `hour` and `workingday` is certain."
    )
    single = dataclasses.replace(open_, groups=1, regions=open_.regions.head(1))
    assert "Over all rows the direction of `hour` and `workingday` is not certain." in regions_sentence(single, *PAIR)
    one = group_hessians(groups=1)
    assert regions_sentence(one, *PAIR).startswith(
        "`hour` and `workingday` act over all rows: raising both by one standard deviation"
    )
    assert "were not followed into the regions" in regions_sentence(group_hessians(n_followed=1), "temp", "season")


def test_between_three_levels_there_is_a_size_and_no_direction():
    result = group_hessians(groups=3)
    sizes = result.region_effects.assign(effect=lambda table: table["effect"].abs(), signed=False)
    said = regions_sentence(dataclasses.replace(result, region_effects=sizes), *PAIR)
    assert said == (
        "What `hour` and `workingday` do together differs between levels most in the region “mostly hour at most 0” "
        "(44 % of the rows): by 60 typically. Between three or more levels there is no one direction."
    )


@pytest.mark.parametrize(
    ("options", "groups", "said"),
    [
        ({"groups": 0}, 4, "4 regions are used: with more, the ranking hardly changes."),
        ({"groups": 0}, 1, "1 region is used: with more, the ranking hardly changes."),
        ({"groups": 0}, 15, "15 regions are used, the most that were tried: with fewer the ranking changes."),
        ({"groups": 2}, 2, "You asked for 2 regions; one more would still change the ranking."),
        ({"groups": 200}, 200, "You asked for 200 regions."),
        ({"groups": 50}, 12, "Of the 50 regions that you asked for 12 are used: no more rows are different."),
    ],
)
def test_the_number_of_regions_is_explained(options, groups, said):
    assert choice_sentence(group_hessians(groups=groups, options=options)) == said


def test_where_the_ranking_cannot_change_the_strengths_decide():
    result = group_hessians(groups=3, options={"groups": 0})
    still = dataclasses.replace(result, choosing=result.choosing.assign(delta=0.0))
    assert choice_sentence(still) == "3 regions are used: with more, the strengths hardly change."


def test_few_rows_do_not_make_intervals_wrong():
    result = group_hessians()
    off = result.calibration.assign(covered=[0.5, 0.8, 0.9, 0.85])
    assert "too narrow" in calibration_sentence(dataclasses.replace(result, calibration=off))
    few = calibration_sentence(dataclasses.replace(result, calibration=off.assign(rows=60)))
    assert few.endswith("about right on held-out rows, as far as 60 of them can tell.")


def test_intervals_are_called_narrow_wide_or_right():
    result = group_hessians()
    assert "about right" in calibration_sentence(result)
    narrow = dataclasses.replace(result, calibration=result.calibration.assign(covered=[0.3, 0.5, 0.6, 0.7]))
    assert "too narrow: those of 80 % hold 50 % of the held-out rows" in calibration_sentence(narrow)
    wide = dataclasses.replace(result, calibration=result.calibration.assign(covered=1.0))
    assert "too wide: those of 50 % hold 100 %" in calibration_sentence(wide)
    assert calibration_sentence(dataclasses.replace(result, calibration=result.calibration.head(0))) == ""


def test_screening_tells_what_is_left_out_least_and_most():
    result = group_hessians()
    assert screening_sentence(result) == (
        "The networks leave `hour` out least (2 % of the draws) and `season` most (93 %). That is weak evidence: a "
        "feature that says nothing may be kept too."
    )
    one = dataclasses.replace(result, screening=result.screening.head(1))
    assert screening_sentence(one) == "The networks leave `hour` out in 2 % of the draws."
    none = dataclasses.replace(result, screening=result.screening.head(0))
    assert screening_sentence(none) == "This network has no dropout of its features."
