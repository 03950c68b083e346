"""The training of perceptrons: their first weights, and the model that they make."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ...core.compute import Compute
from ...core.errors import InputError
from ...core.random_streams import WEIGHTS, random_stream
from ...core.types import FeatureSpace
from ...data.words import word_columns
from ..networks.mlp import Mlp, StackedPerceptron, TrainingRecord, n_outputs
from .rows import TrainingRows
from .validated_trainer import Settings, ValidatedTrainer

if TYPE_CHECKING:
    from ...data.dataset import Dataset

MOST_WORD_INPUTS = 5000
"""One input per word and place: beyond this, nearly all weights belong to words that were hardly ever seen there."""


@dataclass(frozen=True)
class MlpSettings(Settings):
    """The options of a perceptron's training."""

    hidden: tuple[int, ...]
    activation: str


class MlpTrainer(ValidatedTrainer[StackedPerceptron, Mlp]):
    """Trains `members` perceptrons of one shape, stacked."""

    settings: MlpSettings

    def __init__(self, data: "Dataset", members: int, settings: MlpSettings, compute: Compute) -> None:
        check_words(data.space)
        rows = TrainingRows(data, members, settings.seed, torch.device(compute.torch_device))
        sizes = (data.space.n_columns, *settings.hidden, n_outputs(data.target))
        first = StackedPerceptron(*initial_layers(sizes, members, settings.seed), settings.activation)
        super().__init__(first, data, rows, settings)

    def model(self, network: StackedPerceptron, record: TrainingRecord, name: str) -> Mlp:
        """Return the perceptrons as a model over the features."""
        scale, shift = self.rows.scale, self.rows.shift
        return Mlp(self.data.space, self.data.target, network, scale, shift, name=name, record=record)

    def operations(self) -> float:
        """Return the operations of the largest layer's product."""
        return 2 * self.settings.batch * max(weight[0].numel() for weight in self.network.weights)


def check_words(space: FeatureSpace) -> None:
    """Raises `InputError` when texts would take a perceptron more inputs than it could learn from."""
    inputs = sum(len(text.places) * len(text.levels) for text in word_columns(space))
    if inputs > MOST_WORD_INPUTS:
        raise InputError(
            f"A perceptron takes an input per word and place, up to {MOST_WORD_INPUTS:,}; the texts of these data make "
            f"{inputs:,}. Train `words`, a network made for texts."
        )


def initial_layers(sizes: Sequence[int], members: int, seed: int) -> tuple[list[Tensor], list[Tensor]]:
    """Return weights and biases of perceptrons before training, each member's from a random stream of its own.

    Normal weights keep the spread of values from layer to layer; the first biases put kinks all over the data.

    Args:
        sizes: Units of each layer: inputs, hidden layers, outputs.
        members: How many perceptrons there are.
        seed: Of the random streams.
    """
    sources = [random_stream(seed, member, WEIGHTS) for member in range(members)]
    weights, biases = [], []
    for position, (n_inputs, n_units) in enumerate(pairwise(sizes)):
        spread = math.sqrt((1 if position == len(sizes) - 2 else 2) / n_inputs)
        bound = 1.0 if position == 0 else 0.0
        weights.append(np.stack([source.normal(0.0, spread, (n_units, n_inputs)) for source in sources]))
        biases.append(np.stack([source.uniform(-bound, bound, n_units) for source in sources]))
    return [torch.from_numpy(one).float() for one in weights], [torch.from_numpy(one).float() for one in biases]
