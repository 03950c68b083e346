"""A run tells its progress, hears a stop, and its result survives saving."""

import numpy as np
import pandas as pd
import pytest

import interaction_engine as ie
from interaction_engine.core.errors import Cancelled
from interaction_engine.core.types import Report
from interaction_engine.methods.results import load_result


def test_results_survive_saving(california, trained, tmp_path):
    result = ie.detect("expected_hessians", trained, california, rows=5, baselines=3)
    result.save(tmp_path / "run")
    again = load_result(tmp_path / "run")
    for name in ("rows", "attributions", "interactions", "table", "accuracy"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(result, name))
    assert again.provenance == result.provenance
    assert again.baseline == "3 drawn training rows"
    np.testing.assert_array_equal(result.matrix("effect"), result.matrix("effect").T)


def test_progress_rises_to_one_and_a_stop_is_heard(california, trained):
    told = []

    class Listener(Report):
        def __call__(self, fraction, message, partial=None):
            told.append(fraction)

    class Stopped(Report):
        def __call__(self, fraction, message, partial=None):
            raise Cancelled("Stopped by its user.")

    ie.detect("expected_hessians", trained, california, rows=20, report=Listener())
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 3
    with pytest.raises(Cancelled):
        ie.detect("expected_hessians", trained, california, rows=20, report=Stopped())
