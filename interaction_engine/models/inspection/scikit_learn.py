"""The trees of scikit-learn's estimators."""

from typing import Any

import numpy as np

from ..scoring import SMALLEST_PROBABILITY
from .ensemble import EstimatorTrees, Link, Reads, Tree

FORESTS = frozenset({"RandomForestRegressor", "ExtraTreesRegressor", "RandomForestClassifier", "ExtraTreesClassifier"})
SINGLE_TREES = frozenset(
    {"DecisionTreeRegressor", "ExtraTreeRegressor", "DecisionTreeClassifier", "ExtraTreeClassifier"}
)
GRADIENT_BOOSTING = frozenset({"GradientBoostingRegressor", "GradientBoostingClassifier"})
HISTOGRAM_BOOSTING = frozenset({"HistGradientBoostingRegressor", "HistGradientBoostingClassifier"})

LINKS = {
    "squared_error": Link.IDENTITY,
    "absolute_error": Link.IDENTITY,
    "huber": Link.IDENTITY,
    "quantile": Link.IDENTITY,
    "log_loss": Link.IDENTITY,
    "poisson": Link.EXPONENTIAL,
    "gamma": Link.EXPONENTIAL,
}
"""How the prediction of gradient boosting (of a class: its log-odds) follows from the sum of the leaves, by loss."""


def scikit_learn_trees(estimator: Any, inputs: Any, position: int | None) -> EstimatorTrees | None:
    """Return the trees of a fitted scikit-learn estimator and the leaves that `inputs` fall into.

    Args:
        estimator: The estimator; anything may be passed.
        inputs: What it is given for some rows.
        position: The scored class among those of the estimator; None for regression.

    Returns:
        None for estimators that are not made of trees, or not only.
    """
    name = type(estimator).__name__
    if not type(estimator).__module__.startswith("sklearn.") or getattr(estimator, "n_outputs_", 1) > 1:
        return None
    if name in FORESTS | SINGLE_TREES:
        return _forest(estimator, inputs, position)
    if name in GRADIENT_BOOSTING:
        return _gradient_boosting(estimator, inputs)
    if name in HISTOGRAM_BOOSTING:
        return _histogram_boosting(estimator, inputs)
    return None


def _forest(estimator: Any, inputs: Any, position: int | None) -> EstimatorTrees:
    """The mean of trees; of one classification tree, the log-odds of each leaf are the score itself."""
    members = getattr(estimator, "estimators_", [estimator])
    leaves = np.asarray(estimator.apply(inputs)).reshape(-1, len(members)).astype(np.int64)
    if position is None:
        trees = [_tree(one.tree_, one.tree_.value[:, 0, 0] / len(members)) for one in members]
        return EstimatorTrees(trees, leaves, Link.IDENTITY, reads=Reads.FLOAT32)
    shares = [one.tree_.value[:, 0, :] for one in members]
    shares = [(one / one.sum(axis=1, keepdims=True))[:, position] for one in shares]
    if type(estimator).__name__ in SINGLE_TREES:
        inside = np.clip(shares[0], SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
        tree = _tree(estimator.tree_, np.log(inside) - np.log1p(-inside))
        return EstimatorTrees([tree], leaves, Link.IDENTITY, are_scores=True, reads=Reads.FLOAT32)
    trees = [_tree(one.tree_, share / len(members)) for one, share in zip(members, shares, strict=True)]
    return EstimatorTrees(trees, leaves, Link.LOG_ODDS, reads=Reads.FLOAT32)


def _gradient_boosting(estimator: Any, inputs: Any) -> EstimatorTrees | None:
    """Trees on top of a first estimate, which must be a constant."""
    first = type(estimator.init_).__name__
    if first not in ("DummyRegressor", "DummyClassifier") and not (first == "str" and estimator.init_ == "zero"):
        return None
    members = estimator.estimators_
    rate, link = estimator.learning_rate, LINKS.get(estimator.loss, Link.UNKNOWN)
    trees = [_tree(one.tree_, rate * one.tree_.value[:, 0, 0]) for one in members.ravel()]
    leaves = np.asarray(estimator.apply(inputs)).reshape(-1, members.size).astype(np.int64)
    return EstimatorTrees(trees, leaves, Link.UNKNOWN if members.shape[1] > 1 else link, reads=Reads.FLOAT32)


def _histogram_boosting(estimator: Any, inputs: Any) -> EstimatorTrees:
    members = [one for step in estimator._predictors for one in step]
    place = np.arange(estimator.n_features_in_)
    if estimator._preprocessor is not None:  # it moves the categorical columns to the front
        place = np.concatenate([place[estimator.is_categorical_], place[~estimator.is_categorical_]])
    bitsets, index = estimator._bin_mapper.make_known_categories_bitsets()
    rows = estimator._preprocess_X(inputs, reset=False)
    trees, leaves = [], []
    for member in members:
        nodes = member.nodes
        leaf = nodes["is_leaf"].astype(bool)
        other = leaf | nodes["is_categorical"].astype(bool)
        trees.append(
            Tree(
                np.where(leaf, -1, place[np.where(leaf, 0, nodes["feature_idx"])]),
                np.where(other, np.nan, nodes["num_threshold"]),
                nodes["left"].astype(np.int64),
                nodes["right"].astype(np.int64),
                np.where(leaf, nodes["value"], 0.0),
            )
        )
        # The library has no call for the leaf of a row, so each node gets its own place for a value.
        numbered = nodes.copy()
        numbered["value"] = np.arange(len(nodes))
        again = type(member)(numbered, member.binned_left_cat_bitsets, member.raw_left_cat_bitsets)
        leaves.append(again.predict(rows, bitsets, index, 1).astype(np.int64))
    several = estimator.n_trees_per_iteration_ > 1
    link = Link.UNKNOWN if several else LINKS.get(estimator.loss, Link.UNKNOWN)
    return EstimatorTrees(trees, np.stack(leaves, axis=1), link)


def _tree(stored: Any, values: np.ndarray) -> Tree:
    leaf = stored.children_left < 0
    return Tree(
        np.where(leaf, -1, stored.feature).astype(np.int64),
        np.where(leaf, np.nan, stored.threshold),
        stored.children_left.astype(np.int64),
        stored.children_right.astype(np.int64),
        np.where(leaf, values, 0.0),
    )
