"""Networks that are a list of layers, taken apart and put together: perceptrons, networks of images and of words."""

from typing import Any, Literal

from pydantic.dataclasses import dataclass
from torch import Tensor

from ...networks.convolution import Cnn
from ...networks.layered import Layered
from ...networks.mlp import Mlp
from ...networks.words import WordNet
from .cards import STRICT, Card, Tensors, check_tensor, common, layers


@dataclass(config=STRICT, kw_only=True)
class LayeredCard(Card):
    """Only perceptrons have `activation`, `sizes` and several `members`; the shapes of the others' weights tell the
    same."""

    scale: float
    shift: float
    kind: Literal["mlp", "cnn", "words"] = "mlp"
    activation: str = "relu"
    sizes: tuple[int, ...] = ()
    members: int = 1


def taken_apart(model: Layered) -> tuple[LayeredCard, dict[str, Tensor]]:
    record = None if isinstance(model, Cnn) else model.record
    written: dict[str, Any] = {**common(model, record), "scale": model.scale, "shift": model.shift}
    if isinstance(model, Mlp):
        written |= {"activation": model.activation, "sizes": model.sizes, "members": model.n_members}
    else:
        written["kind"] = "cnn" if isinstance(model, Cnn) else "words"
    return LayeredCard(**written), layers("", model.weights, model.biases)


def put_together(card: LayeredCard, tensors: Tensors) -> Layered:
    """The network, which checks its weights itself where it is no perceptron."""
    n_weights, n_biases = _counts(card, tensors)
    weights = tuple(tensors[f"weight.{layer}"] for layer in range(n_weights))
    biases = tuple(tensors[f"bias.{layer}"] for layer in range(n_biases))
    for what, tensor in tensors.items():
        check_tensor(f"`{what}`", tensor, tensor.shape)
    common: dict[str, Any] = {
        "space": card.space, "target": card.target, "weights": weights, "biases": biases, "scale": card.scale,
        "shift": card.shift, "class_index": card.class_index, "name": card.name,
    }  # fmt: skip
    if card.kind == "cnn":
        return Cnn(**common)
    if card.kind == "words":
        return WordNet(**common, record=card.record)
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        check_tensor(f"layer {layer}", weight, (card.members, card.sizes[layer + 1], card.sizes[layer]))
        check_tensor(f"the thresholds of layer {layer}", bias, (card.members, card.sizes[layer + 1]))
    return Mlp(**common, activation=card.activation, record=card.record)


def _counts(card: LayeredCard, stored: Tensors) -> tuple[int, int]:
    """How many weights and biases there must be: as many as layers of a perceptron, else as many as are stored."""
    if card.kind == "mlp":
        return len(card.sizes) - 1, len(card.sizes) - 1
    return sum(name.startswith("weight.") for name in stored), sum(name.startswith("bias.") for name in stored)
