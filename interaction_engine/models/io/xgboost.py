"""XGBoost models in its own JSON or UBJ format."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import xgboost

from ...core.errors import ModelError
from ...core.types import FeatureSpace, Kind, Target, TargetKind
from ..adapters.black_box import BlackBox, Origin
from ..adapters.mapping import InputMapping, map_inputs
from ..scoring import Reading

LOGISTIC = frozenset({"binary:logistic", "binary:logitraw", "multi:softprob", "multi:softmax"})
"""Objectives whose margin is a log-odds (binary) or a logit per class."""


def load(path: Path, space: FeatureSpace, target: Target, class_index: int | None, takes: str) -> BlackBox:
    """The booster in a file: its prediction for regression, its margin (log-odds) for classes.

    Raises `ModelError` when its objective does not fit the target, or its inputs do not fit the features.
    """
    booster = xgboost.Booster({"nthread": torch.get_num_threads()})
    booster.load_model(path)
    objective = json.loads(booster.save_config())["learner"]["learner_train_param"]["objective"]
    is_regression = target.kind is TargetKind.REGRESSION
    if is_regression == (objective in LOGISTIC):
        raise ModelError(
            f"`{path.name}` was trained for `{objective}`, but the target `{target.name}` is {target.kind}; "
            "bring a model of this target."
        )
    mapping = map_inputs(space, booster.feature_names, booster.num_features(), path.name)
    kinds = booster.feature_types or []
    kind = "value" if is_regression else "margin"

    codes = _codes(booster, mapping) if "c" in kinds else {}

    def from_array(rows: np.ndarray) -> np.ndarray:
        inputs = mapping.inputs(rows)
        for position, table in (codes or {}).items():
            inputs = rows.copy() if inputs is rows else inputs
            inputs[:, position] = table[inputs[:, position].astype(int)]
        return booster.inplace_predict(inputs, predict_type=kind, validate_features=False)

    def from_frame(rows: np.ndarray) -> np.ndarray:
        matrix = xgboost.DMatrix(_frame(mapping, rows), enable_categorical=True)
        return booster.predict(matrix, output_margin=not is_regression, validate_features=False)

    reading = Reading.VALUES if is_regression else Reading.LOG_ODDS
    function = from_frame if codes is None else from_array
    inputs = (lambda rows: _frame(mapping, rows)) if "c" in kinds else mapping.inputs
    origin = Origin(booster, inputs, mapping)
    model = BlackBox(path.name, space, target, function, reading, class_index, mapping.pairs(), origin=origin)
    # an array in float32, in which XGBoost compares, is read in place; a table is converted column by column
    return model if codes is None else replace(model, row_dtype=torch.float32, keeps_rows=True)


def _codes(booster: xgboost.Booster, mapping: InputMapping) -> dict[int, np.ndarray] | None:
    """For each categorical input, the booster's own code of each of our levels.

    None where it does not know them all, so that levels must go by name.
    """
    categories = booster.get_categories(export_to_arrow=True)
    known = {} if categories.empty() else dict(categories.to_arrow())
    codes = {}
    for position, (name, source) in enumerate(zip(booster.feature_names or (), mapping.sources, strict=True)):
        feature = mapping.space.features[source.feature]
        if feature.kind is not Kind.CATEGORICAL or source.level is not None:
            continue
        levels = known.get(name)
        code = {} if levels is None else {str(level): index for index, level in enumerate(levels.to_pylist())}
        if not set(feature.levels) <= set(code):
            return None
        codes[position] = np.array([code[level] for level in feature.levels], dtype=np.float32)
    return codes


def _frame(mapping: InputMapping, rows: np.ndarray) -> pd.DataFrame:
    """Inputs as a table in which levels go by name, so that the booster finds its own codes for them."""
    frame = pd.DataFrame(mapping.inputs(rows), columns=pd.Index(mapping.names))
    for name, source in zip(mapping.names, mapping.sources, strict=True):
        feature = mapping.space.features[source.feature]
        if feature.kind is Kind.CATEGORICAL and source.level is None:
            levels = np.array(feature.levels, dtype=object)[frame[name].astype(int)]
            frame[name] = pd.Categorical(levels, categories=feature.levels)
    return frame
