"""LightGBM models in its own text format."""

import re
from pathlib import Path

import lightgbm
import numpy as np
import torch

from ...core.errors import ModelError
from ...core.types import FeatureSpace, Kind, Target, TargetKind
from ..adapters.black_box import BlackBox, Origin
from ..adapters.mapping import InputMapping, map_inputs
from ..scoring import Reading


def load(path: Path, space: FeatureSpace, target: Target, class_index: int | None, takes: str) -> BlackBox:
    """The booster in a file: its prediction for regression, its raw score (log-odds) for classes.

    Raises `ModelError` when its objective does not fit the target, or its inputs do not fit the features.
    """
    text = path.read_text(encoding="utf-8")
    booster = lightgbm.Booster(model_str=text)
    objective, slope = _objective(text)
    is_regression = target.kind is TargetKind.REGRESSION
    if is_regression == (objective in ("binary", "multiclass")):
        raise ModelError(
            f"`{path.name}` was trained for `{objective}`, but the target `{target.name}` is {target.kind}; "
            "bring a model of this target."
        )
    mapping = map_inputs(space, booster.feature_name(), booster.num_feature(), path.name)
    codes = _codes(booster, mapping, path.name)

    def inputs(rows: np.ndarray) -> np.ndarray:
        values = mapping.inputs(rows)
        if codes and values is rows:
            values = rows.copy()
        for position, table in codes.items():
            values[:, position] = table[values[:, position].astype(int)]
        return values

    def function(rows: np.ndarray) -> np.ndarray:
        outputs = booster.predict(inputs(rows), raw_score=not is_regression, num_threads=torch.get_num_threads())
        return slope * np.asarray(outputs)

    reading = Reading.VALUES if is_regression else Reading.LOG_ODDS
    origin = Origin(booster, inputs, mapping)
    return BlackBox(
        path.name, space, target, function, reading, class_index, mapping.pairs(), origin=origin, keeps_rows=True
    )


def _objective(text: str) -> tuple[str, float]:
    """What the booster was trained for, and what its raw score must be multiplied by to be a log-odds."""
    match = re.search(r"^objective=(\S+)(.*)$", text, re.MULTILINE)
    if match is None:
        return "regression", 1.0
    slope = re.search(r"sigmoid:(\S+)", match[2])
    return match[1], float(slope[1]) if slope and match[1] == "binary" else 1.0


def _codes(booster: lightgbm.Booster, mapping: InputMapping, name: str) -> dict[int, np.ndarray]:
    """For each categorical input, the booster's own code of each of our levels, NaN for one it has never seen."""
    known = booster.pandas_categorical or []
    features = mapping.space.features
    sources = enumerate(mapping.sources)
    positions = [j for j, s in sources if features[s.feature].kind is Kind.CATEGORICAL and s.level is None]
    if not known:
        return {}
    if len(known) != len(positions):
        raise ModelError(
            f"`{name}` has {len(known)} categorical inputs, but {len(positions)} of the features are categorical; "
            "set their kinds as in training."
        )
    codes = {}
    for position, levels in zip(positions, known, strict=True):
        code = {str(level): float(index) for index, level in enumerate(levels)}
        ours = features[mapping.sources[position].feature].levels
        codes[position] = np.array([code.get(level, np.nan) for level in ours])
    return codes
