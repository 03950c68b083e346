"""Remove and Retrain for interactions: who names the strongest ones, ruins the labels fastest when they are removed."""

from typing import Any

import numpy as np

import interaction_engine as ie
from benchmarks.hessian_ranks import explained_share, hessians, interactions
from benchmarks.hessian_retraining import Lesson, retrained_errors
from benchmarks.hessian_truths import Truth, ablated, twenty_pairs
from interaction_engine.core.types import Model
from interaction_engine.data.dataset import Dataset

Figures = dict[str, Any]

METHODS = ("truth", "integrated_hessians", "expected_hessians", "input_hessian", "nid", "random")
"""Rankings that are compared; "truth" by the sizes of the effects themselves, the best there can be.

Of cosines that is the Input Hessian of a perfect network: their second derivative is their own size."""

OTHERS = ("input_hessian", "nid", "random")
"""What Integrated Hessians are to stay above."""

REMOVED = tuple(range(0, 21, 2))
"""Interactions that are removed in every row."""

LEARNT, KEPT, TESTED = 20_000, 4000, 1000
"""Rows of the network that is explained, and those of the networks that are retrained, as in the authors' code."""


def removal(shape: str, method: str, quick: bool) -> Figures:
    """The error after retraining by number of removed interactions, for one ranking (appendix B.3.1).

    An effect is removed from a label by a factor of normal noise. Errors are shares of the variance of the true labels,
    `area` their mean over the numbers of removed interactions.
    """
    truth = twenty_pairs(shape)
    learnt_rows = truth.draw(2000 if quick else LEARNT, 1)
    data = truth.data(learnt_rows)
    model = ie.train(data, "mlp", hidden=(64, 64, 64), activation="relu", epochs=20, seed=0)
    n_rows, repetitions = (600, 1) if quick else (KEPT + TESTED, 5)
    rows = truth.draw(n_rows, 2)
    ranks = _ranks(method, truth, model, data, rows)
    errors = _retrained(truth, rows, ranks, REMOVED[:: 5 if quick else 1], repetitions, 20 if quick else 40)
    return {
        "r2": explained_share(truth, model), "errors": errors.mean(axis=1).tolist(), "area": float(errors.mean()),
        "area_error": float(errors.mean(axis=0).std() / np.sqrt(max(1, repetitions - 1))),
    }  # fmt: skip


def _ranks(method: str, truth: Truth, model: Model, data: Dataset, rows: np.ndarray) -> np.ndarray:
    """The place of each of the truth's pairs among all pairs, strongest 0, row by row: (rows, pairs of the truth)."""
    first, second = np.triu_indices(truth.n_features, 1)
    every = Truth(truth.name, truth.n_features, tuple(zip(first.tolist(), second.tolist(), strict=True)), (), ())
    if method == "truth":
        found = np.zeros((len(rows), len(first)))
        found[:, _own(truth, every)] = truth.effects(rows)
    elif method in ("integrated_hessians", "expected_hessians"):
        found = interactions(every, model, data, rows, "zero" if method == "integrated_hessians" else "data")
    elif method == "input_hessian":
        found = hessians(model, data, rows)[:, first, second]
    elif method == "nid":
        found = np.tile(ie.detect("nid", model, data).matrix().to_numpy()[first, second], (len(rows), 1))
    else:
        found = np.random.default_rng(0).random((len(rows), len(first)))
    places = np.argsort(np.argsort(-np.abs(found), axis=1, kind="stable"), axis=1)
    return places[:, _own(truth, every)]


def _own(truth: Truth, every: Truth) -> list[int]:
    return [every.pairs.index(pair) for pair in truth.pairs]


def _retrained(
    truth: Truth, rows: np.ndarray, ranks: np.ndarray, removed: tuple[int, ...], repetitions: int, epochs: int
) -> np.ndarray:
    """Test errors after retraining, as shares of the variance: (numbers of removed interactions, repetitions)."""
    random = np.random.default_rng(3)
    targets = [
        ablated(truth, rows, ranks < number, random.standard_normal((repetitions, len(rows), len(truth.pairs))))
        for number in removed
    ]
    labels = np.concatenate(targets)
    n_train = int(len(rows) * KEPT / (KEPT + TESTED))
    train, test = Lesson(rows[:n_train], labels[:, :n_train]), Lesson(rows[n_train:], labels[:, n_train:])
    errors = retrained_errors(train, test, epochs=epochs)
    return errors.reshape(len(removed), repetitions) / truth.effects(rows).sum(axis=1).var()
