"""Closed-form Hessians of perceptrons against automatic differentiation, row by row."""

import itertools

import pytest
import torch
from torch.autograd.functional import hessian, jacobian

from interaction_engine.numerics.derivatives.mlp_hessian import Head, Pass, cost
from interaction_engine.numerics.derivatives.smooth import KEPT, SMOOTHED, smooth

MEMBERS, POINTS, COLUMNS = 2, 3, 4


def linear_head(outputs):
    return Head(2.0 * outputs[..., 0], torch.full_like(outputs, 2.0))


def log_odds_head(outputs):
    """The log-odds of the first class against all others."""
    shares = torch.softmax(outputs[..., 1:], dim=-1)
    pulls = torch.cat([torch.ones_like(outputs[..., :1]), -shares], dim=-1)
    curved = torch.zeros(*outputs.shape, outputs.shape[-1], dtype=outputs.dtype)
    curved[..., 1:, 1:] = shares[..., None] * shares[..., None, :] - torch.diag_embed(shares)
    return Head(outputs[..., 0] - torch.logsumexp(outputs[..., 1:], dim=-1), pulls, curved)


def network(sizes, seed=0):
    random = torch.Generator().manual_seed(seed)
    shapes = list(itertools.pairwise(sizes))
    weights = [torch.randn(MEMBERS, high, low, generator=random, dtype=torch.float64) for low, high in shapes]
    biases = [torch.randn(MEMBERS, high, generator=random, dtype=torch.float64) for _, high in shapes]
    return weights, biases, torch.randn(MEMBERS, POINTS, COLUMNS, generator=random, dtype=torch.float64)


def by_autograd(take, weights, biases, activation, head, inputs):
    def score(row, member):
        values = row
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            values = activation.value(weight[member] @ values + bias[member])
        outputs = weights[-1][member] @ values + biases[-1][member]
        return head(outputs[None, None]).score[0, 0]

    rows = [[take(lambda row, m=m: score(row, m), inputs[m, one]) for one in range(POINTS)] for m in range(MEMBERS)]
    return torch.stack([torch.stack(row) for row in rows])


CASES = [((COLUMNS, 7, 1), linear_head), ((COLUMNS, 7, 6, 5, 1), linear_head), ((COLUMNS, 6, 5, 3), log_odds_head)]


@pytest.mark.parametrize(("sizes", "head"), CASES)
@pytest.mark.parametrize("activation", [*SMOOTHED, *KEPT])
def test_both_orders_of_the_products_give_the_hessian(activation, sizes, head):
    weights, biases, inputs = network(sizes)
    bent = smooth(activation, 5.0)
    passed = Pass.through(weights, biases, bent, head, inputs)
    first = weights[0][:, None]
    expected = by_autograd(hessian, weights, biases, bent, head, inputs)
    torch.testing.assert_close(first.mT @ passed.downwards() @ first, expected, atol=1e-10, rtol=1e-9)
    directions = first.mT.expand(MEMBERS, POINTS, COLUMNS, sizes[1])
    torch.testing.assert_close(passed.upwards(directions), expected, atol=1e-10, rtol=1e-9)


@pytest.mark.parametrize(("sizes", "head"), CASES)
def test_the_gradient_in_the_first_layer(sizes, head):
    weights, biases, inputs = network(sizes)
    bent = smooth("relu", 5.0)
    found = Pass.through(weights, biases, bent, head, inputs).gradient() @ weights[0]
    torch.testing.assert_close(found, by_autograd(jacobian, weights, biases, bent, head, inputs))


def test_one_unit_in_closed_form():
    """F = softplus(w x): the Hessian is beta s (1 - s) w w^T."""
    weights = [torch.tensor([[[1.0, -2.0]]], dtype=torch.float64), torch.ones(1, 1, 1, dtype=torch.float64)]
    biases = [torch.zeros(1, 1, dtype=torch.float64)] * 2
    inputs = torch.tensor([[[0.3, 0.1]]], dtype=torch.float64)
    passed = Pass.through(weights, biases, smooth("relu", 10.0), linear_head, inputs)
    share = torch.sigmoid(torch.tensor(1.0, dtype=torch.float64))
    expected = 2.0 * 10.0 * share * (1 - share) * torch.tensor([[1.0, -2.0], [-2.0, 4.0]], dtype=torch.float64)
    torch.testing.assert_close((weights[0].mT @ passed.downwards()[0] @ weights[0])[0], expected)


def test_upwards_is_cheaper_for_few_directions_and_downwards_for_many():
    few, many = (cost((n, 128, 128, 128, 1), n) for n in (8, 500))
    assert few[1] < few[0]
    assert many[0] < many[1]
