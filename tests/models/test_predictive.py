"""Calibration of predictive intervals and sets against what they must hold."""

from dataclasses import replace

import numpy as np

from interaction_engine.models.interval_calibration import LEVELS, _held, interval_calibration

from .networks.test_bayesian import bayesian


def test_a_class_is_held_as_far_as_the_level_reaches_into_it():
    shares = np.array([[0.7, 0.2, 0.1]] * 3)
    found = _held(shares, np.array([0, 1, 2]), np.array([0.35, 0.8, 0.95]))
    np.testing.assert_allclose(found, [[0.5, 0.0, 0.0], [1.0, 0.5, 0.0], [1.0, 1.0, 0.5]])


def test_sets_hold_as_many_as_they_say_where_the_probabilities_are_true():
    source = np.random.default_rng(0)
    shares = source.dirichlet([0.5, 1.0, 2.0], 20_000)
    own = (source.random((20_000, 1)) > shares.cumsum(1)).sum(1)
    covered = _held(shares, own, np.array(LEVELS)).mean(1)
    np.testing.assert_allclose(covered, LEVELS, atol=4 * 0.5 / 20_000**0.5)


def test_without_held_out_rows_nothing_is_said(numeric):
    model = bayesian(noise=1.0)
    table = interval_calibration(model, model.draws(3, 0), replace(numeric, split=0 * numeric.split), 0)
    assert table.columns.tolist() == ["level", "covered", "rows"]
    assert len(table) == 0
