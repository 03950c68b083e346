"""Networks of classes trained epoch by epoch with stochastic gradient descent, to be analysed on the way."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor, nn
from torch.nn import functional

from ...core.errors import InputError
from ...core.random_streams import FIRST_EPOCH, WEIGHTS, random_stream
from ...core.types import TargetKind
from ...data.encoding import encode
from ..networks.convolution import Cnn, ConvolutionNetwork, shapes
from ..networks.layered import Layered
from ..networks.mlp import Mlp, StackedPerceptron, n_outputs
from ..networks.words import DIMENSIONS, FILTERS, UNITS, WordNet, without_words
from .mlp_trainer import check_words
from .rows import FEWEST_ROWS
from .trainer import Trainer
from .words import WORD_DROPOUT, initial_words

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
    layers = [weight[None] for weight in weights], [bias[None] for bias in biases]
    return Mlp(data.space, data.target, StackedPerceptron(*layers, "relu"))


def new_cnn(data: "Dataset", seed: int) -> Cnn:
    """An untrained convolutional network for `data`, whose features are pixels, standardised by all training pixels.

    Raises `InputError` when they are no square image.
    """
    network = ConvolutionNetwork(*_initial(shapes(data.space, data.target), seed))
    pixels = data.rows[data.train_rows]
    return Cnn(data.space, data.target, network, float(pixels.mean()), float(pixels.std()) or 1.0)


def new_words(data: "Dataset", seed: int) -> WordNet:
    """An untrained network of the words of `data`; `InputError` when they have no text."""
    return WordNet(data.space, data.target, initial_words(data.space, data.target, (DIMENSIONS, FILTERS, UNITS), seed))


def _initial(needed: list[tuple[int, ...]], seed: int) -> tuple[list[Tensor], list[Tensor]]:
    """Weights of these shapes (outputs first) and biases, uniform within 1 / sqrt(inputs), as torch's own layers."""
    source = random_stream(seed, 0, WEIGHTS)
    bounds = [1.0 / math.sqrt(math.prod(shape[1:])) for shape in needed]
    weights = [source.uniform(-bound, bound, shape) for bound, shape in zip(bounds, needed, strict=True)]
    biases = [source.uniform(-bound, bound, shape[0]) for bound, shape in zip(bounds, needed, strict=True)]
    return [torch.from_numpy(one).float() for one in weights], [torch.from_numpy(one).float() for one in biases]


def network_inputs(model: Layered, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "rows ..."]:
    """What the network sees of rows of the table: images, words, or encoded columns."""
    if isinstance(model, Cnn):
        return model.images(rows)
    if isinstance(model, WordNet):
        return model.inputs(rows)
    return encode(model.space, rows.to(model.device), model.network.dtype)


def class_logits(model: Layered, inputs: Float[Tensor, "rows ..."]) -> Float[Tensor, "rows classes"]:
    """Unnormalised log-probabilities of all classes, the mean of an ensemble's members; differentiable."""
    outputs = model.network(inputs)
    if isinstance(model, Mlp):
        outputs = outputs.mean(0)
    if model.target.kind is TargetKind.BINARY and not isinstance(model, Cnn):
        return torch.cat([torch.zeros_like(outputs), outputs], dim=1)
    return outputs


def true_log_odds(logits: Float[Tensor, "rows classes"], labels: Int[Tensor, " rows"]) -> Float64[Tensor, " rows"]:
    """Log-odds of each row's own class against all others, in float64."""
    values, own = logits.double(), labels[:, None]
    others = values.scatter(1, own, -torch.inf)
    return values.gather(1, own)[:, 0] - others.logsumexp(1)


def mean_loss(model: Layered, inputs: Float[Tensor, "rows ..."], labels: Int[Tensor, " rows"]) -> float:
    """The mean cross-entropy of the labels, in nats."""
    with torch.inference_mode():
        parts = zip(inputs.split(1024), labels.split(1024), strict=True)
        sums = [functional.cross_entropy(class_logits(model, x), y, reduction="sum").double() for x, y in parts]
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


class WatchedTrainer(Trainer[nn.Module]):
    """Trains a model's network in place, an epoch at a time, by stochastic gradient descent with momentum 0.9."""

    def __init__(
        self, model: Layered, inputs: Float[Tensor, "rows ..."], labels: Int[Tensor, " rows"], pace: Pace
    ) -> None:
        if len(labels) < FEWEST_ROWS:
            raise InputError(f"Training needs at least {FEWEST_ROWS} training rows; got {len(labels)}. Add rows.")
        self.model, self.rows, self.labels, self.pace = model, inputs, labels, pace
        network = model.network.requires_grad_()
        optimiser = torch.optim.SGD(network.parameters(), lr=pace.learning_rate, momentum=MOMENTUM)
        super().__init__(network, optimiser, pace.seed)

    def batches(self, epoch: int) -> Sequence[Int[Tensor, " batch"]]:
        """Return the rows of every step, in this epoch's order."""
        order = torch.from_numpy(random_stream(self.seed, 0, FIRST_EPOCH + epoch).permutation(len(self.labels)))
        self.source = random_stream(self.seed, ABSENT, FIRST_EPOCH + epoch)
        return order.to(self.rows.device).split(self.pace.batch)

    def losses(self, rows: Int[Tensor, " batch"]) -> Float[Tensor, ""]:
        """Return the mean cross-entropy; of texts some words are left out, so that masked ones are nothing new."""
        inputs = self.rows[rows]
        if isinstance(self.model, WordNet):
            inputs = without_words(self.model.space, inputs, WORD_DROPOUT, self.source)
        return functional.cross_entropy(class_logits(self.model, inputs), self.labels[rows])

    def operations(self) -> float:
        """Return the operations of the largest product; those of words are small, those of images are not."""
        if isinstance(self.model, Mlp):
            return 2 * self.pace.batch * max(weight.numel() for weight in self.model.weights)
        return 0.0 if isinstance(self.model, WordNet) else math.inf
