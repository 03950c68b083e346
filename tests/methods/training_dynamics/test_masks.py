"""What a network sees of a masked row: patches at zero, features at their usual values, words not there."""

import itertools

import numpy as np
import pytest
import torch

from interaction_engine.data.words import NONE
from interaction_engine.methods.training_dynamics.training_games import TrainingGame
from interaction_engine.methods.training_dynamics.training_players import Players, patches, words, wordy_rows
from interaction_engine.models.adapters.wrapping import wrap
from interaction_engine.models.training.own_class import own_loss
from interaction_engine.models.training.watched_trainer import (
    class_logits,
    network_inputs,
    new_cnn,
    new_mlp,
    new_words,
    true_log_odds,
)


def test_masked_patches_are_zero_on_the_first_map(digits):
    network, players = new_cnn(digits, 0), patches(digits.space, 3, seed=1)
    rows = digits.held_out_rows[:2]
    values = TrainingGame(digits, rows, players).values(network)
    assert values.shape == (2, 8)
    assert values.dtype == torch.float64
    for place, row in enumerate(rows):
        first = network.network.first_map(network.images(torch.tensor(digits.rows[row : row + 1])))
        for subset in range(8):
            masked = first.clone()
            for player, members in enumerate(players.members):
                if not subset >> player & 1:
                    masked.flatten(2)[..., list(members)] = 0.0
            label = torch.tensor([int(digits.target_values[row])])
            expected = true_log_odds(network.network.after_first_map(masked), label)
            torch.testing.assert_close(values[place, subset], expected[0].detach(), rtol=1e-4, atol=1e-5)


def test_masked_features_stand_at_their_mean_or_most_frequent_level(classes):
    network = new_mlp(classes, (5,), 0)
    players = Players(("a", "c"), ((0,), (3,)))
    rows = classes.held_out_rows[:3]
    game = TrainingGame(classes, rows, players)
    values, mean = game.values(network), classes.mean()
    assert game.evaluations == 12
    for place, row in enumerate(rows):
        for subset, (a, c) in enumerate(itertools.product((False, True), repeat=2)):
            masked = classes.rows[row].copy()
            masked[3], masked[0] = masked[3] if a else mean[3], masked[0] if c else mean[0]
            logits = class_logits(network, network_inputs(network, torch.tensor(masked)[None]))
            expected = true_log_odds(logits, torch.tensor([int(classes.target_values[row])]))
            torch.testing.assert_close(values[place, subset], expected[0].detach(), rtol=1e-4, atol=1e-5)


def test_masked_words_are_not_there_and_each_row_has_its_own(opinions):
    network = new_words(opinions, 0)
    rows = wordy_rows(opinions, opinions.held_out_rows, 5)[:3]
    each = words(opinions, rows, 3, seed=1)
    values = TrainingGame(opinions, rows, each).values(network)
    assert values.shape == (3, 8)
    for place, row in enumerate(rows):
        assert len(set(each[place].members)) == 3
        for subset in range(8):
            masked = opinions.rows[row].copy()
            for player, (slot,) in enumerate(each[place].members):
                assert masked[slot] != NONE or not subset >> player & 1
                masked[slot] = masked[slot] if subset >> player & 1 else NONE
            sign = 2 * opinions.target_values[row] - 1
            expected = sign * float(network.scores(torch.tensor(masked)[None])[0, 0])
            assert float(values[place, subset]) == pytest.approx(expected, abs=1e-5)


def test_any_model_is_asked_through_its_scores(classes):
    ours = new_mlp(classes, (5,), 0)
    rows, players = classes.held_out_rows[:4], Players(("a", "c"), ((0,), (3,)))

    other = wrap(ours.predict, classes, takes="frame")
    game = TrainingGame(classes, rows, players)
    torch.testing.assert_close(game.values(other), game.values(ours), rtol=1e-4, atol=1e-4)
    table, labels = torch.tensor(classes.rows), torch.from_numpy(classes.target_values.astype(np.int64))
    assert own_loss(other, table, labels) == pytest.approx(own_loss(ours, table, labels), rel=1e-4)
