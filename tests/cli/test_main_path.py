"""The main path: train, detect and show, with what is printed and what is saved."""

import json
from functools import partial

import pandas as pd
import pytest

import interaction_engine as ie
from interaction_engine.cli import commands as cli
from interaction_engine.methods.additive_models.compression import compression
from interaction_engine.methods.additive_models.paraace.paraace import train_paraace


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
    ranked = "`a` and `b` are ranked first of 3 pairs by the mean size of their interactions: together they move "
    assert printed.startswith(ranked)
    assert f"Strength and bounds: {result.interval}. Effect in y." in printed
    assert "Everything is against the baseline (mean)" in printed
    assert cli.main(["show", str(out)]) == 0
    assert capsys.readouterr().out == printed.replace(f"Written to {out}\n", "")

    assert cli.main(["detect", "integrated_hessians", str(table), *options, "--row", "3"]) == 0
    first, skill, _, header, *parts = capsys.readouterr().out.splitlines()
    assert first.startswith("For row 3 the predicted `y` is ")
    assert skill.startswith("The model explains ")
    assert skill.endswith(" of the held-out variation of `y` (120 rows).")
    assert header.split() == ["feature", "value", "attribution", "main_effect"]
    assert {line.split()[0] for line in parts[:3]} == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("method", "says"),
    [
        ("expected_hessians", "together they move the predicted `y`"),
        ("input_hessian", "one standard deviation of each moves the predicted `y`"),
        ("nid", "the weights that they share amount to"),
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
    assert "biases are neither pruned nor counted" in printed
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


def test_a_second_result_replaces_the_first_whole(table, network, tmp_path):
    out = tmp_path / "run"
    for background in ("40", "60"):
        options = ["--target", "y", "--model", str(network), "--background", background, "--out", str(out)]
        assert cli.main(["detect", "exact", str(table), *options]) == 0
    assert ie.load_result(out).provenance.rows == 60
    assert all(path.is_file() for path in out.iterdir())
