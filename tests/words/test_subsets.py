"""Sentences about sets of features: the largest first, each level, what was refused, and why nothing is larger."""

import dataclasses
import json

import pytest

from interaction_engine.cli.results import print_json, print_result, result_as_json
from interaction_engine.cli.terminal import printable
from interaction_engine.core.errors import InputError
from interaction_engine.methods import words
from tests.plots.made import NASTY, hierarchy, provenance, subsets

ALWAYS = "This is about the model: no interval covers errors that the model itself makes."
FOUND_BY = "Larger sets are looked for among accepted smaller ones: one without its pairs or smaller sets is not found."


# The finding


def test_the_largest_accepted_set_is_the_finding():
    # effect 2 sqrt(1) = 2, its bounds 2 sqrt(1 ± 0.19)
    assert words.subset_finding(hierarchy(width=0.19)) == (
        "`x3`, `x4`, `x6` and `x7` form a four-way interaction: they typically move the predicted `y` by 2.0 beyond "
        "everything that smaller sets of them explain (95 % interval 1.8 to 2.2, evaluated on 2,000 rows)."
    )


def test_others_of_the_same_size_are_counted():
    result = subsets([(0, 1), (0, 2), (1, 2), (2, 3), (1, 3), (0, 1, 2), (1, 2, 3)], p=4)
    assert words.subset_finding(result) == (
        "`x1`, `x2` and `x3` form a three-way interaction: they typically move the predicted `y` by 2.0 beyond "
        "everything that smaller sets of them explain (exact on the 2,000 rows evaluated, standard error 0.10 for "
        "other rows). "
        "1 other set of 3 is accepted too."
    )


def test_the_papers_bound_is_named():
    assert "(sub-Gaussian interval of the paper 1.9" in words.subset_finding(hierarchy(bound="subgaussian"))


def test_without_a_larger_set_the_pairs_are_the_finding():
    triangle = [(0, 1), (1, 2), (0, 2)]
    said = words.subset_finding(subsets(triangle, p=5, others=(((0, 1, 2), "excluded"),)))
    assert said.startswith("`x1` and `x2` interact most: together they typically move the predicted `y` by 2.0 ")
    assert said.endswith("No larger set was accepted: 1 candidate of 3 was tried.")
    open_path = subsets([(0, 1), (1, 2)], p=5, refused=(((0, 1, 2), (0, 2)),))
    assert words.subset_finding(open_path).endswith(
        "There was no candidate of 3: 1 clique of 3 was refused, because one of its smaller sets was not accepted."
    )
    assert words.subset_finding(subsets([(0, 1)], p=5)).endswith("Larger sets were not asked for.")


def test_no_cliques_is_said_in_words():
    result = subsets([(0, 1), (1, 2)], p=5)
    empty = dict.fromkeys(result.levels, 0) | {"order": 3, "interval": ""}
    levels = result.levels.copy()
    levels.loc[len(levels)] = empty
    result = dataclasses.replace(result, levels=levels)
    assert words.subset_finding(result).endswith(
        "No three features have all their pairs accepted, so there is no larger set to try."
    )
    assert words.level_sentence(result, 3) == (
        "No three features have all their pairs accepted, so there is no larger set to try."
    )


def test_a_graph_without_edges():
    assert words.subset_finding(subsets([], p=5)) == (
        "No pair of features was accepted, so there is no larger set to try."
    )
    undecided = subsets([], p=3, others=(((0, 1), "undecided"), ((0, 2), "undecided")))
    assert words.subset_finding(undecided) == (
        "No pair of features was accepted, so there is no larger set to try; of 3 pairs, 2 are undecided."
    )


# One set, one level, one refusal


def test_one_set_has_its_rank_and_standing():
    result = hierarchy()
    assert words.set_sentence(result, ("x7", "x6", "x8")).startswith(
        "`x6`, `x7` and `x8` rank 5th of 7 candidates of 3: they typically move the predicted `y` by 0.8"
    )
    assert words.set_sentence(result, ("x6", "x7", "x8")).endswith(
        "They are accepted: more than a set without interaction may show."
    )
    assert words.set_sentence(result, ("x2", "x4", "x5")).endswith("Whether they interact is undecided.")
    assert words.set_sentence(result, ("x1", "x2", "x3")).endswith(
        "They are excluded: no more than a set without interaction may show."
    )
    assert words.set_sentence(result, ("x3", "x4", "x6", "x7")).startswith(
        "`x3`, `x4`, `x6` and `x7` are the only candidate of 4: they typically move"
    )
    assert "jointly for all candidates of 3" in words.set_sentence(result, ("x6", "x7", "x8"))
    with pytest.raises(InputError, match="x1, x5, x8 was not tried as a set"):
        words.set_sentence(result, ("x8", "x5", "x1"))


def test_one_set_is_compared_with_the_truth():
    result = hierarchy(truth=(("x3", "x4", "x6", "x7"),))
    assert words.set_sentence(result, ("x3", "x4", "x6")).endswith("The truth is known: they interact.")
    assert words.set_sentence(result, ("x6", "x7", "x8")).endswith("The truth is known: they do not interact.")


def test_a_level_in_words():
    assert words.level_sentence(hierarchy(), 3) == (
        "Of 7 candidates of 3, 5 were accepted, 1 excluded, 1 undecided. 1 clique of 3 was refused, because one of its "
        "smaller sets was not accepted. It took 5,600 model evaluations in 1 second (estimated: at most 2 seconds)."
    )
    assert words.level_sentence(subsets([], p=3), 2).startswith("Of 3 pairs, none was accepted, 3 excluded. It took ")
    with pytest.raises(InputError, match="Order 5 was not tried; tried were 2, 3, 4"):
        words.level_sentence(hierarchy(), 5)


def test_what_the_limit_left_out_is_explained():
    assert (
        "1,204 more cliques of 4 were left out by the limit on candidates: the graph is dense, so ask for fewer pairs "
        "or raise the limit."
    ) in words.level_sentence(hierarchy(skipped=1204), 4)


def test_a_refusal_names_what_is_missing():
    said = [words.refused_sentence(*row) for row in hierarchy().refused[["features", "missing"]].to_numpy()]
    assert said == [
        "`x5`, `x6` and `x7` were not tried as a three-way interaction: the pair `x5` and `x6` was not accepted.",
        "`x4`, `x6`, `x7` and `x8` were not tried as a four-way interaction: the smaller set `x4`, `x6` and `x8` was "
        "not accepted.",
    ]


# Caveats


def test_caveats_of_a_climb():
    scales = "Strengths of different orders are on scales of their own; joint effects can be compared."
    undecided = "Undecided: 1 candidate of 3. The run ended before the intervals parted from the reference."
    assert words.subset_caveats(hierarchy()) == (undecided, scales, FOUND_BY, ALWAYS)
    few = dataclasses.replace(subsets([], p=3), provenance=provenance(rows=20, notes=("A note.",)))
    assert words.subset_caveats(few) == (
        "Only 20 background rows stand behind this; other rows could tell another story.", FOUND_BY, ALWAYS, "A note.",
    )  # fmt: skip


def test_the_truth_is_compared_with_what_was_accepted():
    def said(accepted, truth):
        return next(one for one in words.subset_caveats(subsets(accepted, p=4, truth=truth)) if "truth" in one)

    three = (("x1", "x2", "x3"),)
    assert said([(0, 1), (0, 2)], three) == "The truth is known: all 2 accepted sets lie inside a true interaction."
    assert said([(0, 1)], three) == "The truth is known: the accepted set lies inside a true interaction."
    assert said([(0, 1), (0, 3)], three) == (
        "The truth is known: 1 of 2 accepted sets does not lie inside a true interaction."
    )
    assert said([], three) == "The truth is known: some features interact."
    assert said([], ()) == "The truth is known: no features interact."


def test_names_stand_between_backticks_only():
    result = hierarchy(names=NASTY)
    sentences = [
        words.subset_finding(result),
        *words.subset_caveats(result),
        *(words.set_sentence(result, names) for names in result.of_order(3)["features"]),
        *(words.refused_sentence(*row) for row in result.refused[["features", "missing"]].to_numpy()),
    ]
    for sentence in sentences:
        outside = "".join(sentence.split("`")[::2])
        assert not set("<>$\n{}*_[]") & set(outside), sentence


def test_pairs_of_a_climb_are_those_above_their_reference():
    """`top_k` only limits such a run: nobody asked for so many pairs to be certified."""
    pairs = hierarchy(top_k=40).pairs()
    assert words.confidence_sentence(pairs).startswith("The 12 strongest pairs are certified among 45")
    assert words.pair_sentence(pairs, "x9", "x10").endswith("not among the 12 pairs that interact most.")


# The terminal


def test_the_terminal_prints_the_largest_sets_first(capsys):
    print_result(hierarchy(names=NASTY), 3)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == printable(words.subset_finding(hierarchy(names=NASTY)))
    assert lines[3].lstrip().startswith("<script>alert(1)</script> × a & b <b>bold</b> × ")
    assert lines[6] == "... and 50 more; `--lines` shows them."
    assert any(line.startswith("Order 3: Of 7 candidates of 3, 5 were accepted") for line in lines)
    assert lines[-1] == f"Note: {ALWAYS}"


def test_json_has_the_names_of_a_set_as_a_list(capsys):
    print_json(result_as_json(hierarchy()))
    printed = json.loads(capsys.readouterr().out)
    assert printed["finding"] == words.subset_finding(hierarchy())
    assert printed["table"][-1]["features"] == ["x3", "x4", "x6", "x7"]
    assert dict(words.how_computed(hierarchy().provenance))["Joint effect"].endswith("its smaller sets add up to.")
