"""What a black box of a known library is made of, checked against its own scores."""

from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from jaxtyping import Bool, Float64

from ...core.types import FeatureSpace, Kind, Model
from ...numerics.leaf_differences import CONDITION_WORK, LeafConditions
from ..adapters.black_box import BlackBox, Origin
from ..scoring import SMALLEST_PROBABILITY, Reading, scored_class
from .boosters import lightgbm_trees, xgboost_trees
from .ensemble import EstimatorTrees, Link, Reads, TreeEnsemble
from .leaf_conditions import leaf_conditions
from .scikit_learn import scikit_learn_trees
from .transformers import final_estimator

PROBE_ROWS = 64
"""Rows on which what was read is compared with the scores."""

TOLERANCE = 1e-4
"""Largest difference from the scores, as a share of their spread."""

ROUNDED = {False: 1e-11, True: 64 * float(np.finfo(np.float32).eps)}
"""What rounding may add to that, as a share of the largest score: of float64, and of sums of many trees in float32."""

LIGHTGBM_ZERO = float(np.float32(1e-35))
"""LightGBM takes numbers up to this for zero."""

LARGEST_LOG_ODDS = float(np.log1p(-SMALLEST_PROBABILITY) - np.log(SMALLEST_PROBABILITY))
"""Scores beyond this are clipped."""

LARGEST_NARROW_LOG_ODDS = 8.0
"""Probabilities in float32 have lost too many digits for a log-odds beyond this."""

LINEAR = frozenset(
    {
        "ARDRegression", "BayesianRidge", "ElasticNet", "ElasticNetCV", "HuberRegressor", "Lars", "LarsCV", "Lasso",
        "LassoCV", "LassoLars", "LassoLarsCV", "LassoLarsIC", "LinearRegression", "LinearSVR",
        "OrthogonalMatchingPursuit", "OrthogonalMatchingPursuitCV", "QuantileRegressor", "Ridge", "RidgeCV",
        "SGDRegressor", "TheilSenRegressor",
    }
)  # fmt: skip
"""scikit-learn's regressors that predict a weighted sum of their inputs."""


@dataclass(frozen=True, eq=False)
class Table:
    """A term of an additive model, constant on the cells of a grid: its features, and its value in every cell."""

    features: tuple[int, ...]
    values: Float64[np.ndarray, "..."]


@dataclass(frozen=True, eq=False)
class Composition:
    """The score of a black box as a function (`link`) of `constant` plus a sum.

    Row t of `terms` marks the features that one term of the sum can combine; of trees, those on one path. `trees` and
    `tables` are the sum itself, where it is one of trees or of terms on grids. `low` and `high` bound constant plus
    sum. `leaves` are those of the trees, where what leads to each is known.
    """

    terms: Bool[np.ndarray, "terms features"]
    link: Link
    what: str
    trees: TreeEnsemble | None = None
    tables: tuple[Table, ...] = ()
    constant: float = 0.0
    low: float = -np.inf
    high: float = np.inf
    leaves: LeafConditions | None = None


_KNOWN: WeakKeyDictionary[BlackBox, "Composition | None"] = WeakKeyDictionary()
"""What was read of the models that are in use."""


def composition(model: BlackBox) -> Composition | None:
    """Return what `model` is made of, or None where that cannot be read or does not give the model's scores.

    The sum of trees is compared with the model's scores on `PROBE_ROWS` rows drawn around the means of the features.
    """
    if model not in _KNOWN:
        try:
            _KNOWN[model] = _read(model)
        except Exception:  # the inside of another library's object; a model that cannot be read is asked
            _KNOWN[model] = None
    return _KNOWN[model]


def leaves_of(model: Model) -> LeafConditions | None:
    """Return the leaves whose values add up to the scores of `model`, with what leads to them.

    Returns:
        None for models that are no such sum, or whose tests are not comparisons of single features with thresholds.
    """
    made = composition(model) if isinstance(model, BlackBox) else None
    return made.leaves if made is not None and made.link is Link.IDENTITY else None


def _read(model: BlackBox) -> Composition | None:
    origin = model.origin
    if origin is None:
        return None
    rows = probe_rows(model.space, PROBE_ROWS)
    given = origin.inputs(rows)
    result = final_estimator(origin.estimator, given, _supports(origin, model.space))
    if result is None:
        return None
    estimator, inputs, supports = result
    position = _position(model, origin)
    additive = _additive(estimator, supports, position)
    if additive is not None:
        return _linked(additive, model, narrow=False)
    read = _trees(estimator, inputs, position, from_file=model.reading is Reading.LOG_ODDS)
    if read is None or not len(read.trees):
        return None
    no_code = bool(np.isnan(getattr(estimator, "missing", np.nan)))  # else a number may stand for a missing value
    numbers = _numbers(origin) if inputs is given and no_code else np.zeros(len(supports), dtype=bool)
    if position == 0 and read.link is Link.IDENTITY and not read.are_scores:
        read = replace(read, trees=[tree.scaled(-1.0) for tree in read.trees])  # the margin is that of the second class
    trees = TreeEnsemble.of(read.trees, supports, numbers)
    made = _checked(trees, read, model, rows)
    return replace(made, leaves=_leaves(trees, read, model, rows)) if made is not None and no_code else made


def _leaves(
    trees: TreeEnsemble, read: EstimatorTrees, model: BlackBox, rows: Float64[np.ndarray, "rows features"]
) -> LeafConditions | None:
    """What leads to each leaf, if it leads the rows to the leaves that the library names and reading it pays."""
    origin, leaves = model.origin, read.leaves + trees.roots
    tests = float(trees.depths()[leaves].sum(axis=1).mean())
    if origin is None or not _pays(trees, tests):
        return None
    supports = _supports(origin, model.space)

    def columns(rows: Float64[np.ndarray, "rows features"]) -> Float64[np.ndarray, "rows columns"]:
        result = final_estimator(origin.estimator, origin.inputs(rows), supports)
        assert result is not None  # as it was found before
        inputs = np.asarray(result[1], dtype=np.float64)
        if read.reads is Reads.FLOAT32:
            return inputs.astype(np.float32).astype(np.float64)
        return np.where(np.abs(inputs) <= LIGHTGBM_ZERO, 0.0, inputs) if read.reads is Reads.ZEROED else inputs

    try:
        if not np.array_equal(trees.reached(columns(rows)), leaves):
            return None
    except (TypeError, ValueError, IndexError):
        return None  # inputs that are no table of numbers
    return leaf_conditions(trees, columns, tests)


def _pays(trees: TreeEnsemble, tests: float) -> bool:
    """Whether the leaves could give the joint effects of all pairs in less work than evaluations of the model do."""
    n_features = trees.supports.shape[1]
    depths = trees.depths()[trees.is_leaf]
    inside = np.minimum(depths, n_features)
    work = float((inside * (inside - 1) / 2).sum() + CONDITION_WORK * depths.sum())
    return work <= 2.0 * n_features * (n_features - 1) * tests


def probe_rows(space: FeatureSpace, count: int) -> Float64[np.ndarray, "rows features"]:
    """Return `count` rows around the means of the numbers and over all levels of the categories, always the same."""
    source = np.random.default_rng(0)
    rows = space.means + 1.5 * space.scales * source.standard_normal((count, len(space)))
    for place, feature in enumerate(space.features):
        if feature.kind is Kind.CATEGORICAL:
            rows[:, place] = source.integers(0, len(feature.levels), count)
    return rows


def _supports(origin: Origin, space: FeatureSpace) -> Bool[np.ndarray, "columns features"]:
    sources = np.array([source.feature for source in origin.mapping.sources])
    return sources[:, None] == np.arange(len(space))


def _numbers(origin: Origin) -> Bool[np.ndarray, " columns"]:
    features = origin.mapping.space.features
    return np.array(
        [
            source.level is None and features[source.feature].kind is Kind.NUMERIC and not origin.mapping.standardised
            for source in origin.mapping.sources
        ]
    )


def _position(model: BlackBox, origin: Origin) -> int | None:
    """The place of the scored class among those of the estimator."""
    index = scored_class(model.target, model.class_index)
    return index if index is None or not origin.class_order else origin.class_order[index]


def _trees(estimator: Any, inputs: Any, position: int | None, *, from_file: bool) -> EstimatorTrees | None:
    """The trees of an estimator of any of the libraries."""
    library, name = type(estimator).__module__.split(".")[0], type(estimator).__name__
    if library == "sklearn":
        return scikit_learn_trees(estimator, inputs, position)
    if library == "xgboost" and name == "Booster":
        return xgboost_trees(estimator, inputs)
    if library == "xgboost" and name in ("XGBRegressor", "XGBClassifier", "XGBRFRegressor", "XGBRFClassifier"):
        stopped = getattr(estimator, "best_iteration", None)
        return xgboost_trees(estimator.get_booster(), inputs, (0, 0) if stopped is None else (0, stopped + 1))
    if library == "lightgbm" and name == "Booster":
        return lightgbm_trees(estimator, estimator.predict(inputs, pred_leaf=True))
    if library == "lightgbm" and name in ("LGBMRegressor", "LGBMClassifier"):
        return lightgbm_trees(estimator.booster_, estimator.predict(inputs, pred_leaf=True))
    return None


def _additive(
    estimator: Any, supports: Bool[np.ndarray, "columns features"], position: int | None
) -> Composition | None:
    """Linear models, and explainable boosting machines."""
    library, name = type(estimator).__module__.split(".")[0], type(estimator).__name__
    if library == "sklearn" and name in LINEAR and position is None and np.size(estimator.coef_) == len(supports):
        return Composition(supports[np.ravel(estimator.coef_) != 0], Link.IDENTITY, "term")
    if library != "interpret" or name not in ("ExplainableBoostingRegressor", "ExplainableBoostingClassifier"):
        return None
    parts = list(zip(estimator.term_features_, estimator.term_scores_, strict=True))
    terms = np.array([supports[list(features)].any(axis=0) for features, _ in parts]).reshape(-1, supports.shape[1])
    if estimator.link_ != ("identity" if position is None else "logit") or np.ndim(estimator.intercept_) > 1:
        return Composition(terms, Link.UNKNOWN, "term")
    sign = -1.0 if position == 0 else 1.0
    values = [sign * np.asarray(scores, dtype=np.float64) for _, scores in parts]
    if any(one.ndim != len(features) for one, (features, _) in zip(values, parts, strict=True)):
        return Composition(terms, Link.UNKNOWN, "term")
    constant = sign * float(np.ravel(estimator.intercept_)[0])
    low, high = (constant + sum(float(end(one)) for one in values) for end in (np.min, np.max))
    tables = tuple(
        Table(tuple(int(np.flatnonzero(supports[column])[0]) for column in features), one)
        for (features, _), one in zip(parts, values, strict=True)
        if (supports[list(features)].sum(axis=1) == 1).all()
    )
    tables = tables if len(tables) == len(parts) else ()
    return Composition(terms, Link.IDENTITY, "term", None, tables, constant, low, high)


def _checked(
    trees: TreeEnsemble, read: EstimatorTrees, model: BlackBox, rows: Float64[np.ndarray, "rows features"]
) -> Composition | None:
    """The trees with the constant beside them, if they give the scores of `rows`."""
    sums, scores = trees.sums(read.leaves), model.scores(torch.from_numpy(rows))[0].numpy()
    made = Composition(trees.paths(), read.link, "tree", trees)
    if read.link is Link.UNKNOWN:
        return made
    if read.link is Link.EXPONENTIAL:
        scores = np.log(np.maximum(scores, np.finfo(float).tiny))
    if read.link is Link.LOG_ODDS:
        scores = 1 / (1 + np.exp(-scores))
        sums = np.clip(sums, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
        constant = 0.0
    else:
        kept = np.ones(len(scores), dtype=bool)
        if model.reading is Reading.PROBABILITIES and not read.are_scores:
            kept = np.abs(scores) < (LARGEST_NARROW_LOG_ODDS if read.narrow else LARGEST_LOG_ODDS - 1e-6)
        sums, scores = sums[kept], scores[kept]
        constant = float(np.median(scores - sums)) if len(scores) else np.nan
    allowed = TOLERANCE * np.ptp(scores) + ROUNDED[read.narrow] * np.abs(scores).max() if len(scores) else 0.0
    if not np.abs(scores - sums - constant).max(initial=0.0) <= allowed or np.isnan(constant):
        return None
    low, high = (constant + float(ends.sum()) for ends in trees.value_ranges())
    made = replace(made, constant=constant, low=low, high=high)
    return made if read.are_scores else _linked(made, model, narrow=read.narrow)


def _linked(made: Composition, model: BlackBox, *, narrow: bool) -> Composition:
    """With the link that the model's own clipping of probabilities leaves."""
    if made.link is not Link.IDENTITY or model.reading is not Reading.PROBABILITIES:
        return made
    limit = LARGEST_NARROW_LOG_ODDS if narrow else LARGEST_LOG_ODDS
    inside = -limit < made.low and made.high < limit
    return made if inside else replace(made, link=Link.CLIPPED)
