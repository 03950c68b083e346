"""The layers of plain torch networks: a sequence of linear layers with functions of single units between them."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.prune import BasePruningMethod

UNIT_BY_UNIT = frozenset(
    {
        nn.CELU, nn.Dropout, nn.ELU, nn.GELU, nn.Hardsigmoid, nn.Hardswish, nn.Hardtanh, nn.Identity, nn.LeakyReLU,
        nn.Mish, nn.PReLU, nn.ReLU, nn.ReLU6, nn.SELU, nn.SiLU, nn.Sigmoid, nn.Softplus, nn.Softsign, nn.Tanh,
    }
)  # fmt: skip
"""Modules, in evaluation mode, whose output c is a function of input c alone."""


def layers_of(module: nn.Module) -> list[Float[Tensor, "outputs inputs"]] | None:
    """Return the weights of the linear layers of a sequential module, pruned ones with zeros.

    A function of single units may stand between two layers; one after the last makes the output nonlinear, which is
    returned as one more layer, the identity.

    Returns:
        None for any other module, and for one with hooks that could compute anything.
    """
    if type(module) is not nn.Sequential or module.training or _has_hooks(module):
        return None
    weights, bent = [], False
    for part in module:
        if type(part) is nn.Linear:
            if _has_hooks(part, pruned=True):
                return None
            mask = getattr(part, "weight_mask", None)
            weights.append(part.weight_orig * mask if mask is not None else part.weight)
            bent = False
        elif type(part) in UNIT_BY_UNIT and not _has_hooks(part):
            bent = True
        else:
            return None
    if not weights:
        return None
    weights = [weight.detach() for weight in weights]
    return [*weights, torch.eye(len(weights[-1])).to(weights[-1])] if bent else weights


def _has_hooks(module: nn.Module, *, pruned: bool = False) -> bool:
    """Whether anything is computed beside the module's own function; `pruned` lets torch's masks of weights pass."""
    hooks = list(vars(module)["_forward_pre_hooks"].values())
    others = [hook for hook in hooks if not (pruned and isinstance(hook, BasePruningMethod))]
    return bool(others or vars(module)["_forward_hooks"])
