"""Shapley values and interaction indices against their definitions over all coalitions."""

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from interaction_engine.core.errors import InputError
from interaction_engine.numerics.hypercube import interaction_indices as indices
from interaction_engine.numerics.hypercube.subset_transforms import moebius, orders
from tests.numerics.games import random_games, subsets_of


def discrete_derivative(v, s, rest):
    return sum((-1) ** (s.bit_count() - part.bit_count()) * float(v[part | rest]) for part in subsets_of(s))


def by_coalitions(v, n, order, weight):
    """sum over coalitions T outside S of weight(|T|) times the discrete derivative of v in S at T."""
    result = torch.zeros(2**n, dtype=torch.float64)
    for s in range(2**n):
        if s.bit_count() == order:
            coalitions = subsets_of((2**n - 1) & ~s)
            result[s] = sum(weight(t.bit_count()) * discrete_derivative(v, s, t) for t in coalitions)
    return result


def shapley_weight(n, order):
    return lambda t: math.factorial(n - t - order) * math.factorial(t) / math.factorial(n - order + 1)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_shapley_values_are_the_mean_over_all_orders_of_arrival(n):
    v = random_games(n, 1, n)[0]
    total = torch.zeros(n, dtype=torch.float64)
    for arrival in itertools.permutations(range(n)):
        there = 0
        for player in arrival:
            total[player] += v[there | 1 << player] - v[there]
            there |= 1 << player
    torch.testing.assert_close(indices.shapley_values(moebius(v)), total / math.factorial(n), atol=1e-10, rtol=0)


@pytest.mark.parametrize(("n", "order"), [(2, 1), (5, 1), (5, 2), (5, 3), (5, 5)])
def test_interaction_indices_are_means_of_discrete_derivatives(n, order):
    v = random_games(n, 1, n)[0]
    m = moebius(v)
    shapley = by_coalitions(v, n, order, shapley_weight(n, order))
    torch.testing.assert_close(indices.shapley_interactions(m, order), shapley, atol=1e-10, rtol=0)
    banzhaf = by_coalitions(v, n, order, lambda t: 0.5 ** (n - order))
    torch.testing.assert_close(indices.banzhaf_interactions(m, order), banzhaf, atol=1e-10, rtol=0)


@pytest.mark.parametrize("max_order", [1, 2, 3, 4, 5])
def test_k_sii_equals_its_recursion(max_order):
    """Bordt & von Luxburg 2023, Definition 5: each order corrects the lower ones."""
    n = 5
    m = moebius(random_games(n, 1, 3)[0])
    bernoulli = {0: 1.0, 1: -0.5, 2: 1 / 6, 3: 0.0, 4: -1 / 30}
    result = indices.shapley_interactions(m, 1)
    for order in range(2, max_order + 1):
        top = indices.shapley_interactions(m, order)
        corrected = result + top
        for s in range(1, 2**n):
            size = s.bit_count()
            if size < order:
                larger = [t for t in range(2**n) if t & s == s and t.bit_count() == order]
                corrected[s] = result[s] + bernoulli[order - size] * float(sum(top[t] for t in larger))
        result = corrected
    found = indices.k_shapley_interactions(m, max_order)
    torch.testing.assert_close(found[1:], result[1:], atol=1e-10, rtol=0)


@given(st.integers(1, 7), st.integers(0, 2**31), st.data())
def test_k_sii_adds_up(n, seed, data):
    k = data.draw(st.integers(1, n))
    v = random_games(n, 2, seed)
    found = indices.k_shapley_interactions(moebius(v), k)
    torch.testing.assert_close(found.sum(1), v[:, -1], atol=1e-9, rtol=0)
    assert not found[:, orders(n) > k].any()
    shapley = indices.shapley_values(moebius(v))
    torch.testing.assert_close(shapley.sum(1), v[:, -1] - v[:, 0], atol=1e-9, rtol=0)
    if k == n:
        torch.testing.assert_close(found, moebius(v), atol=1e-9, rtol=0)


def test_other_orders_are_refused():
    m = torch.zeros(8, dtype=torch.float64)
    with pytest.raises(InputError, match="`max_order`"):
        indices.k_shapley_interactions(m, 4)
    with pytest.raises(InputError, match="`order`"):
        indices.shapley_interactions(m, 0)
    with pytest.raises(InputError, match="`weights`"):
        indices.index_of_order(m, 1, [1.0])
