"""What cannot be used is one sentence on standard error and exit code 2."""

import pickle
from pathlib import Path

import pytest

from tests.cli.commands import complaint


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "COMMAND"),
        (["fly"], "fly"),
        (["methods", "tarot"], "`tarot`"),
        (["detect"], "METHOD"),
        (["detect", "tarot"], "`tarot`"),
        (["detect", "mlp"], "`mlp`"),
        (["train", "ucb"], "`ucb`"),
        (["detect", "ucb"], "DATA"),
        (["detect", "ucb", "sample:bike", "--wings", "2"], "--wings"),
        (["detect", "ucb", "sample:bike", "--top-k", "0"], "`top_k`"),
        (["detect", "ucb", "sample:bike", "--top-k", "many"], "`top_k`"),
        (["detect", "ucb", "sample:bike", "--bound", "hope"], "`bound`"),
        (["detect", "ucb", "sample:mars"], "mars"),
        (["detect", "ucb", "sample:bike", "--target", "hour"], "`hour`"),
        (["detect", "ucb", "sample:bike", "--delimiter", ";"], "--delimiter"),
        (["detect", "ucb", "sample:bike", "--sample-rows", "500", "--class", "yes"], "--class"),
        (["detect", "ucb", "sample:bike", "--sample-rows", "500", "--model", "nowhere.onnx"], "nowhere.onnx"),
        (["detect", "ucb", "sample:F1", "--sample-rows", "500", "--device", "abacus"], "abacus"),
        (["detect", "ucb", "sample:F1", "--sample-rows", "500", "--memory", "much"], "much"),
        (["detect", "ucb", "nowhere.csv", "--target", "y"], "nowhere.csv"),
        (["detect", "integrated_hessians", "sample:F1", "--sample-rows", "100", "--beta", "0"], "`beta`"),
        (["detect", "integrated_hessians", "sample:F1", "--sample-rows", "100", "--model", "forest"], "derivatives"),
        (["detect", "compression", "sample:F1", "--model", "mlp"], "--model"),
        (["detect", "compression", "sample:F1", "--most-rows", "3"], "`most_rows`"),
        (["train", "mlp", "sample:F1", "--epochs", "0"], "`epochs`"),
        (["train", "mlp", "sample:F1", "--hidden", "8,-1"], "`hidden`"),
        (["show", "nowhere"], "nowhere"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments, says, capsys):
    code, sentence = complaint(capsys, *arguments)
    assert code == 2
    assert says in sentence
    assert sentence.endswith((".", "?"))


@pytest.mark.parametrize(
    ("content", "options", "says"),
    [
        (b"", ["--target", "y"], "empty"),
        (b"a,b,y\n", ["--target", "y"], "row"),
        (b"\x00\xff\xfe\x01" * 500, ["--target", "y"], ""),
        (b"a,b,y\n" + b"1,2,3\n4,5,6\n" * 30, ["--target", "z"], "`z`"),
        (b"a,b,y\n" + b"1,2,3\n4,5,6\n" * 30, [], "target"),
        (b"a,b,y\n" + b"1,2,3\n4,5,3\n" * 30, ["--target", "y"], "`y`"),
        (b"a,b,y\n" + b"1,2,3\n4,5,6\n" * 30, ["--target", "y", "--ignore", "q"], "`q`"),
        (b"a,b,y\n" + b"1,2,3\n4,5,6\n" * 30, ["--target", "y", "--sample-rows", "9"], "--sample-rows"),
    ],
)
def test_unusable_tables_are_one_sentence_and_exit_code_2(content, options, says, tmp_path, capsys):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    code, sentence = complaint(capsys, "detect", "exact", str(path), "--model", "mlp", *options)
    assert code == 2
    assert says in sentence


class Payload:
    """Unpickled, it would leave a file behind."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


@pytest.mark.parametrize("suffix", [".onnx", ".safetensors", ".skops", ".json", ".ubj", ".txt", ".pt2", ".pkl"])
def test_a_pickle_by_any_name_is_refused_and_not_run(suffix, table, tmp_path, capsys):
    mark = tmp_path / "ran"
    model = tmp_path / f"model{suffix}"
    model.write_bytes(pickle.dumps(Payload(mark)))
    arguments = ["--target", "y", "--model", str(model), "--trust"]
    code, sentence = complaint(capsys, "detect", "exact", str(table), *arguments)
    assert code == 2
    assert sentence
    assert not mark.exists()


def test_out_that_is_a_file_is_told_before_any_work(table, capsys, monkeypatch):
    monkeypatch.setattr("interaction_engine.cli.inputs.read_data", lambda options: pytest.fail("work had begun"))
    code, sentence = complaint(
        capsys, "detect", "exact", str(table), "--target", "y", "--model", "mlp", "--out", str(table)
    )
    assert code == 2
    assert "--out" in sentence
