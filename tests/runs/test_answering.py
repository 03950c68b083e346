"""The process that answers at once: warm, alone with the models, and gone as soon as nobody needs it."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from interaction_engine.core.errors import ModelError, RunError
from interaction_engine.masking.baselines import baseline_of
from interaction_engine.methods.hessians.explainer import Explainer
from interaction_engine.runs.prediction_server.server import Answering, serve
from interaction_engine.runs.store import Store
from tests.runs.house import alive

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def store(tmp_path_factory, dataset, network):
    store = Store(tmp_path_factory.mktemp("answers"))
    data = store.put_dataset(dataset)
    store.put_model(network, data)
    return store


@pytest.fixture(scope="module")
def question(store):
    (data,), (model,) = store.datasets(), store.models()
    return {
        "data": data["id"],
        "model": model["id"],
        "class_index": None,
        "compute": {"device": "cpu"},
        "baseline": "mean",
        "beta": 10.0,
        "nodes": 16,
        "seed": 0,
        "rows": [],
    }


@pytest.fixture(scope="module")
def answering(store):
    answering = Answering(store, patience=120)
    yield answering
    answering.close()


def until_gone(pid, seconds=20.0):
    deadline = time.monotonic() + seconds
    while alive(pid):
        assert time.monotonic() < deadline, "the process is still there"
        time.sleep(0.05)


def test_the_answer_is_what_the_detector_computes(answering, question, dataset, network):
    rows = dataset.rows[:3] + 0.1
    answer = answering.ask(question | {"rows": rows.tolist()})
    made = Explainer(network, dataset, baseline_of(dataset, "mean", 0), beta=10.0, nodes=16)(rows)
    for name in ("score", "base", "gap", "rounding", "attributions", "interactions"):
        assert np.asarray(answer[name]) == pytest.approx(getattr(made, name), abs=1e-9), name
    assert answer["nodes"] == [16, 16, 16]


def test_a_second_question_meets_a_warm_model(answering, question, dataset):
    answering.ask(question)
    pid, began = answering.pid, time.monotonic()
    for row in dataset.rows[:5]:
        answering.ask(question | {"rows": [row.tolist()]})
    assert answering.pid == pid
    assert time.monotonic() - began < 5  # a start alone takes longer


def test_baselines_may_be_drawn(answering, question, dataset):
    row = {"rows": [dataset.rows[0].tolist()]}
    one, same, other = (answering.ask(question | row | {"baselines": 4, "seed": seed})["base"] for seed in (0, 0, 1))
    assert one == same
    assert one != other


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rows": [[1.0]]}, "A row needs 10 finite numbers"),
        ({"rows": [[float("nan")] * 10]}, "A row needs 10 finite numbers"),
        ({"rows": [["a"] * 10]}, "could not be asked"),
        ({"model": "0" * 16}, "There is no model"),
        ({"beta": -1.0}, "beta"),
        ({"baseline": 10_000}, "`baseline` must be a row"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_in_words(answering, question, changes, said):
    with pytest.raises(ModelError, match=said):
        answering.ask(question | changes)
    assert answering.ask(question) == {}  # and the next one is answered


def test_a_process_that_was_killed_is_replaced(answering, question):
    answering.ask(question)
    first = answering.pid
    os.kill(first, signal.SIGKILL)
    until_gone(first)
    assert answering.ask(question) == {}
    assert answering.pid not in (None, first)


def test_who_asks_too_much_is_told_and_the_process_ended(store, question):
    answering = Answering(store, patience=0.01)  # no start is that quick
    with pytest.raises(RunError, match="did not answer within"):
        answering.ask(question)
    assert answering.pid is None


def test_unasked_it_ends(store, question):
    answering = Answering(store, patience=120, idle=0.2)
    answering.ask(question)
    process = answering._process
    assert process
    assert process.wait(timeout=20) == 0
    assert answering.pid is None
    answering.close()


def test_it_ends_with_the_process_that_asks(store, question):
    script = (
        "import sys, json, os, signal\n"
        "from interaction_engine.runs.prediction_server.server import Answering\n"
        "from interaction_engine.runs.store import Store\n"
        "asking = Answering(Store(sys.argv[1]), patience=120)\nasking.ask(json.loads(sys.argv[2]))\n"
        "print(asking.pid, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", script, str(store.home), json.dumps(question)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stderr
    until_gone(int(done.stdout))


def test_what_a_library_prints_does_not_stand_between_the_answers(answering, question):
    answering.ask(question)
    assert answering.pid
    descriptors = [os.readlink(f"/proc/{answering.pid}/fd/{n}") for n in (0, 1, 2)]
    assert descriptors[0].startswith("pipe:")
    assert descriptors[1] == descriptors[2]
    assert descriptors[1].endswith("answering.log")


def test_a_line_that_is_no_question_is_refused(store):
    answers = io.BytesIO()
    reader, writer = os.pipe()
    os.write(writer, b"what?\n")
    os.close(writer)
    with os.fdopen(reader, "rb") as questions:
        assert serve(store, questions, answers, idle=5) == 0
    assert "could not be asked" in json.loads(answers.getvalue())["refused"]
