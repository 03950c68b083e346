"""Perceptrons in the training loop: their first weights, and their outputs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ...core.compute import Compute
from ...core.errors import InputError
from ...core.random_streams import WEIGHTS, random_stream
from ...core.types import FeatureSpace
from ...data.words import word_columns
from ...numerics.derivatives.mlp import forward
from ..networks.mlp import Mlp, TrainingRecord, n_outputs
from .layers import layer
from .loop import Fit, Settings
from .rows import TrainingRows

if TYPE_CHECKING:
    from ...data.dataset import Dataset

MOST_WORD_INPUTS = 5000
"""One input per word and place: beyond this, nearly all weights belong to words that were hardly ever seen there."""


@dataclass(frozen=True)
class MlpSettings(Settings):
    """The options of a perceptron's training."""

    hidden: tuple[int, ...]
    activation: str


class MlpFit(Fit[Mlp]):
    """Training of `members` perceptrons of one shape, stacked."""

    settings: MlpSettings

    def __init__(self, data: "Dataset", members: int, settings: MlpSettings, compute: Compute) -> None:
        check_words(data.space)
        rows = TrainingRows(data, members, settings.seed, torch.device(compute.torch_device))
        sizes = (data.space.n_columns, *settings.hidden, n_outputs(data.target))
        super().__init__(data, rows, settings, *_initial(sizes, members, settings.seed, rows.inputs.device))

    def outputs(
        self, weights: Sequence[Tensor], biases: Sequence[Tensor], inputs: Float[Tensor, "members batch columns"]
    ) -> Float[Tensor, "members batch outputs"]:
        if not torch.is_grad_enabled():
            return forward(weights, biases, self.settings.activation, inputs)
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            inputs = layer(inputs, weight, bias, self.settings.activation)
        return layer(inputs, weights[-1], biases[-1], "identity")

    def network(self, weights: Sequence[Tensor], biases: Sequence[Tensor], record: TrainingRecord, name: str) -> Mlp:
        return Mlp(
            space=self.data.space,
            target=self.data.target,
            weights=tuple(weights),
            biases=tuple(biases),
            activation=self.settings.activation,
            scale=self.rows.scale,
            shift=self.rows.shift,
            name=name,
            record=record,
        )

    def operations(self) -> int:
        return max(weight[0].numel() for weight in self.weights)


def check_words(space: FeatureSpace) -> None:
    """Raises `InputError` when texts would take a perceptron more inputs than it could learn from."""
    inputs = sum(len(text.places) * len(text.levels) for text in word_columns(space))
    if inputs > MOST_WORD_INPUTS:
        raise InputError(
            f"A perceptron takes an input per word and place, up to {MOST_WORD_INPUTS:,}; the texts of these data make "
            f"{inputs:,}. Train `words`, a network made for texts."
        )


def _initial(sizes: Sequence[int], members: int, seed: int, device: torch.device) -> tuple[list[Tensor], list[Tensor]]:
    """Normal weights that keep the spread of values from layer to layer; first thresholds all over the data."""
    sources = [random_stream(seed, member, WEIGHTS) for member in range(members)]
    weights, biases = [], []
    for position, (n_inputs, n_units) in enumerate(pairwise(sizes)):
        spread = math.sqrt((1 if position == len(sizes) - 2 else 2) / n_inputs)
        bound = 1.0 if position == 0 else 0.0
        weights.append(np.stack([source.normal(0.0, spread, (n_units, n_inputs)) for source in sources]))
        biases.append(np.stack([source.uniform(-bound, bound, n_units) for source in sources]))
    leaves = [[torch.from_numpy(one).float().to(device).requires_grad_() for one in some] for some in (weights, biases)]
    return leaves[0], leaves[1]
