"""Rows of a table as games: what masked rows are, whose log-odds the scores are, and what cannot be used."""

import numpy as np
import pandas as pd
import pytest
import torch

from interaction_engine.core.compute import Compute
from interaction_engine.core.errors import InputError, ModelError
from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.masking.baselines import baseline_of
from interaction_engine.masking.choosing import rows_game
from interaction_engine.masking.game import Game, present
from interaction_engine.masking.players import first_order_effects
from interaction_engine.models.adapters.wrapping import wrap
from interaction_engine.models.networks.mlp import Mlp
from interaction_engine.models.training.mlp import train_ensemble
from tests.oracles import mixed_dataset, numeric_dataset


def classes_dataset(n_classes, n_rows=400):
    draw = np.random.default_rng(0).standard_normal((n_rows, 3))
    labels = np.array(["red", "green", "blue"])[:n_classes][np.arange(n_rows) % n_classes]
    frame = pd.DataFrame(draw, columns=list("abc")).assign(kind=labels)
    return assemble(frame, name="kinds", target="kind", kinds=dict.fromkeys("abc", Kind.NUMERIC))


def product(x):
    return x[:, 0] * x[:, 1] + x[:, 2] - x[:, 3] ** 2 + x[:, 4]


def one_by_one(function, data, row, base, members):
    """v of every subset, a masked row at a time."""
    values = []
    for mask in range(2 ** len(members)):
        masked = data.rows[row].copy()
        for player, places in enumerate(members):
            if not mask >> player & 1:
                masked[list(places)] = base[list(places)]
        values.append(function(masked[None])[0])
    return np.array(values)


def test_masked_rows_are_those_masked_one_at_a_time():
    data = numeric_dataset()
    game = rows_game(wrap(product, data), data, [3, 70], ["a", "c & e", "b"])
    assert isinstance(game, Game)
    found = game.values([0, 1])
    for sample, row in enumerate([3, 70]):
        expected = one_by_one(product, data, row, data.mean(), [(0,), (2, 4), (1,)])
        np.testing.assert_allclose(found[sample].numpy(), expected, rtol=0, atol=1e-12)
    some = torch.tensor([0, 5, 7])
    assert torch.equal(game.values([1], some), found[1:, some])


def test_small_memory_changes_nothing_and_progress_reaches_the_end():
    data, seen = numeric_dataset(), []
    model = wrap(product, data)
    whole = rows_game(model, data, [0, 1, 2]).values([0, 1, 2])
    small = rows_game(model, data, [0, 1, 2], compute=Compute(memory="5KB")).values([0, 1, 2], watch=seen.append)
    assert torch.equal(whole, small)
    assert len(seen) > 5
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_a_name_with_the_joiner_in_it_is_a_feature_first():
    frame = pd.DataFrame(np.random.default_rng(0).standard_normal((50, 3)), columns=["a", "a & b", "b"])
    data = assemble(frame.assign(y=frame.a), name="t", target="y", kinds=dict.fromkeys(frame.columns, Kind.NUMERIC))
    model = wrap(lambda x: x[:, 0], data)
    assert rows_game(model, data, [0], ["a & b", "a"]).members == ((1,), (0,))


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ("zero", [0, 0, 0, 0, 0]),
        (7, None),
        ((40, -1.5, 2, "green", "1"), [40, -1.5, 2, None, 1]),
    ],
)
def test_baselines_by_word_row_and_value(chosen, expected):
    data = mixed_dataset()
    row = baseline_of(data, chosen, 0).rows[0]
    expected = data.rows[7] if expected is None else expected
    green = data.space.features[3].levels.index("green")
    assert row.tolist() == [green if value is None else value for value in expected]


def test_mean_and_median_are_those_of_the_training_rows():
    data = mixed_dataset()
    assert baseline_of(data, "mean", 0).rows.tolist() == [data.mean().tolist()]
    assert baseline_of(data, "median", 0).rows.tolist() == [data.median().tolist()]


def test_a_baseline_of_data_averages_over_drawn_rows():
    data = numeric_dataset()
    game = rows_game(wrap(product, data), data, [3], baseline="data", seed=5)
    drawn = data.background(16, 5)
    expected = np.mean([one_by_one(product, data, 3, base, [(i,) for i in range(5)]) for base in drawn], axis=0)
    np.testing.assert_allclose(game.values([0])[0].numpy(), expected, rtol=0, atol=1e-12)
    assert game.calls_per_mask == 16


def test_the_score_of_two_classes_is_that_of_the_true_one():
    data = classes_dataset(2)
    model = wrap(lambda x: 3 * x[:, 0] + x[:, 1], data)
    game = rows_game(model, data, [0, 1])
    raw = 3 * data.rows[:2, 0] + data.rows[:2, 1]
    truth = data.target_values[:2]
    assert set(truth) == {0.0, 1.0}
    whole = game.values([0, 1])[:, -1].numpy()
    np.testing.assert_allclose(whole, np.where(truth == 1, raw, -raw), atol=1e-12)
    assert game.mixed
    assert game.unit == "log-odds of the row's own kind"
    one = rows_game(model, data, [0])
    assert one.unit == data.target.unit(int(truth[0]))
    assert one.samples[0].label == f"row 0, kind = {data.target.classes[int(truth[0])]}"


@pytest.mark.parametrize("scored", [0, 1, None])
def test_the_class_that_a_network_scores_makes_no_difference(scored):
    data = classes_dataset(2)
    generator = torch.Generator().manual_seed(0)
    weights = tuple(torch.randn(2, o, i, generator=generator) for o, i in ((8, 3), (1, 8)))
    biases = tuple(torch.randn(2, o, generator=generator) for o in (8, 1))
    model = Mlp.of_layers(space=data.space, target=data.target, weights=weights, biases=biases, class_index=scored)
    values = rows_game(model, data, [0, 1, 2]).values([0, 1, 2])
    exact = model.double().for_class(1).scores(torch.from_numpy(data.rows[:3].copy())).mean(0)
    sign = torch.from_numpy(2 * data.target_values[:3] - 1)
    torch.testing.assert_close(values[:, -1], sign * exact, rtol=0, atol=1e-12)


def test_the_score_of_several_classes_is_that_of_the_true_one():
    data = classes_dataset(3)
    logits = wrap(lambda x: x, data)
    game = rows_game(logits, data, [0, 1, 2, 3])
    whole = game.values([3, 0, 1, 2])[:, -1].numpy()
    for place, row in enumerate([3, 0, 1, 2]):
        own = int(data.target_values[row])
        others = np.delete(data.rows[row], own)
        assert whole[place] == pytest.approx(data.rows[row, own] - np.log(np.exp(others).sum()), abs=1e-12)


def test_the_strongest_features_are_proposed_in_the_order_of_the_table():
    data = numeric_dataset(n_features=6)
    model = wrap(lambda x: 0.1 * x[:, 0] + 3 * x[:, 1] + x[:, 2] + 5 * x[:, 4] + 2 * x[:, 4] * x[:, 5], data)
    game = rows_game(model, data, [0], max_players=3)
    assert game.players == ("b", "c", "e")
    assert game.player_set.evaluations == 256 * 7
    effects = first_order_effects(model, data, baseline_of(data, "zero", 0), 0, Compute())
    rows = data.background(256, 0)
    expected = np.array([0.1, 3, 1, 0, 5, 0]) * np.sqrt((rows**2).mean(0))
    np.testing.assert_allclose(effects.numpy(), expected, atol=1e-12)


def test_which_players_are_there_is_written_in_bits():
    assert present(torch.tensor([0, 5]), 3).tolist() == [[False, False, False], [True, False, True]]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"players": ["a"]}, "at least 2 players.* got 1"),
        ({"players": [chr(97 + i) for i in range(21)]}, "at most 20 players.* got 21"),
        ({"players": ["a", "bb"]}, "There is no feature `bb`"),
        ({"players": ["a & b", "b"]}, "`b` is in `a & b` and in `b`"),
        ({"players": ["a & a", "b"]}, "`a` is in `a & a` and in `a & a`"),
        ({"baseline": (1.0, 2.0)}, "one value per feature \\(22\\); got 2"),
        ({"baseline": "average"}, "zero, mean, median, data.* got 'average'"),
        ({"baseline": 400}, "`baseline` must be a row from 0 to 399"),
        ({"baseline": (float("nan"),) * 22}, "for the feature `a`; it needs a number"),
        ({"rows": [400]}, "`row` must be a row from 0 to 399 \\(`numbers` has 400 rows\\); got 400"),
        ({"rows": [-1]}, "got -1"),
    ],
)
def test_bad_input_is_a_sentence(settings, says):
    data = numeric_dataset(n_features=22)
    with pytest.raises(InputError, match=says):
        rows_game(wrap(lambda x: x[:, 0], data), data, **{"rows": [0], **settings})


def test_an_unknown_level_is_named():
    with pytest.raises(InputError, match="'pink' for the feature `colour`; its levels are"):
        baseline_of(mixed_dataset(), (1, 1, 1, "pink", "Bonn"), 0)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda x: 1 / (1 + np.exp(-x[:, 0])), "look like probabilities"),
        (lambda x: (x[:, 0] > 0).astype(float), "look like labels of classes"),
    ],
)
def test_a_classifier_without_log_odds_is_told_what_it_returns(function, says):
    data = classes_dataset(2)
    with pytest.raises(ModelError, match=says):
        rows_game(wrap(function, data), data, [0])


def test_a_row_of_a_class_that_the_model_does_not_know_is_told():
    two, three = classes_dataset(2), classes_dataset(3)
    with pytest.raises(InputError, match=r"knows the classes .*; a row is of class blue"):
        rows_game(wrap(lambda x: 3 * x[:, 0], two), three, [2])


def test_a_model_of_one_class_only_is_told():
    data = classes_dataset(3)

    class OneClass:
        def __init__(self, model):
            self.model = model

        def to(self, device):
            return self

        def __getattr__(self, name):
            if name == "for_class":
                raise AttributeError(name)
            return getattr(self.model, name)

    game = rows_game(OneClass(wrap(lambda x: x, data)), data, [0, 1])
    with pytest.raises(InputError, match="scores one class of `kind` only"):
        game.values([0, 1])


def test_probabilities_are_fine_for_regression_and_by_column():
    data = numeric_dataset()
    rows_game(wrap(lambda x: 1 / (1 + np.exp(-x[:, 0])), data), data, [0])
    two = classes_dataset(2)

    def columns(x):
        p = 1 / (1 + np.exp(-x[:, 0]))
        return np.stack([1 - p, p], 1)

    game = rows_game(wrap(columns, two), two, [0])
    sign = 2 * two.target_values[0] - 1
    assert float(game.values([0])[0, -1]) == pytest.approx(sign * two.rows[0, 0], abs=1e-9)


def test_networks_compute_in_float64():
    data = numeric_dataset()
    model = train_ensemble(data, hidden=(8,), epochs=1)
    whole = rows_game(model, data, [0]).values([0])[0, -1]
    exact = model.double().scores(torch.from_numpy(data.rows[:1].copy())).mean()
    assert float(whole) == pytest.approx(float(exact), rel=1e-12)


def test_a_network_within_little_memory_says_the_same():
    data, seen = numeric_dataset(), []
    model = train_ensemble(data, hidden=(8,), epochs=1)
    whole = rows_game(model, data, [0, 1]).values([0, 1])
    game = rows_game(model, data, [0, 1], compute=Compute(memory="5KB"))
    small = game.values([0, 1], watch=seen.append)
    torch.testing.assert_close(whole, small, rtol=0, atol=1e-12)
    assert game.call_bytes <= 5000
    assert len(seen) > 2
