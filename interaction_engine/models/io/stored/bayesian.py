"""Bayesian networks taken apart and put together."""

from itertools import pairwise
from typing import Literal

from pydantic.dataclasses import dataclass
from torch import Tensor

from ....core.errors import InputError
from ...networks.bayesian import BayesianNetwork
from .cards import STRICT, Card, Tensors, check_tensor, common, layers


@dataclass(config=STRICT, kw_only=True)
class BayesianCard(Card):
    """`members` trainings of networks with `sizes` units in each layer."""

    architecture: Literal["bayesian"] = "bayesian"
    sizes: tuple[int, ...]
    members: int
    scale: float
    shift: float


def taken_apart(model: BayesianNetwork) -> tuple[BayesianCard, dict[str, Tensor]]:
    card = BayesianCard(
        **common(model, model.record),
        sizes=model.sizes,
        members=len(model.main),
        scale=model.scale,
        shift=model.shift,
    )
    chances = {f"dropout.{layer}": tensor for layer, tensor in enumerate(model.dropout)}
    return card, {**layers("", model.weights, model.biases), **chances, "main": model.main, "noise": model.noise}


def put_together(card: BayesianCard, tensors: Tensors) -> BayesianNetwork:
    """The network; `InputError` where tensors do not fit the card, or a probability is none."""
    sizes, members = card.sizes, card.members
    if len(sizes) < 3 or members < 1:
        raise InputError("it needs a hidden layer and a training")
    for layer, (n_inputs, n_units) in enumerate(pairwise(sizes)):
        check_tensor(f"layer {layer}", tensors[f"weight.{layer}"], (members, n_units, n_inputs))
        check_tensor(f"the thresholds of layer {layer}", tensors[f"bias.{layer}"], (members, n_units))
        check_tensor(f"the dropout of layer {layer}", tensors[f"dropout.{layer}"], (members, n_inputs))
        if not 0 <= float(tensors[f"dropout.{layer}"].min()) <= float(tensors[f"dropout.{layer}"].max()) <= 1:
            raise InputError(f"the dropout of layer {layer} must be probabilities from 0 to 1")
    check_tensor("the main effect", tensors["main"], (members, sizes[-1], sizes[0]))
    check_tensor("the noise", tensors["noise"], (members,))
    if float(tensors["noise"].min()) < 0:
        raise InputError("the noise must be 0 or more")
    weights, biases, dropout = (
        tuple(tensors[f"{kind}.{layer}"] for layer in range(len(sizes) - 1)) for kind in ("weight", "bias", "dropout")
    )
    return BayesianNetwork(
        space=card.space,
        target=card.target,
        weights=weights,
        biases=biases,
        dropout=dropout,
        main=tensors["main"],
        noise=tensors["noise"],
        scale=card.scale,
        shift=card.shift,
        class_index=card.class_index,
        name=card.name,
        record=card.record,
    )
