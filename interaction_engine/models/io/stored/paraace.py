"""ParaACE networks taken apart and put together."""

from typing import Literal

from pydantic.dataclasses import dataclass
from torch import Tensor

from ...additive.network import Members, Subnets, padded_width
from ...additive.paraace import FixUp, ParaAce
from ...networks.mlp import n_outputs
from .cards import STRICT, Card, Tensors, check_members, check_tensor, common, layers
from .refits import n_refits, refit_layers, stored_refits


@dataclass(config=STRICT, kw_only=True)
class ParaAceCard(Card):
    """`members` are the features of each subnet, `layers` how many a subnet has, `refits` how many further
    trainings of them are stored."""

    architecture: Literal["paraace"] = "paraace"
    activation: str
    members: Members
    layers: int
    scale: float
    shift: float
    refits: int = 0


def taken_apart(model: ParaAce) -> tuple[ParaAceCard, dict[str, Tensor]]:
    subnets, fix_up = model.subnets, model.fix_up
    written = ParaAceCard(
        **common(model, model.record), activation=subnets.activation, members=subnets.members,
        layers=len(subnets.weights), scale=model.scale, shift=model.shift, refits=n_refits(model.refits),
    )  # fmt: skip
    parts = {"subnet.": (subnets.weights, subnets.biases), "fix_up.": (fix_up.weights, fix_up.biases)}
    own = {name: one for prefix, both in parts.items() for name, one in layers(prefix, *both).items()}
    return written, own | refit_layers(model.refits)


def put_together(card: ParaAceCard, tensors: Tensors) -> ParaAce:
    check_members(card.members, card.space)
    subnets = Subnets(card.space, card.members, *_subnet_layers(card, tensors), card.activation)
    weights = tuple(tensors[f"fix_up.weight.{layer}"] for layer in range(3))
    biases = tuple(tensors[f"fix_up.bias.{layer}"] for layer in range(3))
    units, outputs, n_subnets = len(biases[0]), n_outputs(card.target), len(card.members)
    for layer, shape in enumerate(((units, n_subnets), (n_subnets, units), (outputs, n_subnets))):
        check_tensor(f"layer {layer} of the fix-up", weights[layer], shape)
        check_tensor(f"the thresholds of layer {layer} of the fix-up", biases[layer], shape[:1])
    sizes = (*subnets.sizes[:-1], outputs)  # each with its weight in the sum that the fix-up makes of them
    return ParaAce(
        card.space, card.target, subnets, FixUp(weights, biases), card.scale, card.shift, card.class_index,
        name=card.name, record=card.record, refits=stored_refits(tensors, card.refits, n_subnets, sizes),
    )  # fmt: skip


def _subnet_layers(card: ParaAceCard, tensors: Tensors) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Weights and biases of the subnets, checked layer by layer."""
    n_subnets, width = len(card.members), padded_width(card.space, card.members)
    weights = tuple(tensors[f"subnet.weight.{layer}"] for layer in range(card.layers))
    biases = tuple(tensors[f"subnet.bias.{layer}"] for layer in range(card.layers))
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        units = bias.shape[1] if bias.ndim == 2 else 0
        check_tensor(f"layer {layer} of the subnets", weight, (n_subnets, units, width))
        check_tensor(f"the thresholds of layer {layer} of the subnets", bias, (n_subnets, units))
        width = units
    return weights, biases
