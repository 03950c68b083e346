"""A torch module as a model: scores and their derivatives in the encoded inputs."""

import copy
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Float64
from torch import Tensor, nn

from ...core.errors import InputError, InteractionError, ModelError
from ...core.types import Capability, FeatureSpace, Kind, Target, TargetKind
from ...data.encoding import encode
from ...numerics.moved_scores import Layers
from ..base import TabularModel
from ..scoring import log_odds, scored_class
from .black_box import first_line
from .plain_layers import plain_layers


@dataclass(frozen=True, eq=False)
class ModuleModel(TabularModel):
    """A torch module as a model that can be differentiated in the encoded inputs.

    The module takes encoded rows, or table values if `takes_array`, in its own parameters' precision.
    """

    name: str
    space: FeatureSpace
    target: Target
    module: nn.Module
    takes_array: bool = False
    class_index: int | None = None
    mapping: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    capabilities = frozenset({Capability.QUERIES, Capability.GRADIENTS})
    learnt = ("module",)
    takes_encoded = True  # joint effects are computed from encoded rows, which are not built anew for every evaluation

    @classmethod
    def of(
        cls, module: nn.Module, space: FeatureSpace, target: Target, name: str, takes: str = "auto"
    ) -> "ModuleModel":
        """`module` in evaluation mode; its own parameters are frozen in the copy that is kept."""
        if takes == "frame":
            raise InputError('A torch module takes tensors; pass `takes="encoded"` or `takes="array"`.')
        if takes == "array" and any(feature.kind is Kind.CATEGORICAL for feature in space.features):
            raise InputError('A module with `takes="array"` needs numeric features only; use `takes="encoded"`.')
        frozen = copy.deepcopy(module).requires_grad_(False)
        return cls(name, space, target, frozen.eval(), takes_array=takes == "array")

    @property
    def row_bytes(self) -> int:
        """Working memory that scoring one row takes."""
        widest = max((max(p.shape) for p in self.module.parameters() if p.ndim), default=1)
        return 8 * (len(self.space) + self.space.n_columns + 4 * widest)

    def scores(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "1 rows"]:
        """Scores of `rows`, without gradients; `ModelError` when the module raises or returns anything but numbers."""
        return self.encoded_scores(encode(self.space, rows.to(self.device)))

    def encoded_scores(self, encoded: Float[Tensor, "rows columns"]) -> Float[Tensor, "1 rows"]:
        """Scores of encoded rows, as `scores` gives them."""
        with torch.no_grad():
            return self._finite(self.score_encoded(encoded))

    def perceptron(self) -> Layers | None:
        """The layers of a module that is a plain multilayer perceptron, its scores checked as the module's are.

        None for any other module.
        """
        result = plain_layers(self.module)
        if result is None or result.weights[0].shape[2] != self.space.n_columns:
            return None
        if self.takes_array:
            result = result.of_standardised(self.space.means, self.space.scales)

        def head(raw: Tensor) -> Tensor:
            return self._finite(self._scored(raw[0], raw.shape[1])[None])

        return Layers(self.space, result.weights, result.biases, result.activation, head)

    def score_encoded(self, encoded: Float[Tensor, "rows columns"]) -> Float[Tensor, "1 rows"]:
        """Scores of encoded rows; differentiable in them as often as the module is."""
        inputs = encoded
        if self.takes_array:
            means, scales = (torch.from_numpy(v).to(encoded) for v in (self.space.means, self.space.scales))
            inputs = encoded * scales + means
        dtype = next((p.dtype for p in self.module.parameters() if p.is_floating_point()), torch.float32)
        try:
            outputs = self.module(inputs.to(dtype))
        except InteractionError:
            raise
        except Exception as problem:
            raise ModelError(
                f"The module `{self.name}` failed on inputs of shape {tuple(inputs.shape)}: {first_line(problem)}."
            ) from problem
        return self._scored(outputs, len(encoded))[None]

    def double(self) -> "ModuleModel":
        """Return the model itself: a module that was brought computes in its own precision."""
        return self

    def _finite(self, scores: Tensor) -> Tensor:
        if not torch.isfinite(scores).all():
            bad = int((~torch.isfinite(scores)).sum())
            raise ModelError(
                f"The model `{self.name}` must return finite numbers; "
                f"it returned NaN or infinity for {bad} of {scores.shape[1]} rows."
            )
        return scores

    def _scored(self, outputs: Any, n: int) -> Tensor:
        if not isinstance(outputs, Tensor):
            raise ModelError(f"The module `{self.name}` must return one tensor; it returned {type(outputs).__name__}.")
        if outputs.ndim not in (1, 2) or outputs.shape[0] != n:
            raise ModelError(
                f"The module `{self.name}` must return one number per row, shape ({n},); "
                f"it returned shape {tuple(outputs.shape)}."
            )
        columns = outputs[:, None] if outputs.ndim == 1 else outputs
        n_classes = len(self.target.classes)
        index = scored_class(self.target, self.class_index)
        if columns.shape[1] == 1 and self.target.kind is not TargetKind.MULTICLASS:
            return -columns[:, 0] if index == 0 else columns[:, 0]
        if index is None or columns.shape[1] != n_classes:
            expected = max(1, n_classes)
            raise ModelError(
                f"The module `{self.name}` returns {columns.shape[1]} numbers per row, but the target "
                f"`{self.target.name}` needs {expected}; return one output."
            )
        return log_odds(columns, index)
