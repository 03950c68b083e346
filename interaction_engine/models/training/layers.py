"""A layer of k stacked perceptrons that trains at the speed of the machine's best matrix kernel.

On the CPU, the three products of a training step (forward, and the gradients of inputs and weights) run through oneDNN,
which on many processors is up to twice as fast as the default kernel; elsewhere, and where a check at first use finds
the kernel missing or wrong, the same mathematics runs through ordinary operations.
"""

from functools import cache
from typing import Any, cast

import torch
from jaxtyping import Float
from torch import Tensor

from ...numerics.derivatives.mlp import ACTIVATIONS

NARROWEST = 64
"""Layers of fewer outputs than this are too thin for the kernel to pay for calling it member by member."""


def layer(
    inputs: Float[Tensor, "members rows inputs"],
    weight: Float[Tensor, "members outputs inputs"],
    bias: Float[Tensor, "members outputs"],
    activation: str,
) -> Float[Tensor, "members rows outputs"]:
    """`activation(inputs @ weight.T + bias)` for each member, differentiable; "identity" leaves the sum as it is."""
    if _pays(weight) and _kernel_works():
        sums = cast(Tensor, _Linear.apply(inputs, weight, bias))
    else:
        sums = torch.baddbmm(bias[:, None], inputs, weight.mT)
    return sums if activation == "identity" else ACTIVATIONS[activation](sums)


class _Linear(torch.autograd.Function):
    """x W^T + b and its gradients, member by member."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(inputs, weight)
        return torch.stack([_product(x, w, b) for x, w, b in zip(inputs, weight, bias, strict=True)])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        inputs, weight = ctx.saved_tensors
        gradient, of_inputs = gradients[0].contiguous(), None
        if ctx.needs_input_grad[0]:
            of_inputs = torch.stack([_product(g, w.T) for g, w in zip(gradient, weight, strict=True)])
        of_weight = torch.stack([_product(x.T, g.T).T for g, x in zip(gradient, inputs, strict=True)])
        return of_inputs, of_weight, gradient.sum(dim=1)


def _product(left: Tensor, right: Tensor, bias: Tensor | None = None) -> Tensor:
    """`left @ right.T + bias`."""
    return torch.ops.mkldnn._linear_pointwise(left, right, bias, "none", [], "")


def _pays(weight: Tensor) -> bool:
    return weight.device.type == "cpu" and weight.dtype == torch.float32 and weight.shape[1] >= NARROWEST


@cache
def _kernel_works() -> bool:
    """Whether this build has the kernel, and it agrees with the ordinary operations forwards and backwards."""
    generator = torch.Generator().manual_seed(0)
    inputs, weight, bias = (torch.randn(s, generator=generator) for s in ((2, 9, 70), (2, 66, 70), (2, 66)))
    try:
        fused = _with_gradients(_Linear.apply, inputs, weight, bias)
    except (RuntimeError, AttributeError, TypeError):
        return False
    plain = _with_gradients(lambda x, w, b: torch.baddbmm(b[:, None], x, w.mT), inputs, weight, bias)
    return all(torch.allclose(a, b, rtol=1e-4, atol=1e-4) for a, b in zip(fused, plain, strict=True))


def _with_gradients(function: Any, *tensors: Tensor) -> tuple[Tensor, ...]:
    leaves = [tensor.clone().requires_grad_() for tensor in tensors]
    with torch.enable_grad():
        outputs = function(*leaves)
        return outputs.detach(), *torch.autograd.grad(outputs.square().sum(), leaves)
