"""Networks of classes trained epoch by epoch with plain stochastic gradient descent, to be looked at on the way."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor
from torch.nn import functional

from ...core.errors import InputError
from ...core.random_streams import FIRST_EPOCH, WEIGHTS, random_stream
from ...core.types import TargetKind
from ...data.encoding import encode
from ..networks.convolution import Cnn, shapes
from ..networks.layered import Layered
from ..networks.mlp import Mlp, n_outputs
from ..networks.words import DIMENSIONS, FILTERS, UNITS, WordNet, without_words
from .layers import layer
from .loop import SMALL_PRODUCT
from .mlp_fit import check_words
from .rows import FEWEST_ROWS
from .words import WORD_DROPOUT, initial_weights

if TYPE_CHECKING:
    from ...data.dataset import Dataset

MOMENTUM = 0.9
MOST_ROWS = 20_000
"""More rows change no digit of a loss that is shown."""

WRONG, ABSENT = 1, 2
"""Member numbers of the random numbers that choose the wrong labels, and the words that a step does not see; the
network's is 0."""


@dataclass(frozen=True)
class Pace:
    """How a network is trained: step length, rows per step, and the seed of weights and orders."""

    learning_rate: float
    batch: int
    seed: int


def new_mlp(data: "Dataset", hidden: tuple[int, ...], seed: int) -> Mlp:
    """An untrained perceptron with ReLU for `data`; `InputError` when their texts would make it too large."""
    check_words(data.space)
    sizes = (data.space.n_columns, *hidden, n_outputs(data.target))
    weights, biases = _initial([(outputs, inputs) for inputs, outputs in pairwise(sizes)], seed)
    return Mlp(
        space=data.space,
        target=data.target,
        weights=tuple(weight[None] for weight in weights),
        biases=tuple(bias[None] for bias in biases),
    )


def new_cnn(data: "Dataset", seed: int) -> Cnn:
    """An untrained convolutional network for `data`, whose features are pixels, standardised by all training pixels.

    Raises `InputError` when they are no square image.
    """
    weights, biases = _initial(shapes(data.space, data.target), seed)
    pixels = data.rows[data.train_rows]
    shift, scale = float(pixels.mean()), float(pixels.std()) or 1.0
    return Cnn(data.space, data.target, tuple(weights), tuple(biases), shift, scale)


def new_words(data: "Dataset", seed: int) -> WordNet:
    """An untrained network of the words of `data`; `InputError` when they have no text."""
    weights, biases = initial_weights(data.space, data.target, (DIMENSIONS, FILTERS, UNITS), seed)
    return WordNet(data.space, data.target, tuple(weights), tuple(biases))


def _initial(needed: list[tuple[int, ...]], seed: int) -> tuple[list[Tensor], list[Tensor]]:
    """Weights of these shapes (outputs first) and biases, uniform within 1 / sqrt(inputs), as torch's own layers."""
    source = random_stream(seed, 0, WEIGHTS)
    bounds = [1.0 / math.sqrt(math.prod(shape[1:])) for shape in needed]
    weights = [source.uniform(-bound, bound, shape) for bound, shape in zip(bounds, needed, strict=True)]
    biases = [source.uniform(-bound, bound, shape[0]) for bound, shape in zip(bounds, needed, strict=True)]
    return [torch.from_numpy(values).float() for values in weights], [
        torch.from_numpy(values).float() for values in biases
    ]


def network_inputs(network: Layered, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "rows ..."]:
    """What the network sees of rows of the table: images, words, or encoded columns."""
    if isinstance(network, Cnn):
        return network.images(rows)
    if isinstance(network, WordNet):
        return network.inputs(rows)
    return encode(network.space, rows.to(network.device), network.weights[0].dtype)


def class_logits(network: Layered, inputs: Float[Tensor, "rows ..."]) -> Float[Tensor, "rows classes"]:
    """Unnormalised log-probabilities of all classes, the mean of an ensemble's members; differentiable."""
    if isinstance(network, Cnn):
        return network.logits(inputs)
    outputs = network.outputs(inputs) if isinstance(network, WordNet) else _mean_outputs(network, inputs)
    if network.target.kind is TargetKind.BINARY:
        return torch.cat([torch.zeros_like(outputs), outputs], dim=1)
    return outputs


def _mean_outputs(network: Mlp, inputs: Float[Tensor, "rows columns"]) -> Float[Tensor, "rows outputs"]:
    values = inputs.expand(network.n_members, *inputs.shape)
    last = len(network.weights) - 1
    for place, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        values = layer(values, weight, bias, network.activation if place < last else "identity")
    return values.mean(0)


def true_log_odds(logits: Float[Tensor, "rows classes"], labels: Int[Tensor, " rows"]) -> Float64[Tensor, " rows"]:
    """Log-odds of each row's own class against all others, in float64."""
    values, own = logits.double(), labels[:, None]
    others = values.scatter(1, own, -torch.inf)
    return values.gather(1, own)[:, 0] - others.logsumexp(1)


def mean_loss(network: Layered, inputs: Float[Tensor, "rows ..."], labels: Int[Tensor, " rows"]) -> float:
    """The mean cross-entropy of the labels, in nats."""
    with torch.inference_mode():
        parts = zip(inputs.split(1024), labels.split(1024), strict=True)
        sums = [functional.cross_entropy(class_logits(network, x), y, reduction="sum").double() for x, y in parts]
    return float(torch.stack(sums).sum()) / len(labels)


def wrong_labels(labels: np.ndarray, n_classes: int, share: float, seed: int) -> np.ndarray:
    """`labels` with a random `share` of them, rounded to whole ones, replaced by another class each."""
    if not 0 <= share < 1:
        raise InputError(f"`label_noise` is a share from 0 to less than 1; got {share:g}.")
    source = random_stream(seed, WRONG, FIRST_EPOCH)
    chosen = source.permutation(len(labels))[: round(share * len(labels))]
    changed = labels.copy()
    changed[chosen] = (labels[chosen] + source.integers(1, n_classes, len(chosen))) % n_classes
    return changed


class Descent:
    """Training of `network`, whose weights change in place, by stochastic gradient descent with momentum 0.9.

    The order of the rows is drawn from the seed and the epoch alone: a training that goes on from `state` ends with the
    same weights as one that was never interrupted. `epoch` is how many are done.
    """

    def __init__(
        self, network: Layered, inputs: Float[Tensor, "rows ..."], labels: Int[Tensor, " rows"], pace: Pace
    ) -> None:
        if len(labels) < FEWEST_ROWS:
            raise InputError(f"Training needs at least {FEWEST_ROWS} training rows; got {len(labels)}. Add rows.")
        self.network, self.inputs, self.labels, self.pace = network, inputs, labels, pace
        self.parameters = [tensor.requires_grad_() for tensor in (*network.weights, *network.biases)]
        self.optimiser = torch.optim.SGD(self.parameters, lr=pace.learning_rate, momentum=MOMENTUM)
        self.epoch = 0

    def advance(self, watch: Callable[[float], None] = lambda share: None) -> None:
        """Train for one epoch; `watch` hears the share of it that is done, and may raise to stop."""
        order = torch.from_numpy(
            random_stream(self.pace.seed, 0, FIRST_EPOCH + self.epoch).permutation(len(self.labels))
        )
        source = random_stream(self.pace.seed, ABSENT, FIRST_EPOCH + self.epoch)
        batches = order.to(self.inputs.device).split(self.pace.batch)
        total = torch.zeros((), device=self.inputs.device)
        with self._threads():
            for place, rows in enumerate(batches):
                inputs = self._seen(rows, source)
                loss = functional.cross_entropy(class_logits(self.network, inputs), self.labels[rows])
                self.optimiser.zero_grad()
                loss.backward()
                self.optimiser.step()
                total += loss.detach()
                watch((place + 1) / len(batches))
        if not bool(total.isfinite()):
            rate = self.pace.learning_rate
            raise InputError(
                f"Training diverged in epoch {self.epoch + 1}; use a smaller `learning_rate` than {rate:g}."
            )
        self.epoch += 1

    def _seen(self, rows: Int[Tensor, " batch"], source: np.random.Generator) -> Float[Tensor, "batch ..."]:
        """What a step learns from: of texts, some words are left out, so that masked ones are nothing new."""
        inputs = self.inputs[rows]
        if isinstance(self.network, WordNet):
            return without_words(self.network.space, inputs, WORD_DROPOUT, source)
        return inputs

    def state(self) -> dict[str, Any]:
        """Everything that the next epoch depends on."""
        state: dict[str, Any] = {"trained": self.epoch}
        for index, parameter in enumerate(self.parameters):
            momentum = self.optimiser.state[parameter].get("momentum_buffer")
            state[f"parameter.{index}"] = parameter.detach().cpu().numpy().copy()
            if momentum is not None:
                state[f"momentum.{index}"] = momentum.cpu().numpy().copy()
        return state

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to what `state` gave."""
        self.epoch = int(state["trained"])
        with torch.no_grad():
            for index, parameter in enumerate(self.parameters):
                parameter.copy_(torch.from_numpy(np.array(state[f"parameter.{index}"], np.float32)))
                if f"momentum.{index}" in state:
                    kept = torch.from_numpy(np.array(state[f"momentum.{index}"], np.float32)).to(parameter.device)
                    self.optimiser.state[parameter]["momentum_buffer"] = kept

    @contextmanager
    def _threads(self) -> Iterator[None]:
        """One thread for small products, where threads would wait for each other; the caller's number afterwards."""
        before = torch.get_num_threads()
        largest = max(weight.numel() for weight in self.network.weights)
        small = isinstance(self.network, Mlp) and 2 * self.pace.batch * largest < SMALL_PRODUCT
        if small or isinstance(self.network, WordNet):
            torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)
