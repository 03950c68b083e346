"""The command line takes tables, sentences and images apart."""

import json

import pytest

from interaction_engine.cli import commands as cli

pytestmark = pytest.mark.slow


def test_the_command_line_prints_it(capsys, tmp_path):
    options = ["--row", "3", "--players", "age,education & occupation,hours-per-week", "--baseline", "7"]
    out = ["--out", str(tmp_path / "r")]
    assert cli.main(["detect", "and_or", "sample:adult", *options, *out, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["family"] == "and_or"
    assert printed["players"] == ["age", "education & occupation", "hours-per-week"]
    assert printed["baseline"] == "row 7"
    assert printed["samples"][0]["row"] == 3
    assert printed["samples"][0]["dual"] <= printed["samples"][0]["primal"]
    assert printed["finding"].startswith("For `row 3, class =")
    assert cli.main(["show", *out[1:]]) == 0
    assert "`and` acts where all are there" in capsys.readouterr().out


def test_the_command_line_takes_sentences_and_images_apart(capsys):
    assert cli.main(["detect", "and_or", "sample:reviews", "--sentence", "Not a good film", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["players"] == ["not", "a", "good", "film"]
    assert printed["samples"][0]["label"] == "Not a good film"
    assert printed["unit"].startswith("log-odds of opinion = ")
    assert cli.main(["detect", "and_or", "sample:mnist", "--row", "3", "--parts", "patches", "--lines", "2"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("For `row 3, digit =")
    assert "patch 2,2" in out
    assert cli.main(["detect", "and_or", "sample:reviews", "--sentence", ""]) == 2
    assert capsys.readouterr().err == "The sentence is empty; type at least two words.\n"
