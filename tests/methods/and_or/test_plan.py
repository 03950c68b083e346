"""What taking apart costs, told before: the evaluations and players are those of the run, and timing is cheap."""

import time

import pandas as pd
import pytest

import interaction_engine as ie
from interaction_engine.api import detect
from interaction_engine.core.compute import Compute
from interaction_engine.core.errors import InputError
from interaction_engine.core.plan import AndOrPlan
from interaction_engine.methods.and_or.cost import and_or_plan, seconds_per_iteration, usual_iterations
from interaction_engine.methods.registry import METHODS
from interaction_engine.methods.results import load_result
from interaction_engine.models.adapters.wrapping import wrap
from tests.oracles import numeric_dataset

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("adult", {"row": 3, "max_players": 6}),
        ("california", {"rows": 3, "baseline": "data"}),
        ("digits", {"row": 5}),
        ("reviews", {"sentence": "not a good film"}),
    ],
)
def test_the_plan_is_what_the_run_then_does(name, options):
    data = ie.load_sample(name)
    model = ie.sample_model(name, data)
    planned, done = and_or_plan(model, data, **options), detect("and_or", model, data, **options)
    assert planned.players == done.players
    assert planned.evaluations == done.provenance.evaluations
    assert (planned.unit, planned.baseline) == (done.unit, done.baseline)
    assert (planned.n_samples, planned.n_masks) == (len(done.samples), 2 ** len(done.players))
    assert planned.table["step"].tolist() == ["players", "scores", "split"]
    assert (planned.table["seconds"] >= 0).all()
    assert planned.seconds == pytest.approx(planned.table["seconds"].sum())
    if done.parts is None:
        assert planned.parts is None
    else:
        pd.testing.assert_frame_equal(planned.parts, done.parts)


def test_a_million_masks_are_told_in_a_moment(tmp_path):
    data = numeric_dataset(n_features=20)
    began = time.perf_counter()
    planned = and_or_plan(wrap(lambda x: x.sum(1), data), data, max_players=20)
    assert time.perf_counter() - began < 2.0
    assert planned.evaluations == 2**20 + 2 + 2 * 64
    assert planned.memory_bytes == 480 * 2**20
    assert planned.table["seconds"].iloc[2] > 1.0
    planned.save(tmp_path / "plan")
    loaded = load_result(tmp_path / "plan")
    assert isinstance(loaded, AndOrPlan)
    pd.testing.assert_frame_equal(loaded.to_frame(), planned.to_frame())
    assert loaded.parts is None


def test_a_slow_model_is_not_asked_who_is_strongest(monkeypatch):
    monkeypatch.setattr("interaction_engine.methods.and_or.cost.JUDGED_SECONDS", 0.0)
    data = numeric_dataset(n_features=8)
    model = wrap(lambda x: x.sum(1), data)
    planned = and_or_plan(model, data, row=1, max_players=3)
    assert (planned.players, planned.n_players) == ((), 3)
    assert planned.evaluations == detect("and_or", model, data, row=1, max_players=3).provenance.evaluations


def test_more_asked_of_the_split_takes_longer():
    assert usual_iterations(12, 0.002, 0.0) > usual_iterations(12, 0.01, 0.0) > usual_iterations(8, 0.01, 0.0)
    assert usual_iterations(10, 0.002, 0.02) > usual_iterations(10, 0.002, 0.0)
    assert seconds_per_iteration(18, 0.0, Compute()) > 4 * seconds_per_iteration(14, 0.0, Compute())


def test_the_plan_has_the_options_of_the_run():
    every = METHODS["and_or"].read_options({})
    assert METHODS["and_or"].planned(every) == every
    data = numeric_dataset()
    with pytest.raises(InputError, match="no feature `z`"):
        and_or_plan(wrap(lambda x: x[:, 0], data), data, players=("a", "z"))
