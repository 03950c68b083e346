"""Gradients and Hessians of stacked multilayer perceptrons in closed form: matrix products only.

For F(x) with layers z_l = W_l a_{l-1} + b_l, a_l = act(z_l), the Hessian is sum_l J_l^T diag(act''(z_l) g_l) J_l with
J_l = dz_l/dx and g_l = dF/da_l. Two orders of the products give it. Downwards, the Hessian is carried from the output
to the values z_1 before the first activation, where directions of the inputs enter once: the cube of the layers' width
for every point, whatever the number of directions. Upwards, the directions themselves are carried along: their number
times the square of the width.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from .smooth import Smooth


@dataclass(frozen=True, eq=False)
class Head:
    """What stands behind the last layer's outputs o: the score, its gradient and its Hessian in o (None: linear)."""

    score: Float[Tensor, "members points"]
    gradient: Float[Tensor, "members points outputs"]
    hessian: Float[Tensor, "members points outputs outputs"] | None = None


@dataclass(frozen=True, eq=False)
class Pass:
    """One pass through the layers at some points.

    `slopes` and `curvatures` are those of each hidden layer's activations, `chain` the score's gradients in the values
    after each of them.
    """

    weights: tuple[Float[Tensor, "members _ _"], ...]
    head: Head
    slopes: tuple[Float[Tensor, "members points _"], ...]
    curvatures: tuple[Float[Tensor, "members points _"], ...]
    chain: tuple[Float[Tensor, "members points _"], ...]

    @classmethod
    def through(
        cls,
        weights: Sequence[Float[Tensor, "members _ _"]],
        biases: Sequence[Float[Tensor, "members _"]],
        activation: Smooth,
        head: Callable[[Float[Tensor, "members points outputs"]], Head],
        inputs: Float[Tensor, "members points columns"],
    ) -> "Pass":
        """The pass of `inputs` through every member; the last of `weights`, `biases` is the linear output layer."""
        values, slopes, curvatures = inputs, [], []
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            before = torch.baddbmm(bias[:, None], values, weight.mT)
            slopes.append(activation.slope(before))
            curvatures.append(activation.curvature(before))
            values = activation.value(before)
        behind = head(torch.baddbmm(biases[-1][:, None], values, weights[-1].mT))
        chain = [behind.gradient @ weights[-1]]
        for weight, slope in zip(reversed(weights[1:-1]), reversed(slopes[1:]), strict=True):
            chain.append((chain[-1] * slope) @ weight)
        return cls(tuple(weights), behind, tuple(slopes), tuple(curvatures), tuple(reversed(chain)))

    @property
    def bends(self) -> list[Float[Tensor, "members points _"]]:
        """What each unit's own curvature adds to the score's, layer by layer: act''(z_l) g_l."""
        return [curvature * pull for curvature, pull in zip(self.curvatures, self.chain, strict=True)]

    def gradient(self) -> Float[Tensor, "members points units"]:
        """The score's gradient in the values before the first activation; times the first weights, in the inputs."""
        return self.chain[0] * self.slopes[0]

    def downwards(self) -> Float[Tensor, "members points units units"]:
        """The score's Hessian in the values before the first activation."""
        bends, hessian = self.bends, self.head.hessian
        carried = None if hessian is None else _sandwich(hessian, self.weights[-1])
        for layer in range(len(bends) - 1, 0, -1):
            weight, bend, slope = self.weights[layer], bends[layer], self.slopes[layer]
            if carried is None:
                carried = _times(weight.mT[:, None] * bend[:, :, None], weight)
            else:
                carried = _sandwich(_bent(carried, slope, bend), weight)
        return torch.diag_embed(bends[0]) if carried is None else _bent(carried, self.slopes[0], bends[0])

    def upwards(
        self, directions: Float[Tensor, "members points directions units"]
    ) -> Float[Tensor, "members points directions directions"]:
        """The score's Hessian along directions, given by what they do to the values before the first activation."""
        along, total, bends = directions, None, self.bends
        for layer, (bend, slope) in enumerate(zip(bends, self.slopes, strict=True)):
            part = (along * bend[..., None, :]) @ along.mT
            total = part if total is None else total.add_(part)
            if layer < len(bends) - 1 or self.head.hessian is not None:
                along = _times(along * slope[..., None, :], self.weights[layer + 1].mT)
        assert total is not None
        return total if self.head.hessian is None else total.add_(along @ self.head.hessian @ along.mT)


def cost(sizes: Sequence[int], n_directions: int) -> tuple[int, int]:
    """Multiplications per point downwards and upwards for layers of these sizes (inputs first, outputs last)."""
    hidden = sizes[1:-1]
    down = sum(low * high * (low + high) for low, high in pairwise(hidden))
    up = sum(n_directions * low * high for low, high in pairwise(hidden)) + n_directions**2 * sum(hidden)
    return down, up


def _bent(
    carried: Float[Tensor, "members points units units"],
    slope: Float[Tensor, "members points units"],
    bend: Float[Tensor, "members points units"],
) -> Float[Tensor, "members points units units"]:
    """From the values after an activation to those before it."""
    bent = carried * slope[..., None] * slope[..., None, :]
    bent.diagonal(dim1=-2, dim2=-1).add_(bend)
    return bent


def _sandwich(
    middle: Float[Tensor, "members points out out"], weight: Float[Tensor, "members out in"]
) -> Float[Tensor, "members points in in"]:
    """weight^T middle weight for a symmetric middle."""
    return _times(_times(middle, weight).mT, weight)


def _times(
    values: Float[Tensor, "members points rows inner"], weight: Float[Tensor, "members inner outer"]
) -> Float[Tensor, "members points rows outer"]:
    """Return values @ weight, all points in one product."""
    members, points, rows, inner = values.shape
    return torch.bmm(values.reshape(members, points * rows, inner), weight).reshape(members, points, rows, -1)
