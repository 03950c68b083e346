"""The folds that the additive models are compared on, and the two readings of an error, are themselves right."""

import numpy as np
import pytest

import interaction_engine as ie
from benchmarks import additive
from benchmarks.additive import FOLDS, Watched, folds, rmse


def test_folds_hold_every_row_out_once():
    data = ie.load_sample("F8", rows=103)
    held = [one.held_out_rows for one in folds(data, FOLDS)]
    assert sorted(np.concatenate(held).tolist()) == list(range(103))
    assert all(set(one.held_out_rows).isdisjoint(one.train_rows) for one in folds(data, FOLDS))


def test_the_error_of_the_mean_is_one():
    data = next(folds(ie.load_sample("F8", rows=2000), 1))
    mean = ie.wrap(lambda rows: np.full(len(rows), data.target_values.mean()), data, takes="array")
    assert rmse(mean, data) == pytest.approx(1.0, abs=0.1)


def test_the_honest_reading_is_never_below_that_by_the_test_rows(monkeypatch):
    monkeypatch.setitem(additive.PARAACE, "epochs", 12)
    data = next(folds(ie.load_sample("F8", rows=300, noise=0.1), 1))
    watched = Watched(data, ((0,), (1,), (0, 1)), 15)
    honest, by_test, size = watched.readings()
    assert len(watched.errors) == 12
    assert by_test <= honest
    assert size == 2 * 517 + 567 + (3 * 15 + 15) + (15 * 3 + 3) + 4
