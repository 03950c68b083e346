"""Additive networks as files."""

from itertools import pairwise
from typing import Literal

from pydantic.dataclasses import dataclass
from torch import Tensor

from ....core.errors import InputError
from ...additive.network import AdditiveNetwork, Members, Subnets, padded_width
from ...networks.mlp import n_outputs
from .cards import STRICT, Card, Tensors, check_members, check_tensor, common, stacked_layers, state_of
from .refits import n_refits, refit_state, stored_refits


@dataclass(config=STRICT, kw_only=True)
class AdditiveCard(Card):
    """What the JSON of an additive network says.

    `hidden` are the units of a subnet's hidden layers, `members` the features of each subnet, `refits` how many
    further trainings of them are stored.
    """

    architecture: Literal["additive"] = "additive"
    activation: str
    hidden: tuple[int, ...]
    members: Members
    scale: float
    shift: float
    refits: int = 0


def to_state(model: AdditiveNetwork) -> tuple[AdditiveCard, dict[str, Tensor]]:
    """Return what the JSON of a network says, and its tensors."""
    subnets = model.subnets
    written = AdditiveCard(
        **common(model, model.record), activation=subnets.activation, hidden=subnets.sizes[1:-1],
        members=subnets.members, scale=model.scale, shift=model.shift, refits=n_refits(model.refits),
    )  # fmt: skip
    return written, state_of(subnets) | {"intercept": model.intercept} | refit_state(model.refits)


def from_state(card: AdditiveCard, tensors: Tensors) -> AdditiveNetwork:
    """Return the network.

    Raises:
        InputError: The tensors do not fit the card.
    """
    check_members(card.members, card.space)
    if not card.members:
        raise InputError("it has no terms")
    n_subnets = len(card.members)
    sizes = (padded_width(card.space, card.members), *card.hidden, n_outputs(card.target))
    shapes = [(n_subnets, n_units, n_inputs) for n_inputs, n_units in pairwise(sizes)]
    check_tensor("the intercept", tensors["intercept"], (sizes[-1],))
    subnets = Subnets(card.space, card.members, *stacked_layers(tensors, "", shapes), activation=card.activation)
    return AdditiveNetwork(
        card.space, card.target, subnets, tensors["intercept"], card.scale, card.shift, card.class_index, card.name,
        card.record, stored_refits(tensors, card.refits, n_subnets, sizes),
    )  # fmt: skip
