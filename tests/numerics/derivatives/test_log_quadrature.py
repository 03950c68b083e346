"""The quadrature against the moments of its weight, which are 1 / (k + 1)^2."""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad

from interaction_engine.numerics.derivatives.log_quadrature import log_nodes


@pytest.mark.parametrize("n", [1, 2, 3, 8, 16, 64])
def test_polynomials_up_to_degree_2n_minus_1_are_exact(n):
    nodes, weights = log_nodes(n)
    powers = np.arange(2 * n)
    assert np.abs((weights[:, None] * nodes[:, None] ** powers).sum(0) - 1.0 / (powers + 1.0) ** 2).max() < 2e-15


@pytest.mark.parametrize("n", [1, 5, 40])
def test_weights_are_positive_and_nodes_inside(n):
    nodes, weights = log_nodes(n)
    assert (weights > 0).all()
    assert (nodes > 0).all()
    assert (nodes < 1).all()
    assert (np.diff(nodes) > 0).all()


def test_the_error_falls_geometrically_for_an_oscillating_function():
    def function(t):
        return t * np.cos(5 * t) * np.exp(t)

    true = quad(lambda t: -np.log(t) * function(t), 0, 1, epsabs=1e-13)[0]
    errors = [abs((weights * function(nodes)).sum() - true) for nodes, weights in map(log_nodes, (2, 4, 6, 8))]
    assert errors[3] < 1e-11
    assert all(after < before / 50 for before, after in itertools.pairwise(errors))
