"""Gradients and Hessians of any differentiable score along given directions, by automatic differentiation.

Forward over reverse: the gradient is differentiated along one direction after the other, several at a time, for all
points at once. Operations without a forward derivative are differentiated backwards twice instead.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import jvp, vjp, vmap

Score = Callable[[Float[Tensor, "points columns"]], Float[Tensor, " points"]]
"""The score of each point by itself."""


def gradient(score: Score, points: Float[Tensor, "points columns"]) -> Float[Tensor, "points columns"]:
    """The score's gradient at each point."""
    pulled = vjp(score, points)[1]
    return pulled(points.new_ones(len(points)))[0]


def second_order(
    score: Score,
    points: Float[Tensor, "points columns"],
    directions: Float[Tensor, "points directions columns"],
    at_once: int = 8,
) -> tuple[Float[Tensor, "points directions"], Float[Tensor, "points directions directions"]]:
    """First and second derivatives of the score at each point along that point's directions.

    Element (q, r) of the second is the directions' q^T H r; `at_once` directions share a pass, whose memory grows with
    their number. Symmetric up to rounding; returned exactly so.
    """
    products = hessian_products(score, points, directions, at_once)
    second = directions @ products.mT
    first = (directions @ gradient(score, points)[..., None])[..., 0]
    return first, (second + second.mT) / 2


def hessian_products(
    score: Score,
    points: Float[Tensor, "points columns"],
    directions: Float[Tensor, "points directions columns"],
    at_once: int = 8,
) -> Float[Tensor, "points directions columns"]:
    """The score's Hessian at each point times each of the point's directions."""
    try:
        return vmap(
            lambda one: jvp(lambda some: gradient(score, some), (points,), (one,))[1],
            in_dims=1, out_dims=1, chunk_size=at_once,
        )(directions)  # fmt: skip
    except (NotImplementedError, RuntimeError):  # an operation without forward derivative, or one that vmap lacks
        return _backwards_twice(score, points, directions)


def _backwards_twice(score: Score, points: Tensor, directions: Tensor) -> Tensor:
    with torch.enable_grad():
        leaves = points.detach().requires_grad_(True)
        (pulls,) = torch.autograd.grad(score(leaves).sum(), leaves, create_graph=True)
        if not pulls.requires_grad:  # linear in the inputs
            return torch.zeros_like(directions)
        products: list[Tensor | None] = [
            torch.autograd.grad((pulls * one).sum(), leaves, retain_graph=True, allow_unused=True)[0]
            for one in directions.unbind(1)
        ]
    return torch.stack([torch.zeros_like(points) if one is None else one for one in products], dim=1)
