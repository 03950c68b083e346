"""The command line: flags from signatures, exit codes, one sentence for whatever cannot be used."""

import json
import pickle
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import interaction_engine as ie
from interaction_engine import cli, flags
from interaction_engine.additive import compression
from interaction_engine.additive.paraace import train_paraace
from interaction_engine.runs.catalog import METHODS

OFFERED = [method for method in METHODS.values() if method.role in ("detector", "trainer", "study")]
COMMAND_OF = {"detector": "detect", "trainer": "train", "study": "detect"}
TINY = ["--train-hidden", "16", "--train-epochs", "3", "--train-batch", "64"]


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """y = 3 a b + c: one interaction, of `a` and `b`."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.uniform(-1, 1, (600, 3)), columns=["a", "b", "c"])
    path = tmp_path_factory.mktemp("cli") / "table.csv"
    frame.assign(y=3 * frame.a * frame.b + frame.c).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def network(table, tmp_path_factory):
    """A folder that `train --out` wrote for that table."""
    folder = tmp_path_factory.mktemp("network")
    arguments = ["--hidden", "32,32", "--epochs", "40", "--batch", "32", "--out", str(folder), "--json"]
    assert cli.main(["train", "mlp", str(table), "--target", "y", *arguments]) == 0
    return folder


def complaint(capsys, *arguments: str) -> tuple[int, str]:
    """Exit code and the sentence on standard error of a command that must print nothing else."""
    code = cli.main(list(arguments))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return code, err.strip()


# Flags are the options


@pytest.mark.parametrize("method", OFFERED, ids=lambda method: method.name)
def test_every_option_is_a_flag_of_the_command(method, capsys):
    assert cli.main([COMMAND_OF[method.role], method.name, "--help"]) == 0
    text = capsys.readouterr().out
    words = {word.rstrip(",") for word in text.split()}
    assert {flags.flag(name) for name in method.options.model_fields} <= words


@pytest.mark.parametrize("method", OFFERED, ids=lambda method: method.name)
def test_a_default_typed_as_a_flag_is_the_default(method):
    parser = cli.Parser()
    flags.add_flags(parser, method)
    typed = []
    for name, field in method.options.model_fields.items():
        if isinstance(field.default, bool):
            typed.append(flags.flag(name) if field.default else flags.flag(f"no_{name}"))
        else:
            typed += [flags.flag(name), flags.shown(field.default)]
    given = flags.given_flags(parser.parse_args(typed), method)
    assert set(given) == set(method.options.model_fields)
    assert method.read_options(given) == method.read_options({})


def test_flags_left_out_are_not_given():
    parser = cli.Parser()
    flags.add_flags(parser, METHODS["ucb"])
    assert flags.given_flags(parser.parse_args(["--top-k", "7"]), METHODS["ucb"]) == {"top_k": "7"}


@pytest.mark.parametrize(
    ("annotation", "takes"),
    [
        (int, "N"),
        (float | None, "X|none"),
        (tuple[int, ...], "N,..."),
        (ie.Compute, "TEXT"),
    ],
)
def test_what_a_flag_takes(annotation, takes):
    assert flags.expects(annotation) == takes


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


# The main path


def test_train_then_detect_then_show(table, network, tmp_path, capsys):
    out = tmp_path / "run"
    options = ["--target", "y", "--model", str(network), "--background", "200", "--top-k", "1", "--out", str(out)]
    assert cli.main(["detect", "exact", str(table), *options]) == 0
    printed, err = capsys.readouterr()
    assert err == ""
    result = ie.load_result(out)
    strongest = result.to_frame().iloc[0]
    assert {strongest.feature_1, strongest.feature_2} == {"a", "b"}
    assert strongest.status == "certified"
    assert f"Written to {out}" in printed

    assert cli.main(["show", str(out)]) == 0
    shown = capsys.readouterr().out
    assert shown == printed.replace(f"Written to {out}\n", "")


def test_rows_are_explained_and_shown_again(table, network, tmp_path, capsys):
    options = ["--target", "y", "--model", str(network), "--nodes", "auto"]
    out = tmp_path / "run"
    assert cli.main(["detect", "integrated_hessians", str(table), *options, "--rows", "40", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    result = ie.load_result(out)
    assert {*result.to_frame().iloc[0][["feature_1", "feature_2"]]} == {"a", "b"}
    assert printed.startswith("`a` and `b` interact most: together they move the predicted `y` by ")
    assert f"Strength and bounds: {result.interval}. Effect in y." in printed
    assert "Everything is against the baseline (mean)" in printed
    assert cli.main(["show", str(out)]) == 0
    assert capsys.readouterr().out == printed.replace(f"Written to {out}\n", "")

    assert cli.main(["detect", "integrated_hessians", str(table), *options, "--row", "3"]) == 0
    first, _, header, *parts = capsys.readouterr().out.splitlines()
    assert first.startswith("For row 3 the predicted `y` is ")
    assert header.split() == ["feature", "value", "attribution", "main_effect"]
    assert {line.split()[0] for line in parts[:3]} == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("method", "says"),
    [
        ("expected_hessians", "together they move the predicted `y`"),
        ("input_hessian", "one standard deviation of each moves the predicted `y`"),
        ("nid", "have the strongest connections in the network"),
    ],
)
def test_derivatives_and_weights_find_the_pair(method, says, table, network, capsys):
    assert cli.main(["detect", method, str(table), "--target", "y", "--model", str(network)]) == 0
    said = capsys.readouterr().out.splitlines()[0]
    assert said.startswith("`a` and `b` ")
    assert says in said


def test_a_study_trains_its_own_networks(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(compression, "train_paraace", partial(train_paraace, epochs=2))
    small = ["--teacher", "12,4", "--epochs", "1", "--round-epochs", "1", "--n-pairs", "1", "--out", str(tmp_path)]
    assert cli.main(["detect", "compression", "sample:F8", "--sample-rows", "100", *small]) == 0
    printed = capsys.readouterr().out
    assert "ParaACE" in printed
    assert "The choice of the pairs" in printed
    assert "thresholds are neither cut nor counted" in printed
    assert ie.load_result(tmp_path).row("synflow")["n_parameters"] > 0


def test_training_a_sum_writes_its_shapes_too(table, tmp_path, capsys):
    assert cli.main(["train", "gam", str(table), "--target", "y", "--bags", "1", "--out", str(tmp_path)]) == 0
    capsys.readouterr()
    shapes = ie.load_result(tmp_path / "shapes")
    assert {len(features) for features in shapes.to_frame()["features"]} == {1}
    assert shapes.exact
    assert cli.main(["show", str(tmp_path / "shapes")]) == 0
    assert "moves the predicted `y` most in `gam`" in capsys.readouterr().out


def test_train_reports_the_score_on_held_out_rows(network, capsys):
    assert cli.main(["show", str(network), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["family"] == "model"
    assert report["metrics"]["r2"] > 0.8


def test_json_is_the_saved_result(table, network, tmp_path, capsys):
    out = tmp_path / "run"
    options = ["--target", "y", "--model", str(network), "--background", "100", "--out", str(out), "--json"]
    assert cli.main(["detect", "exact", str(table), *options]) == 0
    printed = json.loads(capsys.readouterr().out)
    saved = ie.load_result(out)
    assert printed["provenance"]["options"]["background"] == 100
    assert printed["unit"] == saved.unit
    pd.testing.assert_frame_equal(pd.DataFrame(printed["table"]), saved.to_frame(), check_dtype=False)


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


def test_a_second_result_replaces_the_first_whole(table, network, tmp_path):
    out = tmp_path / "run"
    for background in ("40", "60"):
        options = ["--target", "y", "--model", str(network), "--background", background, "--out", str(out)]
        assert cli.main(["detect", "exact", str(table), *options]) == 0
    assert ie.load_result(out).provenance.rows == 60
    assert all(path.is_file() for path in out.iterdir())


def test_names_are_printed_harmlessly_and_kept_whole(tmp_path, capsys):
    random = np.random.default_rng(0)
    names = ["\x1b[31mred\nalert", "n" * 500, "=1+1"]
    path = tmp_path / "names.parquet"
    pd.DataFrame(random.normal(size=(200, 4)), columns=[*names, "y"]).to_parquet(path)
    options = ["--target", "y", "--model", "mlp", *TINY, "--background", "20"]
    assert cli.main(["detect", "exact", str(path), *options]) == 0
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert max(len(line) for line in text.splitlines() if "0." in line and "…" in line) < 300
    assert cli.main(["detect", "exact", str(path), *options, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["features"]) == 3


# What cannot be used


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
    monkeypatch.setattr("interaction_engine.inputs.read_data", lambda options: pytest.fail("work had begun"))
    code, sentence = complaint(
        capsys, "detect", "exact", str(table), "--target", "y", "--model", "mlp", "--out", str(table)
    )
    assert code == 2
    assert "--out" in sentence


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


def test_as_a_process(table):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "interaction_engine", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert run("--help").returncode == 0
    good = run("detect", "exact", str(table), "--target", "y", "--model", "mlp", *TINY, "--background", "20", "--json")
    assert good.returncode == 0
    assert good.stderr == ""
    assert len(json.loads(good.stdout)["table"]) == 3
    bad = run("detect", "exact", str(table), "--target", "z", "--model", "mlp")
    assert (bad.returncode, bad.stdout, bad.stderr.count("\n")) == (2, "", 1)


def test_commands_that_only_read_do_without_torch(network):
    script = "import sys; from interaction_engine.cli import main; main(sys.argv[1:]); print('torch' in sys.modules)"
    for arguments in (["show", str(network)], ["samples"]):
        command = [sys.executable, "-c", script, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        assert done.stdout.splitlines()[-1] == "False"
