"""Reading: every format, encoding, delimiter and decimal mark gives the same table; long files are sampled."""

import subprocess
import sys
import time

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interaction_engine.core.errors import InputError
from interaction_engine.data.cleaning.inspecting import inspect
from interaction_engine.data.io import csv as csv_files
from interaction_engine.data.io.reading import open_table, read_dataset, unique_names

pytestmark = pytest.mark.slow

TEXT = "name,größe,n\nÄpfel,1.5,1\nBirnen,-2e3,2\nÄpfel,0.25,3\n"


@pytest.fixture
def expected() -> pd.DataFrame:
    columns = {"name": ["Äpfel", "Birnen", "Äpfel"], "größe": [1.5, -2000.0, 0.25], "n": [1, 2, 3]}
    return pd.DataFrame(columns)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252"]
)
def test_every_encoding_is_found_out(tmp_path, expected, encoding):
    path = tmp_path / "fruit.csv"
    path.write_bytes(TEXT.encode(encoding))
    pd.testing.assert_frame_equal(open_table(path).frame, expected)


def test_an_encoding_can_be_given(tmp_path):
    path = tmp_path / "fruit.csv"
    path.write_bytes("größe,n\nя,1\nю,2\n".replace("größe", "имя").encode("cp1251"))
    table = open_table(path, encoding="cp1251")
    assert table.names == ("имя", "n")
    assert "CP1251" in table.source


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_delimiter_and_line_end_is_found_out(tmp_path, expected, delimiter, line_end):
    path = tmp_path / "fruit.csv"
    path.write_bytes(TEXT.replace(",", delimiter).replace("\n", line_end).encode())
    pd.testing.assert_frame_equal(open_table(path).frame, expected)


def test_line_ends_may_be_mixed(tmp_path, expected):
    path = tmp_path / "fruit.csv"
    path.write_bytes(TEXT.replace("\n", "\r\n", 2).encode())
    pd.testing.assert_frame_equal(open_table(path).frame, expected)


@pytest.mark.parametrize(("given_delimiter", "written"), [(":", ":"), ("tab", "\t"), ("\\t", "\t")])
def test_a_delimiter_can_be_given(tmp_path, expected, given_delimiter, written):
    path = tmp_path / "fruit.csv"
    path.write_text(TEXT.replace(",", written), encoding="utf-8")
    pd.testing.assert_frame_equal(open_table(path, delimiter=given_delimiter).frame, expected)


def test_a_decimal_comma_is_found_out_where_commas_do_not_separate(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text("price;text;whole\n1.234,5;a,b;1\n-0,5;c,d;2\n3;a,b;3\n", encoding="utf-8")
    frame = open_table(path).frame
    assert frame["price"].tolist() == [1234.5, -0.5, 3.0]
    assert frame["text"].tolist() == ["a,b", "c,d", "a,b"]
    assert frame["whole"].tolist() == [1, 2, 3]


def test_a_given_decimal_mark_is_final(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text("a;b\n1,5;1\n2,5;2\n", encoding="utf-8")
    assert open_table(path, decimal=".").frame["a"].tolist() == ["1,5", "2,5"]
    assert open_table(path, decimal=",").frame["a"].tolist() == [1.5, 2.5]
    with pytest.raises(InputError, match=r'must be "." or ","; got \'·\''):
        open_table(path, decimal="·")


def test_commas_between_thousands_are_read_where_commas_separate_fields(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text('town,people\nA,"1,234"\nB,"12,345,678"\nA,987\n', encoding="utf-8")
    assert open_table(path).frame["people"].tolist() == [1234, 12345678, 987]


def test_lists_of_numbers_and_short_groups_stay_text(tmp_path):
    path = tmp_path / "codes.csv"
    path.write_text('code,list\n1 2 3,"1,2"\n2 3 4,"3,4"\n', encoding="utf-8")
    frame = open_table(path).frame
    assert frame["code"].tolist() == ["1 2 3", "2 3 4"]
    assert frame["list"].tolist() == ["1,2", "3,4"]


def test_what_stands_for_missing_is_missing(tmp_path):
    path = tmp_path / "gaps.csv"
    path.write_text("number,text\n1,x\nNA,?\n,N/A\nnull,none\n", encoding="utf-8")
    frame = open_table(path).frame
    assert frame["number"].tolist()[0] == 1.0
    assert frame["number"].isna().sum() == 3
    assert frame["text"].fillna("—").tolist() == ["x", "—", "—", "none"]


@pytest.mark.parametrize(
    ("written", "first"),
    [
        (("2021-03-05", "2021-04-06"), "2021-03-05"),
        (("2021/03/05", "2021/04/06"), "2021-03-05"),
        (("05.03.2021", "06.04.2021"), "2021-03-05"),
        (("03/05/2021", "04/16/2021"), "2021-03-05"),
        (("05/03/2021", "16/04/2021"), "2021-03-05"),
        (("2021-03-05 14:30", "2021-04-06 15:00"), "2021-03-05 14:30"),
        (("2021-03-05T14:30:10.5Z", "2021-04-06T15:00:00Z"), "2021-03-05 14:30:10"),
    ],
)
def test_dates_are_read(tmp_path, written, first):
    path = tmp_path / "days.csv"
    path.write_text("day,n\n" + "".join(f"{day},{n}\n" for n, day in enumerate(written)), encoding="utf-8")
    assert open_table(path).frame["day"][0] == pd.Timestamp(first)


def test_what_only_resembles_a_date_stays_text(tmp_path):
    path = tmp_path / "days.csv"
    path.write_text("day,n\n2021-03-05,1\n2021-13-45,2\n", encoding="utf-8")
    assert open_table(path).frame["day"].tolist() == ["2021-03-05", "2021-13-45"]


def test_lines_before_the_header_that_excel_or_nobody_wrote_are_skipped(tmp_path):
    path = tmp_path / "fruit.csv"
    path.write_text("\nsep=;\na;b\n1;2\n3;4\n\n\n", encoding="utf-8")
    assert open_table(path).frame.to_dict("list") == {"a": [1, 3], "b": [2, 4]}


def test_a_file_without_a_header_gets_names(tmp_path):
    path = tmp_path / "bare.csv"
    path.write_text("1,2\n3,4\n", encoding="utf-8")
    table = open_table(path)
    assert table.frame.to_dict("list") == {"column_1": [1, 3], "column_2": [2, 4]}
    assert "no header line" in table.source


def test_quoted_fields_may_hold_delimiters_quotes_and_lines(tmp_path):
    path = tmp_path / "quotes.csv"
    path.write_text('a,b\n"x, ""y""\nz",1\nw,2\n', encoding="utf-8")
    assert open_table(path).frame["a"].tolist() == ['x, "y"\nz', "w"]


@pytest.mark.parametrize("ending", ["parquet", "feather", "xlsx", "tsv"])
def test_every_format_gives_the_same_table(tmp_path, expected, ending):
    path = tmp_path / f"fruit.{ending}"
    write = {
        "parquet": lambda: expected.to_parquet(path),
        "feather": lambda: expected.to_feather(path),
        "xlsx": lambda: expected.to_excel(path, index=False),
        "tsv": lambda: expected.to_csv(path, sep="\t", index=False),
    }
    write[ending]()
    table = open_table(path)
    pd.testing.assert_frame_equal(table.frame, expected, check_dtype=False)
    assert path.name in table.source


def test_the_index_that_pandas_stores_is_no_column(tmp_path, expected):
    path = tmp_path / "fruit.parquet"
    expected.set_index(pd.Index([7, 3, 5])).to_parquet(path)
    assert open_table(path).names == tuple(expected.columns)


@pytest.mark.parametrize("ending", ["parquet", "feather"])
def test_columns_of_one_name_are_told_apart_in_every_format(tmp_path, ending):
    table = pa.table([[1, 2], [3, 4], [[5], []]], names=["a", "a", ""])
    path = tmp_path / f"twice.{ending}"
    {"parquet": pq.write_table, "feather": feather.write_feather}[ending](table, path)
    assert open_table(path).frame.to_dict("list") == {"a": [1, 2], "a_2": [3, 4], "column_3": ["[5]", "[]"]}


@pytest.mark.parametrize("name", ["data[1].csv", "a*?.csv", "it's.csv", "$path;--.csv"])
def test_a_file_may_have_any_name(tmp_path, expected, name):
    (tmp_path / name).write_text(TEXT, encoding="utf-8")
    pd.testing.assert_frame_equal(open_table(tmp_path / name).frame, expected)


def test_duckdb_can_open_no_other_file(tmp_path):
    for name in ("mine.csv", "other.csv"):
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
    connection = csv_files._locked_connection(tmp_path / "mine.csv", str(tmp_path / "spill"))
    assert len(connection.sql(f"SELECT * FROM '{tmp_path / 'mine.csv'}'").fetchall()) == 3
    for query in (
        f"SELECT * FROM '{tmp_path / 'other.csv'}'",
        f"COPY (SELECT 1) TO '{tmp_path / 'written.csv'}'",
        f"ATTACH '{tmp_path / 'base.db'}'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
    ):
        with pytest.raises(duckdb.Error):
            connection.execute(query)
    connection.close()


def test_a_sample_is_stated_beside_bad_lines(tmp_path):
    path = tmp_path / "mixed.csv"
    path.write_text("a,b\n" + "1,2\n3\n" * 1000, encoding="utf-8")
    table = open_table(path, max_rows=100)
    assert table.n_bad_lines == 1000
    assert table.sampling is not None
    assert (table.sampling.rows_read, table.sampling.rows_total) == (100, 1000)


def test_a_sheet_of_a_workbook_can_be_named(tmp_path):
    path = tmp_path / "book.xlsx"
    book = openpyxl.Workbook()
    book.worksheets[0].append(["a", "b"])
    second = book.create_sheet("second")
    for row in (["c", "d", None], [1, "=1+1"], [None, None], [2, "x"]):
        second.append(row)
    book.save(path)
    table = open_table(path, sheet="second")
    assert table.names == ("c", "d")
    assert table.frame["c"].tolist() == [1, 2]
    with pytest.raises(InputError, match="no sheet 'third'; its sheets are 'Sheet', 'second'"):
        open_table(path, sheet="third")
    with pytest.raises(InputError, match="a header and no rows"):
        open_table(path)


def test_a_frame_of_any_types_is_settled():
    frame = pd.DataFrame(
        {
            "flag": [True, False, True],
            "level": pd.Categorical(["b", "a", None]),
            "coded": pd.Categorical([3, 1, 3]),
            "whole": pd.array([1, None, 3], dtype="Int64"),
            "when": pd.to_datetime(["2020-01-01", "2020-01-02", None], utc=True),
            "span": pd.to_timedelta([1, 2, 3], unit="min"),
            "mixed": [1, "two", None],
            "objects": np.array([1, 2.5, None], dtype=object),
            7: [1.0, 2.0, 3.0],
        }
    )
    settled = open_table(frame).frame
    assert settled["flag"].tolist() == ["true", "false", "true"]
    assert settled["level"].fillna("—").tolist() == ["b", "a", "—"]
    assert settled["coded"].tolist() == [3, 1, 3]
    assert settled["whole"].isna().tolist() == [False, True, False]
    assert settled["when"][0] == pd.Timestamp("2020-01-01")
    assert settled["span"].tolist() == [60.0, 120.0, 180.0]
    assert settled["mixed"].fillna("—").tolist() == ["1", "two", "—"]
    assert settled["objects"].dtype == np.float64
    assert settled.columns[-1] == "7"


def test_reading_changes_nothing_in_the_callers_frame():
    frame = pd.DataFrame({"a": ["x", None, "y"] * 5, "b": [1.0, np.inf, np.nan] * 5, "n": range(15)})
    before = frame.copy(deep=True)
    read_dataset(frame, target="n")
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("ending", ["csv", "parquet", "feather", "xlsx"])
def test_a_long_file_is_sampled_in_order_and_says_so(tmp_path, ending):
    path = tmp_path / f"long.{ending}"
    frame = pd.DataFrame({"row": np.arange(3000), "square": np.arange(3000) ** 2})
    {
        "csv": frame.to_csv,
        "parquet": frame.to_parquet,
        "xlsx": frame.to_excel,
        "feather": lambda p, index: frame.to_feather(p),
    }[ending](path, index=False)
    table = open_table(path, max_rows=500, seed=4)
    rows = table.frame["row"].to_numpy()
    assert len(rows) == 500
    assert (np.diff(rows) > 0).all()
    assert 1300 < rows.mean() < 1700
    np.testing.assert_array_equal(table.frame["square"], rows**2)
    assert table.sampling is not None
    assert (table.sampling.rows_read, table.sampling.rows_total) == (500, 3000)
    assert table.sampling.sentence == "500 of 3,000 rows, drawn at random (seed 4)."
    pd.testing.assert_frame_equal(open_table(path, max_rows=500, seed=4).frame, table.frame)
    assert (open_table(path, max_rows=500, seed=5).frame["row"].to_numpy() != rows).any()
    assert open_table(path, max_rows=3000).sampling is None


def test_the_sample_is_stated_in_the_data_set():
    frame = pd.DataFrame({"x": np.arange(100.0), "y": np.arange(100.0)})
    data = read_dataset(frame, target="y", max_rows=50)
    assert len(data) == 50
    assert data.sampling is not None
    assert data.sampling.rows_total == 100


def test_fifty_thousand_rows_of_twenty_columns_are_read_within_seconds(tmp_path):
    path = tmp_path / "table.csv"
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(50_000, 18)).round(4)).add_prefix("v")
    frame = frame.assign(colour=generator.choice(["red", "green", "blue"], 50_000), y=generator.normal(size=50_000))
    frame.to_csv(path, index=False)
    open_table(path)
    started = time.process_time()
    found = inspect(open_table(path))
    assert time.process_time() - started < 5
    assert found.n_rows == 50_000
    assert found.problems == ()


GROWTH = """
import re, sys
from pathlib import Path
from interaction_engine.data import open_table
from interaction_engine.data.io import csv as csv_files
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
csv_files.MEMORY_LIMIT = "150MB"
before = peak()
open_table(sys.argv[1], max_rows=int(sys.argv[2]))
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
def test_sampling_a_large_file_takes_the_memory_of_the_sample(tmp_path):
    path = tmp_path / "large.csv"
    line = ",".join(["0.123456789012345"] * 20) + "\n"
    path.write_text(",".join(f"v{n}" for n in range(20)) + "\n" + line * 300_000, encoding="utf-8")
    sampled, whole = (
        int(subprocess.run([sys.executable, "-c", GROWTH, path, rows], capture_output=True, check=True).stdout)
        for rows in ("2000", "300000")
    )
    assert sampled < 0.7 * whole


@given(
    st.lists(
        st.one_of(st.none(), st.text(max_size=5), st.integers(), st.tuples(st.text(max_size=3), st.integers())),
        max_size=12,
    )
)
def test_names_are_always_distinct_and_never_empty(given_names):
    names, renamed = unique_names(given_names)
    assert len(set(names)) == len(names) == len(given_names)
    assert all(names)
    changed = {change.position for change in renamed}
    for position, (name, original) in enumerate(zip(names, given_names, strict=True), start=1):
        if position not in changed and isinstance(original, str):
            assert name == original.strip()


def test_the_first_of_two_columns_keeps_the_name_and_no_new_name_is_taken():
    names, renamed = unique_names(["a", "", "a", "a_2", "a"])
    assert names == ("a", "column_2", "a_3", "a_2", "a_4")
    assert [(change.position, change.original) for change in renamed] == [(2, ""), (3, "a"), (5, "a")]
