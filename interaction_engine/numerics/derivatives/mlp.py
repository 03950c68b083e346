"""The forward pass of k stacked multilayer perceptrons.

Matrix products have their activation fused where the machine can.

On the CPU, oneDNN's linear + activation kernel reaches up to twice the throughput of a separate product and activation;
elsewhere, and where that kernel is missing, the same mathematics runs through ordinary operations.
"""

from collections.abc import Callable, Sequence
from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "leaky_relu": functional.leaky_relu,
    "elu": functional.elu,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "softplus": functional.softplus,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}

IN_PLACE: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu_,
    "leaky_relu": functional.leaky_relu_,
    "elu": functional.elu_,
    "gelu": lambda values: torch.ops.aten.gelu.out(values, out=values),
    "silu": lambda values: functional.silu(values, inplace=True),
    "softplus": lambda values: torch.ops.aten.softplus.out(values, out=values),
    "tanh": torch.tanh_,
    "sigmoid": torch.sigmoid_,
}
"""The same functions, writing over their argument."""

FUSED: dict[str, tuple[str, list[float], str]] = {
    "identity": ("none", [], ""),
    "relu": ("relu", [], ""),
    "tanh": ("tanh", [], ""),
    "sigmoid": ("sigmoid", [], ""),
    "silu": ("swish", [], ""),
    "gelu": ("gelu", [], "none"),
}
"""Activations that the fused kernel knows, with the name and arguments it knows them by."""

NARROW = 16
"""Layers of at most this many outputs are products too thin for the fused kernel to pay."""


def forward(
    weights: Sequence[Float[Tensor, "members _ _"]],
    biases: Sequence[Float[Tensor, "members _"]],
    activation: str,
    inputs: Float[Tensor, "*shared rows inputs"],
) -> Float[Tensor, "members rows outputs"]:
    """Outputs of every member for `inputs`, which the members share or which each has its own of.

    The last of `weights`, `biases` is the linear output layer; `activation` (a key of ACTIVATIONS) follows the others.
    """
    n_members = weights[0].shape[0]
    outputs = []
    for member in range(n_members):
        hidden = inputs if inputs.ndim == 2 else inputs[member]
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            hidden = linear(hidden, weight[member], bias[member], activation)
        outputs.append(linear(hidden, weights[-1][member], biases[-1][member], "identity"))
    return torch.stack(outputs)


def linear(
    inputs: Float[Tensor, "rows inputs"],
    weight: Float[Tensor, "out inputs"],
    bias: Float[Tensor, " out"],
    activation: str,
) -> Float[Tensor, "rows out"]:
    """`activation(inputs @ weight.T + bias)`; "identity" leaves the sum as it is."""
    if weight.shape[0] > NARROW and _fusable(inputs, weight) and _kernel_works(activation):
        return _fused(inputs, weight, bias, activation)
    outputs = (
        torch.mv(inputs, weight[0])[:, None] + bias if len(weight) == 1 else functional.linear(inputs, weight, bias)
    )
    return outputs if activation == "identity" else ACTIVATIONS[activation](outputs)


def activate(values: Tensor, activation: str) -> Tensor:
    """Return the activation of `values`, in their own memory where that is possible.

    New memory of this size is fetched page by page and takes as long as the activation.
    """
    return ACTIVATIONS[activation](values) if values.requires_grad else IN_PLACE[activation](values)


def _fusable(inputs: Tensor, weight: Tensor) -> bool:
    needs_gradient = torch.is_grad_enabled() and (inputs.requires_grad or weight.requires_grad)
    return inputs.device.type == "cpu" and inputs.dtype == weight.dtype == torch.float32 and not needs_gradient


def _fused(inputs: Tensor, weight: Tensor, bias: Tensor, activation: str) -> Tensor:
    return torch.ops.mkldnn._linear_pointwise(inputs, weight, bias, *FUSED[activation])


@cache
def _kernel_works(activation: str) -> bool:
    """Whether this build has the fused kernel for `activation` and it agrees with the ordinary operations."""
    if activation not in FUSED:
        return False
    generator = torch.Generator().manual_seed(0)
    inputs, weight, bias = (torch.randn(shape, generator=generator) for shape in ((7, 5), (33, 5), (33,)))
    try:
        fused = _fused(inputs, weight, bias, activation)
    except (RuntimeError, AttributeError, TypeError):
        return False
    plain = functional.linear(inputs, weight, bias)
    return torch.allclose(fused, plain if activation == "identity" else ACTIVATIONS[activation](plain), atol=1e-5)
