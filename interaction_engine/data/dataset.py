"""The data set that models and methods work on: a clean table whose features, target and split are settled."""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..core.display import html_table
from ..core.errors import InputError
from ..core.types import FeatureSpace, Kind, Target, TargetKind
from .cleaning.remedies import Remedy
from .coordinates import decode_rows, encode_frame
from .space_files import space_from_json, space_to_json
from .words import NONE

FORMAT = 1
"""Version of the files that `save` writes."""

TRAIN, HELD_OUT = 0, 1
"""The two values of `Dataset.split`."""

Truth = frozenset[frozenset[str]]
"""The true interactions: sets of feature names."""


@dataclass(frozen=True)
class Sampling:
    """That only a part of a table is used, and why.

    Args:
        rows_read: Rows used: those read, less those left out for want of an outcome.
        rows_total: Rows of the whole table.
        sentence: How the rows were sampled, and how many were left out, in words.
    """

    rows_read: int
    rows_total: int
    sentence: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """A table ready for models: no missing and no infinite values, features and target typed, rows split.

    `frame` has the feature columns in the order of `space`, then the target's; numeric columns are float64, the others
    text. `split` has TRAIN or HELD_OUT per row. `truth` is the set of true interactions where known, else None.
    `source` says where the table came from, `sampling` which of its rows are used, `remedies` what was done to it.
    """

    name: str
    frame: pd.DataFrame
    space: FeatureSpace
    target: Target
    split: np.ndarray
    truth: Truth | None = None
    source: str = ""
    sampling: Sampling | None = None
    remedies: tuple[Remedy, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        return (
            f"Dataset({self.name!r}, {len(self.train_rows):,} training and {len(self.held_out_rows):,} held-out rows, "
            f"{len(self.space):,} features -> {self.target.name!r} ({self.target.kind.value}))"
        )

    def _repr_html_(self) -> str:
        """The first rows for a notebook; all text is escaped."""
        return html_table(repr(self), self.frame)

    @cached_property
    def rows(self) -> np.ndarray:
        """All rows in the coordinates of the feature space: float64 [rows, features], levels as their index."""
        return _freeze(self.encode_frame(self.frame))

    @cached_property
    def target_values(self) -> np.ndarray:
        """What is predicted, float64 [rows]: the number (or log(1 + number) if transformed), or the class's index."""
        column = self.frame[self.target.name]
        if self.target.kind is TargetKind.REGRESSION:
            values = column.to_numpy(dtype=np.float64)
            return _freeze(np.log1p(values) if self.target.transform == "log1p" else values.copy())
        return _freeze(pd.Index(self.target.classes).get_indexer(pd.Index(column)).astype(np.float64))

    @cached_property
    def train_rows(self) -> np.ndarray:
        """Positions of the rows to learn from."""
        return np.flatnonzero(self.split == TRAIN)

    @cached_property
    def held_out_rows(self) -> np.ndarray:
        """Positions of the rows kept for judging a model."""
        return np.flatnonzero(self.split == HELD_OUT)

    def background(self, n: int, seed: int) -> np.ndarray:
        """At most `n` training rows drawn at random without replacement, float64 [rows, features], in drawn order."""
        if n < 1:
            raise InputError(f"`background` needs at least 1 row; got {n}.")
        drawn = np.random.default_rng(seed).permutation(self.train_rows)[:n]
        return self.rows[drawn]

    def mean(self) -> np.ndarray:
        """The average training row, shape (features,).

        A categorical feature takes its most frequent level, a text has no words.
        """
        return self._typical(np.mean)

    def median(self) -> np.ndarray:
        """The median training row, shape (features,).

        A categorical feature takes its most frequent level, a text has no words.
        """
        return self._typical(np.median)

    def encode_frame(self, frame: pd.DataFrame) -> np.ndarray:
        """The rows of a table in the coordinates of the feature space, its columns found by name.

        Raises `InputError` when a column is missing, a number cannot be read or is not finite, or a level is unknown.
        """
        return encode_frame(self.space, frame)

    def decode_rows(self, rows: np.ndarray) -> pd.DataFrame:
        """Rows of the feature space as a table with the user's column names, levels by name."""
        return decode_rows(self.space, rows)

    @cached_property
    def content_hash(self) -> str:
        """Hexadecimal digits that name this content: the same in every process, others for any other data."""
        digest = hashlib.sha256(json.dumps(self._definition(), sort_keys=True).encode())
        for values in (self.rows, self.target_values, self.split):
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()

    def save(self, folder: str | Path) -> None:
        """Write the data set into `folder` (made if needed): `rows.parquet` and `dataset.json`."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        header = self._definition() | {
            "format": FORMAT,
            "name": self.name,
            "source": self.source,
            "sampling": asdict(self.sampling) if self.sampling else None,
            "remedies": [asdict(remedy) for remedy in self.remedies],
            "split": "".join(map(str, self.split.tolist())),
        }
        self.frame.to_parquet(folder / "rows.parquet", index=False)
        (folder / "dataset.json").write_text(json.dumps(header, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: str | Path) -> "Dataset":
        """Read what `save` wrote; `InputError` when the folder holds no data set of this version."""
        folder = Path(folder)
        if not (folder / "dataset.json").exists():
            raise InputError(f"`{folder}` holds no data set (no `dataset.json`); pass a folder that `save` wrote.")
        header = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
        if header.get("format") != FORMAT:
            raise InputError(f"The data set in `{folder.name}` was written by another version; read the table again.")
        target = header["target"] | {
            "kind": TargetKind(header["target"]["kind"]),
            "classes": tuple(header["target"]["classes"]),
        }
        truth = header["truth"]
        return cls(
            name=header["name"],
            frame=pd.read_parquet(folder / "rows.parquet"),
            space=space_from_json(header),
            target=Target(**target),
            split=np.array(list(header["split"]), dtype=np.int8),
            truth=None if truth is None else frozenset(frozenset(members) for members in truth),
            source=header["source"],
            sampling=Sampling(**header["sampling"]) if header["sampling"] else None,
            remedies=tuple(Remedy(**item) for item in header["remedies"]),
        )

    def _typical(self, average: Any) -> np.ndarray:
        rows = self.rows[self.train_rows]
        typical = average(rows, axis=0)
        for position, feature in enumerate(self.space.features):
            if feature.word_of:
                typical[position] = NONE
            elif feature.kind is Kind.CATEGORICAL:
                typical[position] = np.bincount(rows[:, position].astype(int)).argmax()
        return typical

    def _definition(self) -> dict[str, Any]:
        truth = None if self.truth is None else sorted(sorted(members) for members in self.truth)
        return space_to_json(self.space) | {"target": asdict(self.target), "truth": truth}


def split_rows(n_rows: int, seed: int = 0) -> np.ndarray:
    """TRAIN or HELD_OUT for each of `n_rows` rows: a random fifth, at least one, is held out; int8."""
    split = np.full(n_rows, TRAIN, dtype=np.int8)
    split[np.random.default_rng(seed).permutation(n_rows)[: max(1, n_rows // 5)]] = HELD_OUT
    return split


def _freeze(values: np.ndarray) -> np.ndarray:
    """The array made read-only: it is handed out again and again."""
    values.flags.writeable = False
    return values
