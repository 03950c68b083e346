"""Slopes and curvatures against automatic differentiation, and the kink against its smooth stand-in."""

import pytest
import torch

from interaction_engine.core.errors import InputError
from interaction_engine.numerics.derivatives.mlp import ACTIVATIONS
from interaction_engine.numerics.derivatives.smooth import KEPT, SMOOTHED, smooth

POINTS = torch.tensor([-30.0, -2.0, -0.3, -1e-3, 2e-3, 0.4, 1.7, 25.0], dtype=torch.float64)


def derivatives(function):
    leaves = POINTS.clone().requires_grad_()
    (slope,) = torch.autograd.grad(function(leaves).sum(), leaves, create_graph=True)
    (curvature,) = torch.autograd.grad(slope.sum(), leaves)
    return slope.detach(), curvature


@pytest.mark.parametrize("activation", [*SMOOTHED, *KEPT])
def test_slope_and_curvature_are_the_derivatives_of_the_value(activation):
    found = smooth(activation, 3.0)
    slope, curvature = derivatives(found.value)
    torch.testing.assert_close(found.slope(POINTS), slope, atol=1e-12, rtol=1e-10)
    torch.testing.assert_close(found.curvature(POINTS), curvature, atol=1e-12, rtol=1e-10)


@pytest.mark.parametrize("activation", KEPT)
def test_activations_without_a_kink_are_kept(activation):
    torch.testing.assert_close(smooth(activation, 10.0).value(POINTS), ACTIVATIONS[activation](POINTS))


@pytest.mark.parametrize("activation", SMOOTHED)
def test_a_rounded_kink_is_off_by_at_most_ln_2_over_beta(activation):
    for beta in (1.0, 10.0, 1000.0):
        off = smooth(activation, beta).value(POINTS) - ACTIVATIONS[activation](POINTS)
        assert off.min() >= -1e-12
        assert off.max() <= torch.log(torch.tensor(2.0)) / beta + 1e-12


def test_all_activations_of_our_networks_are_known():
    assert set(ACTIVATIONS) == {*SMOOTHED, *KEPT}


@pytest.mark.parametrize("beta", [0.0, -1.0, float("nan"), float("inf")])
def test_beta_must_be_positive(beta):
    with pytest.raises(InputError, match="`beta` must be above 0"):
        smooth("relu", beta)
