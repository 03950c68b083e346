"""Tries a model file in a process of its own, so that a malformed one cannot crash or hang the caller.

`python -m interaction_engine.models.io.probe` reads one request (JSON) from standard input and answers on
standard output.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from ...core.errors import InteractionError, ModelError
from ...core.types import FeatureSpace, Target
from ..adapters.black_box import first_line
from ..adapters.wrapping import tried
from .recognising import open_model

CPU_LIMIT = 60
"""Seconds of computing to open a file and score a few rows, imports included; a busy machine does not shorten it."""

WALL_LIMIT = 300.0
"""Seconds after which a file that waits without computing is given up."""

MEMORY_LIMIT = 16 * 10**9
"""Bytes of address space (libraries map several times what they use): a file that asks for more is malformed."""


def probe(
    path: Path,
    space: FeatureSpace,
    target: Target,
    class_index: int | None,
    readings: tuple[str, ...],
    rows: np.ndarray,
) -> tuple[str, ...]:
    """Open the file and score `rows` in a child process, once per reading of its inputs; returns those that work.

    Raises `ModelError` that says what went wrong with the first when none does.
    """
    request = {
        "path": str(path.resolve()),
        "space": asdict(space),
        "target": asdict(target),
        "class_index": class_index,
        "readings": readings,
        "rows": rows.tolist(),
    }
    errors = _errors(_child_output(json.dumps(request), path.name), path.name)
    working = tuple(reading for reading in readings if errors[reading] is None)
    if not working:
        raise ModelError(errors[readings[0]] or "")
    return working


def answer(request: dict[str, Any]) -> dict[str, str | None]:
    """For each reading that `request` names: a sentence that says what went wrong, or None when all went well."""
    path = Path(request["path"])
    space = TypeAdapter(FeatureSpace).validate_python(request["space"])
    target = TypeAdapter(Target).validate_python(request["target"])
    rows = np.array(request["rows"])
    return {
        reading: _problem(path, space, target, request["class_index"], reading, rows) for reading in request["readings"]
    }


def _problem(
    path: Path, space: FeatureSpace, target: Target, class_index: int | None, takes: str, rows: np.ndarray
) -> str | None:
    try:
        tried(open_model(path, space, target, class_index, takes), rows)
    except InteractionError as problem:
        return str(problem)
    except Exception as problem:
        return f"`{path.name}` cannot be opened ({first_line(problem)}); export the model again."
    return None


def _child_output(request: str, name: str) -> str:
    root = str(Path(__file__).resolve().parents[3])
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    try:
        child = subprocess.run(
            [sys.executable, "-P", "-m", __name__],
            input=request,
            env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=WALL_LIMIT,
        )
    except subprocess.TimeoutExpired:
        raise ModelError(
            f"`{name}` gave no score within {WALL_LIMIT:.0f} s; it is malformed, or waits for ever."
        ) from None
    if child.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise ModelError(f"`{name}` gave no score in {CPU_LIMIT} s of computing; it is malformed, or far too slow.")
    return child.stdout


def _errors(output: str, name: str) -> dict[str, str | None]:
    """The child's answer: its last line, for libraries may have written before it."""
    try:
        return dict(json.loads(output.strip().splitlines()[-1]))
    except (IndexError, TypeError, ValueError):
        message = f"`{name}` crashed the process that opened it; the file is malformed, so export the model again."
        raise ModelError(message) from None


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT, CPU_LIMIT + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.write(json.dumps(answer(json.load(sys.stdin))) + "\n")
