"""Training a network of words."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
import torch
from jaxtyping import Float, Int
from pydantic import Field
from torch import Tensor

from ...core.compute import Compute
from ...core.random_streams import WEIGHTS, random_stream
from ...core.types import FeatureSpace, Report, Target, silent
from ...data.words import NONE
from ..networks.mlp import TrainingRecord
from ..networks.words import (
    DIMENSIONS,
    FILTERS,
    UNITS,
    WordNet,
    WordNetwork,
    network_inputs,
    shapes,
    texts_of,
    without_words,
)
from .mlp import Batch, Decay, Epochs, Patience, Rate, Seed
from .rows import TrainingRows
from .validated_trainer import Settings, ValidatedTrainer

if TYPE_CHECKING:
    from ...data.dataset import Dataset

SOURCE = (
    "Convolution over word embeddings (Kim, EMNLP 2014), Adam with decoupled weight decay (Loshchilov & Hutter, "
    "ICLR 2019); word dropout (Iyyer et al., ACL 2015)"
)

WORD_DROPOUT = 0.15
"""Share of the words that a step does not see: so a sentence with masked words is nothing new to the network."""

SPREAD = 0.3
"""Standard deviation of the first embeddings: small against what is learnt, large enough that words differ."""

Dimensions = Annotated[int, Field(ge=1, le=1024, title="Dimensions", description="Numbers that stand for a word.")]
Filters = Annotated[
    int, Field(ge=1, le=4096, title="Filters", description="Patterns of three words in a row that it looks for.")
]
Units = Annotated[int, Field(ge=1, le=4096, title="Hidden units", description="Of the layer that weighs the patterns.")]
Dropout = Annotated[
    float, Field(ge=0, lt=1, title="Word dropout", description="Share of the words that are left out at every step.")
]


@dataclass(frozen=True)
class WordSettings(Settings):
    """The options of the training of a network of words."""

    dimensions: int
    filters: int
    units: int
    word_dropout: float


def train_words(
    data: "Dataset",
    *,
    dimensions: Dimensions = DIMENSIONS,
    filters: Filters = FILTERS,
    units: Units = UNITS,
    word_dropout: Dropout = WORD_DROPOUT,
    epochs: Epochs = 12,
    learning_rate: Rate = 5e-3,
    weight_decay: Decay = 1.0,
    batch: Batch = 64,
    patience: Patience = 6,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> WordNet:
    """Train a network of the words of `data`, and of its other features, on the training rows.

    A part of these is kept aside; the weights returned are those of the epoch with the smallest loss there. The losses
    by epoch stand in `.record`. Raises `InputError` for data without a text column, too few training rows, or a loss
    that diverges.
    """
    settings = WordSettings(
        epochs, learning_rate, weight_decay, batch, patience, seed, dimensions, filters, units, word_dropout
    )
    return WordTrainer(data, settings, compute).run("words", report)


class WordTrainer(ValidatedTrainer[WordNetwork, WordNet]):
    """Trains one network of words."""

    settings: WordSettings

    def __init__(self, data: "Dataset", settings: WordSettings, compute: Compute) -> None:
        sizes = (settings.dimensions, settings.filters, settings.units)
        rows = TrainingRows(data, 1, settings.seed, torch.device(compute.torch_device), network_inputs)
        super().__init__(initial_words(data.space, data.target, sizes, settings.seed), data, rows, settings)

    def inputs(self, rows: Int[Tensor, "1 batch"]) -> Float[Tensor, "1 batch columns"]:
        """Return the rows with some words left out."""
        seen = self.rows.inputs[rows[0]]
        return without_words(self.data.space, seen, self.settings.word_dropout, self.source)[None]

    def outputs(
        self, network: WordNetwork, inputs: Float[Tensor, "1 batch columns"]
    ) -> Float[Tensor, "1 batch outputs"]:
        """Return the network's outputs, as those of the one member."""
        return network(inputs[0])[None]

    def model(self, network: WordNetwork, record: TrainingRecord, name: str) -> WordNet:
        """Return the network as a model over the features."""
        scale, shift = self.rows.scale, self.rows.shift
        return WordNet(self.data.space, self.data.target, network, scale, shift, name=name, record=record)

    def operations(self) -> float:
        """Return the operations of the largest convolution."""
        kernels = max(convolution.weight.numel() for convolution in self.network.convolutions)
        return 2 * self.settings.batch * kernels * len(self.data.space)


def initial_words(space: FeatureSpace, target: Target, sizes: tuple[int, int, int], seed: int) -> WordNetwork:
    """Return an untrained network of these dimensions, filters and units.

    Normal weights keep the spread of values from layer to layer; a place without a word is 0, and so are all biases.

    Raises:
        InputError: The features have no text.
    """
    source, weights, biases = random_stream(seed, 0, WEIGHTS), [], []
    needed = shapes(space, target, *sizes)
    n_texts = (len(needed) - 2) // 2
    for place, shape in enumerate(needed):
        last = place == len(needed) - 1
        spread = SPREAD if place < n_texts else float(np.sqrt((1 if last else 2) / np.prod(shape[1:])))
        values = source.normal(0.0, spread, shape)
        if place < n_texts:
            values[NONE] = 0.0
        else:
            biases.append(torch.zeros(shape[0]))
        weights.append(torch.from_numpy(values).float())
    return WordNetwork([len(text.places) for text in texts_of(space)], weights, biases)
