"""What a run says, how often, and what it leaves to go on from."""

import json

import numpy as np
import pytest

from interaction_engine.core.errors import Cancelled
from interaction_engine.runs.files import Files
from interaction_engine.runs.progress import PARTIAL_SECONDS, RunReport, read_progress

RUN = "0123456789abcdef"


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def files(tmp_path):
    files = Files(str(tmp_path), tmp_path)
    files.write(f"runs/{RUN}/lease", b"mine")
    return files


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def report(files, clock):
    return RunReport(files, RUN, "mine", clock)


def lines(files):
    return [json.loads(line) for line in files.read(f"runs/{RUN}/progress.jsonl").splitlines()]


def test_a_page_reads_the_last_report_and_the_last_partial_result(files, report, clock):
    assert read_progress(files, RUN) is None
    report.enter("computing", "Exact detection")
    report(0.25, "Round 1", {"accepted": 1})
    clock.now = 10.0
    report(0.5, "Round 2 🎉" * 100)
    progress = read_progress(files, RUN)
    assert (progress.fraction, progress.phase, progress.partial) == (0.5, "computing", {"accepted": 1})
    assert progress.message.startswith("Round 2 🎉")
    assert len(progress.message) == 500
    assert progress.remaining == pytest.approx(10.0)


def test_the_time_left_counts_from_where_this_execution_began(files, report, clock):
    report(0.8, "Goes on from its checkpoint")
    clock.now = 3.0
    report(0.9, "A bit further")
    assert read_progress(files, RUN).remaining == pytest.approx(3.0)


def test_reports_of_every_millisecond_make_ten_lines_and_two_partial_results_a_second(
    files, report, clock, monkeypatch
):
    partials = []
    write = files.write
    monkeypatch.setattr(
        files, "write", lambda path, content: (partials.append(json.loads(content)), write(path, content))
    )
    for tick in range(2000):
        clock.now = tick / 1000
        report(tick / 2000, "Working", {"tick": tick})
    assert 18 <= len(lines(files)) <= 21
    assert len(partials) == 4
    assert np.diff([partial["tick"] for partial in partials]).min() >= PARTIAL_SECONDS * 1000
    report(1.0, "Done", {"tick": 2000})  # the last is never left out
    assert (lines(files)[-1]["message"], partials[-1]) == ("Done", {"tick": 2000})


@pytest.mark.parametrize("lease", [b"cancelled", b"another worker's", None])
def test_a_run_that_lost_its_lease_stops_at_the_next_report(files, report, clock, lease):
    report(0.1, "Working")
    if lease is None:
        files.remove(f"runs/{RUN}")
    else:
        files.write(f"runs/{RUN}/lease", lease)
    clock.now = 1.0
    with pytest.raises(Cancelled):
        report(0.2, "Working")


def test_the_next_execution_finds_the_last_checkpoint(files, report):
    assert report.restored is None
    report.checkpoint({"round": 1, "sums": np.arange(3.0)})
    report.checkpoint(
        {"round": 2, "sums": np.arange(4.0), "names": ["a", "é"], "nested": {"x": None}, "values": np.array([True])}
    )
    restored = RunReport(files, RUN, "another", Clock()).restored
    assert (restored["round"], restored["names"], restored["nested"]) == (2, ["a", "é"], {"x": None})
    np.testing.assert_array_equal(restored["sums"], np.arange(4.0))
    assert restored["values"].dtype == bool
    report.close()
    assert RunReport(files, RUN, "another", Clock()).restored is None


def test_nothing_is_pickled(report):
    with pytest.raises(ValueError, match="allow_pickle"):
        report.checkpoint({"objects": np.array([object()])})


def test_a_line_cut_off_by_a_crash_is_passed_over(files, report):
    report(0.5, "Whole")
    files.append(f"runs/{RUN}/progress.jsonl", b'{"fraction": 0.6, "mess')
    assert read_progress(files, RUN).message == "Whole"


def test_a_full_disk_does_not_stop_a_run_that_only_tells_its_progress(files, report, clock, monkeypatch):
    def fill_up(*_, **__):
        raise OSError(28, "No space left on device")

    report.checkpoint({"round": 1})
    monkeypatch.setattr(files._fs, "pipe_file", fill_up)
    monkeypatch.setattr(files._fs, "open", fill_up)
    report.checkpoint({"round": 2})
    monkeypatch.undo()
    assert report.restored == {"round": 1}
