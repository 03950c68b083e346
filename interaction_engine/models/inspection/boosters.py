"""The trees of XGBoost and LightGBM boosters."""

import json
import re
from typing import Any

import numpy as np

from .ensemble import EstimatorTrees, Link, Reads, Tree

XGBOOST_LINKS = {
    "reg:squarederror": Link.IDENTITY,
    "reg:squaredlogerror": Link.IDENTITY,
    "reg:absoluteerror": Link.IDENTITY,
    "reg:pseudohubererror": Link.IDENTITY,
    "reg:quantileerror": Link.IDENTITY,
    "binary:logistic": Link.IDENTITY,
    "binary:logitraw": Link.IDENTITY,
    "count:poisson": Link.EXPONENTIAL,
    "reg:gamma": Link.EXPONENTIAL,
    "reg:tweedie": Link.EXPONENTIAL,
}
"""How the prediction (of a class: its log-odds) follows from the sum of the leaf values, by objective."""

LIGHTGBM_LINKS = {
    "regression": Link.IDENTITY,
    "regression_l1": Link.IDENTITY,
    "huber": Link.IDENTITY,
    "fair": Link.IDENTITY,
    "quantile": Link.IDENTITY,
    "mape": Link.IDENTITY,
    "binary": Link.IDENTITY,
    "poisson": Link.EXPONENTIAL,
    "gamma": Link.EXPONENTIAL,
    "tweedie": Link.EXPONENTIAL,
}

CATEGORICAL, MISSING_IS_ZERO = 1, 4
"""Bits of LightGBM's `decision_type`: a test of levels, and one that takes zeros for missing values."""


def xgboost_trees(booster: Any, inputs: Any, rounds: tuple[int, int] = (0, 0)) -> EstimatorTrees | None:
    """Return the trees of an `xgboost.Booster` and the leaves that `inputs` fall into.

    Args:
        booster: The booster.
        inputs: What it is given for some rows: an array, or a table with categorical columns.
        rounds: The boosting rounds used, first and behind the last; (0, 0) for all.

    Returns:
        None for boosters of lines and for trees whose leaves hold several values.
    """
    import xgboost

    learner = json.loads(booster.save_raw("json"))["learner"]
    given = learner["gradient_booster"]
    weights = given.get("weight_drop")
    model = given.get("gbtree", given).get("model", {})
    if "trees" not in model:
        return None
    stored = model["trees"]
    if any(int(tree["tree_param"]["size_leaf_vector"]) > 1 for tree in stored):
        return None
    matrix = xgboost.DMatrix(inputs, enable_categorical=True)
    leaves = np.asarray(booster.predict(matrix, pred_leaf=True, iteration_range=rounds, validate_features=False))
    leaves = leaves.reshape(matrix.num_row(), -1).astype(np.int64)
    used = leaves.shape[1]
    trees = [_xgboost_tree(tree) for tree in stored[:used]]
    if weights is not None:
        trees = [tree.scaled(weight) for tree, weight in zip(trees, weights[:used], strict=True)]
    several = len(set(model["tree_info"][:used])) > 1
    link = XGBOOST_LINKS.get(learner["objective"]["name"], Link.UNKNOWN)
    return EstimatorTrees(trees, leaves, Link.UNKNOWN if several else link, narrow=True, reads=Reads.FLOAT32)


def _xgboost_tree(stored: dict[str, Any]) -> Tree:
    left = np.array(stored["left_children"], dtype=np.int64)
    leaf = left < 0
    conditions = np.array(stored["split_conditions"], dtype=np.float64)
    below = np.nextafter(conditions.astype(np.float32), np.float32(-np.inf)).astype(np.float64)  # it tests for "less"
    thresholds = np.where(np.array(stored["split_type"]) == 0, below, np.nan)
    return Tree(
        np.where(leaf, -1, np.array(stored["split_indices"], dtype=np.int64)),
        np.where(leaf, np.nan, thresholds),
        left,
        np.array(stored["right_children"], dtype=np.int64),
        np.where(leaf, conditions, 0.0),
    )


def lightgbm_trees(booster: Any, leaves: np.ndarray) -> EstimatorTrees | None:
    """Return the trees of a `lightgbm.Booster`.

    Args:
        booster: The booster.
        leaves: What it predicts for some rows with `pred_leaf=True`.

    Returns:
        None where leaves hold linear models instead of values.
    """
    text = booster.model_to_string(num_iteration=-1)
    header, *blocks = re.split(r"^Tree=\d+\n", text, flags=re.MULTILINE)
    leaves = np.asarray(leaves).reshape(len(leaves), -1).astype(np.int64)
    blocks = blocks[: leaves.shape[1]]
    stored = [dict(re.findall(r"^(\w+)=(.*)$", block.split("\n\n")[0], re.MULTILINE)) for block in blocks]
    if any(tree.get("is_linear", "0") != "0" for tree in stored):
        return None
    trees = [_lightgbm_tree(tree) for tree in stored]
    match = re.search(r"^objective=(\S+)(.*)$", header, re.MULTILINE)
    name, more = (match[1], match[2]) if match else ("regression", "")
    link = Link.UNKNOWN if "sqrt" in more else LIGHTGBM_LINKS.get(name, Link.UNKNOWN)
    if name == "binary" and (slope := re.search(r"sigmoid:(\S+)", more)):
        trees = [tree.scaled(float(slope[1])) for tree in trees]
    if re.search(r"^average_output$", header, re.MULTILINE):
        trees = [tree.scaled(1 / len(trees)) for tree in trees]
    several = int((re.search(r"^num_tree_per_iteration=(\d+)$", header, re.MULTILINE) or [0, 1])[1]) > 1
    # A leaf's own number counts from 0; in the tree it stands behind the inner nodes.
    inner = np.array([int(tree["num_leaves"]) - 1 for tree in stored], dtype=np.int64)
    return EstimatorTrees(trees, leaves + inner, Link.UNKNOWN if several else link, reads=Reads.ZEROED)


def _lightgbm_tree(stored: dict[str, str]) -> Tree:
    def numbers(name: str, kind: type) -> np.ndarray:
        return np.array(stored.get(name, "").split(), dtype=kind)

    n_inner = int(stored["num_leaves"]) - 1
    values, kinds = numbers("leaf_value", np.float64), numbers("decision_type", np.int64)
    thresholds = np.where(kinds & (CATEGORICAL | MISSING_IS_ZERO), np.nan, numbers("threshold", np.float64))
    none = np.full(len(values), -1, dtype=np.int64)
    children = [numbers(name, np.int64) for name in ("left_child", "right_child")]
    left, right = (np.where(child < 0, n_inner + ~child, child) for child in children)
    return Tree(
        np.concatenate([numbers("split_feature", np.int64), none]),
        np.concatenate([thresholds, np.full(len(values), np.nan)]),
        np.concatenate([left, none]),
        np.concatenate([right, none]),
        np.concatenate([np.zeros(n_inner), values]),
    )
