"""Rankings over steps and pulls: closed forms, prefixes, invariants and what is said of them."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from interaction_engine.core.errors import Cancelled, InputError
from interaction_engine.core.types import Kind, Report
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.data.samples import load_sample
from interaction_engine.data.synthetic import FUNCTIONS
from interaction_engine.methods.finite_differences.exact import exact_pairs
from interaction_engine.methods.finite_differences.sensitivity import sensitivity
from interaction_engine.methods.results import load_result
from interaction_engine.models.adapters.wrapping import wrap
from tests.oracles import mixed_dataset, numeric_dataset


def inside_the_data(name, data):
    """A synthetic function that takes values beyond the range it is defined on for the nearest ones there."""
    return wrap(lambda x: FUNCTIONS[name](np.clip(x, -1.0, 1.0)), data, takes="array")


def of_strengths(result):
    """The strength of every followed pair by pair and step."""
    pairs = [frozenset(pair) for pair in zip(result.ranks.feature_1, result.ranks.feature_2, strict=True)]
    return {(pair, step): s for pair, step, s in zip(pairs, result.ranks.step, result.ranks.strength, strict=True)}


def test_an_exact_formula_is_ranked_without_error_at_every_step():
    data = load_sample("F6", rows=1000)
    result = sensitivity(wrap(FUNCTIONS["F6"], data, takes="array"), data, steps=(0.1, 0.75, 1.6))
    assert result.truth_known
    assert (result.table.auc[result.table.pulls == 200] == 1.0).all()
    assert result.table.groupby("step").size().to_dict() == {0.1: 5, 0.75: 5, 1.6: 5}


def test_products_have_the_same_strength_and_rank_at_every_step():
    data = numeric_dataset()
    scales = data.space.scales
    model = wrap(lambda x: x[:, 0] * x[:, 1] + 2 * x[:, 2] * x[:, 3] + 3 * x[:, 0] * x[:, 4], data)
    result = sensitivity(model, data, scheme="central", pulls=(2, 30))
    expected = {
        frozenset("ab"): (scales[0] * scales[1]) ** 2,
        frozenset("cd"): (2 * scales[2] * scales[3]) ** 2,
        frozenset("ae"): (3 * scales[0] * scales[4]) ** 2,
    }
    assert (result.top, result.n_pairs) == (3, 10)
    for (pair, _), strength in of_strengths(result).items():
        assert strength == pytest.approx(expected[pair])
    assert result.ranks.groupby(["feature_1", "feature_2"])["rank"].nunique().tolist() == [1, 1, 1]
    np.testing.assert_allclose(result.table[["correlation", "overlap"]], 1.0)


def test_fewer_pulls_are_the_first_rows_of_more():
    data = numeric_dataset()
    model = wrap(lambda x: np.sin(x[:, 0] * x[:, 1]) + x[:, 2] * np.abs(x[:, 3]), data)
    many = sensitivity(model, data, steps=(0.4,), step=0.4, pulls=(10, 60), scheme="central", top=10)
    few = sensitivity(model, data, steps=(0.4,), step=0.4, pulls=(10,), scheme="central", top=10)
    direct = exact_pairs(model, data, background=10, step=0.4, scheme="central")
    all_rows = exact_pairs(model, data, background=60, step=0.4, scheme="central")
    named = {frozenset(row[:2]): row[2] for row in direct.table[["feature_1", "feature_2", "strength"]].to_numpy()}
    assert {pair: s for (pair, _), s in of_strengths(few).items()} == pytest.approx(
        {pair: s for pair, s in named.items() if s > 0}
    )
    agreement = spearmanr(*(r.table.sort_values(["feature_1", "feature_2"]).strength for r in (direct, all_rows)))
    assert many.table.correlation[many.table.pulls == 10].item() == pytest.approx(agreement.statistic)
    assert many.table.correlation[many.table.pulls == 60].item() == 1.0


def test_every_row_is_evaluated_once_per_step_and_swapped_pairs_once_at_all():
    data = mixed_dataset()
    calls = []
    model = wrap(lambda x: calls.append(len(x)) or x[:, 0] * x[:, 1] + x[:, 2] * x[:, 4], data, takes="array")
    calls.clear()
    one = sensitivity(model, data, steps=(0.75,), pulls=(5, 20))
    assert sum(calls) == one.provenance.evaluations
    calls.clear()
    two = sensitivity(model, data, steps=(0.75, 1.5), pulls=(5, 20))
    assert sum(calls) == two.provenance.evaluations
    swapped_pairs = 20 * 3  # one corner each, of rooms, colour and town; the other corners are shared
    shared = 20 * 4  # the rows themselves, and each of the three features swapped, which only these pairs need
    assert two.provenance.evaluations == 2 * one.provenance.evaluations - swapped_pairs - shared
    assert any("3 of the 10 pairs have the same strength at every step" in note for note in two.provenance.notes)
    strengths = of_strengths(two)
    assert strengths[frozenset(("rooms", "town")), 0.75] == strengths[frozenset(("rooms", "town")), 1.5] > 0


def test_swapping_everything_makes_the_step_meaningless():
    data = numeric_dataset()
    model = wrap(lambda x: np.cos(x[:, 0] * x[:, 1]) + x[:, 2] * x[:, 3] * x[:, 4], data)
    result = sensitivity(model, data, scheme="swap", pulls=(50,))
    np.testing.assert_allclose(result.table.correlation, 1.0)
    assert any("no strength depends on the step" in note for note in result.provenance.notes)


def test_permuted_features_permute_the_ranking():
    data = numeric_dataset(n_features=4)
    order = [2, 0, 3, 1]
    inverse = np.argsort(order)
    names = [data.space.names[index] for index in order]
    frame = data.frame[[*names, "target"]]
    permuted = assemble(frame, name="permuted", target="target", kinds=dict.fromkeys(names, Kind.NUMERIC))

    def function(x):
        return np.sin(x[:, 0] * x[:, 1]) + np.abs(x[:, 2] + x[:, 3])

    first = sensitivity(wrap(function, data), data, pulls=(5, 40))
    second = sensitivity(wrap(lambda x: function(x[:, inverse]), permuted), permuted, pulls=(5, 40))
    assert of_strengths(first) == pytest.approx(of_strengths(second))
    pd.testing.assert_frame_equal(first.table, second.table)


def test_of_many_pairs_a_random_choice_is_ranked_with_all_true_ones():
    data = load_sample("F8", rows=500)
    true = {pair for one in data.truth for pair in itertools.combinations(sorted(one), 2)}
    every = sensitivity(inside_the_data("F8", data), data, pulls=(20,), steps=(0.75,), top=45)
    few = sensitivity(inside_the_data("F8", data), data, pulls=(20,), steps=(0.75,), top=45, most_pairs=len(true) + 4)
    assert (every.n_pairs, few.n_pairs) == (45, len(true) + 4)
    assert not any("were ranked" in note for note in every.provenance.notes)
    said = f"{len(true) + 4} of the 45 pairs were ranked: {len(true)} that had to be among them"
    assert any(note.startswith(said) for note in few.provenance.notes)
    assert {tuple(sorted(pair)) for pair, _ in of_strengths(few)} == true
    assert (few.table.auc == 1.0).all()


def test_an_included_pair_is_ranked_whatever_the_draw():
    data = numeric_dataset(n_features=8)
    model = wrap(lambda x: x[:, 6] * x[:, 7] + x[:, 0], data)
    for seed in range(5):
        result = sensitivity(model, data, pulls=(5,), steps=(0.75,), most_pairs=3, include=(("h", "g"),), seed=seed)
        assert result.n_pairs == 3
        assert result.ranks[["feature_1", "feature_2", "rank"]].to_numpy().tolist() == [["g", "h", 1]]
    with pytest.raises(InputError, match="`g` twice"):
        sensitivity(model, data, pulls=(5,), include=(("g", "g"),))


def test_an_additive_model_has_no_ranking_to_follow():
    data = numeric_dataset()
    result = sensitivity(wrap(lambda x: x[:, 0] + np.sin(x[:, 1]), data), data, pulls=(5, 10))
    assert result.top == 0
    assert result.ranks.empty
    assert result.table[["auc", "correlation", "overlap"]].isna().all(axis=None)
    assert not result.truth_known


def test_steps_far_outside_the_data_are_told():
    data = numeric_dataset()
    model = wrap(lambda x: x[:, 0] * x[:, 1], data)
    result = sensitivity(model, data, steps=(0.5, 6.0), pulls=(20,), scheme="central")
    assert any("At the step 6, 100% of the moved values lie outside" in note for note in result.provenance.notes)


def test_the_reference_step_is_always_among_the_steps_and_results_survive_saving(tmp_path):
    data = load_sample("F8", rows=300)
    result = sensitivity(inside_the_data("F8", data), data, steps=(1.2, 0.3), step=0.6, pulls=(20, 5, 5), top=4)
    assert result.table[["step", "pulls"]].to_numpy().tolist() == [
        [0.3, 5], [0.3, 20], [0.6, 5], [0.6, 20], [1.2, 5], [1.2, 20],
    ]  # fmt: skip
    at_reference = result.ranks[result.ranks.step == 0.6]
    assert at_reference["rank"].tolist() == [1, 2, 3, 4]
    result.save(tmp_path)
    again = load_result(tmp_path)
    pd.testing.assert_frame_equal(again.table, result.table)
    pd.testing.assert_frame_equal(again.ranks, result.ranks)
    assert (again.step, again.pulls, again.top, again.n_pairs) == (0.6, 20, 4, 45)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"steps": (0.5, 0.0)}, "`steps` must be above 0"),
        ({"steps": (-0.5,)}, "got -0.5"),
        ({"steps": (float("nan"),)}, "`steps` must be above 0"),
        ({"pulls": (10, 400)}, "2 to the 320 training rows of `numbers`; got 10, 400"),
        ({"pulls": (1, 10)}, "`pulls` must be numbers of background rows from 2"),
        ({"pulls": ()}, "got none"),
        ({"include": (("a", "z"),)}, "no feature `z`"),
    ],
)
def test_wrong_options_are_named(options, says):
    data = numeric_dataset()
    with pytest.raises(InputError, match=says):
        sensitivity(wrap(lambda x: x[:, 0] * x[:, 1], data), data, **options)


def test_one_feature_has_no_pairs():
    data = numeric_dataset(n_features=1)
    with pytest.raises(InputError, match="at least 2 features"):
        sensitivity(wrap(lambda x: x[:, 0], data), data)


def test_progress_is_told_step_by_step_and_a_cancelled_run_stops():
    data = numeric_dataset()
    told = []

    class Listener(Report):
        def __call__(self, fraction, message, partial=None):
            told.append((fraction, message))
            if len(told) == 3:
                raise Cancelled("Stopped by its user.")

    with pytest.raises(Cancelled):
        sensitivity(wrap(lambda x: x[:, 0] * x[:, 1], data), data, pulls=(10,), report=Listener())
    assert told == [(0.0, "Step 0.1, 1 of 8"), (1 / 8, "Step 0.25, 2 of 8"), (2 / 8, "Step 0.5, 3 of 8")]
