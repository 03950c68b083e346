"""Reading: from a file or a frame to a table of named, typed columns, and on to a data set in one call."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from ...core.errors import InputError, no_file
from ...core.types import Kind, TargetKind
from ..cleaning.building import build_dataset
from ..cleaning.remedies import Remedy
from ..dataset import Dataset, Sampling
from ..table import Renamed, Table
from .contents import Contents, check_width, chosen_rows
from .parsing import parse_text, settle_types

FORMATS = {
    "csv": (".csv", ".tsv", ".txt", ".tab", ".dat", ".psv"),
    "parquet": (".parquet", ".pq"),
    "feather": (".feather", ".arrow"),
    "excel": (".xlsx", ".xlsm"),
}
"""The formats that can be read, by the endings of their names."""


def read_dataset(
    source: str | Path | pd.DataFrame,
    *,
    target: str | None = None,
    roles: Mapping[str, str] | None = None,
    kinds: Mapping[str, Kind | str] | None = None,
    remedies: Sequence[Remedy] = (),
    target_kind: TargetKind | str | None = None,
    target_transform: str = "none",
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    sheet: str | None = None,
    max_rows: int | None = None,
    seed: int = 0,
    name: str | None = None,
) -> Dataset:
    """The data set of a file (CSV, TSV, Parquet, Feather, Excel) or frame, whose column `target` is to be predicted.

    `roles` says "feature", "target" or "ignored" and `kinds` "numeric", "categorical" or "text" of columns; the rest is
    inferred. Problems are remedied as `remedies` say, otherwise by default; `Dataset.remedies` records what was done.
    For the other options see `open_table` and `build_dataset`, which this calls. Raises `InputError`.
    """
    table = open_table(
        source,
        encoding=encoding,
        delimiter=delimiter,
        decimal=decimal,
        sheet=sheet,
        max_rows=max_rows,
        seed=seed,
        name=name,
    )
    return build_dataset(
        table,
        target=target,
        roles=roles,
        kinds=kinds,
        remedies=remedies,
        target_kind=target_kind,
        target_transform=target_transform,
    )


def open_table(
    source: str | Path | pd.DataFrame,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    sheet: str | None = None,
    max_rows: int | None = None,
    seed: int = 0,
    name: str | None = None,
) -> Table:
    """The table in a file or frame, its columns typed and given names of their own.

    `encoding`, `delimiter` and `decimal` ("." or ",") of a text file are found out unless given; `sheet` names one
    of an Excel workbook. A file of more than `max_rows` rows (default 200,000, and 20 million cells) is sampled at
    random by `seed`, and the table says so. `name` replaces the file's. Raises `InputError` for what is no table.
    """
    if max_rows is not None and max_rows < 1:
        raise InputError(f"`max_rows` must be at least 1; got {max_rows}.")
    if decimal not in (None, ".", ","):
        raise InputError(f'`decimal` must be "." or ","; got {decimal!r}.')
    if isinstance(source, pd.DataFrame):
        contents, result = _from_frame(source, max_rows, seed), "table"
        contents_of = contents.description
    else:
        path = Path(source)
        result = path.stem
        contents = _from_file(path, encoding, delimiter, decimal, sheet, max_rows, seed)
        contents_of = f"{path.name} ({contents.description})"
    if contents.frame.shape[1] < 2:
        raise InputError(
            f"The table has {_count(contents.frame.shape[1], 'column')}; expected the target and at least one feature."
        )
    if not len(contents.frame):
        why = "; ".join(f"line {line.number} {line.reason}" for line in contents.bad_lines[:5])
        raise InputError(
            f"The table has no rows{f' ({why})' if why else ''}; expected a row per line beneath the names."
        )
    names, renamed = unique_names(contents.names)
    columns = {column: _typed(contents, position) for position, column in enumerate(names)}
    return Table(
        name=name or result,
        frame=pd.DataFrame(columns),
        source=contents_of,
        sampling=_sampling(contents, seed),
        renamed=renamed,
        bad_lines=contents.bad_lines,
        n_bad_lines=contents.n_bad_lines,
    )


def unique_names(given: Sequence[object]) -> tuple[tuple[str, ...], tuple[Renamed, ...]]:
    """Column names as text, none empty and none twice, and which had to be changed for that."""
    texts = ["" if name is None else _name_text(name).strip() for name in given]
    taken = {text for text in texts if text}
    seen: set[str] = set()
    names, renamed = [], []
    for position, text in enumerate(texts, start=1):
        name, number = text or f"column_{position}", 2
        while name in seen or (name != text and name in taken):
            name, number = f"{text or f'column_{position}'}_{number}", number + 1
        if name != text:
            renamed.append(Renamed(position, text, name))
        seen.add(name)
        names.append(name)
    return tuple(names), tuple(renamed)


def _name_text(name: object) -> str:
    text = " / ".join(map(str, name)) if isinstance(name, tuple) else str(name)
    return text.encode("utf-8", "replace").decode("utf-8")


def _from_file(
    path: Path,
    encoding: str | None,
    delimiter: str | None,
    decimal: str | None,
    sheet: str | None,
    max_rows: int | None,
    seed: int,
) -> Contents:
    kind = next((kind for kind, endings in FORMATS.items() if path.suffix.lower() in endings), None)
    if kind is None:
        endings = ", ".join(ending for group in FORMATS.values() for ending in group)
        raise InputError(
            f"`{path.name}` must end in one of {endings}; got {path.suffix or 'no ending'!r}. Export the table as CSV."
        )
    try:
        if not path.is_file():
            raise no_file(path)
        if not path.stat().st_size:
            raise InputError(f"`{path.name}` is empty; expected a table with column names and rows.")
        # Each reader brings a library of its own, which a process that reads no such file does not need.
        if kind == "csv":
            from .csv import read_csv

            delimiter = delimiter or ("\t" if path.suffix.lower() == ".tsv" else None)
            return read_csv(path, encoding=encoding, delimiter=delimiter, decimal=decimal, max_rows=max_rows, seed=seed)
        if kind == "excel":
            from .excel import read_excel

            return read_excel(path, sheet=sheet, max_rows=max_rows, seed=seed)
        from .columnar import read_columns

        return read_columns(path, kind, max_rows=max_rows, seed=seed)
    except OSError as problem:
        detail = problem.strerror or problem
        raise InputError(f"`{path.name}` cannot be read ({detail}); check the path and its permissions.") from None


def _from_frame(frame: pd.DataFrame, max_rows: int | None, seed: int) -> Contents:
    check_width(Path("table"), frame.shape[1])
    kept = frame[chosen_rows(len(frame), max_rows or len(frame), seed)].reset_index(drop=True)
    return Contents(frame=kept, names=tuple(frame.columns), rows_total=len(frame), description="pandas DataFrame")


def _typed(contents: Contents, position: int) -> pd.Series:
    column = contents.frame.iloc[:, position]
    settled = settle_types(column)
    if not contents.text or not isinstance(settled.dtype, pd.StringDtype):
        return settled
    return parse_text(settled, decimal=contents.decimal, delimiter=contents.delimiter)


def _sampling(contents: Contents, seed: int) -> Sampling | None:
    kept = len(contents.frame)
    if kept >= contents.rows_total:
        return None
    return Sampling(
        kept, contents.rows_total, f"{kept:,} of {contents.rows_total:,} rows, drawn at random (seed {seed})."
    )


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
