"""The plans of pairs by derivatives tell rows, networks and pairs of the run, and time it without doing it all."""

import numpy as np
import pandas as pd
import pytest

import interaction_engine as ie
from interaction_engine.core.errors import InputError
from interaction_engine.core.plan import DerivativePlan
from interaction_engine.core.types import Report
from interaction_engine.data.io.reading import read_dataset
from interaction_engine.methods.results import load_result
from tests.oracles import mixed_dataset

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def data():
    return mixed_dataset()


@pytest.fixture(scope="module")
def network(data):
    return ie.train(data, "ensemble", members=3, hidden=(16,), epochs=2, seed=0)


@pytest.fixture(scope="module")
def posterior(data):
    return ie.train(data, "bayesian", hidden=(12,), epochs=6, seed=0)


@pytest.mark.parametrize(
    ("method", "options", "rows", "baselines"),
    [
        ("integrated_hessians", {"rows": 50}, 50, 1),
        ("integrated_hessians", {"row": 3}, 1, 1),
        ("integrated_hessians", {"rows": 7, "nodes": 12}, 7, 1),
        ("expected_hessians", {"rows": 9, "baselines": 4}, 9, 4),
        ("input_hessian", {"rows": 60}, 60, 0),
        ("nid", {}, 0, 0),
    ],
)
def test_the_plan_is_of_the_run_that_then_comes(data, network, method, options, rows, baselines, tmp_path):
    plan = ie.plan(method, network, data, **options)
    done = ie.detect(method, network, data, **options)
    assert (plan.n_rows, plan.n_networks, plan.n_baselines) == (rows, 3, baselines)
    assert plan.n_rows == done.provenance.rows
    assert plan.n_pairs == len(done.to_frame())
    assert (plan.table["seconds"] > 0).all()
    assert plan.memory_bytes > 0
    plan.save(tmp_path)
    loaded = load_result(tmp_path)
    assert isinstance(loaded, DerivativePlan)
    pd.testing.assert_frame_equal(loaded.to_frame(), plan.to_frame())


@pytest.mark.parametrize(
    ("method", "options"), [("integrated_hessians", {"rows": 50}), ("input_hessian", {"rows": 60}), ("nid", {})]
)
def test_points_are_those_of_the_run(data, network, method, options):
    plan = ie.plan(method, network, data, **options)
    done = ie.detect(method, network, data, **options).provenance.evaluations
    assert plan.evaluations == pytest.approx(done, rel=0.3)


def test_more_rows_and_baselines_take_longer_in_proportion(data, network):
    few, many = (ie.plan("expected_hessians", network, data, rows=200, baselines=n) for n in (8, 80))
    assert many.evaluations == pytest.approx(10 * few.evaluations, rel=0.3)
    taken = [plan.table.set_index("step").seconds["derivatives"] for plan in (few, many)]
    assert taken[1] > 2 * taken[0]
    assert [plan.table["by"].iloc[1] for plan in (few, many)] == ["rows or baselines"] * 2


def test_memory_is_never_more_than_allowed(data, network):
    from interaction_engine.core.compute import Compute

    plan = ie.plan("expected_hessians", network, data, baselines=200, compute=Compute(memory="5MB"))
    assert 1e6 < plan.memory_bytes <= 5e6


def test_networks_drawn_are_timed_and_trainings_told_by_the_part(data, posterior):
    class Three(Report):
        workers = 3

    told = [
        ie.plan("group_expected_hessian", posterior, data, draws=20, rows=100, permutations=count, report=Three())
        for count in (0, 4, 12, 13)
    ]
    steps = [plan.table.set_index("step").seconds for plan in told]
    assert [list(one.index) for one in steps[:2]] == [
        ["preparation", "derivatives", "accuracy"],
        ["preparation", "trainings", "derivatives", "accuracy"],
    ]
    assert [plan.permutations for plan in told] == [0, 4, 12, 13]
    assert [(plan.n_networks, plan.n_rows, plan.n_pairs, plan.workers) for plan in told] == [(20, 100, 10, 3)] * 4
    assert told[0].evaluations == 2000
    assert all((one > 0).all() for one in steps)
    assert steps[3]["trainings"] > steps[1]["trainings"], "a fourth part waits for one of three workers"


def test_a_class_too_rare_for_the_additive_model_is_refused_as_in_the_run():
    source = np.random.default_rng(0)
    frame = pd.DataFrame(source.normal(size=(300, 2)), columns=["a", "b"])
    frame["y"] = np.where(frame["a"] > 0, "up", "down")
    frame.loc[:2, "y"] = "rare"
    data = read_dataset(frame, target="y")
    model = ie.train(data, "bayesian", hidden=(4,), epochs=1, seed=0)
    options = {"draws": 4, "rows": 50, "permutations": 2}
    told = []
    for attempt in (ie.plan, ie.detect):
        with pytest.raises(InputError, match="Every class of `y` needs at least 5 training rows; `rare` has") as caught:
            attempt("group_expected_hessian", model, data, **options)
        told.append(str(caught.value))
    assert told[0] == told[1]
    for still in ({"null": "shuffled"}, {"permutations": 0}):
        assert ie.plan("group_expected_hessian", model, data, **options | still).seconds > 0


def test_what_cannot_run_is_refused_before(data, network, posterior):
    with pytest.raises(InputError, match="`row` must be a row from 0 to 399"):
        ie.plan("integrated_hessians", network, data, row=10_000)
    with pytest.raises(InputError, match="`groups` must be at most the number of rows"):
        ie.plan("group_expected_hessian", posterior, data, rows=50, groups=60)
