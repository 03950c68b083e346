"""Hard concrete gates: random switches in [0, 1] that are exactly 0 or 1 most of the time and still have gradients."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

SOURCE = "Louizos, Welling & Kingma, Learning sparse neural networks through L0 regularization, ICLR 2018, section 2.2"

TEMPERATURE, LOW, HIGH = 2 / 3, -0.1, 1.1
"""beta, gamma and zeta of the paper: a binary concrete variable of this temperature, stretched to (LOW, HIGH) and cut
to [0, 1], so that it has mass on 0 and on 1."""


def drawn_gates(log_alpha: Float[Tensor, "*gates"], uniform: Float[Tensor, "*gates"]) -> Float[Tensor, "*gates"]:
    """Gates drawn with `uniform` numbers of (0, 1); differentiable in `log_alpha` where they are neither 0 nor 1."""
    concrete = torch.sigmoid((torch.logit(uniform) + log_alpha) / TEMPERATURE)
    return _stretched(concrete)


def opening(log_alpha: Float[Tensor, "*gates"]) -> Float[Tensor, "*gates"]:
    """The probability that a gate is not 0 (equation 12): what counts the open gates, differentiably."""
    return torch.sigmoid(log_alpha - TEMPERATURE * math.log(-LOW / HIGH))


def settled_gates(log_alpha: Float[Tensor, "*gates"]) -> Float[Tensor, "*gates"]:
    """The gates after training, without chance (equation 13)."""
    return _stretched(torch.sigmoid(log_alpha))


def _stretched(concrete: Float[Tensor, "*gates"]) -> Float[Tensor, "*gates"]:
    return (concrete * (HIGH - LOW) + LOW).clamp(0.0, 1.0)
