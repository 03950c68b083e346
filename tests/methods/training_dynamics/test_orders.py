"""Orders of known patterns: which are salient, their mean, and AND told from OR."""

import numpy as np
import torch

from interaction_engine.core.compute import Compute
from interaction_engine.core.types import Report
from interaction_engine.methods.training_dynamics.phases import Orders, averaged, salient, standard_errors
from interaction_engine.methods.training_dynamics.training_games import TrainingGame
from interaction_engine.methods.training_dynamics.training_players import Players
from interaction_engine.methods.training_dynamics.training_watch import TrainingWatch
from interaction_engine.models.training.watched_trainer import new_mlp


def test_orders_of_known_patterns():
    effects = torch.zeros(2, 2, 8, dtype=torch.float64)
    effects[0, 0, 0] = 9.0  # the base
    effects[0, 0, 0b011], effects[0, 1, 0b111], effects[0, 0, 0b001] = 2.0, -1.0, 0.05
    effects[1, 0, 0b100] = -3.0
    orders = Orders.of(effects, 0.1)
    assert orders.strength.shape == (2, 3, 2, 2)
    expected = np.zeros((2, 3, 2, 2))
    expected[0, 1, 0, 0], expected[0, 2, 1, 1], expected[1, 0, 0, 1] = 2.0, 1.0, 3.0
    np.testing.assert_array_equal(orders.strength, expected)
    np.testing.assert_array_equal(orders.count, (expected > 0).astype(float))
    np.testing.assert_allclose(orders.mean_order, [(2 * 2 + 1 * 3) / 3, 1.0])
    np.testing.assert_allclose(orders.distribution, np.array([3.0, 2.0, 1.0]) / 2)


def test_effects_at_the_threshold_are_salient_and_rounding_errors_never():
    effects = torch.tensor([[[0.0, 1.0, -0.5, 1e-12], [7.0, 0.49, 0.0, 0.0]]], dtype=torch.float64)
    kept = salient(effects, 0.5)
    assert kept.tolist() == [[[0.0, 1.0, -0.5, 0.0], [0.0, 0.0, 0.0, 0.0]]]
    assert int((salient(effects, 0.0) != 0).sum()) == 3
    assert np.isnan(Orders.of(effects, 2.0).mean_order).all()


def test_samples_without_salient_patterns_are_left_out_of_means():
    orders = np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, np.nan], [2.0, np.nan, np.nan]])
    np.testing.assert_allclose(averaged(orders), [2.0, np.nan, 2.0])
    np.testing.assert_allclose(standard_errors(orders), [1.0, np.nan, np.nan])


def test_and_games_are_told_from_or_games(classes):
    network = new_mlp(classes, (3,), 0)
    game = TrainingGame(classes, classes.held_out_rows[:2], Players(("a", "b", "c"), ((0,), (1,), (3,))))
    together = torch.tensor([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0], dtype=torch.float64)  # a and b
    either = -2.0 * torch.tensor([0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0], dtype=torch.float64)  # a or c
    game.values = lambda *_: torch.stack([together, either])
    watch = TrainingWatch(game, classes, 0.03, 1e-6, Compute(), Report())
    labels = torch.from_numpy(classes.target_values[classes.train_rows].astype(np.int64))
    watch.look(network, 7, labels, 0.0, 1.0)
    expected = np.zeros((2, 3, 2, 2))
    expected[0, 1, 0, 0], expected[1, 1, 1, 1] = 1.0, 2.0
    np.testing.assert_allclose(watch.orders[0].strength, expected, atol=1e-5)
    assert watch.epochs == [7]
