"""Functions and modules as models: anything that returns one number per row can be explained."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from ...core.errors import InputError, ModelError
from ...core.types import FeatureSpace, Kind, Model, Target
from ...data.coordinates import decode_rows
from ..scoring import Reading, reading_of
from .black_box import BlackBox
from .modules import ModuleModel

if TYPE_CHECKING:
    from ...data.dataset import Dataset

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
    name = name or _name(model)
    rows = data.background(TRIAL_ROWS, seed=0)
    if isinstance(model, nn.Module):
        return tried(ModuleModel.of(model, data.space, data.target, name, takes), rows)
    if hasattr(model, "predict") and not callable(model):
        from .estimators import estimator_model

        return tried(estimator_model(model, data.space, data.target, name), rows)
    if not callable(model):
        raise InputError(f"`wrap` needs a function, an estimator or a torch module; got {type(model).__name__}.")
    return _wrap_function(model, data.space, data.target, takes, name, rows)


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


def _wrap_function(
    function: Callable[[Any], Any], space: FeatureSpace, target: Target, takes: str, name: str, rows: np.ndarray
) -> Model:
    if takes == "encoded":
        raise InputError('Only torch modules take encoded inputs; pass `takes="array"` or `takes="frame"`.')
    as_array = BlackBox(name, space, target, function)
    as_frame = BlackBox(name, space, target, lambda values: function(decode_rows(space, values)))
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


def _name(model: Any) -> str:
    """What a model is called: a function's name, else its class; a lambda has none."""
    name = str(getattr(model, "__name__", type(model).__name__))
    return name if name.isidentifier() else "function"
