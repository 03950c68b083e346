"""What pages see of runs, without a runner: queued, repeated, cancelled, listed."""

import subprocess
from dataclasses import replace

import pytest

from interaction_engine.core.errors import InputError, RunError
from tests.runs.house import House, python


@pytest.fixture
def still(tmp_path, dataset, network, monkeypatch):
    """A home where no runner ever starts."""
    monkeypatch.setattr("interaction_engine.runs.client.start_runner", lambda *_: None)
    opened = House(tmp_path / "home", dataset, network)
    yield opened
    opened.atlas.close()


def test_a_page_needs_neither_torch_nor_dask(tmp_path):
    script = (
        "import sys; from interaction_engine.runs.client import Atlas\n"
        "atlas = Atlas(sys.argv[1]); atlas.runs(); atlas.store.datasets()\n"
        "print(sorted({'torch', 'dask', 'distributed', 'streamlit', 'xgboost', 'sklearn'} & set(sys.modules)))"
    )
    command, environment = python("-c", script, str(tmp_path))
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_two_tabs_that_start_the_same_run_share_it(still):
    first, second = still.atlas.submit(still.spec("count", steps=3)), still.atlas.submit(still.spec("count", steps=3))
    assert first == second
    assert still.atlas.submit(still.spec("count", steps=4)) != first
    assert len(still.atlas.runs()) == 2


def test_a_run_waits_in_the_queue_and_can_be_cancelled_there(still):
    run = still.atlas.submit(still.spec("count"))
    view = still.atlas.run(run)
    assert (view.status, view.fraction, view.message, view.finished) == (
        "queued",
        0.0,
        "Waiting for the runner to start",
        False,
    )
    with pytest.raises(RunError, match="not done yet"):
        still.atlas.result(run)
    with pytest.raises(RunError, match="not done after 0 seconds"):
        still.atlas.wait(run, timeout=0)
    still.atlas.cancel(run)
    still.atlas.cancel(run)
    assert still.atlas.run(run).status == "cancelled"
    with pytest.raises(RunError, match="was cancelled"):
        still.atlas.result(run)


def test_a_cancelled_run_that_is_asked_for_again_is_a_new_attempt(still):
    run = still.atlas.submit(still.spec("count"))
    still.atlas.cancel(run)
    again = still.atlas.submit(still.spec("count"))
    assert again != run
    assert still.atlas.submit(still.spec("count")) == again
    assert still.atlas.run(again).specification.attempt == 2


def test_runs_are_listed_newest_first_and_by_owner(still):
    asked = ((1, "ada"), (2, "bob"), (3, "ada"))
    runs = [still.atlas.submit(replace(still.spec("count", steps=steps), owner=owner)) for steps, owner in asked]
    assert [view.id for view in still.atlas.runs()] == runs[::-1]
    assert [view.id for view in still.atlas.runs(owner="ada")] == [runs[2], runs[0]]
    assert still.atlas.runs(owner="<script>' OR 1=1") == []


def test_a_deleted_run_is_gone(still):
    run = still.atlas.submit(still.spec("count"))
    with pytest.raises(InputError, match="cancel it before"):
        still.atlas.delete(run)
    still.atlas.cancel(run)
    still.atlas.delete(run)
    assert still.atlas.runs() == []
    with pytest.raises(InputError, match="There is no run"):
        still.atlas.run(run)


@pytest.mark.parametrize("run_id", ["../../../../etc/passwd", "0" * 16, "<b>"])
def test_an_address_with_a_wrong_run_is_a_sentence(still, run_id):
    for ask in (still.atlas.run, still.atlas.result, still.atlas.cancel, still.atlas.delete):
        with pytest.raises(InputError, match=r"There is no run|16 hexadecimal"):
            ask(run_id)
