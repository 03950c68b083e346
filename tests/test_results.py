"""Results keep everything over saving and loading, and refuse files that are none."""

import json

import pandas as pd
import pytest

from interaction_engine.errors import InputError, RunError
from interaction_engine.results import PairInteractions, Provenance, load_result


def provenance(**changes):
    values = {
        "method": "exact", "title": "Exact", "options": {"top_k": 3, "scheme": "auto"}, "seed": 1, "data": "d",
        "model": "m", "rows": 10, "evaluations": 40, "seconds": 0.5, "device": "cpu", "version": "0", "source": "s",
        "notes": ("one", "two"),
    }  # fmt: skip
    return Provenance(**{**values, **changes})


def result(names=("a", "b", "c"), truth=(("a", "b", "c"),)):
    table = pd.DataFrame(
        {
            "feature_1": [names[0], names[0], names[1]],
            "feature_2": [names[1], names[2], names[2]],
            "strength": [3.0, 2.0, -0.1],
            "effect": [1.7, 1.4, 0.0],
            "lower": [2.0, 1.0, -1.0],
            "upper": [4.0, 3.0, 1.0],
            "pulls": [10, 5, 5],
            "status": ["certified", "undecided", "excluded"],
            "rank": [1, 2, 3],
            "standard_error": [0.1, 0.2, 0.3],
        }
    )
    trace = pd.DataFrame(
        {"feature_1": [names[0]], "feature_2": [names[1]], "pulls": [5], "mean": [3.0], "lower": [1.0], "upper": [5.0]}
    )
    return PairInteractions(
        provenance=provenance(),
        features=tuple(names),
        table=table,
        unit="rentals",
        interval="i",
        level=0.95,
        truth=truth,
        trace=trace,
    )


@pytest.mark.parametrize("truth", [None, (("a", "b", "c"),)])
def test_everything_survives_saving(tmp_path, truth):
    saved = result(truth=truth)
    saved.save(tmp_path / "r")
    loaded = load_result(tmp_path / "r")
    assert isinstance(loaded, PairInteractions)
    pd.testing.assert_frame_equal(loaded.table, saved.table)
    pd.testing.assert_frame_equal(loaded.trace, saved.trace)
    for name in ("provenance", "features", "unit", "interval", "level", "truth"):
        assert getattr(loaded, name) == getattr(saved, name)


def test_names_of_any_kind_stay_text(tmp_path):
    names = ("<script>alert(1)</script>", "../../etc", "line\nbreak 🚲 " + "x" * 500)
    saved = result(names=names, truth=None)
    saved.save(tmp_path / "r")
    assert load_result(tmp_path / "r").to_frame().equals(saved.to_frame())
    assert {path.name for path in (tmp_path / "r").iterdir()} == {"result.json", "table.parquet", "trace.parquet"}


def test_the_matrix_is_symmetric_and_by_name():
    matrix = result().matrix("strength")
    assert matrix.loc["a", "b"] == matrix.loc["b", "a"] == 3.0
    assert matrix.loc["b", "c"] == -0.1
    assert matrix.isna().to_numpy().diagonal().all()
    assert result().matrix("status").loc["c", "a"] == "undecided"


def test_true_pairs_are_those_inside_the_true_interactions():
    assert result().true_pairs == {frozenset("ab"), frozenset("ac"), frozenset("bc")}
    assert result(truth=None).true_pairs is None


def test_an_empty_folder_is_no_result(tmp_path):
    with pytest.raises(InputError, match=r"result\.json"):
        load_result(tmp_path)


def test_a_result_of_another_version_is_named(tmp_path):
    result().save(tmp_path)
    header = json.loads((tmp_path / "result.json").read_text())
    key = next(name for name in header if "format" in name)
    (tmp_path / "result.json").write_text(json.dumps({**header, key: 999}))
    with pytest.raises(RunError, match="another version"):
        load_result(tmp_path)


def test_a_missing_table_is_named(tmp_path):
    result().save(tmp_path)
    (tmp_path / "trace.parquet").unlink()
    with pytest.raises(RunError, match="`trace`"):
        load_result(tmp_path)


def test_an_unknown_column_names_the_choices():
    with pytest.raises(InputError, match="strength"):
        result().matrix("strenght")
