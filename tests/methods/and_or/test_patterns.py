"""Known patterns are found, match every masked row, and sum to the prediction."""

import itertools

import numpy as np
import pytest
import torch

import interaction_engine as ie
from interaction_engine.methods.and_or.decomposition import and_or
from interaction_engine.models.adapters.wrapping import wrap
from tests.methods.and_or.made_games import EXACT, FIVE, game, patterns, rough
from tests.oracles import numeric_dataset


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda there: there[:, :3].all(1), {("abc", "and"): 1.0}),
        (lambda there: there[:, 1:4].any(1), {("bcd", "or"): 1.0}),
        (lambda there: -2 * there[:, 0] + there[:, 3:].any(1), {("a", "and"): -2.0, ("de", "or"): 1.0}),
    ],
)
def test_a_conjunction_is_one_and_pattern_a_disjunction_one_or_pattern(function, expected):
    model, data = game(function)
    result = and_or(model, data, **EXACT)
    assert patterns(result) == pytest.approx(expected, abs=1e-9)
    assert result.samples["salient"].tolist() == [len(expected)]
    assert result.primal == pytest.approx(sum(map(abs, expected.values())))
    assert len(result.table) == len(expected)


def test_an_additive_model_has_single_players_only():
    data = numeric_dataset()
    model = wrap(lambda x: np.sin(x[:, 0]) + x[:, 1] ** 3 - x[:, 2] + 2 * x[:, 3] + 0.5 * x[:, 4], data)
    result = and_or(model, data, row=3, delta=0.0, salient=0.0)
    assert set(result.table["order"]) == {1}
    assert set(result.table["kind"]) == {"and"}
    x, base = data.rows[3], data.mean()
    expected = [f(x[i]) - f(base[i]) for i, f in enumerate([np.sin, lambda v: v**3, lambda v: -v, lambda v: 2 * v])]
    found = result.table.set_index(result.table["features"].str[0])["effect"]
    assert found[list("abcd")].tolist() == pytest.approx(expected, abs=1e-9)
    assert result.indices["k_sii"].abs().max() < 1e-9


def test_patterns_match_every_masked_row_and_sum_to_the_prediction():
    data = numeric_dataset()
    result = and_or(wrap(rough, data), data, rows=4, delta=0.0, salient=0.0)
    assert (result.matching_error <= 1e-10).all()
    assert (result.gap <= 0.002).all()
    assert (result.dual <= result.primal).all()
    for sample, row in result.samples.iterrows():
        apart = row["score"] - row["base"]
        assert row["score"] == pytest.approx(rough(data.rows[[int(row["row"])]])[0], abs=1e-12)
        assert result.of_sample(sample)["effect"].sum() == pytest.approx(apart, abs=1e-9)
        shapley = result.attributions.query("sample == @sample")
        assert shapley["player"].tolist() == list(FIVE)
        assert shapley["shapley"].sum() == pytest.approx(apart, abs=1e-10)


def test_shapley_values_are_those_of_all_orders_of_arrival():
    data = numeric_dataset(n_features=4)
    model = wrap(lambda x: x[:, 0] * x[:, 1] * x[:, 2] + np.abs(x[:, 3] - x[:, 0]), data)
    result = and_or(model, data, row=5)
    expected = np.zeros(4)
    for order in itertools.permutations(range(4)):
        now = data.mean().copy()
        for player in order:
            before = model.function(now[None])[0]
            now[player] = data.rows[5, player]
            expected[player] += (model.function(now[None])[0] - before) / 24
    np.testing.assert_allclose(result.attributions["shapley"], expected, atol=1e-12)


def test_the_noise_box_is_kept_and_makes_the_split_sparser():
    data = numeric_dataset()
    model = wrap(rough, data)
    exact, boxed = (and_or(model, data, row=2, delta=delta) for delta in (0.0, 0.1))
    span = abs(float(exact.samples["score"].iloc[0] - exact.samples["base"].iloc[0]))
    assert boxed.primal[0] < exact.primal[0]
    assert boxed.matching_error[0] <= 1e-10
    sums = boxed.of_sample(0)["effect"].sum()
    assert abs(sums - float(boxed.samples["score"].iloc[0] - boxed.samples["base"].iloc[0])) <= 0.1 * span + 1e-9
    assert abs(float(boxed.samples["noise"].iloc[0])) <= 0.1 * span + 1e-9


def test_a_constant_model_has_no_pattern():
    data = numeric_dataset()
    result = and_or(wrap(lambda x: np.full(len(x), 2.5), data), data, row=0)
    assert result.table.empty
    assert (result.primal[0], result.gap[0], result.matching_error[0]) == (0.0, 0.0, 0.0)
    assert result.matching["error"].eq(0.0).all()


def test_a_score_that_equals_its_base_is_told():
    model, data = game(lambda there: there[:, 0] ^ there[:, 1])
    result = and_or(model, data, **EXACT, players=("a", "b"))
    assert any("Score and base are the same for 1 of 1" in note for note in result.provenance.notes)
    assert result.matching["error"].iloc[0] == pytest.approx(np.sqrt(0.5))


def test_a_real_network_of_a_sample_is_taken_apart():
    data = ie.load_sample("adult")
    model = ie.sample_model("adult", data)
    result = and_or(model, data, row=3, max_players=8)
    assert result.gap[0] <= 0.002
    assert result.matching_error[0] <= 1e-10
    sign = 1 if data.target_values[3] == 1 else -1
    exact = model.double().scores(torch.from_numpy(data.rows[3:4].copy())).mean()
    assert result.samples["score"].iloc[0] == pytest.approx(sign * float(exact), abs=1e-12)
