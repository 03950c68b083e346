"""Results keep everything over saving and loading, and refuse files that are none."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from interaction_engine.core.errors import InputError, RunError
from interaction_engine.core.result import Provenance
from interaction_engine.core.status import BayesianStatus, PatternStatus, RaceStatus, RankStatus, vocabulary_of
from interaction_engine.methods.common.pair_result import PairInteractions
from interaction_engine.methods.results import load_result
from tests.plots.made_explanations import explanations
from tests.plots.made_groups import group_hessians
from tests.plots.made_patterns import patterns


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


def with_old_words(made, folder, status):
    """A folder of a result as it was saved when all families had the words of races."""
    replace(made, table=made.table.assign(status=status)).save(folder)
    return load_result(folder)


@pytest.mark.parametrize(("gap", "word"), [(1e-5, "ranked"), (0.2, "unreliable")])
def test_old_explanations_are_ranked_or_unreliable_by_their_completeness(tmp_path, gap, word):
    made = explanations(gap=gap)
    old = ["certified", "undecided", "excluded"] * 2
    loaded = with_old_words(made, tmp_path, old)
    assert loaded.table["status"].tolist() == [word] * 6
    pd.testing.assert_frame_equal(loaded.table.drop(columns="status"), made.table.drop(columns="status"))
    assert loaded.pairs().table["status"].tolist() == [word] * 6


@pytest.mark.parametrize(("method", "kept"), [("nid", False), ("input_hessian", False), ("exact", True), ("ucb", True)])
def test_old_rankings_lose_what_was_not_proven_and_races_keep_it(tmp_path, method, kept):
    made = result()
    made = replace(made, provenance=provenance(method=method))
    old = made.table["status"].tolist()
    assert with_old_words(made, tmp_path, old).table["status"].tolist() == (old if kept else ["ranked"] * 3)


def test_old_bayesian_pairs_are_significant_by_their_posterior(tmp_path):
    made = group_hessians()
    loaded = with_old_words(made, tmp_path, ["certified"] * 6)
    expected = ["significant" if p < 0.05 else "not significant" for p in made.table["bayes_p"]]
    assert loaded.table["status"].tolist() == expected == made.table["status"].tolist()
    assert len(set(expected)) == 2


def test_old_patterns_are_salient_or_below_the_threshold(tmp_path):
    made = patterns(small=3)
    old = made.table["status"].map({"salient": "certified", "below threshold": "excluded"})
    loaded = with_old_words(made, tmp_path, old.tolist())
    pd.testing.assert_frame_equal(loaded.table, made.table)
    assert set(made.table["status"]) == {"salient", "below threshold"}


@pytest.mark.parametrize(
    ("words", "vocabulary"),
    [
        (["certified", "excluded"], RaceStatus),
        (["ranked"], RankStatus),
        (["significant", "not significant"], BayesianStatus),
        (["salient"], PatternStatus),
        (["sure"], RankStatus),
        (["certified", "ranked"], RankStatus),
    ],
)
def test_the_vocabulary_of_a_table(words, vocabulary):
    """What is in no vocabulary proves nothing."""
    assert vocabulary_of(pd.DataFrame({"status": words})) is vocabulary
