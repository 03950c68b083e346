"""A small process that keeps a model warm and answers questions about single rows at once, one JSON line each.

Models never run in the process of the dashboard, and a run of its own would take a second for what takes milliseconds.
The process ends when nobody has asked for a while, and with the process that asks, whose pipe then closes.
"""

import argparse
import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import traceback
from collections.abc import Sequence
from io import BufferedIOBase
from pathlib import Path
from typing import IO, Any, cast

from ...core.errors import InteractionError, ModelError, RunError
from ...core.types import JSON
from ..store import Store

IDLE_SECONDS = 900.0
"""After this long without a question the process ends; the next question starts another."""

PATIENCE = 30.0
"""Seconds for an answer, a start with all imports among them; a model that takes longer hangs."""

SLOW = "The model did not answer within {:.0f} seconds; try again, or start a run, which may take longer."
GONE = "The process that asks the model ended before it answered; the file `answering.log` of the home folder says why."


class Answering:
    """The asking side, for any number of threads: `ask` starts the process when there is none, and waits for it."""

    def __init__(self, store: Store, patience: float = PATIENCE, idle: float = IDLE_SECONDS) -> None:
        self._store, self._patience, self._idle = store, patience, idle
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._unread = b""

    def ask(self, question: dict[str, JSON]) -> dict[str, JSON]:
        """The answer to a question (`questions.Answers`).

        Raises `ModelError` with the sentence of a refusal, and `RunError` when there is no answer in time.
        """
        line = json.dumps(question).encode() + b"\n"
        with self._lock:
            answer = self._answer(line) or self._answer(line, again=True)
        if answer is None:
            raise RunError(GONE)
        if "refused" in answer:
            raise ModelError(answer["refused"])
        return answer

    @property
    def pid(self) -> int | None:
        """The process that answers; None while there is none."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _answer(self, line: bytes, again: bool = False) -> dict[str, JSON] | None:
        """One try; None when the process is or was gone, which may only have been idle."""
        if self.pid is None:
            self._end()
            self._process = self._started()
        assert self._process
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
            sentence = self._read(self._process.stdout)
        except (BrokenPipeError, EOFError):
            self._end()
            return None
        except TimeoutError:
            self._end()
            raise RunError(SLOW.format(self._patience)) from None
        return json.loads(sentence)

    def _read(self, stream: IO[bytes]) -> bytes:
        """The next line; `TimeoutError` when it does not come, `EOFError` when none will."""
        waiting = select.poll()
        waiting.register(stream, select.POLLIN | select.POLLHUP)
        while b"\n" not in self._unread:
            if not waiting.poll(self._patience * 1000):
                raise TimeoutError
            part = os.read(stream.fileno(), 1 << 20)
            if not part:
                raise EOFError
            self._unread += part
        line, self._unread = self._unread.split(b"\n", 1)
        return line

    def _started(self) -> "subprocess.Popen[bytes]":
        home = self._store.home
        paths = [str(Path(__file__).parents[3]), *filter(None, [os.environ.get("PYTHONPATH")])]
        command = [sys.executable, "-m", "interaction_engine", "answer", "--home", str(home)]
        with open(home / "answering.log", "wb") as log:
            return subprocess.Popen(
                [*command, "--files", self._store.files.address, "--idle", str(self._idle)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=home,
                env={"OMP_WAIT_POLICY": "PASSIVE"} | os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            )

    def _end(self) -> None:
        self._unread = b""
        if self._process is None:
            return
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()
        self._process.kill()
        self._process.wait()
        self._process = None


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m interaction_engine answer`: questions on standard input, answers on standard output."""
    parser = argparse.ArgumentParser(prog="interaction_engine answer", description="Answer questions about rows.")
    parser.add_argument("--home", help="folder of data, models and runs (default: ATLAS_HOME or ~/.interaction-atlas)")
    parser.add_argument("--files", help="where the files are, when that is not the home folder")
    parser.add_argument("--idle", type=float, default=IDLE_SECONDS, metavar="SECONDS", help="end after so long unasked")
    options = parser.parse_args(arguments)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not stand between the answers
    return serve(Store(options.home, options.files), cast(BufferedIOBase, sys.stdin.buffer), answers, options.idle)


def serve(store: Store, questions: BufferedIOBase, answers: BufferedIOBase, idle: float) -> int:
    """Answer until nobody asks for `idle` seconds, or the asker is gone."""
    from .answers import Answers, share_cores

    share_cores()
    answer = Answers(store)
    waiting = select.poll()
    waiting.register(questions, select.POLLIN | select.POLLHUP)
    while waiting.poll(idle * 1000):
        line = questions.readline()
        if not line:
            break
        try:
            answers.write(json.dumps(_said(answer, line)).encode() + b"\n")
            answers.flush()
        except BrokenPipeError:
            break
    return 0


def _said(answer: Any, line: bytes) -> dict[str, JSON]:
    """The answer, or a sentence that says why there is none."""
    try:
        return answer(json.loads(line))
    except InteractionError as problem:
        return {"refused": str(problem)}
    except Exception as problem:
        traceback.print_exc(file=sys.stderr)
        what = " ".join(f"{type(problem).__name__}: {problem}".split())[:300]
        return {"refused": f"The model could not be asked ({what}); look at the run that trained or checked it."}
