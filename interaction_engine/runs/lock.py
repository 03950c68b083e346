"""One runner per home folder: whoever holds its lock. The kernel frees the lock when the process dies, however.

`filelock` would hold such a lock, but could not be asked who holds it without taking it.
"""

import fcntl
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

from ..core.version import VERSION

PATIENCE = 1.0
"""Seconds for which a new runner tries: somebody who only asks whether there is one holds the lock for an instant."""
START_SECONDS = 5.0
"""Least time between two starts: a runner takes a second to be seen, and pages ask more often than that."""
LONGEST_LOG = 5_000_000


def hold(home: Path) -> IO[str] | None:
    """Become the runner of this home: returns the lock to keep open, or None when another process has it."""
    file = open(home / "runner.lock", "a+", encoding="utf-8")  # noqa: SIM115 (open until the process ends)
    deadline = time.monotonic() + PATIENCE
    while not _lock(file, fcntl.LOCK_EX):
        if time.monotonic() > deadline:
            file.close()
            return None
        time.sleep(0.05)
    file.truncate(0)
    file.write(json.dumps({"pid": os.getpid(), "version": VERSION}))
    file.flush()
    return file


def runner_of(home: Path) -> dict[str, Any] | None:
    """What the live runner of this home says of itself (`pid`, `version`); None when there is none."""
    try:
        with open(home / "runner.lock", encoding="utf-8") as file:
            if _lock(file, fcntl.LOCK_SH):
                return None
            text = file.read()
    except FileNotFoundError:
        return None
    return json.loads(text) if text else {}


def start_runner(home: Path, *arguments: str) -> None:
    """Start a runner that outlives this process; when there is another one already, it ends by itself."""
    mark, log = home / "runner.started", home / "runner.log"
    if mark.exists() and time.time() - mark.stat().st_mtime < START_SECONDS:
        return
    mark.touch()
    paths = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    command = [sys.executable, "-m", "interaction_engine", "runner", "--home", str(home), *arguments]
    too_long = log.exists() and log.stat().st_size > LONGEST_LOG
    with open(log, "wb" if too_long else "ab") as output:
        subprocess.run(
            ["/bin/sh", "-c", '"$@" &', "sh", *command],  # the shell lets go of the runner: it is nobody's child
            check=True,
            cwd=home,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )


def _lock(file: IO[str], how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
