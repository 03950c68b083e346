"""The permutation test of group expected Hessians on a real runner: its parts on the workers, the result as alone."""

import pandas as pd
import pytest

from interaction_engine.core.compute import Compute
from interaction_engine.data.samples import load_sample
from interaction_engine.methods.bayesian.group_expected_hessian import group_expected_hessian
from interaction_engine.models.training.bayesian import train_bayesian
from tests.runs.house import house

OPTIONS = {"permutations": 6, "groups": 2, "draws": 20, "rows": 60}


@pytest.fixture(scope="module")
def data():
    return load_sample("california", rows=300)


def test_permuted_trainings_are_computed_as_parts(tmp_path, data):
    model = train_bayesian(data, hidden=(8,), epochs=4, batch=64, compute=Compute("cpu"))
    alone = group_expected_hessian(model, data, compute=Compute("cpu"), **OPTIONS)
    with house(tmp_path, data, model) as opened:
        opened.start()
        run = opened.atlas.submit(opened.spec("group_expected_hessian", kind="detect", **OPTIONS))
        view = opened.atlas.wait(run, 120)
        assert (view.status, view.error) == ("done", "")
        result = opened.atlas.result(run)
    assert len(result.null) == 6
    pd.testing.assert_frame_equal(result.table, alone.table, rtol=1e-3)
    pd.testing.assert_frame_equal(result.null, alone.null, rtol=1e-3)
