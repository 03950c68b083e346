"""How a text file is written: its encoding, line ends, delimiter, and whether its first line names the columns."""

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ...core.errors import InputError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
"""The delimiters that are recognised, with their names; any other single character can be asked for."""

NAMED_DELIMITERS = {"\\t": "\t"} | {name: delimiter for delimiter, name in DELIMITERS.items()}
"""What may be typed on a command line for a delimiter."""

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

SIGNATURES = {
    b"PK\x03\x04": "an Excel workbook or zip archive",
    b"PAR1": "a Parquet file",
    b"ARROW1": "a Feather file",
    b"FEA1": "a Feather file",
    b"\x1f\x8b": "a gzip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF document",
    b"\x89PNG": "an image",
}
"""First bytes of files that are no text, whatever their name says."""

CHUNK = 1 << 20
SAMPLE_RECORDS = 200
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)*|[.,]\d+)(e[+-]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """`names` are those of the first line (or None per column where it already holds numbers: `header` is False).

    `plain` tells that the file is UTF-8 with one kind of line end; `skip` how many lines, blank or `sep=;`, come first.
    """

    encoding: str
    plain: bool
    delimiter: str
    header: bool
    names: tuple[str | None, ...]
    skip: int

    @property
    def description(self) -> str:
        """How the file was read, in one sentence."""
        delimiter = DELIMITERS.get(self.delimiter, repr(self.delimiter))
        header = "" if self.header else ", no header line"
        return f"text, {delimiter}-separated, {self.encoding.upper().removesuffix('-SIG')}{header}"


def detect_dialect(path: Path, encoding: str | None = None, delimiter: str | None = None) -> Dialect:
    """How the text file at `path` is written; what is given is taken, the rest found out.

    Raises `InputError` for a file that is empty, no text, not of the given encoding, or of one column.
    """
    delimiter = NAMED_DELIMITERS.get(delimiter, delimiter) if delimiter is not None else None
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise InputError(f"`delimiter` must be one character such as `,` or `;`; got {delimiter!r}.")
    encoding, plain = _detect_encoding(path, encoding)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        sample = file.read(CHUNK)
    if not sample.strip():
        raise InputError(f"`{path.name}` is empty; expected a line of column names and a row per line.")
    whole = len(sample) < CHUNK
    skip = 0
    if match := re.match(r"(\s*\n)?(sep=(.)\s*\n)?(\s*\n)?", sample, re.IGNORECASE):
        delimiter, skip, sample = delimiter or match[3], match[0].count("\n"), sample[match.end() :]
    if delimiter is None:
        delimiter = max(DELIMITERS, key=lambda candidate: _agreement(sample, candidate))
    records = _records(sample, delimiter, SAMPLE_RECORDS)
    first = records[0] if records else []
    if len(first) < 2:
        shown = first[0][:60] if first else ""
        raise InputError(
            f"`{path.name}` has one column ({shown!r}); expected the target and at least one feature, "
            "separated by comma, semicolon, tab or vertical bar. Name the `delimiter` if it is another."
        )
    header = not all(NUMBER.fullmatch(cell.strip()) for cell in first)
    if header and whole and len(records) < 2:
        raise InputError(f"`{path.name}` has a header line and no rows; expected a row per line beneath it.")
    names: tuple[str | None, ...] = tuple(first) if header else (None,) * len(first)
    return Dialect(encoding, plain, delimiter, header, names, skip)


def write_plain(path: Path, dialect: Dialect, copy: Path) -> None:
    """Write the file anew as UTF-8 with single line feeds, in bounded memory."""
    with (
        path.open(encoding=dialect.encoding, newline=None) as source,
        copy.open("w", encoding="utf-8", newline="\n") as target,
    ):
        while chunk := source.read(CHUNK):
            target.write(chunk)


def _detect_encoding(path: Path, given: str | None) -> tuple[str, bool]:
    """The encoding of the whole file, and whether it is UTF-8 with one kind of line end."""
    with path.open("rb") as file:
        head = file.read(4096)
    for signature, what in SIGNATURES.items():
        if head.startswith(signature):
            raise InputError(f"`{path.name}` is {what}, no text file; give it the name that fits or export it as CSV.")
    marked = next((encoding for mark, encoding in BYTE_ORDER_MARKS if head.startswith(mark)), None)
    if given is not None:
        return _check_encoding(path, given if marked is None or marked != "utf-8-sig" else marked)
    if marked not in (None, "utf-8-sig"):
        return _check_encoding(path, str(marked))
    if b"\0" in head and (wide := _unmarked_utf16(head)):
        return _check_encoding(path, wide)
    readable, plain = _scan(path, "utf-8")
    if readable:
        return marked or "utf-8", plain
    _refuse_binary(path, head.decode("latin-1"))
    return next(encoding for encoding in ("cp1252", "latin-1") if _scan(path, encoding)[0]), False


def _check_encoding(path: Path, encoding: str) -> tuple[str, bool]:
    try:
        "".encode(encoding)
    except LookupError:
        raise InputError(f"`encoding` must be a name such as utf-8, utf-16 or latin-1; got {encoding!r}.") from None
    readable, plain = _scan(path, encoding)
    if not readable:
        raise InputError(
            f"`{path.name}` is not written in the encoding {encoding!r}; leave `encoding` out to have it found."
        )
    return encoding, plain and encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig", "ascii")


def _scan(path: Path, encoding: str) -> tuple[bool, bool]:
    """Whether the whole file decodes, and whether all its line ends are alike; `InputError` for NUL characters."""
    decoder = codecs.getincrementaldecoder(encoding)()
    wide = encoding.lower().startswith(("utf-16", "utf-32", "utf_16", "utf_32"))
    pairs = feeds = returns = 0
    last = b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError:
                return False, False
            if wide:
                _refuse_binary(path, text) if "\0" in text else None
                continue
            if b"\0" in chunk:
                _refuse_binary(path, "\0")
            pairs += chunk.count(b"\r\n") + (last == b"\r" and chunk[:1] == b"\n")
            feeds += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            last = chunk[-1:]
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False, False
    return True, not wide and pairs == returns and pairs in (0, feeds)


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 without a byte order mark: mostly ASCII, so that every other byte is 0."""
    even, odd = head[0::2].count(0) / len(head) * 2, head[1::2].count(0) / len(head) * 2
    if max(even, odd) > 0.5 and min(even, odd) < 0.05:
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def _refuse_binary(path: Path, text: str) -> None:
    """`InputError` when control characters say that this is no text."""
    controls = sum(character < " " and character not in "\t\n\r\f" for character in text)
    if "\0" in text or controls > 0.01 * len(text):
        raise InputError(
            f"`{path.name}` is a binary file, no text; expected lines of values. Export the table as CSV or Parquet."
        )


def _agreement(sample: str, delimiter: str) -> tuple[bool, float, int]:
    """How well a delimiter splits the sample: is the first record as wide as most, how many agree, how wide."""
    records = _records(sample, delimiter, SAMPLE_RECORDS)
    if not records:
        return False, 0.0, 0
    width, count = Counter(map(len, records)).most_common(1)[0]
    return width > 1 and len(records[0]) == width, count / len(records) if width > 1 else 0.0, width


def _records(sample: str, delimiter: str, limit: int) -> list[list[str]]:
    """The first records of the sample that are not blank, without its last line where that may be cut off."""
    complete = sample if len(sample) < CHUNK else sample[: sample.rfind("\n") + 1] or sample
    reader = csv.reader(io.StringIO(complete, newline=""), delimiter=delimiter)
    previous = csv.field_size_limit(CHUNK)
    try:
        return list(islice((record for record in reader if record), limit))
    except csv.Error as problem:
        raise InputError(f"The text cannot be split into fields ({problem}); check its quotes and line ends.") from None
    finally:
        csv.field_size_limit(previous)
