"""Phases of made curves: a second one begins where a rise is certain."""

import numpy as np

from interaction_engine.methods.training_dynamics.phases import second_phase, turning_point


def curve(means, spread=0.1, samples=30, seed=0):
    """Mean orders by sample around given means."""
    noise = np.random.default_rng(seed).normal(0.0, spread, (len(means), samples))
    return np.array(means)[:, None] + noise


def test_the_second_phase_begins_where_a_rise_is_certain():
    fall_and_rise = curve([4.0, 3.0, 1.5, 1.52, 2.0, 3.0])
    assert (turning_point(fall_and_rise), second_phase(fall_and_rise)) == (2, 4)
    falling = curve([4.0, 3.0, 2.0, 1.0])
    assert (turning_point(falling), second_phase(falling)) == (3, None)
    rising = curve([1.0, 2.0])
    assert (turning_point(rising), second_phase(rising)) == (0, 1)
    noisy = curve([4.0, 1.5, 1.6], spread=1.0)
    assert second_phase(noisy) is None


def test_exact_rises_and_missing_samples():
    flat = np.full((3, 5), 2.0)
    assert second_phase(flat) is None
    assert second_phase(flat + np.array([[0.0], [0.0], [0.5]])) == 2
    missing = curve([3.0, 1.0, 2.0])
    missing[2, 1:] = np.nan
    assert second_phase(missing) is None
    nothing = np.full((3, 5), np.nan)
    assert (turning_point(nothing), second_phase(nothing)) == (0, None)


def test_a_flat_curve_seldom_has_a_second_phase():
    found = [second_phase(curve([2.0] * 8, samples=20, seed=seed)) is not None for seed in range(400)]
    assert np.mean(found) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
