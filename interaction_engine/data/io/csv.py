"""Text tables of any size through DuckDB, locked down to the one file, in bounded memory."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from ...core.errors import InputError
from .contents import BadLine, Contents, check_width, chosen_rows, rows_to_keep
from .dialect import detect_dialect, write_plain

if TYPE_CHECKING:
    Connection = duckdb.DuckDBPyConnection
else:
    Connection = Any  # A checker at run time would keep DuckDB's class alive, which DuckDB reports at exit as a leak.

MEMORY_LIMIT = "1GB"
"""What DuckDB may hold of any file."""

REJECTS_LIMIT = 10_000
"""Bad lines counted at most; beyond that a file is hardly a table."""

SHOWN_LINES = 100

READ = """
    read_csv($path, columns={columns}, delim=$delimiter, header=$header, skip=$skip, auto_detect=false,
             quote='"', escape='"', nullstr='', max_line_size={longest}, store_rejects=true, rejects_limit={limit})
"""
LONGEST_LINE = 4_000_000
"""Bytes; DuckDB buffers several lines of this length per thread."""
REASONS = {
    "UNQUOTED VALUE": "has a quote that is not closed",
    "LINE SIZE OVER MAXIMUM": f"is longer than {LONGEST_LINE // 10**6} MB",
    "INVALID ENCODING": "holds bytes that are no text",
}


def read_csv(
    path: Path, *, encoding: str | None, delimiter: str | None, decimal: str | None, max_rows: int | None, seed: int
) -> Contents:
    """The columns of a delimited text file, as text, sampled when it is long; lines that are no rows are set aside."""
    dialect = detect_dialect(path, encoding, delimiter)
    check_width(path, len(dialect.names))
    with TemporaryDirectory(prefix="atlas-") as folder:
        plain = Path(folder) / "plain.csv"
        if dialect.plain:
            plain.symlink_to(path.resolve())  # DuckDB takes a `*` or `[` in a name for a pattern of names.
        else:
            write_plain(path, dialect, plain)
        connection = _locked_connection(plain, folder)
        columns = ", ".join(f"'c{position}': 'VARCHAR'" for position in range(len(dialect.names)))
        source = READ.format(columns=f"{{{columns}}}", longest=LONGEST_LINE, limit=REJECTS_LIMIT)
        given = {"path": str(plain), "delimiter": dialect.delimiter, "header": dialect.header, "skip": dialect.skip}
        keep = rows_to_keep(len(dialect.names), max_rows)
        try:
            [(rows_total,)] = connection.sql(f"SELECT count(*) FROM {source}", params=given).fetchall()  # noqa: S608
            sample = _sample(rows_total, keep, seed)
            table: pa.Table = connection.sql(f"SELECT * FROM {source} {sample}", params=given).to_arrow_table()  # noqa: S608
            bad_lines, n_bad_lines = _bad_lines(connection, plain, len(dialect.names))
        except duckdb.OutOfMemoryException:
            raise InputError(
                f"`{path.name}` does not fit into {MEMORY_LIMIT} even as a sample; read fewer rows (`max_rows`)."
            ) from None
        except duckdb.Error as problem:
            detail = str(problem).splitlines()[0].split(": ", 1)[-1][:200]
            raise InputError(f"`{path.name}` cannot be read as a text table: {detail}") from None
        finally:
            connection.close()
    return Contents(
        frame=table.filter(pa.array(chosen_rows(table.num_rows, keep, seed))).to_pandas(),
        names=dialect.names,
        rows_total=rows_total,
        description=dialect.description,
        text=True,
        decimal=decimal,
        delimiter=dialect.delimiter,
        bad_lines=bad_lines,
        n_bad_lines=n_bad_lines,
    )


def _sample(rows_total: int, keep: int, seed: int) -> str:
    """The clause that draws a few more rows than `keep`, each by itself: unlike a reservoir it holds no rows back."""
    if rows_total <= keep:
        return ""
    share = min(1.0, (keep + 6 * keep**0.5 + 10) / rows_total)
    return f"USING SAMPLE bernoulli({100 * share:.12f}%) REPEATABLE ({seed})"


def _locked_connection(path: Path, folder: str) -> Connection:
    """A connection that can read this one file, spill into `folder`, and nothing else."""
    connection = duckdb.connect(
        config={
            "python_enable_replacements": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": folder,
        }
    )
    connection.execute("SET allowed_paths = $paths", {"paths": [str(path)]})
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _bad_lines(connection: Connection, path: Path, width: int) -> tuple[tuple[BadLine, ...], int]:
    """The first lines that were set aside, with their numbers in the file, and how many there are."""
    rejects = connection.sql(
        "SELECT line_byte_position, any_value(error_type), any_value(error_message) FROM reject_errors "
        "WHERE scan_id = (SELECT max(scan_id) FROM reject_errors) "
        "GROUP BY line_byte_position ORDER BY line_byte_position"
    ).fetchall()
    numbers = _line_numbers(path, [position for position, _, _ in rejects[:SHOWN_LINES]])
    lines = []
    for number, (_, kind, message) in zip(numbers, rejects, strict=False):
        result = re.search(r"Found: (\d+)", message)
        reason = (
            f"has {result[1]} field{'s' * (result[1] != '1')} instead of {width}"
            if result
            else REASONS.get(kind, "cannot be read")
        )
        lines.append(BadLine(number, reason))
    return tuple(lines), len(rejects)


def _line_numbers(path: Path, positions: list[int]) -> list[int]:
    """The lines at byte `positions` (ascending, from 1); DuckDB counts records, and a quoted field may span lines."""
    numbers: list[int] = []
    line, offset = 1, 0
    with path.open("rb") as file:
        for position in positions:
            while offset < position - 1:
                chunk = file.read(min(1 << 20, position - 1 - offset))
                line, offset = line + chunk.count(b"\n"), offset + len(chunk)
            # A position may stand on the second character of the line end before.
            following = file.read(1)
            offset += len(following)
            line += following == b"\n"
            numbers.append(line)
    return numbers
