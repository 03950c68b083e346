"""Parquet and Feather through Arrow, batch by batch, so that only the rows kept stay in memory."""

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ...core.errors import InputError
from .contents import Contents, check_width, chosen_rows, rows_to_keep

BATCH_ROWS = 32_768

STORED_INDEX = re.compile(r"__index_level_\d+__")
"""What pandas calls the row labels that it stores beside the columns."""


@dataclass(frozen=True)
class _Source:
    schema: pa.Schema
    rows_total: int
    batches: Callable[[], Iterator[pa.RecordBatch]]


def read_columns(path: Path, kind: str, *, max_rows: int | None, seed: int) -> Contents:
    """The columns of a "parquet" or "feather" file, sampled when it is long."""
    try:
        with (_parquet if kind == "parquet" else _feather)(path) as source:
            names = tuple(source.schema.names)
            check_width(path, len(names))
            mask = chosen_rows(source.rows_total, rows_to_keep(len(names), max_rows), seed)
            kept, start = [], 0
            for batch in source.batches():
                kept.append(batch.filter(pa.array(mask[start : start + batch.num_rows])))
                start += batch.num_rows
            table = pa.Table.from_batches(kept, schema=source.schema)
            columns = [position for position, name in enumerate(names) if not STORED_INDEX.fullmatch(name)]
            frame = pd.DataFrame({position: table.column(position).to_pandas() for position in columns})
    except (pa.ArrowException, OSError) as problem:
        detail = str(problem).rsplit(": ", 1)[-1][:120]
        message = f"`{path.name}` cannot be read as a {kind.capitalize()} file ({detail}); write it anew or use CSV."
        raise InputError(message) from None
    kept_names = tuple(names[position] for position in columns)
    return Contents(frame=frame, names=kept_names, rows_total=len(mask), description=kind.capitalize())


@contextmanager
def _parquet(path: Path) -> Generator[_Source]:
    with pq.ParquetFile(path) as file:
        yield _Source(file.schema_arrow, file.metadata.num_rows, lambda: file.iter_batches(BATCH_ROWS))


@contextmanager
def _feather(path: Path) -> Generator[_Source]:
    with pa.memory_map(str(path)) as file, pa.ipc.open_file(file) as reader:

        def batches() -> Iterator[pa.RecordBatch]:
            return (reader.get_batch(number) for number in range(reader.num_record_batches))

        yield _Source(reader.schema, sum(batch.num_rows for batch in batches()), batches)
