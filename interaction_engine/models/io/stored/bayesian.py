"""Bayesian networks as files."""

from itertools import pairwise
from typing import Literal

from pydantic.dataclasses import dataclass
from torch import Tensor

from ....core.errors import InputError
from ...networks.bayesian import BayesianNetwork, DropoutPerceptron
from .cards import STRICT, Card, Tensors, check_tensor, common, stacked_layers, state_of


@dataclass(config=STRICT, kw_only=True)
class BayesianCard(Card):
    """`members` trainings of networks with `sizes` units in each layer."""

    architecture: Literal["bayesian"] = "bayesian"
    sizes: tuple[int, ...]
    members: int
    scale: float
    shift: float


def to_state(model: BayesianNetwork) -> tuple[BayesianCard, dict[str, Tensor]]:
    """Return what the JSON of a network says, and its tensors."""
    card = BayesianCard(
        **common(model, model.record),
        sizes=model.sizes,
        members=len(model.network.main),
        scale=model.scale,
        shift=model.shift,
    )
    return card, state_of(model.network)


def from_state(card: BayesianCard, tensors: Tensors) -> BayesianNetwork:
    """Return the network.

    Raises:
        InputError: The tensors do not fit the card, or a probability is none.
    """
    sizes, members = card.sizes, card.members
    if len(sizes) < 3 or members < 1:
        raise InputError("it needs a hidden layer and a training")
    shapes = [(members, n_units, n_inputs) for n_inputs, n_units in pairwise(sizes)]
    weights, biases = stacked_layers(tensors, "", shapes)
    dropout = [tensors[f"dropout.{layer}"] for layer in range(len(shapes))]
    for layer, (chances, n_inputs) in enumerate(zip(dropout, sizes, strict=False)):
        check_tensor(f"the dropout of layer {layer}", chances, (members, n_inputs))
        if not 0 <= float(chances.min()) <= float(chances.max()) <= 1:
            raise InputError(f"the dropout of layer {layer} must be probabilities from 0 to 1")
    check_tensor("the main effect", tensors["main"], (members, sizes[-1], sizes[0]))
    check_tensor("the noise", tensors["noise"], (members,))
    if float(tensors["noise"].min()) < 0:
        raise InputError("the noise must be 0 or more")
    network = DropoutPerceptron(weights, biases, dropout, main=tensors["main"], noise=tensors["noise"])
    known = (card.scale, card.shift, card.class_index, card.name, card.record)
    return BayesianNetwork(card.space, card.target, network, *known)
