"""scikit-learn estimators as models: anything fitted that has `predict`, and `predict_proba` for classes."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from ...core.errors import ModelError
from ...core.types import FeatureSpace, Kind, Target, TargetKind
from ...data.coordinates import decode_rows
from ..scoring import Reading
from .black_box import BlackBox, Origin
from .mapping import map_inputs

CACHED_BYTES = 4_000_000
"""Rows of table values that stay in the processor's caches while they are passed over again and again."""


def estimator_model(
    estimator: Any, space: FeatureSpace, target: Target, name: str, class_index: int | None = None
) -> BlackBox:
    """A fitted estimator, fed by name if it was fitted on a DataFrame, else by position.

    Regression: what `predict` returns. Classification: log-odds of `predict_proba`. Raises `ModelError` when it lacks
    either, was fitted on other inputs, or knows other classes.
    """
    names = getattr(estimator, "feature_names_in_", None)
    n_inputs = getattr(estimator, "n_features_in_", len(space) if names is None else len(names))
    mapping = map_inputs(space, None if names is None else [str(item) for item in names], n_inputs, name)
    in_float32 = _is_xgboost(estimator) and all(feature.kind is Kind.NUMERIC for feature in space.features)
    uses_frame = names is not None and set(names) <= set(space.names) and not in_float32
    ask, reading, order = _asked(estimator, target, name)

    def inputs(rows: np.ndarray) -> Any:
        return decode_rows(space, rows)[list(mapping.names)] if uses_frame else mapping.inputs(rows)

    def function(rows: np.ndarray) -> np.ndarray:
        return ask(inputs(rows))

    origin = Origin(estimator, inputs, mapping, tuple(order))
    model = BlackBox(name, space, target, function, reading, class_index, mapping.pairs(), origin=origin)
    if type(estimator).__name__.startswith("HistGradientBoosting"):  # it passes over all rows once for every tree
        return replace(model, rows_at_once=max(1024, CACHED_BYTES // (8 * n_inputs)))
    return replace(model, row_dtype=torch.float32, keeps_rows=True) if in_float32 else model


def _is_xgboost(estimator: Any) -> bool:
    """Return whether it is XGBoost's own estimator.

    It predicts numbers fastest, and the same, from float32 arrays: it compares in float32, and makes an array of a
    table column by column.
    """
    return type(estimator).__module__.startswith("xgboost.")


def _asked(estimator: Any, target: Target, name: str) -> tuple[Any, Reading, list[int]]:
    """What is called for predictions, what these are, and the places of the target's classes among them."""
    if target.kind is TargetKind.REGRESSION:
        if not hasattr(estimator, "predict"):
            raise ModelError(
                f"`{name}` is a {type(estimator).__name__}, which cannot predict; bring a fitted regressor."
            )
        return estimator.predict, Reading.VALUES, []
    if not hasattr(estimator, "predict_proba"):
        raise ModelError(
            f"`{name}` is a {type(estimator).__name__}, which gives no probabilities; bring one with `predict_proba`."
        )
    order = _class_order([str(label) for label in estimator.classes_], target, name)
    return lambda inputs: np.asarray(estimator.predict_proba(inputs))[:, order], Reading.PROBABILITIES, order


def _class_order(labels: list[str], target: Target, name: str) -> list[int]:
    """Positions of the target's classes among the estimator's: by name, else by position."""
    if set(labels) == set(target.classes):
        return [labels.index(label) for label in target.classes]
    if len(labels) != len(target.classes):
        raise ModelError(
            f"`{name}` knows {len(labels)} classes, but the target `{target.name}` has {len(target.classes)}; "
            "bring a model of this target."
        )
    return list(range(len(labels)))
