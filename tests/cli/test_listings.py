"""What there is: methods, one method explained, samples."""

import json

from interaction_engine.cli import commands as cli
from interaction_engine.methods.registry import METHODS
from tests.cli.commands import OFFERED


def test_methods_lists_what_is_registered(capsys):
    assert cli.main(["methods", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {one["name"] for one in listed} == {method.name for method in OFFERED}
    for one in listed:
        assert set(one["options"]) == set(METHODS[one["name"]].options.model_fields)


def test_methods_explains_one(capsys):
    assert cli.main(["methods", "ucb"]) == 0
    text = capsys.readouterr().out
    assert METHODS["ucb"].source in text
    assert "--top-k N" in text


def test_samples_lists_all(capsys):
    assert cli.main(["samples"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [line.split()[0] for line in lines]
    real = ["bike", "california", "adult", "digits", "mnist", "reviews"]
    assert names == [f"sample:{name}" for name in (*real, *(f"F{n}" for n in range(1, 11)))]
