"""What a method returns: frozen results with named columns that save to Parquet + JSON and load without unpickling.

Every field is either a DataFrame (one Parquet file) or a value that JSON can write (together in `result.json`).
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from ..errors import InputError, RunError

FORMAT = 1
"""Version of the files that `save` writes; raised when an older reader could not understand them."""


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """How a figure came about: enough to repeat it and to answer "how was this computed?".

    `rows` is the number of background rows, `evaluations` how often the model was asked for a score, `seconds` the wall
    time, `options` what the method was called with (defaults included), `source` the paper and section, `notes`
    whatever a reader must know before believing the figure (one sentence each).
    """

    method: str
    title: str
    options: Mapping[str, Any]
    seed: int
    data: str
    model: str
    rows: int
    evaluations: int
    seconds: float
    device: str
    version: str
    source: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Result(ABC):
    """Base of all results: `family` names the kind of result, `provenance` how it was computed."""

    family: ClassVar[str]

    provenance: Provenance

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """The result as one table, a row per finding."""

    def save(self, folder: str | Path) -> None:
        """Write the result into `folder` (made if needed): `result.json` and one Parquet file per table."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        header: dict[str, Any] = {"file_format": FORMAT, "family": self.family}
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, pd.DataFrame):
                value.to_parquet(folder / f"{item.name}.parquet", index=False)
            else:
                header[item.name] = asdict(value) if isinstance(value, Provenance) else value
        (folder / "result.json").write_text(json.dumps(header, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: str | Path) -> "Result":
        """Read what `save` wrote; `RunError` when the files are incomplete or of another version.

        A field with a default may be missing: it came later than some saved results.
        """
        folder = Path(folder)
        header = read_header(folder)
        values: dict[str, Any] = {}
        for item in fields(cls):
            table = folder / f"{item.name}.parquet"
            if item.name == "provenance":
                values[item.name] = Provenance(**tupled(header[item.name]))
            elif table.exists():
                values[item.name] = _with_tuples(pd.read_parquet(table))
            elif item.name in header:
                values[item.name] = tupled(header[item.name])
            elif item.default is MISSING:
                raise RunError(f"The result in `{folder.name}` lacks `{item.name}`; run the method again.")
        return cls(**values)


def read_header(folder: Path) -> dict[str, Any]:
    """What `result.json` says; `InputError` when there is none, `RunError` when another version wrote it."""
    path = folder / "result.json"
    if not path.exists():
        raise InputError(f"`{folder}` holds no result (no `result.json`); pass a folder that `save` or `--out` wrote.")
    header = json.loads(path.read_text(encoding="utf-8"))
    if header.get("file_format") != FORMAT:
        raise RunError(
            f"The result in `{folder.name}` was written by another version "
            f"(format {header.get('file_format')}); run the method again."
        )
    return header


def tupled(value: Any) -> Any:
    """JSON lists as tuples, all the way down."""
    if isinstance(value, list):
        return tuple(tupled(item) for item in value)
    if isinstance(value, dict):
        return {key: tupled(item) for key, item in value.items()}
    return value


def _with_tuples(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame as it was saved: Parquet gives back lists as arrays."""
    for name in frame.columns[[dtype.kind == "O" for dtype in frame.dtypes]]:
        if len(frame) and isinstance(frame[name].iloc[0], np.ndarray):
            frame[name] = [tuple(cell) for cell in frame[name]]
    return frame
