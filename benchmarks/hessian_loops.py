"""The papers' own loops in plain torch: what the library's Hessians are measured against, in the same run."""

import torch
from torch import Tensor, nn


def integrated_hessians(network: nn.Module, row: Tensor, baseline: Tensor, steps: int) -> Tensor:
    """The interactions of one row by a grid of `steps` x `steps` points (Integrated Hessians paper, equation 25).

    All points of the grid are one batch, and each feature's second derivatives one pass backwards, as in the authors'
    code. Main effects on the diagonal.
    """
    marks = torch.arange(1, steps + 1) / steps
    products = torch.outer(marks, marks).flatten()[:, None]
    points = (baseline + products * (row - baseline)).requires_grad_()
    (slopes,) = torch.autograd.grad(network(points).sum(), points, create_graph=True)
    found = torch.zeros(len(row), len(row))
    for feature in range(len(row)):
        (bends,) = torch.autograd.grad(slopes[:, feature].sum(), points, retain_graph=True)
        step = row[feature] - baseline[feature]
        found[feature] = step * (row - baseline) * (products * bends).mean(dim=0)
        found[feature, feature] += step * slopes[:, feature].mean().detach()
    return found


def hessian(network: nn.Module, row: Tensor) -> Tensor:
    """The Hessian at one row, one pass backwards per feature."""
    point = row[None].clone().requires_grad_()
    (slope,) = torch.autograd.grad(network(point).sum(), point, create_graph=True)
    bends = [torch.autograd.grad(slope[0, feature], point, retain_graph=True)[0][0] for feature in range(len(row))]
    return torch.stack(bends)


def integrated_hessians_point_by_point(network: nn.Module, row: Tensor, baseline: Tensor, steps: int) -> Tensor:
    """Equation 25 as it is printed: a Hessian for every point of the grid, one after the other; without the diagonal's
    first-order part."""
    found = torch.zeros(len(row), len(row))
    for first in range(1, steps + 1):
        for second in range(1, steps + 1):
            product = first * second / steps**2
            found += product * hessian(network, baseline + product * (row - baseline)) / steps**2
    return found * torch.outer(row - baseline, row - baseline)


def group_expected_hessian(network: nn.Module, regions: list[Tensor]) -> Tensor:
    """M-GEH of one drawn network, Hessian by Hessian (GEH paper, equation 6, and the authors' code)."""
    n_rows = sum(len(rows) for rows in regions)
    total = torch.zeros(regions[0].shape[1], regions[0].shape[1])
    for rows in regions:
        summed = torch.zeros_like(total)
        for row in rows:
            summed += hessian(network, row)
        total += summed.abs() / n_rows
    return total
