"""Linear layers of several networks of one shape, computed as one, at the speed of the machine's best matrix kernel.

On the CPU, the three products of a training step (forward, and the gradients of inputs and weights) run through oneDNN,
which on many processors is up to twice as fast as the default kernel; elsewhere, and where a check at first use finds
the kernel missing or wrong, the same mathematics runs through ordinary operations.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...core.errors import InputError
from ...numerics.derivatives.mlp import ACTIVATIONS

NARROWEST = 64
"""Layers of fewer outputs than this are too thin for the kernel to pay for calling it member by member."""


Layer = TypeVar("Layer", bound=nn.Module)


class LayerList(nn.ModuleList, Generic[Layer]):
    """A list of layers of one type, which a type checker knows."""

    if TYPE_CHECKING:

        def __iter__(self) -> Iterator[Layer]: ...

        @overload
        def __getitem__(self, place: int) -> Layer: ...

        @overload
        def __getitem__(self, place: slice) -> "LayerList[Layer]": ...

        def __getitem__(self, place: int | slice) -> Any: ...  # pyright: ignore[reportIncompatibleMethodOverride]


class StackedLinear(nn.Module):
    """A linear layer of each of several networks: weight (*networks, outputs, inputs), bias (*networks, outputs).

    Parameters are frozen until a trainer calls `requires_grad_`. `torch.func.vmap` over `nn.Linear` computes the same;
    tests compare the two, and this layer is faster.
    """

    def __init__(
        self, weight: Float[Tensor, "*networks outputs inputs"], bias: Float[Tensor, "*networks outputs"]
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight, requires_grad=False)
        self.bias = nn.Parameter(bias, requires_grad=False)

    def forward(self, inputs: Float[Tensor, "networks rows inputs"]) -> Float[Tensor, "networks rows outputs"]:
        """Return `inputs @ weight.T + bias` of each network; differentiable, in training only once."""
        if _pays(self.weight) and _kernel_works():
            return cast(Tensor, _Linear.apply(inputs, self.weight, self.bias))
        return torch.baddbmm(self.bias[:, None], inputs, self.weight.mT)


class LayerStack(nn.Module):
    """The layers of several networks of one shape, first to last."""

    def __init__(self, weights: Iterable[Tensor], biases: Iterable[Tensor]) -> None:
        super().__init__()
        self.layers: LayerList[StackedLinear] = LayerList(
            StackedLinear(*layer) for layer in zip(weights, biases, strict=True)
        )

    @property
    def weights(self) -> tuple[Float[Tensor, "*networks _ _"], ...]:
        """The weights of each layer (*networks, outputs, inputs)."""
        return tuple(layer.weight for layer in self.layers)

    @property
    def biases(self) -> tuple[Float[Tensor, "*networks _"], ...]:
        """The biases of each layer (*networks, outputs)."""
        return tuple(layer.bias for layer in self.layers)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of each layer: inputs, hidden layers, outputs."""
        weights = self.weights
        return (weights[0].shape[-1], *(weight.shape[-2] for weight in weights))

    @property
    def dtype(self) -> torch.dtype:
        """The precision of the weights."""
        return self.weights[0].dtype

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.weights[0].device

    @property
    def n_parameters(self) -> int:
        """Parameters of all networks together."""
        return sum(parameter.numel() for parameter in self.parameters())


class StackedLayers(LayerStack):
    """Layers with an activation function between them, one of `ACTIVATIONS`."""

    def __init__(self, weights: Iterable[Tensor], biases: Iterable[Tensor], activation: str) -> None:
        super().__init__(weights, biases)
        if activation not in ACTIVATIONS:
            raise InputError(f"`activation` must be one of {', '.join(ACTIVATIONS)}; got {activation!r}.")
        self.activation = activation


def set_layers(
    layers: Iterable[nn.Linear | nn.Conv1d | nn.Conv2d], weights: Iterable[Tensor], biases: Iterable[Tensor]
) -> None:
    """Give layers made without weights these ones, frozen.

    Raises:
        InputError: A weight or a bias has another shape than its layer.
    """
    for layer, weight, bias in zip(layers, weights, biases, strict=True):
        expected = layer.weight.shape
        if weight.shape != expected or bias.shape != expected[:1]:
            raise InputError(
                f"a layer of {type(layer).__name__} needs a weight of shape {tuple(expected)} and a bias of shape "
                f"{tuple(expected[:1])}; got {tuple(weight.shape)} and {tuple(bias.shape)}"
            )
        layer.weight = nn.Parameter(weight, requires_grad=False)
        layer.bias = nn.Parameter(bias, requires_grad=False)


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
    """Whether the kernel is the faster way; what it gives has no second derivatives, so that only training uses it."""
    wide = weight.shape[1] >= NARROWEST
    return wide and weight.requires_grad and weight.device.type == "cpu" and weight.dtype == torch.float32


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
