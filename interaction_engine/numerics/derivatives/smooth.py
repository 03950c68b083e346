"""Activations with their first and second derivatives, those with a kink replaced by smooth ones."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ...core.errors import InputError

LEAK = 0.01
"""Slope of the leaky rectifier below 0, as torch has it."""

SMOOTHED = ("relu", "leaky_relu")
"""Activations whose second derivative is 0 wherever it exists; softplus_beta(z) = ln(1 + exp(beta z)) / beta stands in
for their kink (Integrated Hessians paper, section 4.3)."""

Function = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Smooth:
    """An activation that can be differentiated twice: value, slope and curvature of a tensor, element by element."""

    value: Function
    slope: Function
    curvature: Function


def smooth(activation: str, beta: float) -> Smooth:
    """The activation of that name, its kink rounded by softplus with `beta`: the larger, the closer to the kink.

    Raises `InputError` when `beta` is no positive number, or there is no such activation.
    """
    if not (math.isfinite(beta) and beta > 0):
        raise InputError(f"`beta` must be above 0 (larger is closer to the network itself); got {beta!r}. Use 10.")
    if activation == "relu":
        return _softplus(beta)
    if activation == "leaky_relu":
        bent = _softplus(beta)
        return Smooth(
            lambda z: LEAK * z + (1.0 - LEAK) * bent.value(z),
            lambda z: LEAK + (1.0 - LEAK) * bent.slope(z),
            lambda z: (1.0 - LEAK) * bent.curvature(z),
        )
    if activation not in KEPT:
        raise InputError(f"`activation` must be one of {', '.join((*SMOOTHED, *KEPT))}; got {activation!r}.")
    return KEPT[activation]


def _softplus(beta: float) -> Smooth:
    def curvature(z: Tensor) -> Tensor:
        share = torch.sigmoid(beta * z)
        return beta * share * (1.0 - share)

    return Smooth(
        lambda z: functional.softplus(z, beta=beta, threshold=LINEAR), lambda z: torch.sigmoid(beta * z), curvature
    )


LINEAR = 40.0
"""beta z from which softplus is z to the last digit of float64."""


def _gelu_slope(z: Tensor) -> Tensor:
    return _normal(z) + z * _density(z)


def _normal(z: Tensor) -> Tensor:
    return 0.5 * torch.erfc(-z / math.sqrt(2.0))


def _density(z: Tensor) -> Tensor:
    return torch.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)


def _silu_slope(z: Tensor) -> Tensor:
    share = torch.sigmoid(z)
    return share * (1.0 + z * (1.0 - share))


def _silu_curvature(z: Tensor) -> Tensor:
    share = torch.sigmoid(z)
    return share * (1.0 - share) * (2.0 + z * (1.0 - 2.0 * share))


def _tanh_slope(z: Tensor) -> Tensor:
    return 1.0 - torch.tanh(z) ** 2


def _sigmoid_slope(z: Tensor) -> Tensor:
    share = torch.sigmoid(z)
    return share * (1.0 - share)


KEPT: dict[str, Smooth] = {
    "elu": Smooth(functional.elu, lambda z: z.clamp(max=0.0).exp(), lambda z: torch.where(z < 0, z.exp(), 0.0)),
    "gelu": Smooth(functional.gelu, _gelu_slope, lambda z: _density(z) * (2.0 - z * z)),
    "silu": Smooth(functional.silu, _silu_slope, _silu_curvature),
    "softplus": _softplus(1.0),
    "tanh": Smooth(torch.tanh, _tanh_slope, lambda z: -2.0 * torch.tanh(z) * _tanh_slope(z)),
    "sigmoid": Smooth(torch.sigmoid, _sigmoid_slope, lambda z: _sigmoid_slope(z) * (1.0 - 2.0 * torch.sigmoid(z))),
}
"""Activations that are used as they are."""
