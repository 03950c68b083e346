"""What explained rows say, in sentences that follow the figures."""

import numpy as np
import pytest

from interaction_engine.core.errors import InputError
from interaction_engine.methods import words
from tests.plots.made_explanations import explanations

LEVELS = {"workingday": ("no", "yes")}


def bicycles(**changes):
    """Two rows: hour moves both, and on a working day together with it."""
    given = {
        "values": [[17.0, 1.0, 20.0], [3.0, 0.0, 20.0]],
        "a": [4.0, 10.0, 0.5],
        "b": [[0, 2.0, 0], [0, 0, 0], [0, 0, 0]],
        "names": ("hour", "workingday", "temp"),
        "numbers": [12, 40],
        "unit": "count",
        "baseline": "zero",
    }
    return explanations(**(given | changes))


def test_the_distance_the_strongest_feature_and_the_strongest_pair():
    assert words.explanation_finding(bicycles(), 12, LEVELS) == (
        "For row 12 the predicted `count` is 125, 122 above the 3 of the baseline (zero). "
        "`hour` = 17 moves it most: +85. Of the pairs, `hour` and `workingday` together move it most: +17."
    )
    assert words.explanation_finding(bicycles(), 40).endswith("No pair of features interacts here.")


def test_a_level_is_told_by_its_name():
    made = bicycles(a=[0.1, 90.0, 0.1])
    assert "`workingday` = `yes` moves it most" in words.explanation_finding(made, 12, LEVELS)
    assert "`workingday` = 1 moves it most" in words.explanation_finding(made, 12)


def test_a_row_like_the_baseline():
    made = bicycles(values=np.zeros((1, 3)), numbers=[7])
    assert words.explanation_finding(made, 7) == (
        "For row 7 the predicted `count` is 3.0, the same as at the baseline (zero)."
    )


def test_a_row_below_the_baseline():
    said = words.explanation_finding(bicycles(a=[-4.0, 0, 0], b=np.zeros((3, 3))), 12)
    assert "the predicted `count` is −65, 68 below the 3 of the baseline" in said


def test_only_explained_rows_can_be_told():
    with pytest.raises(InputError, match="must be one of the explained rows; got 5"):
        words.explanation_finding(bicycles(), 5)


def test_how_much_is_interaction():
    made = bicycles()
    own = made.attributions[made.attributions["row"] == 12]
    joint = (own["attribution"] - own["main_effect"]).abs().sum()
    share = 100 * joint / (joint + own["main_effect"].abs().sum())
    assert words.main_effect_sentence(made, 12) == (
        f"Interactions are {share:.0f} % of what moves this prediction. They matter most for `hour`: its attribution "
        "is +85, its main effect +76."
    )
    assert words.main_effect_sentence(bicycles(b=np.zeros((3, 3))), 12) == (
        "No feature interacts in this row: every attribution is a main effect."
    )


def test_a_pair_over_all_rows_and_in_this_one():
    made = bicycles()
    assert words.pair_in_rows_sentence(made, "workingday", "hour", 12) == (
        "`workingday` and `hour` together move the predicted `count` by 8.5 on average over 2 rows: up in 50 % of "
        "them, down in 0 %. In row 12 it is +17."
    )
    one = bicycles(values=[[17.0, 1.0, 20.0]], numbers=[12])
    assert words.pair_in_rows_sentence(one, "hour", "workingday") == (
        "`hour` and `workingday` together move the predicted `count` of this row by +17."
    )
    assert "was not kept" in words.pair_in_rows_sentence(bicycles(kept=0), "hour", "workingday")


def test_of_a_row_that_does_not_add_up_no_part_is_named():
    made = bicycles(gap=0.2)
    assert words.explanation_finding(made, 12, LEVELS) == (
        f"The completeness check failed: main effects and interactions together miss the prediction by 20 % of {SCALE} "
        "(1.0 % allowed), so the parts are unreliable. Take more integration points, or a smaller beta, and explain "
        "the row again. For row 12 the predicted `count` is 125, 122 above the 3 of the baseline (zero)."
    )
    assert words.main_effect_sentence(made, 12) == (
        "How much of this prediction is interaction is unreliable: its parts do not add up."
    )
    assert "by an unknown amount of" in words.explanation_finding(bicycles(gap=np.nan), 12)


def test_one_row_that_does_not_add_up_makes_every_mean_unreliable():
    made = bicycles()
    made.rows["completeness_gap"] = [1e-5, 0.2]
    assert "moves it most: +85" in words.explanation_finding(made, 12)
    assert words.explanation_finding(made, 40).startswith("The completeness check failed: ")
    assert words.pair_in_rows_sentence(made, "hour", "workingday", 12).startswith(
        "Unreliable, since the parts of 1 of 2 explained rows do not add up: `hour` and `workingday` together move "
    )


SCALE = "the distance from the baseline, or of the predictions' usual spread where that is larger"


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (1e-8, f"together reach the prediction up to less than 0.0001 % of {SCALE} (1.0 % allowed)."),
        (0.01, f"together reach the prediction up to 1.0 % of {SCALE} (1.0 % allowed)."),
        (
            0.25,
            f"together miss the prediction by 25 % of {SCALE} (1.0 % allowed). More integration points, or a smaller "
            f"beta,",
        ),
        (np.nan, "Whether the parts add up is unknown"),
    ],
)
def test_whether_the_parts_add_up(gap, said):
    assert said in words.completeness_sentence(bicycles(gap=gap), 12)


def test_what_rounding_did():
    made = bicycles()
    assert words.rounding_sentence(made, 12) == ""  # by 0.01: nothing to be seen
    made.rows["rounding"] = 2.0
    assert words.rounding_sentence(made, 12) == (
        "The model has kinks, which are smoothed here so that it has second derivatives; that moves this prediction "
        "from 123 to 125."
    )


def test_what_changed_and_what_it_did():
    before = bicycles()
    after = bicycles(values=[[9.0, 0.0, 20.0]], numbers=[0])
    assert words.what_if_sentence(after, before, 12, LEVELS) == (
        "With `hour` from 17 to 9 and `workingday` from `yes` to `no` the predicted `count` goes from 125 to 49 (−76)."
    )
    same = bicycles(values=[[17.0, 1.0, 20.0]], numbers=[0])
    assert words.what_if_sentence(same, before, 12).startswith("Nothing is changed yet")


def test_a_changed_text_is_told_once_however_many_words_differ():
    names = ("said 1", "said 2", "price")
    before, after = (explanations(np.full((1, 3), value), np.ones(3), names=names) for value in (0.0, 1.0))
    texts = {"said 1": "said", "said 2": "said"}
    said = words.what_if_sentence(after, before, 0, texts=texts)
    assert said.startswith("With other words in `said` and `price` from 0 to 1 the predicted")


@pytest.mark.parametrize(
    ("share", "said"), [(0.0, "less than 0.0001 %"), (0.0123, "1.2 %"), (float("nan"), "an unknown amount")]
)
def test_a_gap_is_a_percentage_that_can_be_read(share, said):
    assert words.gap_share(share) == said


def test_many_changes_are_counted():
    names = tuple(f"x{i}" for i in range(8))
    before, after = (explanations(np.full((1, 8), value), np.ones(8), names=names) for value in (0.0, 1.0))
    assert "and 4 more changes" in words.what_if_sentence(after, before, 0)


def test_caveats_follow_the_figures():
    base = "Everything is against the baseline (zero); another baseline gives other parts."
    quiet = words.explanation_caveats(explanations(n_rows=40, a=np.full(4, 9.0)))
    assert quiet[0] == base
    loud = words.explanation_caveats(bicycles(gap=0.2, kept=1))
    assert loud[0].startswith(f"2 of 2 explanations miss the prediction by more than 1.0 % of {SCALE} (up to 20 %)")
    assert "Only 2 rows are explained: what a pair does elsewhere, other rows must tell." in loud
    assert "The interactions of 1 of 2 explained rows were kept one by one; means are over all." in loud
    moved = bicycles()
    moved.rows["rounding"] = 10.0
    assert any("Smoothing the kinks" in said and "by 10 on average" in said for said in
               words.explanation_caveats(moved))  # fmt: skip


def test_names_are_quoted_and_notes_kept():
    import dataclasses

    made = explanations(names=("a`b\nc", "d", "e"))
    assert "`a'b c`" in words.pair_in_rows_sentence(made, "a`b\nc", "d")
    noted = dataclasses.replace(made, provenance=dataclasses.replace(made.provenance, notes=("A note.",)))
    assert words.explanation_caveats(noted)[-1] == "A note."
