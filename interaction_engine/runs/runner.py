"""The runner: one process per home folder that takes runs from the queue and has them computed on a Dask cluster.

It may be killed at any moment, and ends itself the same way: the state is in the database, the work so far in the
checkpoints, and the next runner goes on from there. Its workers die with it.
"""

import argparse
import logging
import os
import signal
import time
from collections.abc import Sequence
from multiprocessing import forkserver
from pathlib import Path

from ..core.errors import InputError
from .lock import hold
from .store import Store

WORKERS = min(4, max(2, (os.cpu_count() or 1) // 4))
"""Runs that compute at the same time; one worker more is kept for views."""
UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9}

log = logging.getLogger(__name__)


def serve(
    home: str | Path | None = None, *, workers: int = WORKERS, memory: int | None = None, idle: float | None = None
) -> int:
    """Be the runner of `home` until killed; returns 0 at once when there is one already.

    `workers` runs compute at a time, each within `memory` bytes (default: an equal share of the machine's), on the
    scheduler at `ATLAS_SCHEDULER` if that is set. After `idle` seconds without a run or a page the runner ends.
    """
    store = Store(home)
    lock = hold(store.home)
    if lock is None:
        return 0
    store.files.sweep()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    scheduler = os.environ.get("ATLAS_SCHEDULER")
    if not scheduler:
        _warm_up()
    from . import execution  # imports Dask and DBOS, while the workers' server imports torch

    executor = execution.start(store, scheduler, workers, memory)
    log.info("Ready")
    while idle is None or executor.running or time.time() - max(executor.last_run, _last_asked(store.home)) < idle:
        time.sleep(1.0)
    return _end()


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m interaction_engine runner`."""
    parser = argparse.ArgumentParser(prog="interaction_engine runner", description="Compute the runs of a home folder.")
    parser.add_argument("--home", help="folder of data, models and runs (default: ATLAS_HOME or ~/.interaction-atlas)")
    parser.add_argument("--workers", type=int, default=WORKERS, metavar="N", help=f"runs at a time (default {WORKERS})")
    parser.add_argument(
        "--memory", metavar="SIZE", help='limit per worker, as "4GB" (default: its share of the machine)'
    )
    parser.add_argument(
        "--idle", type=float, metavar="SECONDS", help="end after so long without a run (default: never)"
    )
    options = parser.parse_args(arguments)
    if options.workers < 1:
        raise InputError(f"`--workers` must be at least 1; got {options.workers}.")
    log.addHandler(logging.StreamHandler())
    log.setLevel(logging.INFO)
    memory = _bytes(options.memory) if options.memory else None
    return serve(options.home, workers=options.workers, memory=memory, idle=options.idle)


def _warm_up() -> None:
    """Start the process that workers are forked from, which has imported what they need before they need it."""
    # Threads that spin while they wait take the cores from the runs beside them; at small layers that is most of them.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    forkserver.set_forkserver_preload(["distributed", "interaction_engine.runs.worker.warm"])
    forkserver.ensure_running()


def _bytes(size: str) -> int:
    try:
        return int(float(size[:-2]) * UNITS[size[-2:].upper()])
    except (KeyError, ValueError):
        raise InputError(f'`--memory` must be a size such as "500MB" or "2GB"; got {size!r}.') from None


def _last_asked(home: Path) -> float:
    """When a page last asked for a runner."""
    return (home / "runner.lock").stat().st_mtime


def _end(*_: object) -> int:
    """End as if killed: whoever comes next knows how to go on from there."""
    os._exit(0)
