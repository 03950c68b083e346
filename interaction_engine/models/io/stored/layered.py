"""Perceptrons, networks of images and of words as files."""

from typing import Any, Literal

import torch
from pydantic.dataclasses import dataclass
from torch import Tensor

from ...networks.convolution import Cnn, ConvolutionNetwork
from ...networks.layered import Layered
from ...networks.mlp import Mlp, StackedPerceptron
from ...networks.words import WordNet, WordNetwork, texts_of
from .cards import STRICT, Card, Tensors, check_tensor, common, stacked_layers, state_of


@dataclass(config=STRICT, kw_only=True)
class LayeredCard(Card):
    """Only perceptrons have `activation`, `sizes` and several `members`.

    The shapes of the others' weights tell the same.
    """

    scale: float
    shift: float
    kind: Literal["mlp", "cnn", "words"] = "mlp"
    activation: str = "relu"
    sizes: tuple[int, ...] = ()
    members: int = 1


def to_state(model: Layered) -> tuple[LayeredCard, dict[str, Tensor]]:
    """Return what the JSON of a network says, and its tensors."""
    record = None if isinstance(model, Cnn) else model.record
    written: dict[str, Any] = {**common(model, record), "scale": model.scale, "shift": model.shift}
    if isinstance(model, Mlp):
        written |= {"activation": model.activation, "sizes": model.sizes, "members": model.n_members}
    else:
        written["kind"] = "cnn" if isinstance(model, Cnn) else "words"
    return LayeredCard(**written), state_of(model.network)


def from_state(card: LayeredCard, tensors: Tensors) -> Layered:
    """Return the network.

    Raises:
        InputError: The tensors do not fit the card.
    """
    common: dict[str, Any] = {
        "space": card.space, "target": card.target, "scale": card.scale, "shift": card.shift,
        "class_index": card.class_index, "name": card.name,
    }  # fmt: skip
    if card.kind == "mlp":
        sizes = card.sizes
        shapes = [(card.members, sizes[layer + 1], sizes[layer]) for layer in range(len(sizes) - 1)]
        network = StackedPerceptron(*stacked_layers(tensors, "", shapes), card.activation)
        return Mlp(**common, network=network, record=card.record)
    for name, tensor in tensors.items():
        check_tensor(f"`{name}`", tensor, tensor.shape, torch.float32)
    if card.kind == "cnn":
        return Cnn(**common, network=ConvolutionNetwork(*_listed(tensors, CNN)))
    lengths = [len(text.places) for text in texts_of(card.space)]
    return WordNet(**common, network=WordNetwork(lengths, *_listed(tensors, WORDS)), record=card.record)


CNN = ("convolutions", "last")
WORDS = ("embeddings", "convolutions", "hidden", "last")
"""The parts of a network, in the order in which it takes their weights."""


def _listed(tensors: Tensors, parts: tuple[str, ...]) -> tuple[list[Tensor], list[Tensor]]:
    """The weights and biases of a network in the order in which it takes them.

    Files of earlier versions number them: `weight.0`, `bias.0`, ...
    """
    if "weight.0" in tensors:
        counts = [sum(name.startswith(f"{kind}.") for name in tensors) for kind in ("weight", "bias")]
        return [tensors[f"weight.{place}"] for place in range(counts[0])], [
            tensors[f"bias.{place}"] for place in range(counts[1])
        ]
    weights, biases = [], []
    for part in parts:
        count = len({name.split(".")[1] for name in tensors if name.startswith(f"{part}.")} - {"weight", "bias"})
        layers = [f"{part}.{place}" for place in range(count)] or [part]
        weights += [tensors[f"{layer}.weight"] for layer in layers]
        biases += [tensors[f"{layer}.bias"] for layer in layers if f"{layer}.bias" in tensors]
    return weights, biases
