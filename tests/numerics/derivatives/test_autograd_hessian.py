"""Second derivatives by automatic differentiation against polynomials whose Hessians are known."""

import pytest
import torch

from interaction_engine.numerics.derivatives import autograd_hessian
from interaction_engine.numerics.derivatives.autograd_hessian import gradient, hessian_products, second_order

POINTS = torch.tensor([[1.0, 2.0, -1.0], [0.5, -1.0, 3.0]], dtype=torch.float64)
AXES = torch.eye(3, dtype=torch.float64).expand(2, 3, 3)


def cubic(points):
    return points[:, 0] * points[:, 1] * points[:, 2] + points[:, 0] ** 2 * points[:, 1]


def hessians():
    x, y, z = POINTS.T
    zero = torch.zeros_like(x)
    rows = [[2 * y, z + 2 * x, y], [z + 2 * x, zero, x], [y, x, zero]]
    return torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)


def test_gradient_and_hessian_of_a_cubic():
    first, second = second_order(cubic, POINTS, AXES)
    x, y, z = POINTS.T
    torch.testing.assert_close(first, torch.stack([y * z + 2 * x * y, x * z + x**2, x * y], dim=-1))
    torch.testing.assert_close(second, hessians())
    torch.testing.assert_close(gradient(cubic, POINTS), first)


def test_directions_project_the_hessian():
    directions = torch.tensor([[[1.0, 1.0, 0.0], [0.0, 0.0, 2.0]]], dtype=torch.float64).expand(2, 2, 3)
    _, second = second_order(cubic, POINTS, directions)
    torch.testing.assert_close(second, directions @ hessians() @ directions.mT)


@pytest.mark.parametrize("at_once", [1, 2, 64])
def test_the_number_of_directions_in_a_pass_changes_nothing(at_once):
    torch.testing.assert_close(hessian_products(cubic, POINTS, AXES, at_once), hessians())


def test_both_ways_of_differentiating_agree():
    torch.testing.assert_close(autograd_hessian._backwards_twice(cubic, POINTS, AXES), hessians())


def test_a_linear_score_has_no_second_derivatives():
    weights = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    for products in (hessian_products, autograd_hessian._backwards_twice):
        assert products(lambda points: points @ weights, POINTS, AXES).abs().max() == 0


class OnlyBackwards(torch.autograd.Function):
    """A square that has no forward derivative."""

    @staticmethod
    def forward(ctx, values):
        ctx.save_for_backward(values)
        return values**2

    @staticmethod
    def backward(ctx, *pulls):
        return 2 * ctx.saved_tensors[0] * pulls[0]


def test_operations_without_forward_derivatives_are_differentiated_backwards_twice():
    found = hessian_products(lambda points: OnlyBackwards.apply(points).sum(1), POINTS, AXES)
    torch.testing.assert_close(found, 2 * AXES)
