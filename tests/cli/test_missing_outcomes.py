"""Rows without an outcome on the command line: left out, and the count printed."""

import json

import numpy as np
import pandas as pd
import pytest

from interaction_engine.cli import commands as cli
from tests.cli.commands import TINY, complaint

SENTENCE = "100 of 300 rows have no `y` and are left out."


@pytest.fixture
def path(tmp_path):
    source = np.random.default_rng(0)
    frame = pd.DataFrame(source.uniform(size=(300, 2)), columns=["a", "b"])
    frame["y"] = np.where(frame["a"] > frame["b"], "yes", "no")
    frame.loc[::3, "y"] = "?"
    frame.to_csv(tmp_path / "gaps.csv", index=False)
    return tmp_path / "gaps.csv"


@pytest.mark.parametrize(
    "command",
    [["train", "linear"], ["detect", "exact", *TINY], ["detect", "input_hessian", *TINY]],
    ids=lambda one: one[1],
)
def test_the_count_is_printed_and_saved(command, path, tmp_path, capsys):
    out = str(tmp_path / "out")
    assert cli.main([*command[:2], str(path), "--target", "y", *command[2:], "--out", out]) == 0
    printed = capsys.readouterr().out
    assert printed.count(f"Note: {SENTENCE}\n") == 1
    assert cli.main(["show", out]) == 0
    assert capsys.readouterr().out == printed.replace(f"Written to {out}\n", "")


def test_the_count_is_in_json_and_scores_are_of_the_rows_that_are_left(path, capsys):
    assert cli.main(["train", "linear", str(path), "--target", "y", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert SENTENCE in report["provenance"]["notes"]
    assert report["provenance"]["rows"] == 40


def test_a_target_without_any_outcome_is_one_sentence(path, capsys):
    frame = pd.read_csv(path).assign(y="NA")
    frame.to_csv(path, index=False)
    code, sentence = complaint(capsys, "train", "linear", str(path), "--target", "y")
    assert (code, sentence) == (2, "`y`: all of its 300 values are missing; choose another target.")
