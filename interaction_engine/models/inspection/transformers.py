"""Which features each column is computed from, through scikit-learn's pipelines and column transformers."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Bool

Supports = Bool[np.ndarray, "columns features"]
"""Row c marks the features that column c is computed from."""

Outputs = Bool[np.ndarray, "outputs features"]
"""The same of the columns that a transformer puts out."""

ELEMENTWISE = frozenset(
    {
        "Binarizer",
        "MaxAbsScaler",
        "MinMaxScaler",
        "OrdinalEncoder",
        "PowerTransformer",
        "QuantileTransformer",
        "RobustScaler",
        "StandardScaler",
    }
)
"""Transformers whose column c is a function of input column c."""

SEARCHES = frozenset({"GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV"})
"""Estimators that predict with the best of those they tried."""


def final_estimator(estimator: Any, inputs: Any, supports: Supports) -> tuple[Any, Any, Outputs] | None:
    """Follow pipelines and searches to the estimator that predicts.

    Args:
        estimator: A fitted estimator of any library.
        inputs: What it is given for some rows.
        supports: The features that each input column is computed from.

    Returns:
        The estimator at the end, what it is given for the same rows, and the features behind each of its inputs; None
        where a step on the way is not known to this module.
    """
    if _is_of(estimator, SEARCHES):
        return final_estimator(estimator.best_estimator_, inputs, supports)
    if not _is_of(estimator, {"Pipeline"}):
        return estimator, inputs, supports
    for _, step in estimator.steps[:-1]:
        after = transformed(step, supports)
        if after is None:
            return None
        inputs, supports = (inputs if _passes(step) else step.transform(inputs)), after
    return final_estimator(estimator.steps[-1][1], inputs, supports)


def transformed(transformer: Any, supports: Supports) -> Outputs | None:
    """Return the features behind each output column of a fitted transformer; None where that is not known."""
    if _passes(transformer):
        return supports
    name = type(transformer).__name__
    if not type(transformer).__module__.startswith("sklearn.") or getattr(
        transformer, "n_features_in_", len(supports)
    ) != len(supports):
        return None
    if name in ELEMENTWISE:
        return supports
    return _RULES[name](transformer, supports) if name in _RULES else None


def _pipeline(pipeline: Any, supports: Supports) -> Outputs | None:
    for _, step in pipeline.steps:
        after = transformed(step, supports)
        if after is None:
            return None
        supports = after
    return supports


def _column_transformer(transformer: Any, supports: Supports) -> Outputs | None:
    n_outputs = max((part.stop for part in transformer.output_indices_.values()), default=0)
    outputs = np.zeros((n_outputs, supports.shape[1]), dtype=bool)
    for name, part, _ in transformer.transformers_:
        columns = list(transformer._transformer_to_input_indices.get(name, ()))
        place = transformer.output_indices_.get(name, slice(0, 0))
        if (isinstance(part, str) and part == "drop") or place.stop == place.start:
            continue
        after = transformed(part, supports[columns])
        if after is None or len(after) != place.stop - place.start:
            return None
        outputs[place] = after
    return outputs


def _one_hot(encoder: Any, supports: Supports) -> Outputs:
    return np.repeat(supports, encoder._n_features_outs, axis=0)


def _imputer(imputer: Any, supports: Supports) -> Outputs | None:
    whole = not imputer.add_indicator and len(imputer.get_feature_names_out()) == len(supports)
    return supports if whole else None  # indicators and columns without any value would move the others


def _target_encoder(encoder: Any, supports: Supports) -> Outputs | None:
    return supports if encoder.target_type_ in ("continuous", "binary") else None


def _binned(encoder: Any, supports: Supports) -> Outputs:
    return supports if encoder.encode == "ordinal" else np.repeat(supports, encoder.n_bins_, axis=0)


def _splines(transformer: Any, supports: Supports) -> Outputs | None:
    each, rest = divmod(transformer.n_features_out_, len(supports))
    return None if rest else np.repeat(supports, each, axis=0)


def _products(transformer: Any, supports: Supports) -> Outputs:
    return (transformer.powers_ > 0).astype(np.int64) @ supports.astype(np.int64) > 0


def _selected(selector: Any, supports: Supports) -> Outputs:
    return supports[selector.get_support()]


_RULES: dict[str, Callable[[Any, Supports], Outputs | None]] = {
    "ColumnTransformer": _column_transformer,
    "KBinsDiscretizer": _binned,
    "OneHotEncoder": _one_hot,
    "Pipeline": _pipeline,
    "PolynomialFeatures": _products,
    "SelectKBest": _selected,
    "SelectPercentile": _selected,
    "SimpleImputer": _imputer,
    "SplineTransformer": _splines,
    "TargetEncoder": _target_encoder,
    "VarianceThreshold": _selected,
}
"""How the others compute their columns."""


def _passes(transformer: Any) -> bool:
    """Whether columns go through as they are."""
    if transformer is None or isinstance(transformer, str):
        return transformer != "drop"
    return _is_of(transformer, {"FunctionTransformer"}) and transformer.func is None


def _is_of(estimator: Any, names: frozenset[str] | set[str]) -> bool:
    return type(estimator).__name__ in names and type(estimator).__module__.startswith("sklearn.")
