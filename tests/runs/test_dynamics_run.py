"""Training dynamics on a real runner: seen while they go on, stopped when told to, gone on with after a crash."""

import os
import signal

import pandas as pd
import pytest

from interaction_engine.core.compute import Compute
from interaction_engine.data.samples import load_sample
from interaction_engine.methods.training_dynamics.dynamics import dynamics
from interaction_engine.models.training.watched_trainer import new_cnn
from tests.runs.house import house

OPTIONS = {"epochs": 40, "checkpoints": 9, "samples": 4, "players": 4}


@pytest.fixture(scope="module")
def digits():
    return load_sample("digits", rows=150)


@pytest.fixture(scope="module")
def warm(tmp_path_factory, digits):
    with house(tmp_path_factory.mktemp("dynamics"), digits, new_cnn(digits, 0)) as opened:
        opened.start()
        yield opened


def busiest_worker(runner):
    """The process, forked from a child of the runner, that has computed longest."""
    workers = set(runner.children(recursive=True)) - set(runner.children())
    return max(workers, key=lambda process: sum(process.cpu_times()[:2])).pid


def test_a_killed_worker_goes_on_from_its_checkpoint_to_the_same_figures(warm, digits):
    run = warm.atlas.submit(warm.spec("dynamics", kind="detect", **OPTIONS))
    warm.until(lambda: len((warm.atlas.run(run).partial or {}).get("epoch", ())) >= 3, "three checkpoints are seen")
    assert warm.atlas.store.files.exists(f"runs/{run}/checkpoint.npz")
    os.kill(busiest_worker(warm.runner), signal.SIGKILL)
    view = warm.atlas.wait(run, 90)
    assert (view.status, view.error) == ("done", "")
    result, alone = warm.atlas.result(run), dynamics(new_cnn(digits, 0), digits, compute=Compute("cpu"), **OPTIONS)
    told = ["epoch", "train_loss", "test_loss"]  # the last digits depend on the number of threads
    pd.testing.assert_frame_equal(result.checkpoints[told], alone.checkpoints[told], rtol=1e-3)
    assert result.provenance.evaluations == alone.provenance.evaluations


def test_a_training_that_is_watched_can_be_stopped(warm):
    run = warm.atlas.submit(warm.spec("dynamics", kind="detect", **OPTIONS | {"epochs": 5000}))
    warm.until(lambda: (warm.atlas.run(run).partial or {}).get("epoch"), "a checkpoint is seen")
    warm.atlas.cancel(run)
    warm.until(lambda: warm.atlas.run(run).status == "cancelled", "it is stopped")
    again = warm.spec("dynamics", kind="detect", **OPTIONS | {"epochs": 2, "checkpoints": 2})
    assert warm.atlas.wait(warm.atlas.submit(again), 90).status == "done"
