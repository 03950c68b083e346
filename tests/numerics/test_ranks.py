"""Normal scores: closed forms of the normal distribution, invariance, and moves that stay among the values."""

import numpy as np
import pytest
from scipy.special import ndtri

from interaction_engine.numerics.ranks import move_scores, normal_scores

NORMAL = ndtri((np.arange(2000) + 0.5) / 2000)
"""A normal sample without chance: the quantiles themselves."""


def test_the_normal_scores_of_normal_quantiles_are_the_quantiles():
    np.testing.assert_allclose(normal_scores(NORMAL, NORMAL), NORMAL, atol=1e-12)


def test_equal_values_share_the_middle_of_their_ranks():
    reference = np.array([0.0, 0.0, 0.0, 1.0])
    np.testing.assert_allclose(normal_scores(reference, np.array([0.0, 1.0])), ndtri([3 / 8, 7 / 8]))


def test_values_beyond_the_reference_have_the_scores_of_its_ends():
    np.testing.assert_allclose(normal_scores(NORMAL, np.array([-9.0, 9.0])), NORMAL[[0, -1]])


@pytest.mark.parametrize("shift", [-0.75, 0.3, 0.75])
def test_a_normal_feature_moves_by_the_shift_itself(shift):
    middle = NORMAL[200:-200]
    np.testing.assert_allclose(move_scores(NORMAL, middle, shift), middle + shift, atol=0.02)


def test_moves_are_the_same_for_a_feature_and_its_exponential():
    np.testing.assert_array_equal(
        move_scores(np.exp(NORMAL), np.exp(NORMAL), 0.75), np.exp(move_scores(NORMAL, NORMAL, 0.75))
    )


def test_moved_values_are_values_of_the_reference():
    reference = np.sort(np.random.default_rng(0).poisson(3.0, 500)).astype(float)
    for shift in (-4.0, -0.75, 0.75, 4.0):
        assert np.isin(move_scores(reference, reference, shift), reference).all()
    assert (move_scores(reference, reference, 0.0) == reference).all()
