"""Runs with parts: on several workers at once, after a crash only what is missing, and never a worker that waits."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from interaction_engine.core.errors import Cancelled
from interaction_engine.core.types import Report
from interaction_engine.runs.files import Files
from interaction_engine.runs.progress import PartReport, RunReport
from interaction_engine.runs.worker.parts import PartFiles, PartsMissing, Wanted, pack, unpack
from tests.runs.house import alive, house, python

RUN = "0123456789abcdef"


@pytest.fixture
def files(tmp_path):
    files = Files(str(tmp_path), tmp_path)
    files.write(f"runs/{RUN}/lease", b"mine")
    return files


def test_without_a_run_the_parts_are_computed_one_after_the_other():
    told, order = [], []

    class Told(Report):
        def __call__(self, fraction, message, partial=None):
            told.append((fraction, message))

    def one(index):
        order.append(index)
        return {"index": index}

    assert Told().parts(4, one, "Training", begin=0.5) == [{"index": index} for index in range(4)]
    assert order == [0, 1, 2, 3]
    assert told == [(fraction, "Training") for fraction in (0.5, 0.625, 0.75, 0.875)]


def test_a_run_leaves_its_method_until_the_parts_are_there_and_then_reads_them(files):
    report = RunReport(files, RUN, "mine")
    report.spread = True
    for there in ({1}, {1, 2}):
        for index in there:
            report._parts.keep(index, {"squares": np.full(2, index**2), "name": f"é{index}"})
        with pytest.raises(PartsMissing) as asked:
            report.parts(3, lambda _: {}, "Training", end=0.9)
        assert asked.value.wanted == Wanted(3, tuple(sorted({0, 1, 2} - there)), "Training", 0.0, 0.9)
    report._parts.keep(0, {"squares": np.zeros(2), "name": "é0"})
    made = report.parts(3, lambda _: {}, "Training")
    assert [part["name"] for part in made] == ["é0", "é1", "é2"]
    np.testing.assert_array_equal([part["squares"] for part in made], [[0, 0], [1, 1], [4, 4]])
    report.close()
    assert report._parts.missing(3) == (0, 1, 2)


def test_a_method_that_cannot_be_spread_keeps_its_parts_all_the_same(files):
    computed = []

    def one(index):
        if index == 2 and 2 not in computed:
            computed.append(index)
            raise KeyboardInterrupt
        computed.append(index)
        return {"index": index}

    with pytest.raises(KeyboardInterrupt):
        RunReport(files, RUN, "mine").parts(4, one, "Training")
    assert RunReport(files, RUN, "mine").parts(4, one, "Training") == [{"index": index} for index in range(4)]
    assert computed == [0, 1, 2, 2, 3]


def test_progress_counts_the_parts_within_their_share_of_the_work():
    wanted = Wanted(8, (1, 5, 6, 7), "Training", 0.2, 0.6)
    assert wanted.fraction(8) == pytest.approx(0.2)
    assert wanted.fraction(4) == pytest.approx(0.4)
    assert wanted.fraction(0) == pytest.approx(0.6)
    assert wanted.fraction(3.5) == pytest.approx(0.425)
    assert wanted.told(4) == "Training: 4 of 8 parts done"


def test_an_execution_that_begins_anew_does_not_tell_less_than_was_done(files):
    report = RunReport(files, RUN, "mine", done=0.8)
    report.enter("computing", "Again")
    report(0.85, "On")
    told = [json.loads(line)["fraction"] for line in files.read(f"runs/{RUN}/progress.jsonl").splitlines()]
    assert told == [0.8, 0.85]


def test_a_part_learns_that_its_run_was_cancelled(files):
    now = [0.0]
    report = PartReport(files, RUN, "mine", 3, lambda: now[0])
    report(0.1, "Working")
    assert PartFiles(files, RUN).done([2, 3]) == 0.1
    files.write(f"runs/{RUN}/lease", b"cancelled")
    now[0] = 1.0
    with pytest.raises(Cancelled):
        report(0.2, "Working")
    assert not files.exists(f"runs/{RUN}/progress.jsonl")


def test_what_is_packed_comes_back_and_nothing_is_pickled():
    values = {"values": np.arange(3), "empty": np.zeros((0, 4)), "names": ["a", "é"], "none": None}
    again = unpack(pack(values))
    assert (again["names"], again["none"], again["empty"].shape) == (["a", "é"], None, (0, 4))
    np.testing.assert_array_equal(again["values"], np.arange(3))
    with pytest.raises(ValueError, match="allow_pickle"):
        pack({"objects": np.array([object()])})


@pytest.fixture(scope="module")
def warm(tmp_path_factory, dataset, network):
    with house(tmp_path_factory.mktemp("parts"), dataset, network, "--workers", "2", "--memory", "900MB") as opened:
        opened.start()
        opened.atlas.wait(opened.atlas.submit(opened.spec("count", steps=1)), 90)
        yield opened


@pytest.fixture
def log(tmp_path):
    file = tmp_path / "log"
    file.touch()
    return file


def begun(log):
    """Every part that was begun: its index, and the process."""
    return [tuple(int(word) for word in line.split()) for line in log.read_text(encoding="utf-8").splitlines()]


def squares(count):
    return float(sum(index**2 for index in range(count)))


def test_more_parts_than_workers_are_computed_by_several_and_a_view_does_not_wait(warm, log):
    run = warm.atlas.submit(warm.spec("crowd", kind="detect", count=20, pause=0.5, log=str(log)))
    seen = [warm.until(lambda: (v := warm.atlas.run(run)).fraction > 0.1 and v, "some are done")]
    assert (seen[0].status, seen[0].phase) == ("running", "computing")
    assert seen[0].message.startswith("Counting: ")
    assert warm.atlas.wait(warm.atlas.submit(warm.spec("count", steps=2)), 90).status == "done"
    assert not warm.atlas.run(run).finished
    while not (view := warm.atlas.run(run)).finished:
        seen.append(view)
    told = [one.fraction for one in seen]
    assert told == sorted(told), "progress never goes back"
    metrics = warm.atlas.result(run).metrics
    assert metrics["sum"] == squares(20)
    assert metrics["processes"] >= 2
    assert Counter(index for index, _ in begun(log)) == dict.fromkeys(range(20), 1)
    assert not warm.atlas.store.files.names(f"runs/{run}/parts")


def test_two_runs_with_parts_share_the_workers_and_both_end(warm, log):
    asked = [warm.spec("crowd", kind="detect", count=count, pause=0.1, log=str(log)) for count in (12, 13)]
    runs = [warm.atlas.submit(one) for one in asked]
    assert [warm.atlas.wait(run, 90).status for run in runs] == ["done", "done"]
    assert [warm.atlas.result(run).metrics["sum"] for run in runs] == [squares(12), squares(13)]
    assert len(begun(log)) == 25


def test_a_killed_worker_costs_its_part_and_no_other(warm, log):
    run = warm.atlas.submit(warm.spec("crowd", kind="detect", count=12, pause=1.0, log=str(log)))
    warm.until(lambda: len(begun(log)) >= 5, "a few parts are done")
    index, pid = begun(log)[-1]
    os.kill(pid, signal.SIGKILL)
    assert warm.atlas.wait(run, 90).status == "done"
    assert warm.atlas.result(run).metrics["sum"] == squares(12)
    again = Counter(one for one, _ in begun(log))
    assert set(again) == set(range(12))
    assert [one for one, times in again.items() if times > 1] == [index]


def test_cancelling_ends_all_parts(warm, log):
    run = warm.atlas.submit(warm.spec("crowd", kind="detect", count=50, pause=30, log=str(log)))
    warm.until(lambda: len(begun(log)) == 2, "two parts are computed")
    warm.atlas.cancel(run)
    warm.until(lambda: not any(alive(pid) for _, pid in begun(log)), "their processes are gone", seconds=30)
    assert warm.atlas.run(run).status == "cancelled"
    assert warm.atlas.wait(warm.atlas.submit(warm.spec("count", steps=3)), 90).status == "done"
    assert len(begun(log)) == 2


@pytest.mark.parametrize(
    ("options", "sentence", "tries"),
    [
        ({"refused": 3}, "Part 3 is refused; ask for fewer.", 1),
        ({"fatal": 3}, "it needs more memory than the limit of 0.9 GB, or its model crashes", 2),
    ],
)
def test_a_part_that_fails_is_the_end_of_its_run(warm, log, options, sentence, tries):
    run = warm.atlas.submit(warm.spec("crowd", kind="detect", count=40, pause=0.1, log=str(log), **options))
    view = warm.atlas.wait(run, 90)
    assert (view.status, sentence in view.error) == ("failed", True), view.error
    assert Counter(index for index, _ in begun(log))[3] == tries
    assert len(begun(log)) < 40
    assert warm.atlas.wait(warm.atlas.submit(warm.spec("count", steps=4, pause=0.01 * tries)), 90).status == "done"


def test_a_runner_that_was_killed_leaves_the_parts_that_are_done(tmp_path, log, dataset, network):
    with house(tmp_path / "home", dataset, network) as opened:
        run = opened.atlas.submit(opened.spec("crowd", kind="detect", count=12, pause=0.4, log=str(log)))
        opened.until(lambda: len(PartFiles(opened.atlas.store.files, run).missing(12)) <= 8, "a third is done")
        opened.kill_runner()
        kept = set(range(12)) - set(PartFiles(opened.atlas.store.files, run).missing(12))
        before = len(begun(log))
        assert opened.atlas.wait(run, 90).status == "done"
        assert opened.atlas.result(run).metrics["sum"] == squares(12)
        assert sorted(index for index, _ in begun(log)[before:]) == sorted(set(range(12)) - kept)


def test_a_single_worker_elsewhere_computes_all_parts(tmp_path, log, dataset, network):
    found, children = tmp_path / "scheduler.json", []
    own = ["--scheduler-file", str(found), "--no-dashboard"]
    elsewhere = {"ATLAS_FILES": f"dir::file://{tmp_path}/files"}
    with house(tmp_path / "home", dataset, network, **elsewhere) as opened:
        try:
            for words in (
                ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-show", *own],
                ["worker", "--nthreads", "1", "--local-directory", str(tmp_path), *own],
            ):
                command, environment = python("-m", "dask", *words)
                output = {"stdout": sys.stderr, "stderr": sys.stderr}
                children.append(subprocess.Popen(command, env=environment, start_new_session=True, **output))
            opened.until(lambda: found.exists() and found.read_text(), "the scheduler is there")
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("ATLAS_SCHEDULER", json.loads(found.read_text())["address"])
                opened.start()
            run = opened.atlas.submit(opened.spec("crowd", kind="detect", count=6, pause=0.05, log=str(log)))
            assert opened.atlas.wait(run, 90).status == "done"
            assert opened.atlas.result(run).metrics == {"sum": squares(6), "processes": 1.0}
            assert len(begun(log)) == 6
        finally:
            for child in children[::-1]:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
