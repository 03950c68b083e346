"""Additive networks taken apart and put together."""

from typing import Literal

from pydantic.dataclasses import dataclass
from torch import Tensor

from ....core.errors import InputError
from ...additive.network import AdditiveNetwork, Members, Subnets, padded_width
from ...networks.mlp import n_outputs
from .cards import STRICT, Card, Tensors, check_members, check_tensor, common, layers
from .refits import n_refits, refit_layers, stored_refits


@dataclass(config=STRICT, kw_only=True)
class AdditiveCard(Card):
    """`hidden` are the units of a subnet's hidden layers, `members` the features of each subnet, `refits` how
    many further trainings of them are stored."""

    architecture: Literal["additive"] = "additive"
    activation: str
    hidden: tuple[int, ...]
    members: Members
    scale: float
    shift: float
    refits: int = 0


def taken_apart(model: AdditiveNetwork) -> tuple[AdditiveCard, dict[str, Tensor]]:
    subnets = model.subnets
    written = AdditiveCard(
        **common(model, model.record), activation=subnets.activation, hidden=subnets.sizes[1:-1],
        members=subnets.members, scale=model.scale, shift=model.shift, refits=n_refits(model.refits),
    )  # fmt: skip
    own = layers("", subnets.weights, subnets.biases) | {"intercept": model.intercept}
    return written, own | refit_layers(model.refits)


def put_together(card: AdditiveCard, tensors: Tensors) -> AdditiveNetwork:
    check_members(card.members, card.space)
    if not card.members:
        raise InputError("it has no terms")
    sizes = (padded_width(card.space, card.members), *card.hidden, n_outputs(card.target))
    weights = tuple(tensors[f"weight.{layer}"] for layer in range(len(sizes) - 1))
    biases = tuple(tensors[f"bias.{layer}"] for layer in range(len(sizes) - 1))
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        check_tensor(f"layer {layer}", weight, (len(card.members), sizes[layer + 1], sizes[layer]))
        check_tensor(f"the thresholds of layer {layer}", bias, (len(card.members), sizes[layer + 1]))
    check_tensor("the intercept", tensors["intercept"], (sizes[-1],))
    subnets = Subnets(card.space, card.members, weights, biases, card.activation)
    return AdditiveNetwork(
        card.space, card.target, subnets, tensors["intercept"], card.scale, card.shift, card.class_index, card.name,
        card.record, stored_refits(tensors, card.refits, len(card.members), sizes),
    )  # fmt: skip
