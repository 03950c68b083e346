"""Parquet and Feather through Arrow, batch by batch, so that only the rows kept stay in memory."""

import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as arrow

from ..errors import InputError
from .contents import Contents, check_width, chosen_rows, rows_to_keep

BATCH_ROWS = 32_768

STORED_INDEX = re.compile(r"__index_level_\d+__")
"""What pandas calls the row labels that it stores beside the columns."""


def read_columns(path: Path, kind: str, *, max_rows: int | None, seed: int) -> Contents:
    """The columns of a "parquet" or "feather" file, sampled when it is long."""
    try:
        source = arrow.dataset(path, format=kind)
        names = tuple(source.schema.names)
        check_width(path, len(names))
        rows_total = source.count_rows()
        mask = chosen_rows(rows_total, rows_to_keep(len(names), max_rows), seed)
        batches, start = [], 0
        for batch in source.scanner(batch_size=BATCH_ROWS, batch_readahead=2, fragment_readahead=1).to_batches():
            batches.append(batch.filter(pa.array(mask[start : start + batch.num_rows])))
            start += batch.num_rows
        table = pa.Table.from_batches(batches, schema=source.schema)
        columns = [position for position, name in enumerate(names) if not STORED_INDEX.fullmatch(name)]
        frame = pd.DataFrame({position: table.column(position).to_pandas() for position in columns})
    except (pa.ArrowException, OSError) as problem:
        detail = str(problem).rsplit(": ", 1)[-1][:120]
        message = f"`{path.name}` cannot be read as a {kind.capitalize()} file ({detail}); write it anew or use CSV."
        raise InputError(message) from None
    kept = tuple(names[position] for position in columns)
    return Contents(frame=frame, names=kept, rows_total=rows_total, description=kind.capitalize())
