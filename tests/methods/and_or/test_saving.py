"""Results survive saving, with what can be drawn of their samples, and older ones are read."""

import json

import pandas as pd
import pytest

import interaction_engine as ie
from interaction_engine.methods.and_or.decomposition import and_or
from interaction_engine.methods.and_or.result import PART_COLUMNS, PATTERN_COLUMNS, AndOrPatterns
from interaction_engine.methods.results import load_result
from interaction_engine.models.adapters.wrapping import wrap
from tests.methods.and_or.made_games import rough
from tests.oracles import numeric_dataset


def test_result_has_the_agreed_columns_and_survives_saving(tmp_path):
    data = numeric_dataset()
    result = and_or(wrap(rough, data), data, rows=2)
    frame = result.to_frame()
    assert tuple(frame.columns) == PATTERN_COLUMNS
    assert frame["features"].map(len).tolist() == frame["order"].tolist()
    result.save(tmp_path / "r")
    loaded = load_result(tmp_path / "r")
    assert isinstance(loaded, AndOrPatterns)
    for name in ("table", "samples", "orders", "matching", "sparsity", "attributions", "indices", "transfer"):
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(result, name))
    assert loaded.provenance == result.provenance


def test_results_saved_before_there_were_parts_are_read(tmp_path):
    data = numeric_dataset()
    and_or(wrap(rough, data), data, row=2).save(tmp_path / "r")
    header = json.loads((tmp_path / "r" / "result.json").read_text())
    assert header.pop("parts") is None
    (tmp_path / "r" / "result.json").write_text(json.dumps(header))
    assert load_result(tmp_path / "r").parts is None


@pytest.mark.parametrize(
    ("name", "options", "kind"), [("reviews", {"sentence": "not a good film"}, "word"), ("digits", {"row": 7}, "patch")]
)
def test_what_can_be_drawn_is_saved(tmp_path, name, options, kind):
    data = ie.load_sample(name)
    result = and_or(ie.sample_model(name, data), data, **options)
    assert tuple(result.parts.columns) == PART_COLUMNS[kind]
    assert set(result.parts["kind"]) == {kind}
    assert set(result.parts["player"]) <= {*result.players, ""}
    result.save(tmp_path / "r")
    pd.testing.assert_frame_equal(load_result(tmp_path / "r").parts, result.parts)
