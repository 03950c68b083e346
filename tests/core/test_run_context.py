"""The context of a run: the options of the call, the clock, and the one place where a provenance is made."""

import inspect
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

import interaction_engine
from interaction_engine.core.run_context import Description, RunContext, completed, in_context

METHOD = Description("count", "Counting", "a book")
DATA = SimpleNamespace(name="rows", sampling=SimpleNamespace(sentence="Every second row."))


@in_context(METHOD)
def count(run: RunContext, model: str, data: SimpleNamespace, *, depth: int = 3, seed: int = 0, report: object = None):
    return run


def test_the_context_is_no_part_of_the_signature():
    assert list(inspect.signature(count).parameters) == ["model", "data", "depth", "seed", "report"]
    assert "run" not in count.__annotations__


def test_options_are_those_of_the_call_with_the_defaults_of_the_others():
    run = count("m", DATA, seed=4)
    assert (run.options, run.seed, run.data, run.method) == ({"depth": 3}, 4, "rows", METHOD)
    assert count("m", data=DATA, depth=7).options == {"depth": 7}
    assert completed(count, {"depth": 7}) == {"depth": 7, "seed": 0}


@in_context(METHOD, like=count)
def estimate(run: RunContext, model: str, data: SimpleNamespace, **options: object):
    return run


def test_a_plan_takes_the_options_of_its_method():
    assert inspect.signature(estimate) == inspect.signature(count)
    assert estimate("m", DATA, depth=5).options == {"depth": 5}
    with pytest.raises(TypeError, match="width"):
        estimate("m", DATA, width=1)


def test_a_wrong_option_is_refused_as_by_any_function():
    with pytest.raises(TypeError, match="width"):
        count("m", DATA, width=1)  # pyright: ignore[reportCallIssue]


def test_the_provenance_repeats_the_call_and_ends_with_the_sampling():
    run = count("m", DATA, depth=7, seed=4).with_options(depth=8)
    made = run.provenance(model="m", device="cpu", rows=5, evaluations=6, notes=["Few rows."])
    assert (made.method, made.title, made.source) == METHOD
    assert (made.options, made.seed, made.data, made.model) == ({"depth": 8}, 4, "rows", "m")
    assert (made.rows, made.evaluations, made.device) == (5, 6, "cpu")
    assert made.notes == ("Few rows.", "Every second row.")
    assert 0.0 <= made.seconds < 3600.0


def test_provenances_are_made_in_one_module():
    root = Path(interaction_engine.__file__).parent
    makers = [path for path in root.rglob("*.py") if re.search(r"\bProvenance\(", path.read_text())]
    assert [path.relative_to(root).as_posix() for path in makers] == ["core/run_context.py"]
