"""Excel workbooks (.xlsx): one sheet, values as last computed, formulas not run."""

import zipfile
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
from openpyxl.utils.exceptions import InvalidFileException

from ...core.errors import InputError
from .contents import Contents, check_width, rows_to_keep

LARGEST_WORKBOOK = 4 * 10**9
"""Bytes that the parts of a workbook may unpack to; the format's own limit of rows stays below it."""


def read_excel(path: Path, *, sheet: str | None, max_rows: int | None, seed: int) -> Contents:
    """The columns of a sheet (the first unless named), its first row as names, sampled when it is long."""
    _check_archive(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError) as problem:
        raise InputError(
            f"`{path.name}` cannot be read as an Excel workbook ({problem}); save it anew as .xlsx or CSV."
        ) from None
    try:
        if sheet is not None and sheet not in book.sheetnames:
            raise InputError(
                f"`{path.name}` has no sheet {sheet!r}; its sheets are {', '.join(map(repr, book.sheetnames))}."
            )
        chosen = book[sheet] if sheet is not None else book.worksheets[0]
        rows = (row for row in chosen.iter_rows(values_only=True) if any(cell is not None for cell in row))
        header = _trimmed(next(rows, ()))
        check_width(path, len(header))
        if not header:
            raise InputError(
                f"The sheet {chosen.title!r} of `{path.name}` is empty; expected column names and rows beneath."
            )
        kept, rows_total = _reservoir(rows, rows_to_keep(len(header), max_rows), seed)
        title = chosen.title
    finally:
        book.close()
    if not kept:
        raise InputError(f"The sheet {title!r} of `{path.name}` has a header and no rows; expected rows beneath it.")
    columns = {f"c{position}": pd.Series(_cells(kept, position), dtype=object) for position in range(len(header))}
    description = f"Excel, sheet {title!r}"
    return Contents(
        frame=pd.DataFrame(columns), names=tuple(header), rows_total=rows_total, description=description, text=True
    )


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        raise InputError(f"`{path.name}` is no Excel workbook (.xlsx); save the table as .xlsx or CSV.") from None
    if size > LARGEST_WORKBOOK:
        raise InputError(
            f"`{path.name}` unpacks to {size / 1e9:.0f} GB, more than a workbook holds; save the table as CSV."
        )


def _trimmed(row: Any) -> list[Any]:
    """The cells up to the last that is filled."""
    cells = list(row)
    while cells and cells[-1] is None:
        cells.pop()
    return cells


def _reservoir(rows: Any, keep: int, seed: int) -> tuple[list[tuple[Any, ...]], int]:
    """At most `keep` of the rows, each with the same chance and in their order, and how many there were."""
    kept = list(enumerate(islice(rows, keep)))
    total = len(kept)
    generator = np.random.default_rng(seed)
    for row in rows:
        total += 1
        place = int(generator.integers(total))
        if place < keep:
            kept[place] = (total, row)
    return [row for _, row in sorted(kept, key=lambda item: item[0])], total


def _cells(rows: list[tuple[Any, ...]], position: int) -> list[Any]:
    return [row[position] if position < len(row) else None for row in rows]
