"""Inspecting and remedying: each problem is found by column, has its remedies, and what was done is recorded."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.pandas import column, data_frames, range_indexes

from interaction_engine.core.errors import InputError
from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.building import build_dataset
from interaction_engine.data.cleaning.inspecting import inspect
from interaction_engine.data.cleaning.remedies import Remedy, apply
from interaction_engine.data.io.reading import open_table, read_dataset

pytestmark = pytest.mark.slow

N = 120
GENERATOR = np.random.default_rng(5)
PLAIN = {"x": GENERATOR.normal(size=N), "y": GENERATOR.normal(size=N)}


def holed(values, holes):
    """The values with some replaced: `holes` by position."""
    return [holes.get(position, value) for position, value in enumerate(values)]


NUMBERS = [float(value) for value in range(N)]
LEVELS = ["low", "high", "mid"] * (N // 3)
CASES = {
    "missing numbers": (holed(NUMBERS, {3: None, 7: None}), "missing", "impute_median drop_rows ignore_column"),
    "missing levels": (holed(LEVELS, {3: None}), "missing", "missing_level impute_mode drop_rows ignore_column"),
    "infinite": (holed(NUMBERS, {3: np.inf, 4: -np.inf}), "infinite", "clip_infinite drop_rows ignore_column"),
    "huge": (holed(NUMBERS, {3: 1e200}), "infinite", "clip_infinite drop_rows ignore_column"),
    "all missing": ([None] * N, "all_missing", "ignore_column"),
    "constant": ([3.5] * N, "constant", "ignore_column"),
    "constant text": (["same"] * N, "constant", "ignore_column"),
    "identifiers": ([f"id-{n}x" for n in range(N)], "identifier", "ignore_column group_levels"),
    "many levels": ([f"l{n % 55}x" for n in range(N)], "many_levels", "group_levels ignore_column"),
    "dates": (pd.date_range("2020-01-30", periods=N), "date", "ignore_column date_parts date_number"),
    "numbers with text": (
        holed([str(n) for n in range(N)], {5: "n.d."}),
        "numbers_as_text",
        "as_numeric as_categorical ignore_column",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_problem_is_found_with_its_remedies(case):
    values, code, actions = CASES[case]
    report = inspect(open_table(pd.DataFrame({"odd": values, **PLAIN})), target="y").column("odd")
    assert [problem.code for problem in report.problems] == [code]
    assert [remedy.action for remedy in report.problems[0].remedies] == actions.split()
    assert report.problems[0].sentence.startswith("`odd`: ")
    assert not report.problems[0].blocking


@pytest.mark.parametrize(("case", "action"), [(case, action) for case in CASES for action in CASES[case][2].split()])
def test_each_remedy_gives_a_data_set_that_records_it(case, action):
    frame = pd.DataFrame({"odd": CASES[case][0], **PLAIN})
    data = read_dataset(frame, target="y", remedies=[Remedy("odd", action)])
    assert Remedy("odd", action) in data.remedies
    assert np.isfinite(data.rows).all()
    assert np.isfinite(data.target_values).all()
    assert any(name.startswith("odd") for name in data.space.names) == (action != "ignore_column")


@pytest.mark.parametrize("case", CASES)
def test_the_default_is_the_first_remedy(case):
    frame = pd.DataFrame({"odd": CASES[case][0], **PLAIN})
    assert read_dataset(frame, target="y").remedies[0] == Remedy("odd", CASES[case][2].split()[0])


def test_a_sound_table_has_no_problems_and_needs_no_remedies():
    frame = pd.DataFrame({"level": LEVELS, **PLAIN})
    assert inspect(frame).problems == ()
    assert read_dataset(frame, target="y").remedies == ()


def test_consecutive_numbers_are_row_numbers_only_under_such_a_name():
    frame = pd.DataFrame({"row_id": range(N), "year": range(1900, 1900 + N), "pyramid": range(N), **PLAIN})
    found = inspect(frame)
    assert [(problem.column, problem.code) for problem in found.problems] == [("row_id", "row_number")]
    assert found.column("row_id").role == "ignored"
    assert read_dataset(frame, target="y", roles={"row_id": "feature"}).space.names[0] == "row_id"


@pytest.mark.parametrize(
    ("name", "values", "code"),
    [
        ("patient_id", [1000 + 7 * n for n in range(N)], "identifier"),
        ("PatientID", [1000 + 7 * (n // 3) for n in range(180)], "identifier"),
        ("subject_key", [f"s{n // 3}" for n in range(180)], "identifier"),
        ("store_id", [n % 7 for n in range(N)], None),
        ("humid", [1000 + 7 * n for n in range(N)], None),
        ("id", [1.5 * n for n in range(N)], None),
        ("day", [20200101 + n % 28 for n in range(N)], "date"),
        ("day", [20200101 + n for n in range(N)], None),
        ("day", [f"{1 + n % 28}-Mar-21" for n in range(N)], "date"),
        ("day", [f"March {1 + n % 28}, 2021" for n in range(N)], "date"),
        ("day", [f"{1 + n % 28}.3.21" for n in range(N)], "date"),
        ("day", [f"ward {n % 28}" for n in range(N)], None),
    ],
)
def test_what_names_or_dates_a_row_is_no_feature_unless_the_user_says_so(name, values, code):
    source = np.random.default_rng(1)
    frame = pd.DataFrame({name: values, "x": source.normal(size=len(values)), "y": source.normal(size=len(values))})
    assert [problem.code for problem in inspect(frame, target="y").column(name).problems] == [code] * (code is not None)
    assert (name in read_dataset(frame, target="y").space.names) == (code is None)
    kind = "categorical" if isinstance(values[0], str) else "numeric"
    for chosen in ({"roles": {name: "feature"}}, {"kinds": {name: kind}}):
        assert name in read_dataset(frame, target="y", **chosen).space.names


def test_the_report_describes_each_column():
    frame = pd.DataFrame({"level": holed(LEVELS, {0: None}), "n": holed(NUMBERS, {1: np.inf}), "y": PLAIN["y"]})
    level, number, _ = inspect(frame).columns
    assert (level.type, level.kind, level.n_missing, level.n_distinct) == ("text", Kind.CATEGORICAL, 1, 3)
    assert dict(zip(level.histogram.labels, level.histogram.counts, strict=True)) == {"low": 39, "high": 40, "mid": 40}
    assert (number.type, number.kind, number.minimum, number.maximum) == ("number", Kind.NUMERIC, "0", "119")
    assert sum(number.histogram.counts) == N - 1
    assert len(number.histogram.edges) == len(number.histogram.counts) + 1


@pytest.mark.parametrize(
    ("names", "suggested"), [(["y", "a", "b"], "y"), (["a", "Target", "b"], "Target"), (["a", "b", "c"], "c")]
)
def test_a_target_is_suggested_by_name_or_as_the_last_column(names, suggested):
    frame = pd.DataFrame(GENERATOR.normal(size=(30, 3)), columns=names)
    assert inspect(frame).suggested_target == suggested


def test_dates_become_the_parts_that_vary_or_days():
    when = pd.to_datetime(["2020-01-01", "2020-01-31", "2020-03-01", "2020-03-02", "2020-03-02"] * 4)
    frame = pd.DataFrame({"when": when, "when day": range(20), "y": range(20)})
    assert read_dataset(frame, target="y").space.names == ("when day",)
    parts = read_dataset(frame, target="y", roles={"when": "feature"}).frame
    assert list(parts.columns) == ["when month", "when day of the date", "when weekday", "when day", "y"]
    assert parts["when weekday"].tolist()[:3] == [2.0, 4.0, 6.0]
    days = read_dataset(frame, target="y", remedies=[Remedy("when", "date_number")]).frame["when"]
    assert days.tolist()[:5] == [0.0, 30.0, 60.0, 61.0, 61.0]


def test_a_remedy_that_brings_up_another_problem_is_followed_by_its_remedy():
    frame = pd.DataFrame({"odd": CASES["numbers with text"][0], **PLAIN})
    data = read_dataset(frame, target="y")
    assert data.remedies == (Remedy("odd", "as_numeric"), Remedy("odd", "impute_median"))
    assert data.frame["odd"][5] == np.median([n for n in range(N) if n != 5])


def test_rows_without_a_target_are_dropped():
    frame = pd.DataFrame({"x": PLAIN["x"], "y": holed(PLAIN["y"], {0: None, 9: np.inf})})
    data = read_dataset(frame, target="y")
    assert len(data) == N - 2
    assert set(data.remedies) == {Remedy("y", "drop_rows")}


def test_infinite_values_are_clipped_to_the_finite_range():
    frame = pd.DataFrame({"odd": CASES["infinite"][0], **PLAIN})
    assert read_dataset(frame, target="y").frame["odd"][3:5].tolist() == [119.0, 0.0]


def test_a_chosen_kind_is_a_recorded_remedy():
    frame = pd.DataFrame({"digits": ["1", "2", "3"] * 40, "code": [7, 8, 9] * 40, "y": PLAIN["y"]})
    data = read_dataset(frame, target="y", kinds={"digits": "numeric", "code": "categorical"})
    assert [feature.kind for feature in data.space.features] == [Kind.NUMERIC, Kind.CATEGORICAL]
    assert data.remedies == (Remedy("digits", "as_numeric"), Remedy("code", "as_categorical"))
    kept = read_dataset(frame, target="y", kinds={"digits": "categorical"})
    assert kept.space.features[0].levels == ("1", "2", "3")


def test_roles_ignore_keep_and_name_the_target():
    frame = pd.DataFrame({"flat": [1.0] * N, "level": LEVELS, **PLAIN})
    data = read_dataset(frame, roles={"flat": "feature", "level": "ignored", "x": "target"})
    assert data.space.names == ("flat", "y")
    assert data.target.name == "x"
    assert data.remedies == (Remedy("level", "ignore_column"),)


def test_a_column_can_be_renamed_and_no_name_taken_twice():
    frame = pd.DataFrame({"level": LEVELS, **PLAIN})
    data = read_dataset(frame, target="y", remedies=[Remedy("level", "rename", "size"), Remedy("y", "rename", "z")])
    assert (data.space.names, data.target.name) == (("size", "x"), "z")
    with pytest.raises(InputError, match="Two columns would be called `x`"):
        read_dataset(frame, target="y", remedies=[Remedy("level", "rename", "x")])


def test_a_remedy_for_other_columns_is_refused():
    with pytest.raises(InputError, match="`impute_median` needs numbers; `level` holds others"):
        apply(pd.DataFrame({"level": LEVELS}), [Remedy("level", "impute_median")])
    with pytest.raises(InputError, match="`group_levels` needs categories; `x` holds others"):
        apply(pd.DataFrame(PLAIN), [Remedy("x", "group_levels")])


def test_grouping_keeps_the_frequent_levels():
    levels = [f"l{n}" for n in range(60) for _ in range(60 - n)]
    grouped = apply(pd.DataFrame({"level": levels}), [Remedy("level", "group_levels")])["level"]
    assert grouped.nunique() == 50
    assert set(grouped) == {f"l{n}" for n in range(49)} | {"(other)"}


CELLS = st.one_of(st.none(), st.floats(), st.integers(-5, 5), st.text(max_size=3), st.booleans(), st.dates())


@settings(max_examples=60)
@given(
    data_frames(
        [
            column("a", elements=CELLS, dtype=object),
            column("b", elements=CELLS, dtype=object),
            column("y", dtype=float),
        ],
        index=range_indexes(min_size=1, max_size=40),
    )
)
def test_any_table_gives_a_clean_data_set_or_is_refused(frame):
    try:
        data = build_dataset(open_table(frame), target="y")
    except InputError:
        return
    assert np.isfinite(data.rows).all()
    assert np.isfinite(data.target_values).all()
    assert 5 <= len(data) <= len(frame)
