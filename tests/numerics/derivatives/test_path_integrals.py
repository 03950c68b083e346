"""Integrated Hessians against closed forms and their axioms (Integrated Hessians paper, section 4 and appendix)."""

import itertools
import math

import numpy as np
import pytest
import torch

from interaction_engine.numerics.derivatives import path_integrals
from interaction_engine.numerics.derivatives.mlp_hessian import Head
from interaction_engine.numerics.derivatives.path_integrals import (
    AnyScore,
    Lines,
    SmoothPerceptron,
    integrate,
    product_rule,
    uniform_rule,
)
from interaction_engine.numerics.derivatives.smooth import smooth

GAUSS, LINE = product_rule("gauss", 24), uniform_rule(32)


def lines(rows, baselines=None, groups=None):
    rows = torch.as_tensor(rows, dtype=torch.float64)
    own = torch.arange(rows.shape[1]) if groups is None else torch.tensor(groups)
    return Lines(rows, torch.zeros_like(rows) if baselines is None else baselines, own, int(own.max()) + 1)


def matrix(score, where, rule=GAUSS):
    return AnyScore(score).integrals(where, rule).interactions()[0]


def perceptron(sizes, seed=0, beta=5.0, dtype=torch.float64):
    random = torch.Generator().manual_seed(seed)
    shapes = list(itertools.pairwise(sizes))
    weights = tuple(torch.randn(2, b, a, generator=random, dtype=torch.float64).to(dtype) / a**0.5 for a, b in shapes)
    biases = tuple(0.1 * torch.randn(2, b, generator=random, dtype=torch.float64).to(dtype) for _, b in shapes)

    def head(outputs):
        return Head(outputs[..., 0], torch.ones_like(outputs))

    return SmoothPerceptron(weights, biases, smooth("relu", beta), head)


ROWS = torch.randn(5, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


class TestClosedForms:
    def test_a_quadratic_form(self):
        """f = x^T A x, A symmetric, from 0: the Hessian 2 A gives A_ij x_i x_j / 2, the gradient 2 A x a main effect of
        x_i (A x)_i / 2, both because int -t ln t dt = 1/4."""
        form = torch.tensor([[1.0, 2.0], [2.0, -3.0]], dtype=torch.float64)
        row = torch.tensor([[0.7, -1.2]], dtype=torch.float64)
        found = matrix(lambda x: ((x @ form) * x).sum(1), lines(row))[0]
        expected = form * row[0, :, None] * row[0] / 2 + torch.diag(row[0] * (form @ row[0])) / 2
        torch.testing.assert_close(found, expected, atol=1e-12, rtol=1e-12)

    @pytest.mark.parametrize("n", [2, 3, 5])
    def test_a_product_is_divided_equally_among_ordered_pairs(self, n):
        """f = x_1 ... x_n from 0: d_i d_j int -t ln t n-2 others t^(n-2) = f / n^2 for each ordered pair, the main
        effects (the first-order part) f / n^2 as well."""
        row = torch.linspace(0.5, 1.5, n, dtype=torch.float64)[None]
        found = matrix(lambda x: x.prod(1), lines(row))[0]
        torch.testing.assert_close(found, torch.full((n, n), float(row.prod()) / n**2, dtype=torch.float64))

    def test_an_exponential_of_a_sum(self):
        """f = exp(x + y) from 0 to (a, b), s = a + b: Gamma_12 = a b int -t ln t exp(s t) dt."""
        a, b = 0.8, 0.5
        powers = np.arange(40)
        expected = a * b * sum((a + b) ** k / math.factorial(k) / (k + 2) ** 2 for k in powers)
        found = matrix(lambda x: torch.exp(x.sum(1)), lines([[a, b]]))[0]
        assert abs(float(found[0, 1]) - expected) < 1e-12

    def test_the_papers_grid_converges_to_the_same(self):
        where = lines([[0.8, 0.5]])
        exact = matrix(lambda x: torch.exp(x.sum(1)), where)
        errors = [
            float((matrix(lambda x: torch.exp(x.sum(1)), where, product_rule("riemann", n)) - exact).abs().max())
            for n in (10, 20, 40)
        ]
        assert errors[0] / errors[1] == pytest.approx(2.0, abs=0.2)
        assert errors[1] / errors[2] == pytest.approx(2.0, abs=0.2)

    def test_exclusive_or_has_a_negative_interaction_where_the_hessian_at_the_row_is_zero(self):
        """A network of rectifiers for exclusive or, relu(x + y) - 2 relu(x + y - 1), at (1, 1), far from its kinks."""

        def score(x):
            total = x.sum(1)
            bent = torch.nn.functional.softplus
            return bent(total, beta=50.0) - 2.0 * bent(total - 1.0, beta=50.0)

        found = matrix(score, lines([[1.0, 1.0]]), product_rule("gauss", 64))[0]
        at_row = torch.autograd.functional.hessian(lambda row: score(row[None])[0], torch.ones(2, dtype=torch.float64))
        assert found[0, 1] < -0.3
        assert abs(float(at_row[0, 1])) < 1e-6


class TestAxioms:
    def test_completeness_and_interaction_completeness(self):
        network = perceptron((4, 9, 8, 1), beta=1.0)
        where = lines(ROWS, 0.3 * ROWS.flip(0))
        found = network.integrals(where, GAUSS).interactions()
        gain = network.scores(where.rows) - network.scores(where.baselines)
        torch.testing.assert_close(found.sum((-1, -2)), gain, atol=1e-6, rtol=0)
        torch.testing.assert_close(found.sum(-1), network.attributions(where, LINE), atol=1e-6, rtol=0)

    def test_symmetry_of_the_matrix_and_of_equal_features(self):
        found = matrix(lambda x: torch.tanh(x[:, 0] + x[:, 1]) * x[:, 2], lines([[0.4, 0.4, 0.9]]))[0]
        torch.testing.assert_close(found, found.T)
        torch.testing.assert_close(found[0, 2], found[1, 2])
        torch.testing.assert_close(found[0, 0], found[1, 1])

    def test_linearity(self):
        def one(x):
            return torch.sin(x[:, 0] * x[:, 1])

        def other(x):
            return torch.exp(x[:, 1]) * x[:, 3]

        both = matrix(lambda x: 2.0 * one(x) - 3.0 * other(x), lines(ROWS))
        torch.testing.assert_close(both, 2.0 * matrix(one, lines(ROWS)) - 3.0 * matrix(other, lines(ROWS)))

    def test_sensitivity_of_a_feature_that_matters_nowhere(self):
        found = matrix(lambda x: torch.sin(x[:, 0]) * x[:, 2], lines(ROWS))
        assert found[:, 1].abs().max() == 0
        assert found[:, 3].abs().max() == 0

    def test_a_sum_of_functions_of_one_feature_has_no_interactions(self):
        found = matrix(lambda x: (torch.sin(x) + x**3).sum(1), lines(ROWS))
        assert (found - torch.diag_embed(found.diagonal(dim1=-2, dim2=-1))).abs().max() < 1e-14

    def test_implementation_invariance(self):
        """The closed form of a perceptron, either order of its products, and automatic differentiation agree."""
        for sizes in ((4, 3, 3, 1), (4, 30, 30, 1)):
            network = perceptron(sizes)
            found = network.integrals(lines(ROWS), GAUSS)
            for member in range(2):
                other = AnyScore(lambda x, m=member, net=network: net.scores(x)[m]).integrals(lines(ROWS), GAUSS)
                torch.testing.assert_close(found.first[member], other.first[0])
                torch.testing.assert_close(found.second[member], other.second[0])


def test_columns_of_one_feature_are_summed():
    network, groups = perceptron((4, 6, 5, 1)), [0, 0, 1, 2]
    fine = network.integrals(lines(ROWS), GAUSS).second
    coarse = network.integrals(lines(ROWS, groups=groups), GAUSS).second
    chosen = torch.nn.functional.one_hot(torch.tensor(groups)).double()
    torch.testing.assert_close(coarse, chosen.T @ fine @ chosen)
    any_way = AnyScore(lambda x: network.scores(x)[0]).integrals(lines(ROWS, groups=groups), GAUSS).second
    torch.testing.assert_close(coarse[:1], any_way)


def test_a_small_memory_gives_the_same_in_more_parts(monkeypatch):
    network, looked_at = perceptron((4, 9, 8, 1)), []
    whole = integrate(network, lines(ROWS), GAUSS, 10**9)
    compute = network.integrals
    monkeypatch.setattr(
        type(network), "integrals", lambda self, part, rule: looked_at.append(len(part)) or compute(part, rule)
    )
    parts = integrate(network, lines(ROWS), GAUSS, 1)
    torch.testing.assert_close(parts.second, whole.second)
    assert looked_at == [1] * len(ROWS)


@pytest.mark.parametrize("sizes", [(4, 9, 8, 1), (4, 3, 3, 1)])
def test_lines_that_do_not_fit_the_cache_together_give_the_same(sizes, monkeypatch):
    network = perceptron(sizes)
    whole = network.integrals(lines(ROWS, groups=[0, 0, 1, 2]), GAUSS)
    monkeypatch.setattr(path_integrals, "CACHE", 2 * network.bytes_per_line(len(GAUSS), 3))
    parts = network.integrals(lines(ROWS, groups=[0, 0, 1, 2]), GAUSS)
    torch.testing.assert_close(parts.first, whole.first)
    torch.testing.assert_close(parts.second, whole.second)


def test_features_of_one_column_each_in_any_order():
    order = [2, 0, 3, 1]
    found = perceptron((4, 6, 5, 1)).integrals(lines(ROWS, groups=order), GAUSS).interactions()
    plain = perceptron((4, 6, 5, 1)).integrals(lines(ROWS), GAUSS).interactions()
    torch.testing.assert_close(found[..., order, :][..., order], plain)


def test_sixteen_nodes_leave_a_gap_of_a_ten_thousandth_in_single_precision():
    network = perceptron((20, 64, 64, 1), beta=10.0, dtype=torch.float32)
    where = Lines(torch.randn(50, 20), torch.zeros(50, 20), torch.arange(20), 20)
    found = network.integrals(where, product_rule("gauss", 16)).interactions().sum((-1, -2))
    gain = network.scores(where.rows) - network.scores(where.baselines)
    assert (found - gain).abs().mean() / gain.abs().mean() < 1e-3
