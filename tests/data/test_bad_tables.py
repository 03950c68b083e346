"""Each thing that can be wrong with a table gives one sentence that names it, and nothing else happens."""

import zipfile

import numpy as np
import pandas as pd
import pytest

from interaction_engine.core.errors import InputError
from interaction_engine.data.cleaning.inspecting import inspect
from interaction_engine.data.cleaning.remedies import Remedy
from interaction_engine.data.io.exports import csv_bytes
from interaction_engine.data.io.reading import open_table, read_dataset
from interaction_engine.data.samples import load_sample

RAGGED = "a,b,c\n1,2,3\n4,5\n6,7,8\n1,2,3,4\n5,5,5\n2,3,4\n7,7,8\n9,1,1\n"


def write(folder, content, name="table.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "`table.csv` is empty"),
        ("\n  \n\n", "`table.csv` is empty"),
        ("a,b,c\n", "`table.csv` has a header line and no rows"),
        ("a\n1\n2\n", r"`table.csv` has one column \('a'\); expected the target and at least one feature"),
        (bytes(range(256)) * 40, "`table.csv` is a binary file"),
        (np.random.default_rng(0).integers(1, 256, 4000, dtype=np.uint8).tobytes(), "`table.csv` is a binary file"),
        (b"a,b\n1,2\0\n", "`table.csv` is a binary file"),
        (b"PAR1 and so on", "`table.csv` is a Parquet file"),
        (b"PK\x03\x04 and so on", "`table.csv` is an Excel workbook"),
        (",".join(f"c{n}" for n in range(10_000)) + "\n" + ",".join(["1"] * 10_000), "has 10,000 columns; up to 2,000"),
        ('a,b\n1,"2\n3,4\n', r"no rows \(line 2 has a quote that is not closed\)"),
    ],
)
def test_a_text_file_that_is_no_table_is_refused(tmp_path, content, sentence):
    with pytest.raises(InputError, match=sentence) as caught:
        open_table(write(tmp_path, content))
    assert "\n" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("name", ["t.parquet", "t.feather", "t.xlsx"])
@pytest.mark.parametrize(
    "content", [b"no such thing at all, only text", b"PAR1\0\0\0\0PAR1", b"PK\x03\x04" + bytes(50)]
)
def test_junk_under_any_name_is_refused(tmp_path, name, content):
    with pytest.raises(InputError, match=f"`{name}`") as caught:
        open_table(write(tmp_path, content, name))
    assert str(tmp_path) not in str(caught.value)


def test_a_zip_archive_that_is_no_workbook_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(InputError, match=r"`t.xlsx` cannot be read as an Excel workbook"):
        open_table(tmp_path / "t.xlsx")


def test_a_missing_file_a_folder_and_an_unknown_ending_are_refused(tmp_path):
    with pytest.raises(InputError, match="There is no file"):
        open_table(tmp_path / "none.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match="There is no file"):
        open_table(tmp_path / "folder.csv")
    with pytest.raises(InputError, match=r"must end in one of .csv, .*; got '.pkl'"):
        open_table(write(tmp_path, "a,b\n1,2\n", "table.pkl"))


def test_options_that_do_not_fit_are_refused(tmp_path):
    path = write(tmp_path, "a,b\n1,é\n".encode("latin-1"))
    for options, sentence in (
        ({"encoding": "klingon"}, "got 'klingon'"),
        ({"encoding": "hex"}, "got 'hex'"),
        ({"encoding": "utf-8"}, "not written in the encoding 'utf-8'"),
        ({"delimiter": ";;"}, "must be one character"),
        ({"max_rows": 0}, "`max_rows` must be at least 1; got 0"),
    ):
        with pytest.raises(InputError, match=sentence):
            open_table(path, **options)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_ragged_rows_are_named_by_line_and_left_out_only_when_asked(tmp_path, line_end):
    path = write(tmp_path, RAGGED.replace("\n", line_end))
    with pytest.raises(
        InputError, match=r"2 lines are no rows .* line 3 has 2 fields instead of 3, line 5 has 4 fields instead of 3"
    ):
        read_dataset(path, target="c")
    skip = Remedy("", "skip_bad_lines")
    data = read_dataset(path, target="c", remedies=[skip])
    assert len(data) == 6
    assert data.remedies == (skip,)


def test_lines_are_counted_as_an_editor_counts_them(tmp_path):
    path = write(tmp_path, '"a\nb",c\n"1\n2",3\n4,5\n6\n7,8\n')
    assert [line.number for line in open_table(path).bad_lines] == [6]


def test_thousands_of_bad_lines_make_one_short_sentence(tmp_path):
    table = open_table(write(tmp_path, "a,b\n1,2\n" + "3\n" * 5000))
    [problem] = inspect(table).table_problems
    assert "5,000 lines are no rows" in problem.sentence
    assert len(problem.sentence) < 400


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "two\nlines",
        "😀",
        "n" * 500,
        "'; DROP TABLE x; --",
        "$path",
        "{a}",
    ],
)
def test_any_name_stays_plain_text(tmp_path, name):
    frame = pd.DataFrame({name: np.arange(20.0) ** 2, "y": np.arange(20.0)})
    path = tmp_path / "table.csv"
    frame.to_csv(path, index=False)
    data = read_dataset(path, target="y")
    assert data.space.names == (name,)
    data.save(tmp_path / "stored")
    assert {entry.name for entry in tmp_path.iterdir()} == {"table.csv", "stored"}
    assert type(data).load(tmp_path / "stored").space.names == (name,)


def test_duplicate_and_empty_names_are_renamed_and_recorded(tmp_path):
    path = write(tmp_path, "a,,a,y\n" + "".join(f"{n},{n * n},{-n},{n % 5}\n" for n in range(1, 11)))
    data = read_dataset(path, target="y")
    assert data.space.names == ("a", "column_2", "a_2")
    assert data.remedies == (Remedy("column_2", "rename", "column_2"), Remedy("a_2", "rename", "a_2"))


def test_formulas_in_cells_stay_text_and_are_disarmed_in_exports(tmp_path):
    path = write(tmp_path, "cell,x,y\n" + "=1+1,1,2\n@SUM(A1),-2,3\n-x,3,4\n" * 3)
    data = read_dataset(path, target="y")
    assert data.space.features[0].levels == ("-x", "=1+1", "@SUM(A1)")
    text = csv_bytes(data.frame).decode()
    assert "'=1+1,1.0,2.0" in text
    assert "'@SUM(A1),-2.0,3.0" in text
    assert "'-x,3.0,4.0" in text


@pytest.mark.parametrize(
    ("columns", "target", "sentence"),
    [
        ({"x": range(20), "y": range(20)}, "z", r"The target `z` is not in the table `table`; did you mean"),
        ({"x": range(20), "count": range(20)}, "cuont", "did you mean `count`"),
        ({"x": range(20), "y": range(20)}, None, "`target` must name the one column to be predicted; none was given"),
        ({"x": range(20), "y": [5] * 20}, "y", "`y`: it has one value only, '5'; choose another target"),
        ({"x": range(20), "y": [None] * 20}, "y", "`y`: all of its 20 values are missing; choose another target"),
        ({"x": [None] * 20, "y": range(20)}, "y", "needs a feature beside the target `y`; none is left"),
        ({"x": range(3), "y": range(3)}, "y", "needs at least 5 rows; 3 are left"),
    ],
)
def test_a_target_or_table_that_cannot_be_used_is_refused(columns, target, sentence):
    with pytest.raises(InputError, match=sentence):
        read_dataset(pd.DataFrame(columns), target=target)


@pytest.mark.parametrize(
    "options",
    [
        {"roles": {"q": "feature"}},
        {"kinds": {"q": "numeric"}},
        {"remedies": [Remedy("q", "drop_rows")]},
    ],
)
def test_choices_for_a_column_that_is_not_there_are_refused(options):
    with pytest.raises(InputError, match="A column `q` is not in the table"):
        read_dataset(pd.DataFrame({"x": range(20), "y": range(20)}), target="y", **options)


def test_unknown_roles_and_kinds_are_refused():
    frame = pd.DataFrame({"x": range(20), "y": range(20)})
    with pytest.raises(InputError, match="must be one of feature, target, ignored; got 'label'"):
        read_dataset(frame, target="y", roles={"x": "label"})
    with pytest.raises(InputError, match="must be one of numeric, categorical, text; got 'ordinal'"):
        read_dataset(frame, target="y", kinds={"x": "ordinal"})
    with pytest.raises(InputError, match="got `y`, `x`"):
        read_dataset(frame, target="y", roles={"x": "target"})


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("F11", {}, "no sample 'F11'; the samples are bike, california, adult, digits, mnist, reviews, F1"),
        ("F1", {"rows": 2}, "must be at least 5; got 2"),
        ("bike", {"rows": 10**6}, "must be 5 to 17,379; got 1000000"),
        ("F1", {"noise": -1.0}, "got -1.0"),
        ("F1", {"noise": float("nan")}, "got nan"),
        ("bike", {"noise": 0.1}, "must be 0: the table is real"),
    ],
)
def test_samples_refuse_what_they_do_not_have(name, options, sentence):
    with pytest.raises(InputError, match=sentence):
        load_sample(name, **options)
