"""What is given reaches the work: seeds, flags of the training, columns and texts, names of any kind."""

import json

import numpy as np
import pandas as pd
import pytest

from interaction_engine.cli import commands as cli
from tests.cli.commands import TINY, complaint


def test_same_seed_same_result_and_another_seed_another(table, capsys):
    def strengths(seed: str) -> list[float]:
        options = ["--target", "y", "--model", "mlp", *TINY, "--background", "50", "--seed", seed, "--json"]
        assert cli.main(["detect", "ucb", str(table), *options]) == 0
        return [row["strength"] for row in json.loads(capsys.readouterr().out)["table"]]

    first = strengths("3")
    assert strengths("3") == first
    assert strengths("4") != first


def test_flags_of_the_training_reach_it(table, capsys):
    def strengths(members: str) -> list[float]:
        options = ["--target", "y", "--model", "ensemble", "--train-members", members, *TINY, "--background", "30"]
        assert cli.main(["detect", "exact", str(table), *options, "--json"]) == 0
        return [row["strength"] for row in json.loads(capsys.readouterr().out)["table"]]

    assert strengths("3") != strengths("2")


def test_columns_can_be_left_out(table, capsys):
    options = ["--target", "y", "--ignore", "c", "--model", "mlp", *TINY, "--background", "30", "--json"]
    assert cli.main(["detect", "exact", str(table), *options]) == 0
    assert json.loads(capsys.readouterr().out)["features"] == ["a", "b"]


@pytest.fixture(scope="module")
def opinions(tmp_path_factory):
    """Sentences in which "not" turns "good" round."""
    random = np.random.default_rng(0)
    said = [f"this film is {'not' if n else 'so'} good" for n in random.integers(0, 2, 200)]
    frame = pd.DataFrame({"text": said, "n": random.normal(size=200)})
    path = tmp_path_factory.mktemp("texts") / "opinions.csv"
    frame.assign(like=["no" if "not" in one else "yes" for one in said]).to_csv(path, index=False)
    return path


def test_a_text_is_learnt_by_a_network_of_words(opinions, tmp_path, capsys):
    words = [str(opinions), "--target", "like", "--text", "text"]
    assert cli.main(["train", "words", *words, "--out", str(tmp_path), "--epochs", "5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["metrics"]["accuracy"] == 1.0
    arguments = ["--players", "text 4,text 5", "--row", "0", "--json"]
    assert cli.main(["detect", "and_or", *words, "--model", str(tmp_path), *arguments]) == 0
    assert cli.main(["detect", "and_or", *words, "--train-epochs", "1", *arguments]) == 0
    capsys.readouterr()
    code, sentence = complaint(capsys, "detect", "and_or", *words, "--train-hidden", "3", *arguments)
    assert (code, "`--train-hidden` is no option of `words`" in sentence) == (2, True)
    assert cli.main(["train", "words", *words[:3], "--ignore", "text", "--json"]) == 2
    assert "needs a text column" in capsys.readouterr().err


def test_names_are_printed_harmlessly_and_kept_whole(tmp_path, capsys):
    random = np.random.default_rng(0)
    names = ["\x1b[31mred\nalert", "n" * 500, "=1+1"]
    path = tmp_path / "names.parquet"
    pd.DataFrame(random.normal(size=(200, 4)), columns=[*names, "y"]).to_parquet(path)
    options = ["--target", "y", "--model", "mlp", *TINY, "--background", "20"]
    assert cli.main(["detect", "exact", str(path), *options]) == 0
    text = capsys.readouterr().out
    assert "\x1b" not in text
    table = text.split("\n\n")[1]
    assert "…" in table
    assert max(len(line) for line in table.splitlines()) < 200
    assert cli.main(["detect", "exact", str(path), *options, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["features"]) == 3
