"""The folds that the additive models are compared on, and the two readings of an error, are themselves right."""

import numpy as np
import pytest

import interaction_engine as ie
from benchmarks import additive, additive_cases
from benchmarks.additive_cases import FOLDS, Watched, cases, folds, rmse
from benchmarks.parts import Parts
from interaction_engine.data.synthetic import FUNCTIONS


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
    monkeypatch.setitem(additive_cases.PARAACE, "epochs", 12)
    data = next(folds(ie.load_sample("F8", rows=300, noise=0.1), 1))
    watched = Watched(data, ((0,), (1,), (0, 1)), 15)
    found = watched.readings()
    assert len(watched.errors) == 12
    assert found["by_test"] <= found["honest"]
    assert found["parameters"] == 2 * 517 + 567 + (3 * 15 + 15) + (15 * 3 + 3) + 4


def test_cases_are_all_there_once_and_those_of_real_tables_come_first():
    keys = [case.key for case in cases(quick=False)]
    assert len(set(keys)) == len(keys)
    for table in additive.TABLE_3:
        for method in additive.TABLE_3[table]:
            assert sum(key.startswith(f"{table}/{method}/") for key in keys) == FOLDS
    assert sum("/detected/" in key for key in keys) == FOLDS * len(FUNCTIONS)
    assert sum(key.startswith("disentangled/") for key in keys) == 10
    assert keys[0] == "california/nit 2/0"


def test_a_run_that_was_cut_short_goes_on(tmp_path):
    path, calls = tmp_path / "parts.json", []

    def measured(key):
        calls.append(key)
        return {"error": 0.5, "seconds": 1.0, "parameters": 10}

    first = Parts(path)
    for fold in (0, 1):
        first.measure(f"bike/nit 2/{fold}", lambda fold=fold: measured(fold))
    again = Parts(path)
    for fold in (0, 1, 2):
        again.measure(f"bike/nit 2/{fold}", lambda fold=fold: measured(fold))
    assert calls == [0, 1, 2]
    assert len(again.of("bike", "nit 2")) == 3
    assert again.of("bike", "nit") == []
    Parts(path, fresh=True).measure("bike/nit 2/0", lambda: measured(9))
    assert calls[-1] == 9


def test_tables_say_what_is_missing_and_whether_the_goal_is_met(tmp_path):
    parts = Parts(tmp_path / "parts.json")
    for fold, error in enumerate((0.30, 0.34)):
        parts.found[f"bike/nit 2/{fold}"] = {"error": error, "seconds": 60.0, "parameters": 10}
    for fold in range(FOLDS):
        parts.found[f"bike/nit 3/{fold}"] = {"error": 0.25, "seconds": 60.0, "parameters": 10}
    (two, three) = additive.tables(parts, quick=False)
    assert two.measured == "0.320 ± 0.020, 2 of 5 folds, 60 s"
    assert not two.met
    assert three.measured == "0.250 ± 0.000, 60 s"
    assert three.met
    assert (two.goal, three.goal) == ("<= 0.31", "<= 0.26")
    assert all(line.met for line in additive.tables(parts, quick=True)), "a quick run has no goals"


def test_the_mean_over_functions_counts_each_once(tmp_path):
    parts = Parts(tmp_path / "parts.json")
    for fold in range(FOLDS):
        parts.found[f"F1/detected/{fold}"] = {"honest": 0.01, "by_test": 0.01, "seconds": 1.0, "parameters": 17_486}
    parts.found["F2/detected/0"] = {"honest": 0.03, "by_test": 0.02, "seconds": 3.0, "parameters": 17_486}
    (line,) = additive.tables(parts, quick=False)
    assert line.measured == (
        "0.0200 (0.0150 by the test rows), 17,486 parameters, CR 283, 2.0 s, 2 of 10 functions, 1 of 5 folds"
    )
    assert line.met
