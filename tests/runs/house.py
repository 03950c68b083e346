"""An atlas to test with, whose processes are certain to be gone afterwards."""

import os
import signal
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from interaction_engine.runs.client import Atlas
from interaction_engine.runs.lock import runner_of, start_runner
from interaction_engine.runs.specification import Specification

STAND_INS = Path(__file__).parent / "stand_ins.py"


def alive(pid):
    """Whether a process computes still; one that is dead but not yet buried does not."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


class House:
    """An atlas with one data set and one network, and its runner."""

    def __init__(self, home, dataset, network, *arguments):
        self.atlas = Atlas(home)
        self.home = home
        self.arguments = arguments
        self.data = self.atlas.store.put_dataset(dataset)
        self.model = self.atlas.store.put_model(network, self.data)

    def spec(self, method, *, kind="view", attempt=1, owner="", **options):
        return Specification(
            kind=kind, method=method, options=options, data=self.data, model=self.model, attempt=attempt, owner=owner
        )

    def start(self):
        """Start the runner, if there is none, and wait until it has said that it is ready."""
        if runner_of(self.home) is None:
            (self.home / "runner.log").unlink(missing_ok=True)
            start_runner(self.home, *self.arguments)
        self.until(lambda: "Ready" in (self.home / "runner.log").read_text(), "the runner is ready")

    @property
    def runner(self):
        found = runner_of(self.home)
        return psutil.Process(found["pid"]) if found else None

    def kill_runner(self):
        """Kill -9, and see that all its workers go with it."""
        runner = self.runner
        if runner is None:
            return
        family = [runner, *runner.children(recursive=True)]
        runner.send_signal(signal.SIGKILL)
        try:
            self.until(lambda: not any(alive(process.pid) for process in family), "all are gone", seconds=30)
        finally:
            for process in family:
                with suppress(psutil.NoSuchProcess):
                    process.kill()

    def until(self, condition, what, seconds=90.0):
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            assert time.monotonic() < deadline, f"waited {seconds} s until {what}"
            time.sleep(0.02)
        return value

    def running(self, run_id):
        """The run once its method has reported."""

        def seen():
            view = self.atlas.run(run_id)
            assert view.status != "failed", view.error
            return view if view.phase == "computing" and view.message[0].isdigit() else None

        return self.until(seen, f"{run_id} computes")


@contextmanager
def house(home, dataset, network, *arguments, **environment):
    """A home folder with a runner that knows the stand-ins."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DASK_DISTRIBUTED__WORKER__PRELOAD", str([str(STAND_INS)]))
        for name, value in environment.items():
            patch.setenv(name, value)
        opened = House(home, dataset, network, *arguments)
        try:
            yield opened
        finally:
            opened.kill_runner()
            opened.atlas.close()


def python(*arguments):
    """The command of a fresh interpreter that finds this package."""
    return [sys.executable, *arguments], {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
