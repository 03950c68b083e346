"""Functions and modules as models: anything that returns one number per row can be explained."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Float64
from torch import Tensor, nn

from ..data.encoding import encode
from ..errors import InputError, InteractionError, ModelError
from ..types import Capability, FeatureSpace, Kind, Model, Target, TargetKind
from .scoring import Reading, checked, log_odds, reading_of, scored_class, to_scores
from .tables import frame_of, rows_of

if TYPE_CHECKING:
    from ..data.dataset import Dataset

TAKES = ("auto", "array", "frame", "encoded")
TRIAL_ROWS = 32
"""Rows on which a model is tried when it is wrapped: enough to see its output's shape and range."""


def wrap(model: Any, data: "Dataset", *, takes: str = "auto", name: str | None = None) -> Model:
    """A function, a scikit-learn estimator or a `torch.nn.Module` as a model of `data`.

    A function returns one score per row: the prediction, or for classification the log-odds of the second of two
    classes (for more classes, or instead: a column of probabilities or logits per class). It takes, as `takes` says,

    - "array": float64 (n, p) of table values, categorical features as the index of their level,
    - "frame": a DataFrame with the user's columns,
    - "encoded" (modules only, and their default): float32 (n, columns), standardised and one-hot,
    - "auto": an array if all features are numeric and the function accepts one, else a DataFrame.

    Modules can be differentiated. Raises `ModelError` when the model fails on a few rows of `data`, or returns anything
    but one finite number per row.
    """
    if takes not in TAKES:
        raise InputError(f"`takes` must be one of {', '.join(TAKES)}; got {takes!r}.")
    name = name or str(getattr(model, "__name__", type(model).__name__))
    rows = data.background(TRIAL_ROWS, seed=0)
    if isinstance(model, nn.Module):
        return tried(ModuleModel.of(model, data.space, data.target, name, takes), rows)
    if hasattr(model, "predict") and not callable(model):
        from .estimators import estimator_model

        return tried(estimator_model(model, data.space, data.target, name), rows)
    if not callable(model):
        raise InputError(f"`wrap` needs a function, an estimator or a torch module; got {type(model).__name__}.")
    return _wrap_function(model, data.space, data.target, takes, name, rows)


@dataclass(frozen=True, eq=False)
class BlackBox:
    """A model that can only be asked: `function` gives outputs (n,) or (n, outputs) for float64 rows (n, p).

    `reading` says what the outputs are, `mapping` which feature feeds which input, `notes` what a reader of its scores
    must know.
    """

    name: str
    space: FeatureSpace
    target: Target
    function: Callable[[np.ndarray], Any]
    reading: Reading = Reading.VALUES
    class_index: int | None = None
    mapping: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    capabilities = frozenset({Capability.QUERIES})
    n_members = 1
    n_parameters = 0
    device = torch.device("cpu")

    @property
    def row_bytes(self) -> int:
        return 64 * len(self.space) + 256

    def scores(self, rows: Float64[Tensor, "rows features"]) -> Float64[Tensor, "1 rows"]:
        """Scores of `rows`, float64; `ModelError` when the function raises or returns anything but numbers."""
        outputs = self.outputs(rows.cpu().numpy().copy())
        return torch.from_numpy(to_scores(outputs, self.target, self.class_index, self.reading, self.name))[None]

    def outputs(self, rows: np.ndarray) -> np.ndarray:
        """What the function returns for `rows`, checked."""
        try:
            outputs = self.function(rows)
        except InteractionError:
            raise
        except Exception as problem:
            raise ModelError(f"The model `{self.name}` failed on {len(rows)} rows: {first_line(problem)}.") from problem
        return checked(outputs, len(rows), self.name)

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """Scores of the rows of a table (columns found by name), shape (n,)."""
        return self.scores(torch.from_numpy(rows_of(self.space, frame)))[0].numpy()

    def for_class(self, index: int) -> "BlackBox":
        """The same model scoring another class."""
        return replace(self, class_index=scored_class(self.target, index))

    def to(self, device: str) -> "BlackBox":
        return self


@dataclass(frozen=True, eq=False)
class ModuleModel:
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
    n_members = 1

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
    def n_parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.module.parameters())

    @property
    def row_bytes(self) -> int:
        widest = max((max(p.shape) for p in self.module.parameters() if p.ndim), default=1)
        return 8 * (len(self.space) + self.space.n_columns + 4 * widest)

    @property
    def device(self) -> torch.device:
        return next((p.device for p in self.module.parameters()), torch.device("cpu"))

    def scores(self, rows: Float64[Tensor, "rows features"]) -> Float[Tensor, "1 rows"]:
        """Scores of `rows`, without gradients; `ModelError` when the module raises or returns anything but numbers."""
        with torch.no_grad():
            scores = self.score_encoded(encode(self.space, rows.to(self.device)))
        if not torch.isfinite(scores).all():
            bad = int((~torch.isfinite(scores)).sum())
            raise ModelError(
                f"The model `{self.name}` must return finite numbers; "
                f"it returned NaN or infinity for {bad} of {len(rows)} rows."
            )
        return scores

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

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """Scores of the rows of a table (columns found by name), shape (n,)."""
        return self.scores(torch.from_numpy(rows_of(self.space, frame)))[0].double().cpu().numpy()

    def for_class(self, index: int) -> "ModuleModel":
        """The same module scoring another class."""
        return replace(self, class_index=scored_class(self.target, index))

    def to(self, device: str) -> "ModuleModel":
        return (
            self if torch.device(device) == self.device else replace(self, module=copy.deepcopy(self.module).to(device))
        )

    def _scored(self, outputs: Any, n: int) -> Tensor:
        if not isinstance(outputs, Tensor):
            raise ModelError(f"The module `{self.name}` must return one tensor; it returned {type(outputs).__name__}.")
        if outputs.ndim not in (1, 2) or outputs.shape[0] != n:
            raise ModelError(
                f"The module `{self.name}` must return one number per row, shape ({n},); "
                f"it returned shape {tuple(outputs.shape)}."
            )
        columns = outputs.reshape(n, -1)
        n_classes = len(self.target.classes)
        index = scored_class(self.target, self.class_index)
        if columns.shape[1] == 1 and self.target.kind is not TargetKind.MULTICLASS:
            return -columns[:, 0] if index == 0 else columns[:, 0]
        if index is None or columns.shape[1] != n_classes:
            wanted = max(1, n_classes)
            raise ModelError(
                f"The module `{self.name}` returns {columns.shape[1]} numbers per row, but the target "
                f"`{self.target.name}` needs {wanted}; return one output."
            )
        return log_odds(columns, index)


def first_line(problem: Exception) -> str:
    """An exception as part of a sentence: its kind and the first line of its text, not too long."""
    text = str(problem).strip().split("\n")[0][:200].rstrip(".")
    return f"{type(problem).__name__}: {text}" if text else type(problem).__name__


def _wrap_function(
    function: Callable[[Any], Any], space: FeatureSpace, target: Target, takes: str, name: str, rows: np.ndarray
) -> Model:
    if takes == "encoded":
        raise InputError('Only torch modules take encoded inputs; pass `takes="array"` or `takes="frame"`.')
    as_array = BlackBox(name, space, target, function)
    as_frame = BlackBox(name, space, target, lambda values: function(frame_of(space, values)))
    if takes != "auto":
        return tried(as_array if takes == "array" else as_frame, rows)
    if any(feature.kind is Kind.CATEGORICAL for feature in space.features):
        return tried(as_frame, rows)
    try:
        return tried(as_array, rows)
    except ModelError as of_array:
        try:
            return tried(as_frame, rows)
        except ModelError:
            raise of_array from None


def tried(model: Model, rows: np.ndarray) -> Model:
    """`model`, once it has scored a few rows twice with the same result; what its outputs are is settled on them."""
    if isinstance(model, BlackBox):
        outputs = model.outputs(rows.copy())
        several = outputs.ndim == 2 and outputs.shape[1] > 1
        if model.reading is Reading.UNKNOWN or (model.reading is Reading.VALUES and several):
            model = replace(model, reading=reading_of(outputs, model.target))
    tensor = torch.from_numpy(rows.copy())
    first, second = model.scores(tensor), model.scores(tensor)
    if not torch.allclose(first, second, rtol=1e-4, atol=1e-6):
        raise ModelError(
            f"The model `{model.name}` gives the same row different scores; "
            "switch its randomness off (dropout, sampling)."
        )
    return model
