"""Rows without an outcome: left out first and counted, never filled in, whatever stands for a missing value."""

import numpy as np
import pandas as pd
import pytest

from interaction_engine.core.errors import InputError
from interaction_engine.core.types import TargetKind
from interaction_engine.data.cleaning.inspecting import inspect
from interaction_engine.data.cleaning.remedies import Remedy
from interaction_engine.data.dataset import Dataset
from interaction_engine.data.io.parsing import MISSING_TOKENS
from interaction_engine.data.io.reading import open_table, read_dataset

pytestmark = pytest.mark.slow

N = 300
FILLING = ("impute_median", "impute_mode", "missing_level", "clip_infinite", "split_words", "date_parts")


def numbers() -> pd.DataFrame:
    """A third of the outcomes missing; `a` is far larger in those rows, `b` is missing in the others alone."""
    source = np.random.default_rng(0)
    frame = pd.DataFrame(source.uniform(size=(N, 2)), columns=["a", "b"])
    frame["y"] = frame["a"] * frame["b"]
    frame.loc[::3, ["a", "y"]] = [1000.0, np.nan]
    frame.loc[1::30, "b"] = np.nan
    return frame


def classes() -> pd.DataFrame:
    frame = numbers().assign(y=np.resize(["yes", "no", "no", "yes"], N))
    frame.loc[::3, "y"] = None
    return frame


@pytest.mark.parametrize(("frame", "kind"), [(numbers(), TargetKind.REGRESSION), (classes(), TargetKind.BINARY)])
def test_rows_without_an_outcome_are_left_out_and_counted(frame, kind, tmp_path):
    frame.to_csv(tmp_path / "table.csv", index=False)
    for source in (frame, tmp_path / "table.csv"):
        data = read_dataset(source, target="y")
        assert data.target.kind is kind
        assert len(data) == len(data.split) == 200
        assert len(data.held_out_rows) == 40
        assert data.frame["a"].max() <= 1
        assert data.background(N, 0)[:, 0].max() <= 1
        assert Remedy("y", "drop_rows") in data.remedies
        assert data.sampling is not None
        assert data.sampling.sentence == "100 of 300 rows have no `y` and are left out."
        assert (data.sampling.rows_read, data.sampling.rows_total) == (200, 300)
    data.save(tmp_path / "saved")
    assert Dataset.load(tmp_path / "saved").sampling == data.sampling


def test_they_are_left_out_before_anything_is_computed_from_the_others():
    """The same data set as that of a table which never had them: medians, first dates, levels, identifiers, split."""
    frame = numbers()
    frame["when"] = pd.date_range("2020-01-01", periods=N).where(np.arange(N) > 0, pd.Timestamp("1990-01-01"))
    frame["level"] = [f"l{n % 60}" for n in range(N)]
    frame["same"] = np.where(frame["y"].isna(), "gone", "here")
    chosen = {"target": "y", "remedies": [Remedy("when", "date_number")]}
    data, alone = read_dataset(frame, **chosen), read_dataset(frame.dropna(subset="y"), **chosen)
    assert data.content_hash == alone.content_hash
    assert alone.sampling is None
    assert "same" not in data.space.names
    problems = inspect(frame, target="y").problems
    assert [problem.sentence for problem in problems if problem.column == "b"] == [
        "`b`: 10 of its 200 values are missing."
    ]
    assert inspect(frame, target="y").column("y").n_missing == 100


@pytest.mark.parametrize("token", MISSING_TOKENS)
@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet"])
def test_every_spelling_of_missing_in_every_format(token, ending, tmp_path):
    frame = pd.DataFrame({"x": range(60), "y": np.resize(["yes", "no", token], 60)})
    path = tmp_path / f"table{ending}"
    write = {".csv": frame.to_csv, ".xlsx": frame.to_excel, ".parquet": frame.to_parquet}[ending]
    write(path, index=False)
    data = read_dataset(path, target="y")
    assert data.target.classes == ("no", "yes")
    assert len(data) == 40


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT, float("nan"), "", "  ", "nan"])
@pytest.mark.parametrize("values", [["yes", "no"], [True, False], [1.5, 2.5], [1, 2, 3]])
def test_every_missing_object_of_a_frame(missing, values):
    frame = pd.DataFrame({"x": range(60), "y": pd.Series(np.resize(np.array([*values, missing], object), 60))})
    if isinstance(missing, str) and not isinstance(values[0], str):
        frame["y"] = frame["y"].map(str)
    data = read_dataset(frame, target="y")
    assert len(data) == 60 - 60 // (len(values) + 1)
    assert data.frame["y"].nunique() == len(values)
    assert inspect(frame, target="y").column("y").n_missing == 60 - len(data)


def test_a_minus_beside_a_plus_is_a_class_and_the_word_none_is_too(tmp_path):
    path = tmp_path / "signs.csv"
    path.write_text("x,y\n" + "1,+\n2,-\n3,?\n" * 20)
    data = read_dataset(path, target="y")
    assert (data.target.classes, len(data)) == (("+", "-"), 40)
    path.write_text("x,y\n" + "1,mild\n2,None\n3,\n" * 20)
    assert read_dataset(path, target="y").target.classes == ("None", "mild")


@pytest.mark.parametrize("action", FILLING)
@pytest.mark.parametrize("frame", [numbers(), classes()])
def test_an_outcome_is_never_filled_in(frame, action):
    for found in (inspect(frame), inspect(frame, target="y"), inspect(frame, roles={"y": "target"})):
        report = found.column("y")
        assert report.role == "target"
        assert [remedy for problem in report.problems for remedy in problem.remedies] == [Remedy("y", "drop_rows")]
    with pytest.raises(InputError, match=f"got '{action}' for `y`. Leave it out: rows without an outcome"):
        read_dataset(frame, target="y", remedies=[Remedy("y", action)])


def test_a_target_is_no_text():
    with pytest.raises(InputError, match="`y` must be numeric or categorical; got the kind 'text'"):
        read_dataset(classes(), target="y", kinds={"y": "text"})


@pytest.mark.parametrize("kind", ["numeric", "categorical"])
def test_a_chosen_kind_makes_no_class_of_what_is_missing(kind):
    frame = numbers().assign(y=np.resize([0.0, 1.0, np.nan, np.inf], N))
    data = read_dataset(frame, target="y", kinds={"y": kind})
    assert data.target.classes == ("0", "1")
    assert data.sampling is not None
    assert data.sampling.sentence == (
        "75 of 300 rows have no `y` and are left out. "
        "75 of 300 rows have a `y` that is no finite number and are left out."
    )


def test_outcomes_that_are_no_numbers_are_left_out_and_counted_or_kept_as_classes():
    frame = numbers().assign(y=[str(n % 37) if n % 10 else "n.d." for n in range(N)])
    frame.loc[1, "y"] = None
    (text, gone) = inspect(frame, target="y").column("y").problems
    assert text.sentence == (
        "`y`: its text reads as numbers except 'n.d.'; read as numbers, 30 more rows are left out."
    )
    assert gone.sentence == "1 of 300 rows has no `y` and is left out."
    data = read_dataset(frame, target="y")
    assert len(data) == 269
    assert data.sampling is not None
    assert data.sampling.sentence.endswith("30 of 300 rows have a `y` that is no finite number and are left out.")
    kept = read_dataset(frame, target="y", kinds={"y": "categorical"})
    assert (len(kept), "n.d." in kept.target.classes) == (299, True)


def test_a_date_as_the_outcome_leaves_the_undated_rows_out():
    when = pd.Series(pd.date_range("2020-01-01", periods=60)).mask(np.arange(60) % 3 == 0)
    frame = pd.DataFrame({"x": range(60), "y": when})
    assert [problem.code for problem in inspect(frame, target="y").column("y").problems] == ["date", "no_outcome"]
    data = read_dataset(frame, target="y")
    assert data.frame["y"].min() == 0
    assert len(data) == 40


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([None] * N, "`y`: all of its 300 values are missing; choose another target."),
        ([""] * N, "`y`: all of its 300 values are missing; choose another target."),
        ([np.inf] * N, "`y`: none of its 300 values is a finite number; choose another target."),
        ([1.0] * 5 + [None] * (N - 5), "`y`: it has one value only, '1'; choose another target."),
        ([1.0, 2.0, 3.0] + [None] * (N - 3), "at least 5 rows with an outcome; 3 of 300 have a usable `y`"),
    ],
)
def test_a_target_with_too_few_outcomes_is_refused_in_one_sentence(values, says):
    frame = numbers().assign(y=values)
    inspect(frame, target="y")
    with pytest.raises(InputError) as refusal:
        read_dataset(frame, target="y")
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_sampled_table_states_both():
    data = read_dataset(numbers(), target="y", max_rows=150, seed=3)
    assert data.sampling is not None
    drawn, left_out = data.sampling.sentence.split(". ")
    assert drawn == "150 of 300 rows, drawn at random (seed 3)"
    assert left_out == f"{150 - len(data)} of 150 rows have no `y` and are left out."
    assert (data.sampling.rows_read, data.sampling.rows_total) == (len(data), 300)


def test_a_renamed_target_is_counted_under_its_new_name():
    data = read_dataset(numbers(), target="y", remedies=[Remedy("y", "rename", "yield")])
    assert data.sampling is not None
    assert "have no `yield`" in data.sampling.sentence


def test_a_table_with_every_outcome_has_nothing_to_state():
    data = read_dataset(numbers().dropna(), target="y")
    assert data.sampling is None
    assert Remedy("y", "drop_rows") not in data.remedies
    assert open_table(numbers()).sampling is None
