"""A method that fails is one sentence, and its exit code says whose fault it was."""

import pytest

import interaction_engine as ie
from tests.cli.commands import complaint


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (ie.RunError("The run was lost; start it again."), 1),
        (ie.Cancelled("The run was stopped."), 1),
        (ie.ModelError("The model returned NaN for 3 of 10 rows; mend it."), 2),
        (ZeroDivisionError("division by zero"), 1),
        (KeyboardInterrupt(), 1),
        (OSError(28, "No space left on device", "result.json"), 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_a_method_that_fails_is_one_sentence(problem, code, table, network, capsys, monkeypatch):
    def fail(*arguments, **options):
        raise problem

    monkeypatch.setattr("interaction_engine.api.detect", fail)
    options = ["--target", "y", "--model", str(network)]
    assert complaint(capsys, "detect", "exact", str(table), *options)[0] == code
