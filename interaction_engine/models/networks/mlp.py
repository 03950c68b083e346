"""Multilayer perceptrons as stacked weights: one network, or an ensemble computed as one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from ...core.errors import InputError
from ...core.types import Capability, FeatureSpace, Target, TargetKind
from ...data.encoding import encode
from ...numerics.derivatives.mlp import ACTIVATIONS, forward
from ..base import TabularModel
from .layers import StackedLayers

ROWS_PER_CALL = 4096
"""Rows per product: beyond a few thousand the activations leave the processor's cache and throughput halves."""


@dataclass(frozen=True)
class TrainingRecord:
    """How a network was trained: losses by epoch (`epoch`, `train`, `validation`), epoch kept, wall time, options."""

    epoch: tuple[int, ...]
    train: tuple[float, ...]
    validation: tuple[float, ...]
    best_epoch: int
    seconds: float
    options: Mapping[str, int | float | str | tuple[int, ...]] = field(default_factory=dict)


class StackedPerceptron(StackedLayers):
    """Perceptrons of one shape: weight (networks, outputs, inputs) and bias (networks, outputs) of each layer."""

    def forward(self, inputs: Float[Tensor, "*shared rows columns"]) -> Float[Tensor, "networks rows outputs"]:
        """Return the outputs for rows that all networks share, or that each has its own of; differentiable.

        Where nothing is differentiated, products and activations run as one kernel.
        """
        if not torch.is_grad_enabled():
            return forward(self.weights, self.biases, self.activation, inputs)
        return self.layers[-1](self.hidden(inputs))

    def hidden(self, inputs: Float[Tensor, "*shared rows columns"]) -> Float[Tensor, "networks rows units"]:
        """Return the activations of the last hidden layer; differentiable."""
        act = ACTIVATIONS[self.activation]
        values = inputs if inputs.ndim == 3 else inputs.expand(len(self.weights[0]), *inputs.shape)
        for layer in self.layers[:-1]:
            values = act(layer(values))
        return values


@dataclass(frozen=True, eq=False)
class Mlp(TabularModel):
    """`n_members` perceptrons of one shape over encoded inputs, float32; implements `Model`.

    For regression the score is `scale * output + shift`; for two classes the output is the log-odds of the second; for
    several, the score is the log-odds of `class_index` against the rest.
    """

    space: FeatureSpace
    target: Target
    network: StackedPerceptron
    scale: float = 1.0
    shift: float = 0.0
    class_index: int | None = None
    name: str = "mlp"
    record: TrainingRecord | None = None

    capabilities = frozenset({Capability.QUERIES, Capability.GRADIENTS, Capability.MLP_WEIGHTS})
    learnt = ("network",)

    def __post_init__(self) -> None:
        sizes, outputs = self.sizes, n_outputs(self.target)
        if sizes[0] != self.space.n_columns:
            raise InputError(
                f"The network has {sizes[0]} inputs, but its {len(self.space)} features make {self.space.n_columns}; "
                "use the network's own features."
            )
        if sizes[-1] != outputs:
            raise InputError(
                f"The network has {sizes[-1]} outputs, but the target `{self.target.name}` needs {outputs}; "
                "use a network of this target."
            )

    @classmethod
    def of_layers(
        cls,
        space: FeatureSpace,
        target: Target,
        weights: Iterable[Tensor],
        biases: Iterable[Tensor],
        activation: str = "relu",
        **known: Any,
    ) -> "Mlp":
        """Return the perceptrons that have these weights and biases.

        Args:
            space: The features; the first layer has as many inputs as they have encoded columns.
            target: What is predicted.
            weights: Of each layer (members, outputs, inputs).
            biases: Of each layer (members, outputs).
            activation: The name of the function between the layers.
            known: Other fields of the model.

        Raises:
            InputError: There is no such activation, or the layers do not fit the features or the target.
        """
        return cls(space, target, StackedPerceptron(weights, biases, activation), **known)

    @property
    def weights(self) -> tuple[Float[Tensor, "members _ _"], ...]:
        """The weights of each layer (members, outputs, inputs)."""
        return self.network.weights

    @property
    def biases(self) -> tuple[Float[Tensor, "members _"], ...]:
        """The biases of each layer (members, outputs)."""
        return self.network.biases

    @property
    def activation(self) -> str:
        """The name of the function between the layers."""
        return self.network.activation

    @property
    def n_members(self) -> int:
        """Networks of an ensemble; 1 of any other model."""
        return self.weights[0].shape[0]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of each layer: inputs, hidden layers, outputs."""
        return self.network.sizes

    @property
    def row_bytes(self) -> int:
        """Working memory that scoring one row takes."""
        widest = sorted(self.sizes)[-2:]
        size = self.network.dtype.itemsize
        return size * self.n_members * sum(widest) + 8 * len(self.space) + size * self.sizes[0]

    def scores(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "members rows"]:
        """Scores of `rows`, of the weights' precision, without gradients."""
        with torch.inference_mode():
            parts = rows.to(self.device).split(ROWS_PER_CALL)
            encoded = (encode(self.space, part, self.network.dtype) for part in parts)
            return torch.cat([self.head(self.network(part)) for part in encoded], dim=1)

    def score_encoded(self, encoded: Float[Tensor, "rows columns"]) -> Float[Tensor, "members rows"]:
        """Scores of encoded rows; differentiable in them as often as the activation is."""
        return self.head(self.network(encoded))

    def with_layers(self, weights: Iterable[Tensor], biases: Iterable[Tensor], **changes: Any) -> "Mlp":
        """Return the same model with other weights, and other fields where `changes` has them."""
        return replace(self, network=StackedPerceptron(weights, biases, self.activation), **changes)

    def member(self, index: int) -> "Mlp":
        """Return one network of the ensemble."""
        part = slice(index, index + 1)
        return self.with_layers((w[part] for w in self.weights), (b[part] for b in self.biases))


def n_outputs(target: Target) -> int:
    """Outputs that a network of ours has for `target`: one, or one per class when there are more than two."""
    return len(target.classes) if target.kind is TargetKind.MULTICLASS else 1
