"""Real runs on a real runner: they survive what may happen to its processes, and stop when told to."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from interaction_engine.core.errors import RunError
from tests.runs.house import alive, house, python


@pytest.fixture(scope="module")
def warm(tmp_path_factory, dataset, network):
    """A runner that is ready, shared by all tests that leave it so."""
    with house(tmp_path_factory.mktemp("warm"), dataset, network, "--memory", "900MB") as opened:
        opened.start()
        opened.atlas.wait(opened.atlas.submit(opened.spec("count", steps=1)), 90)
        yield opened


def test_a_run_is_done_about_a_second_after_it_was_asked_for(warm):
    begun = time.monotonic()
    run = warm.atlas.submit(warm.spec("count", steps=2))
    view = warm.atlas.wait(run, 90)
    assert (view.status, view.fraction, view.error) == ("done", 1.0, "")
    assert time.monotonic() - begun < 10  # 0.3 s on an idle machine
    assert warm.atlas.result(run).metrics["sum"] == 1.0
    assert warm.atlas.submit(warm.spec("count", steps=2)) == run
    assert not warm.atlas.store.files.exists(f"runs/{run}/checkpoint.npz")


def test_progress_is_seen_while_a_run_goes_on(warm):
    run = warm.atlas.submit(warm.spec("count", steps=20, pause=0.1))
    view = warm.until(lambda: (v := warm.atlas.run(run)).fraction >= 0.5 and v, "half is done")
    assert (view.status, view.phase, view.partial["kind"]) == ("running", "computing", "count")
    assert 0 < view.remaining < 5
    assert warm.atlas.wait(run, 90).seconds >= 2


def test_several_runs_go_on_at_once_and_a_view_does_not_wait_behind_them(warm):
    runs = [warm.atlas.submit(warm.spec("count", kind="detect", steps=100 + n, pause=0.1)) for n in range(3)]
    pids = {
        warm.until(lambda run=run: (warm.atlas.run(run).partial or {}).get("pid"), "the run computes")
        for run in runs[:2]
    }
    assert len(pids) == 2
    assert warm.atlas.run(runs[2]).status == "queued"
    assert warm.atlas.wait(warm.atlas.submit(warm.spec("count", steps=6)), 90).status == "done"
    for run in runs:
        warm.atlas.cancel(run)
    warm.until(lambda: all(warm.atlas.run(run).status == "cancelled" for run in runs), "all are cancelled")


def test_cancelling_ends_a_process_that_does_not_listen(warm):
    run = warm.atlas.submit(warm.spec("deaf"))
    pid = int(warm.running(run).message)
    warm.atlas.cancel(run)
    assert warm.atlas.run(run).status == "cancelled"
    warm.until(lambda: not alive(pid), "its process is gone", seconds=30)
    with pytest.raises(RunError, match="was cancelled"):
        warm.atlas.result(run)
    assert warm.atlas.wait(warm.atlas.submit(warm.spec("count", steps=7)), 90).status == "done"


def test_a_killed_worker_costs_no_work(warm):
    run = warm.atlas.submit(warm.spec("count", steps=30, pause=0.1))
    view = warm.until(lambda: (v := warm.atlas.run(run)).fraction >= 0.3 and v, "a third is done")
    os.kill(view.partial["pid"], signal.SIGKILL)
    assert warm.atlas.wait(run, 90).status == "done"
    metrics = warm.atlas.result(run).metrics
    assert metrics["begun"] >= 9
    assert metrics["sum"] == sum(range(30))
    assert metrics["pid"] != view.partial["pid"]


@pytest.mark.parametrize(
    ("method", "sentence"),
    [
        ("refuse", "`cells` must be at least 2; got 1. Raise it."),
        ("stumble", "unexpected error (ZeroDivisionError: division by zero)"),
        ("nothing", "There is no method `nothing`"),
        ("hog", "it needs more memory than the limit of 0.9 GB"),
        ("crash", "or its model crashes the library that runs it"),
    ],
)
def test_a_failed_run_says_why_and_the_next_one_runs(warm, method, sentence):
    run = warm.atlas.submit(warm.spec(method))
    view = warm.atlas.wait(run, 90)
    assert view.status == "failed"
    assert sentence in view.error
    with pytest.raises(RunError, match=re.escape(view.error)):
        warm.atlas.result(run)
    again = warm.atlas.submit(warm.spec(method))
    assert warm.atlas.run(again).specification.attempt == 2
    warm.atlas.cancel(again)
    assert (
        warm.atlas.wait(warm.atlas.submit(warm.spec("count", steps=8, pause=0.001 * len(method))), 90).status == "done"
    )


def test_a_run_of_an_option_out_of_range_fails_with_its_sentence(warm):
    view = warm.atlas.wait(warm.atlas.submit(warm.spec("count", steps=0)), 90)
    assert (view.status, "`steps` of `count`" in view.error) == ("failed", True)


def test_a_disk_that_fills_up_is_a_sentence(warm, tmp_path):
    run = warm.atlas.submit(warm.spec("count", steps=40, pause=0.05))
    warm.until(lambda: warm.atlas.run(run).fraction > 0, "it computes")
    (warm.home / "unfinished").rename(tmp_path / "away")
    (warm.home / "unfinished").write_text("in the way of any new folder")
    view = warm.atlas.wait(run, 90)
    (warm.home / "unfinished").unlink()
    assert (view.status, "could not be saved" in view.error) == ("failed", True)
    assert warm.atlas.wait(warm.atlas.submit(warm.spec("count", steps=40, pause=0.05)), 90).status == "done"


SERVER = """
import sys, time
from interaction_engine.runs.client import Atlas
from interaction_engine.runs.specification import Specification
atlas = Atlas(sys.argv[1])
print(atlas.submit(Specification.from_json(sys.argv[2].encode())), flush=True)
time.sleep(60)
"""


def test_runs_outlive_the_server_and_the_runner_and_wait_for_the_next_one(tmp_path, dataset, network, monkeypatch):
    with house(tmp_path, dataset, network) as opened:
        asked = opened.spec("count", steps=60, pause=0.05).to_json().decode()
        command, environment = python("-c", SERVER, str(tmp_path), asked)
        server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True)
        with server:
            run = server.stdout.readline().strip()
            os.killpg(server.pid, signal.SIGKILL)
        opened.until(lambda: opened.atlas.run(run).fraction >= 0.2, "a fifth is done")
        opened.kill_runner()
        with monkeypatch.context() as patch:
            patch.setattr("interaction_engine.runs.client.start_runner", lambda *_: None)
            waiting = opened.atlas.submit(opened.spec("count", steps=2))
            view = opened.atlas.run(run)
            assert (view.status, view.message) == ("running", "Waiting for the runner to start")
            assert opened.atlas.run(waiting).status == "queued"
        assert opened.atlas.wait(run, 90).status == "done"  # to look at it is enough to have a runner again
        assert opened.atlas.result(run).metrics["begun"] >= 11
        assert opened.atlas.wait(waiting, 90).status == "done"


def test_the_same_code_runs_on_a_scheduler_that_is_there_already_and_files_elsewhere(tmp_path, dataset, network):
    found, children = tmp_path / "scheduler.json", []
    elsewhere = {"ATLAS_FILES": f"dir::file://{tmp_path}/files"}
    with house(tmp_path / "home", dataset, network, **elsewhere) as opened:
        try:
            for words in (
                (
                    "scheduler",
                    "--host",
                    "127.0.0.1",
                    "--port",
                    "0",
                    "--no-dashboard",
                    "--no-show",
                    "--scheduler-file",
                    str(found),
                ),
                (
                    "worker",
                    "--scheduler-file",
                    str(found),
                    "--nthreads",
                    "1",
                    "--no-dashboard",
                    "--local-directory",
                    str(tmp_path),
                ),
            ):
                command, environment = python("-m", "dask", *words)
                children.append(
                    subprocess.Popen(
                        command, env=environment, stdout=sys.stderr, stderr=sys.stderr, start_new_session=True
                    )
                )
            opened.until(lambda: found.exists() and found.read_text(), "the scheduler is there")
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("ATLAS_SCHEDULER", json.loads(found.read_text())["address"])
                opened.start()
            run = opened.atlas.submit(opened.spec("count", steps=3))
            assert opened.atlas.wait(run, 90).status == "done"
            assert opened.atlas.result(run).metrics["sum"] == 3.0
            deaf = opened.atlas.submit(opened.spec("deaf"))
            pid = int(opened.running(deaf).message)
            assert opened.runner.children() == []
            opened.atlas.cancel(deaf)
            opened.until(lambda: not alive(pid), "its process is gone", seconds=30)
        finally:
            for child in children[::-1]:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
    assert (tmp_path / "files").exists()
    assert not (tmp_path / "home" / "runs").exists()
