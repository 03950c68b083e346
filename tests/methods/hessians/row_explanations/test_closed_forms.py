"""Closed forms, from the average row, which is 0 in the encoded inputs."""

import math

import numpy as np
import pytest
import torch

from interaction_engine.methods.hessians.explainer import explain
from tests.methods.hessians.row_explanations.formulas import encoded, formula
from tests.oracles import mixed_dataset


def test_a_quadratic_form(numbers):
    form = np.array([[1.0, 2.0], [2.0, -3.0]])
    where, given = numbers.rows[:5], torch.tensor(form)
    found = explain(formula(numbers, lambda x: ((x[:, :2] @ given) * x[:, :2]).sum(1)), numbers, where)
    x = encoded(numbers, where)[:, :2]
    expected = form * x[:, :, None] * x[:, None] / 2
    main = np.einsum("ri,ii->ri", x**2, form) / 2 + x * (x @ form) / 2
    expected[:, [0, 1], [0, 1]] = main
    np.testing.assert_allclose(found.interactions[:, :2, :2], expected, atol=1e-6)
    np.testing.assert_allclose(found.attributions[:, :2], x * (x @ form), atol=1e-6)
    assert not found.interactions[:, 2:].any()


@pytest.mark.parametrize("n", [2, 3, 4])
def test_a_product(numbers, n):
    """x_1 ... x_n is divided equally among the ordered pairs, and each main effect has as much."""
    found = explain(formula(numbers, lambda x: x[:, :n].prod(1)), numbers, numbers.rows[:5])
    product = encoded(numbers, numbers.rows[:5])[:, :n].prod(1)
    expected = np.broadcast_to(product[:, None, None] / n**2, (5, n, n))
    np.testing.assert_allclose(found.interactions[:, :n, :n], expected, atol=1e-6)


def test_an_exponential_of_a_sum(numbers):
    found = explain(formula(numbers, lambda x: x[:, :2].sum(1).exp()), numbers, numbers.rows[:5])
    x = encoded(numbers, numbers.rows[:5])
    total = x[:, 0] + x[:, 1]
    series = sum(total**k / math.factorial(k) / (k + 2) ** 2 for k in range(60))
    np.testing.assert_allclose(found.interactions[:, 0, 1], x[:, 0] * x[:, 1] * series, atol=1e-6)


def test_levels_of_a_category_are_one_feature():
    """size times [colour is red], from a row of another colour: x / 4 where the row is red, else nothing."""
    data = mixed_dataset()
    place = data.space.index("colour")
    red = data.space.groups[place].start + data.space.features[place].levels.index("red")
    base = data.mean()
    base[place] = data.space.features[place].levels.index("green")
    model = formula(data, lambda x: x[:, 0] * x[:, red])
    found = explain(model, data, data.rows[:20], baseline=base.tolist())
    x = encoded(data, data.rows[:20])
    assert 0 < x[:, red].sum() < 20
    np.testing.assert_allclose(found.interactions[:, 0, place], x[:, 0] * x[:, red] / 4, atol=1e-6)
