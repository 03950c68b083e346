"""Multilayer perceptrons as stacked weights: one network, or an ensemble computed as one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from ...core.errors import InputError
from ...core.types import Capability, FeatureSpace, Target, TargetKind
from ...data.encoding import encode
from ...numerics.derivatives.mlp import ACTIVATIONS, forward
from ..base import TabularModel

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


@dataclass(frozen=True, eq=False)
class Mlp(TabularModel):
    """`n_members` perceptrons of one shape over encoded inputs; implements `Model`.

    Layer l has `weights[l]` (members, outputs, inputs) and `biases[l]` (members, outputs), float32; `activation` stands
    between the layers. For regression the score is `scale * output + shift`; for two classes the output is the log-odds
    of the second; for several, the score is the log-odds of `class_index` against the rest.
    """

    space: FeatureSpace
    target: Target
    weights: tuple[Float[Tensor, "members _ _"], ...]
    biases: tuple[Float[Tensor, "members _"], ...]
    activation: str = "relu"
    scale: float = 1.0
    shift: float = 0.0
    class_index: int | None = None
    name: str = "mlp"
    record: TrainingRecord | None = None

    capabilities = frozenset({Capability.QUERIES, Capability.GRADIENTS, Capability.MLP_WEIGHTS})

    def __post_init__(self) -> None:
        if self.activation not in ACTIVATIONS:
            raise InputError(f"`activation` must be one of {', '.join(ACTIVATIONS)}; got {self.activation!r}.")
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

    @property
    def n_members(self) -> int:
        return self.weights[0].shape[0]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of each layer: inputs, hidden layers, outputs."""
        return (self.weights[0].shape[2], *(weight.shape[1] for weight in self.weights))

    @property
    def n_parameters(self) -> int:
        """Parameters of all members together."""
        return sum(tensor.numel() for tensor in (*self.weights, *self.biases))

    @property
    def row_bytes(self) -> int:
        widest = sorted(self.sizes)[-2:]
        size = self.weights[0].element_size()
        return size * self.n_members * sum(widest) + 8 * len(self.space) + size * self.sizes[0]

    def scores(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "members rows"]:
        """Scores of `rows`, of the weights' precision, without gradients."""
        with torch.inference_mode():
            parts = rows.to(self.device).split(ROWS_PER_CALL)
            encoded = (encode(self.space, part, self.weights[0].dtype) for part in parts)
            return torch.cat(
                [self.head(forward(self.weights, self.biases, self.activation, part)) for part in encoded], dim=1
            )

    def hidden(self, encoded: Float[Tensor, "rows columns"]) -> Float[Tensor, "members rows units"]:
        """Activations of the last hidden layer; differentiable."""
        act = ACTIVATIONS[self.activation]
        values = encoded.expand(self.n_members, *encoded.shape)
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            values = act(torch.baddbmm(bias[:, None], values, weight.mT))
        return values

    def score_encoded(self, encoded: Float[Tensor, "rows columns"]) -> Float[Tensor, "members rows"]:
        """Scores of encoded rows; differentiable in them as often as the activation is."""
        return self.head(torch.baddbmm(self.biases[-1][:, None], self.hidden(encoded), self.weights[-1].mT))

    def member(self, index: int) -> "Mlp":
        """One network of the ensemble."""
        part = slice(index, index + 1)
        return replace(self, weights=tuple(w[part] for w in self.weights), biases=tuple(b[part] for b in self.biases))


def n_outputs(target: Target) -> int:
    """Outputs that a network of ours has for `target`: one, or one per class when there are more than two."""
    return len(target.classes) if target.kind is TargetKind.MULTICLASS else 1
