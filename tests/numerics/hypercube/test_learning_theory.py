"""The closed form of what is learnt under noise: against dense matrices, and the paper's propositions."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from interaction_engine.core.errors import InputError
from interaction_engine.numerics.hypercube import kronecker
from interaction_engine.numerics.hypercube import learning_theory as theory
from interaction_engine.numerics.hypercube.subset_transforms import orders
from tests.numerics.games import masks, random_games

pytestmark = pytest.mark.slow

variances = st.floats(-4, 3).map(lambda exponent: 10.0**exponent)


def dense(n, sigma2):
    """M of Theorem 3 by its definition."""
    inside = torch.from_numpy(masks(n))
    triggered = (inside[:, None, :] >= inside[None, :, :]).all(2).double()
    square = triggered.T @ triggered
    return torch.linalg.solve(square + 2**n * torch.diag(2.0 ** orders(n).double() * sigma2), square)


@given(st.integers(1, 8), variances, st.integers(0, 2**31))
def test_fast_equals_dense(n, sigma2, seed):
    w = random_games(n, 2, seed)
    torch.testing.assert_close(theory.learnt_interactions(w, sigma2), w @ dense(n, sigma2).T, atol=1e-10, rtol=0)


@given(st.integers(1, 8), variances)
def test_row_norms_equal_the_dense_ones(n, sigma2):
    """Theorem 4: all patterns of an order have the same norm."""
    norms = torch.linalg.vector_norm(dense(n, sigma2), dim=1)
    torch.testing.assert_close(theory.learning_strengths(n, sigma2)[orders(n)], norms, atol=1e-11, rtol=1e-8)


@pytest.mark.parametrize("n", [10, 15])
def test_row_norms_of_many_players_equal_a_row_applied(n):
    """The row of T is M^T applied to the unit vector of T, with M^T = J^T J M (J^T J)^-1."""
    found = theory.learning_strengths(n, 0.2)
    for order in (0, 1, n // 2, n):
        unit = torch.zeros(2**n, dtype=torch.float64)
        unit[2**order - 1] = 1.0
        learnt = theory.learnt_interactions(kronecker.apply(kronecker.inverse(theory.SQUARE), unit), 0.2)
        row = kronecker.apply(theory.SQUARE, learnt)
        assert torch.linalg.vector_norm(row).item() == pytest.approx(found[order].item(), rel=1e-7)


def test_without_noise_the_true_interactions_are_learnt():
    """Theorem 5."""
    w = random_games(9, 2, 0)
    torch.testing.assert_close(theory.learnt_interactions(w, 0.0), w, atol=1e-11, rtol=0)


@pytest.mark.parametrize("n", [3, 8, 14, 20])
def test_low_orders_are_preferred_the_more_the_noisier(n):
    """Proposition 1 and Figure 3."""
    ratios = theory.strength_ratios(n, [0.001, 0.01, 0.1, 1.0, 10.0])
    assert ratios.shape == (5, n - 1)
    assert ratios.min() > 1.0
    assert (ratios.diff(dim=0) > 0.0).all()


def test_distributions_over_orders():
    effects = torch.zeros(2, 8, dtype=torch.float64)
    effects[0, [1, 3, 7]] = torch.tensor([2.0, -1.0, 0.1], dtype=torch.float64)
    effects[1, [0, 2]] = torch.tensor([9.0, 4.0], dtype=torch.float64)
    strengths = theory.salient_by_order(effects, torch.tensor([0.5, 0.5], dtype=torch.float64))
    assert strengths.tolist() == [3.0, 0.5, 0.0]
    assert theory.order_distribution(strengths).tolist() == pytest.approx([18 / 7, 3 / 7, 0.0])
    assert theory.order_distribution(torch.zeros(3)).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("sigma2", [0.0, 0.003, 0.2, 4.0])
def test_the_noise_behind_a_distribution_is_found(sigma2):
    keep = torch.rand(20, 256, generator=torch.Generator().manual_seed(1)) < 0.08
    w = random_games(8, 20, 1) * keep
    fit = theory.fit_noise(w, theory.theoretical_distribution(w, sigma2))
    assert fit.sigma2 == pytest.approx(sigma2, rel=0.02)
    assert fit.distance < 0.01


def test_bad_input():
    with pytest.raises(InputError, match="`sigma2`"):
        theory.learnt_interactions(torch.zeros(4, dtype=torch.float64), -1.0)
    with pytest.raises(InputError, match="`sigma2`"):
        theory.learning_strengths(0, 1.0)
    with pytest.raises(InputError, match="`measured`"):
        theory.fit_noise(torch.zeros(2, 8, dtype=torch.float64), torch.ones(4, dtype=torch.float64))
