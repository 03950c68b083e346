"""Additive networks: many small perceptrons, each of a few features, whose outputs add up to the score."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int
from torch import Tensor

from ...core.errors import InputError
from ...core.types import Capability, FeatureSpace, Target, TargetKind
from ...data.encoding import encode
from ...numerics.derivatives.mlp import ACTIVATIONS
from ..base import TabularModel
from ..networks.layers import LayerStack, StackedLayers
from ..networks.mlp import TrainingRecord, n_outputs
from .purification import Evaluate, PureTerms, purify
from .refits import Refits, bands_of_terms
from .shape_result import Shapes
from .shapes import build_shapes, some

if TYPE_CHECKING:
    from ...data.dataset import Dataset

ROWS_PER_CALL = 512
"""Rows per product: the activations of all subnets together then stay in the processor's cache."""

Members = tuple[tuple[int, ...], ...]
"""The features of each subnet, as places in the feature space."""


class Subnets(StackedLayers):
    """Small perceptrons of one shape, each seeing only its own features, computed as one batched product.

    `members` has the places of each subnet's features; it sees their encoded columns (`columns`), padded to the widest
    subnet's number, and the weights of the padding are masked. Differentiable in weights and inputs.

    Args:
        space: The features.
        members: The features of each subnet, as places in `space`.
        weights: Of each layer (subnets, outputs, inputs).
        biases: Of each layer (subnets, outputs).
        activation: The name of the function between the layers.
    """

    columns: Int[Tensor, "subnets width"]
    """The encoded columns that each subnet sees; 0 in the padding."""
    mask: Bool[Tensor, "subnets width"]
    """Which of `columns` are a subnet's own and not padding."""

    def __init__(
        self,
        space: FeatureSpace,
        members: Members,
        weights: Iterable[Float[Tensor, "subnets _ _"]],
        biases: Iterable[Float[Tensor, "subnets _"]],
        activation: str = "relu",
    ) -> None:
        super().__init__(weights, biases, activation)
        self.space, self.members = space, members
        first, expected = self.weights[0], (len(members), padded_width(space, members))
        if (len(first), first.shape[2]) != expected:
            raise InputError(
                f"The first weights must be of {expected[0]} subnets with {expected[1]} inputs; "
                f"got {len(first)} with {first.shape[2]}."
            )
        columns, mask = np.zeros(expected, dtype=np.int64), np.zeros(expected, dtype=bool)
        for subnet, own in enumerate(encoded_columns(space, members)):
            columns[subnet, : len(own)] = own
            mask[subnet, : len(own)] = True
        with torch.inference_mode(False):  # what inference mode makes could not stand in a derivative later
            self.register_buffer("columns", torch.from_numpy(columns).to(self.device), persistent=False)
            self.register_buffer("mask", torch.from_numpy(mask).to(self.device), persistent=False)

    def __len__(self) -> int:
        return len(self.members)

    @property
    def n_parameters(self) -> int:
        """Weights and biases of all subnets, the padding not counted."""
        own = int(self.mask.sum()) * self.sizes[1]
        return own + sum(tensor.numel() for tensor in (*self.weights[1:], *self.biases))

    def forward(self, encoded: Float[Tensor, "rows columns"]) -> Float[Tensor, "rows subnets outputs"]:
        """Return what every subnet puts out for encoded rows.

        Rows stand last inside: so all products are of long vectors.
        """
        act, weights, biases = ACTIVATIONS[self.activation], self.weights, self.biases
        values = encoded.T.contiguous()[self.columns]
        for weight, bias in zip((weights[0] * self.mask[:, None, :], *weights[1:-1]), biases[:-1], strict=True):
            values = act(torch.baddbmm(bias[:, :, None], weight, values))
        return torch.baddbmm(biases[-1][:, :, None], weights[-1], values).permute(2, 0, 1)

    def chosen(self, subnets: Sequence[int]) -> "Subnets":
        """Return only these subnets, in this order, padded no wider than they need."""
        members = tuple(self.members[subnet] for subnet in subnets)
        rows, width = list(subnets), padded_width(self.space, members)
        weights = (self.weights[0][rows][:, :, :width], *(weight[rows] for weight in self.weights[1:]))
        return Subnets(self.space, members, weights, [bias[rows] for bias in self.biases], self.activation)

    def with_layers(self, weights: Iterable[Tensor], biases: Iterable[Tensor]) -> "Subnets":
        """Return the same subnets with other weights."""
        return Subnets(self.space, self.members, weights, biases, self.activation)

    def in_all(self, trainings: LayerStack) -> "Subnets":
        """Return the subnets of several trainings, one training after the other, as one product.

        Args:
            trainings: Layers with weights (trainings, subnets, outputs, inputs).
        """
        layers = ([one.flatten(0, 1) for one in many] for many in (trainings.weights, trainings.biases))
        return Subnets(self.space, self.members * len(trainings.biases[0]), *layers, activation=self.activation)

    def at_places(self, space: FeatureSpace, members: Members) -> "Subnets":
        """Return the same subnets for features that stand at other places of another space."""
        return Subnets(space, members, self.weights, self.biases, self.activation)


@dataclass(frozen=True, eq=False)
class AdditiveNetwork(TabularModel):
    """An intercept plus subnets of few features each; implements `Model`.

    For regression the score is `scale * (intercept + sum of subnets) + shift`, for two classes the sum is the log-odds
    of the second; for several, the sums are unnormalised log-probabilities of the classes and the score is the log-odds
    of `class_index` against the rest. `refits` are further trainings of the same subnets, which tell how sure a curve
    is and have no part in the score.
    """

    space: FeatureSpace
    target: Target
    subnets: Subnets
    intercept: Float[Tensor, " outputs"]
    scale: float = 1.0
    shift: float = 0.0
    class_index: int | None = None
    name: str = "additive"
    record: TrainingRecord | None = None
    refits: Refits | None = None

    capabilities = frozenset({Capability.QUERIES, Capability.GRADIENTS, Capability.TERMS})
    learnt = ("subnets", "intercept", "refits")
    not_scored = frozenset({"refits"})
    predicts_in_double = True

    def __post_init__(self) -> None:
        expected, outputs = n_outputs(self.target), (self.subnets.sizes[-1], len(self.intercept))
        if outputs != (expected, expected):
            raise InputError(
                f"The subnets and the intercept have {outputs[0]} and {outputs[1]} outputs, but the target "
                f"`{self.target.name}` needs {expected}; use a network of this target."
            )

    @property
    def row_bytes(self) -> int:
        """Working memory that scoring one row takes."""
        widest = sorted(self.subnets.sizes)[-2:]
        per_unit = self.intercept.element_size()
        return per_unit * (len(self.subnets) * sum(widest) + self.space.n_columns) + 8 * len(self.space)

    def scores(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "1 rows"]:
        """Scores of `rows`, of the weights' precision, without gradients."""
        with torch.inference_mode():
            parts = rows.to(self.device).split(ROWS_PER_CALL)
            encoded = (encode(self.space, part, self.intercept.dtype) for part in parts)
            return torch.cat([self.score_encoded(part) for part in encoded], dim=1)

    def score_encoded(self, encoded: Float[Tensor, "rows columns"]) -> Float[Tensor, "1 rows"]:
        """Scores of encoded rows; differentiable in them as often as the activation is."""
        return self.head(self.intercept + self.subnets(encoded).sum(dim=1))[None]

    def functions(self) -> Evaluate:
        """What the subnets add at rows of table values, in the score's unit, computed in float64."""
        exact, scale = self.double(), self.scale if self.target.kind is TargetKind.REGRESSION else 1.0

        def evaluate(rows: Float64[Tensor, "rows features"]) -> Float64[Tensor, "rows subnets outputs"]:
            with torch.inference_mode():
                return exact.subnets(encode(exact.space, rows, torch.float64)) * scale

        return evaluate

    def terms(self, data: "Dataset") -> PureTerms:
        """The subnets as pure terms under the training rows of `data` (20,000 of them at most), in the score's unit."""
        is_number = self.target.kind is TargetKind.REGRESSION
        scale, shift = (self.scale, self.shift) if is_number else (1.0, 0.0)
        rows = torch.from_numpy(data.rows[some(data.train_rows)]).to(self.device)
        return purify(self.subnets.members, self.functions(), self.space, rows, self.intercept.double() * scale + shift)

    def shapes(self, data: "Dataset") -> Shapes:
        """The network as an intercept and pure, centred terms that add up to it: curves, maps, importance and cost."""
        bands = bands_of_terms(self, data)
        return build_shapes(self, data, self.terms(data), title="Shapes of an additive network", **bands)


def encoded_columns(space: FeatureSpace, members: Members) -> list[list[int]]:
    """The encoded columns of each subnet's features, in the order of its features."""
    return [
        [column for place in places for column in range(space.groups[place].start, space.groups[place].stop)]
        for places in members
    ]


def padded_width(space: FeatureSpace, members: Members) -> int:
    """Inputs that all subnets have: the columns of the widest, at least one."""
    return max([1, *(sum(space.features[place].n_columns for place in places) for places in members)])


def initial_subnets(
    space: FeatureSpace,
    members: Members,
    hidden: Sequence[int],
    outputs: int,
    activation: str,
    anchors: Float[Tensor, "anchors columns"],
    source: np.random.Generator,
) -> Subnets:
    """Subnets before training, drawn from `source`: normal weights that keep the spread of values from layer to layer.

    The kink of each first unit lies on one of `anchors`, encoded rows of the data: so the units divide the range
    of the features where there are rows.
    """
    sizes = (padded_width(space, members), *hidden, outputs)
    owned = np.zeros((len(members), sizes[0]))
    places = np.zeros((len(members), sizes[0]), dtype=np.int64)
    for subnet, own in enumerate(encoded_columns(space, members)):
        owned[subnet, : len(own)], places[subnet, : len(own)] = 1.0, own
    n_inputs = np.maximum(1.0, [len(features) for features in members])[:, None, None]
    weights, biases = [], []
    for layer, (n_in, n_units) in enumerate(pairwise(sizes)):
        gain = 1 if layer == len(sizes) - 2 else 2
        spread = np.sqrt(gain / n_inputs) if layer == 0 else math.sqrt(gain / n_in)
        weights.append(source.normal(0.0, 1.0, (len(members), n_units, n_in)) * spread)
        biases.append(np.zeros((len(members), n_units)))
    weights[0] *= owned[:, None, :]
    rows = anchors.cpu().numpy()[source.integers(len(anchors), size=(len(members), sizes[1]))]
    seen = np.take_along_axis(rows, np.broadcast_to(places[:, None, :], (len(members), sizes[1], sizes[0])), axis=2)
    biases[0] = -(weights[0] * seen).sum(axis=2)
    as_tensors = (tuple(torch.from_numpy(one).float() for one in many) for many in (weights, biases))
    return Subnets(space, members, *as_tensors, activation=activation).to(anchors.device)
