"""One runner per home, and none once it is dead."""

import os
import signal
import subprocess

from interaction_engine.runs.lock import hold, runner_of
from tests.runs.house import python

HOLD = """
import sys, pathlib
from interaction_engine.runs.lock import hold
lock = hold(pathlib.Path(sys.argv[1]))
print(lock is not None, flush=True)
input()
"""


def holder(home):
    command, environment = python("-c", HOLD, str(home))
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().strip() == "True"


def test_the_lock_dies_with_its_holder(tmp_path):
    assert runner_of(tmp_path) is None
    first, got_it = holder(tmp_path)
    with first:
        assert got_it
        assert runner_of(tmp_path)["pid"] == first.pid
        assert hold(tmp_path) is None
        os.kill(first.pid, signal.SIGKILL)
    assert runner_of(tmp_path) is None
    second, got_it = holder(tmp_path)
    with second:
        assert got_it
        assert runner_of(tmp_path)["pid"] == second.pid
        second.communicate("")
