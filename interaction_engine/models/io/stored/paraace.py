"""ParaACE networks as files."""

from itertools import pairwise
from typing import Literal

from pydantic.dataclasses import dataclass
from torch import Tensor

from ...additive.network import Members, Subnets, padded_width
from ...additive.paraace import FixUp, ParaAce
from ...networks.mlp import n_outputs
from .cards import STRICT, Card, Tensors, check_members, common, stacked_layers, state_of
from .refits import n_refits, refit_state, stored_refits


@dataclass(config=STRICT, kw_only=True)
class ParaAceCard(Card):
    """What the JSON of a ParaACE network says.

    `members` are the features of each subnet, `layers` how many a subnet has, `refits` how many further trainings
    of them are stored.
    """

    architecture: Literal["paraace"] = "paraace"
    activation: str
    members: Members
    layers: int
    scale: float
    shift: float
    refits: int = 0


def to_state(model: ParaAce) -> tuple[ParaAceCard, dict[str, Tensor]]:
    """Return what the JSON of a network says, and its tensors."""
    subnets = model.subnets
    written = ParaAceCard(
        **common(model, model.record), activation=subnets.activation, members=subnets.members,
        layers=len(subnets.layers), scale=model.scale, shift=model.shift, refits=n_refits(model.refits),
    )  # fmt: skip
    return written, state_of(subnets, "subnet.") | state_of(model.fix_up, "fix_up.") | refit_state(model.refits)


def from_state(card: ParaAceCard, tensors: Tensors) -> ParaAce:
    """Return the network.

    Raises:
        InputError: The tensors do not fit the card.
    """
    check_members(card.members, card.space)
    n_subnets, outputs = len(card.members), n_outputs(card.target)
    units = [_units(tensors, "subnet.", layer) for layer in range(card.layers)]
    sizes = (padded_width(card.space, card.members), *units)
    shapes = [(n_subnets, n_units, n_inputs) for n_inputs, n_units in pairwise(sizes)]
    layers = stacked_layers(tensors, "subnet.", shapes)
    subnets = Subnets(card.space, card.members, *layers, activation=card.activation)
    hidden = _units(tensors, "fix_up.", 0)
    fix_up = stacked_layers(tensors, "fix_up.", ((hidden, n_subnets), (n_subnets, hidden), (outputs, n_subnets)))
    refitted = (*sizes[:-1], outputs)  # each with its weight in the sum that the fix-up makes of them
    return ParaAce(
        card.space, card.target, subnets, FixUp(*fix_up), card.scale, card.shift, card.class_index,
        name=card.name, record=card.record, refits=stored_refits(tensors, card.refits, n_subnets, refitted),
    )  # fmt: skip


def _units(tensors: Tensors, prefix: str, layer: int) -> int:
    """How many units a layer has, by its bias."""
    name = f"{prefix}bias.{layer}"
    bias = tensors[name if name in tensors else f"{prefix}layers.{layer}.bias"]
    return bias.shape[-1] if bias.ndim else 0
