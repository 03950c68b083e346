"""What a method returns: frozen results with named columns that save to Parquet + JSON and load without unpickling.

Every field is either a DataFrame (one Parquet file) or a value that JSON can write (together in `result.json`).
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import MISSING, asdict, dataclass, fields, replace
from functools import wraps
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np
import pandas as pd

from .display import html_table
from .errors import InputError, RunError
from .skill import SecondOpinion, Skill, SkillVerdict
from .status import BayesianStatus, RaceStatus, RankStatus

FORMAT = 1
"""Version of the files that `save` writes; raised when an older reader could not understand them."""


Own = TypeVar("Own", bound="Result")

WITHHELD: Mapping[str, str] = {
    RaceStatus.CERTIFIED: RaceStatus.UNDECIDED,
    RaceStatus.EXCLUDED: RaceStatus.UNDECIDED,
    RankStatus.RANKED: RankStatus.UNRELIABLE,
    BayesianStatus.SIGNIFICANT: BayesianStatus.NOT_SIGNIFICANT,
}
"""What is left of a status when the model has no skill. Whether a pattern is salient is a size, no certificate."""


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """How a figure came about: enough to repeat it and to answer "how was this computed?".

    `rows` is the number of background rows, `evaluations` how often the model was asked for a score, `seconds` the wall
    time, `options` what the method was called with (defaults included), `source` the paper and section, `notes`
    whatever a reader must know before believing the figure (one sentence each). `skill` is how well the model predicts
    held-out rows, `second_opinion` whether a model of another kind shows the same; None where nobody tested. They stand
    here, and not in the result itself, because every figure, file and derived result carries its provenance along.
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
    skill: Skill | None = None
    second_opinion: SecondOpinion | None = None

    @classmethod
    def read(cls, saved: Mapping[str, Any]) -> "Provenance":
        """Return the provenance that was saved as a dictionary, also by a version without skill."""
        skill, second = Skill.read(saved.get("skill")), SecondOpinion.read(saved.get("second_opinion"))
        return cls(**{**saved, "skill": skill, "second_opinion": second})


@dataclass(frozen=True, kw_only=True)
class Result(ABC):
    """Base of all results: `family` names the kind of result, `provenance` how it was computed.

    The frame of `to_frame` has in its `attrs` what must go with it: family, method, model, data, the skill of the model
    and the second opinion as dictionaries (or None), and, where the result has them, interval, level and unit.
    """

    family: ClassVar[str]

    provenance: Provenance

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "__repr__" not in cls.__dict__:  # a dataclass would print all tables
            cls.__repr__ = Result.__repr__  # type: ignore[method-assign]
        if "to_frame" in cls.__dict__:  # here, so that no family can forget the attributes
            cls.to_frame = _with_attributes(cls.to_frame)  # type: ignore[method-assign]

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """The result as one table, a row per finding."""

    def __repr__(self) -> str:
        known = self.provenance
        of = " ".join(f"{word} {name}" for word, name in (("of", known.model), ("on", known.data)) if name)
        return f"{type(self).__name__}({known.title}{of and ' '}{of}: {self._contents()}, {known.seconds:.1f} s)"

    def _repr_html_(self) -> str:
        """The first rows for a notebook; all text is escaped."""
        return html_table(repr(self), self.to_frame())

    def _contents(self) -> str:
        """How many findings there are, by status where they have one."""
        frame = self.to_frame()
        count = f"{len(frame):,} {'row' if len(frame) == 1 else 'rows'}"
        if "status" not in frame.columns:
            return count
        statuses = frame["status"].astype(str).value_counts().sort_index()
        return f"{count}, {', '.join(f'{number:,} {status}' for status, number in statuses.items())}"

    @property
    def skill(self) -> Skill | None:
        """How well the model predicts held-out rows; None where it was not tested."""
        return self.provenance.skill

    @property
    def second_opinion(self) -> SecondOpinion | None:
        """Whether a model of another kind shows the same; None where none was fitted."""
        return self.provenance.second_opinion

    @property
    def is_withheld(self) -> bool:
        """Whether nothing is certified because the model predicts no better than a baseline."""
        return self.skill is not None and self.skill.verdict is SkillVerdict.NOT_BETTER

    def judged(self: Own, skill: Skill | None, second_opinion: SecondOpinion | None = None) -> Own:
        """Return this result with what is known of its model; without certificates where the model has no skill."""
        known = replace(self.provenance, skill=skill, second_opinion=second_opinion)
        result = replace(self, provenance=known)
        return result.without_certificates() if result.is_withheld else result

    def without_certificates(self: Own) -> Own:
        """Return this result with every status that certifies something taken back (`WITHHELD`)."""
        tables = {item.name: getattr(self, item.name) for item in fields(self)}
        changed = {
            name: table.assign(status=table["status"].astype(object).replace(dict(WITHHELD)).astype("str"))
            for name, table in tables.items()
            if isinstance(table, pd.DataFrame) and "status" in table.columns
        }
        return replace(self, **changed)

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
                values[item.name] = Provenance.read(tupled(header[item.name]))
            elif table.exists():
                values[item.name] = _with_tuples(pd.read_parquet(table))
            elif item.name in header:
                values[item.name] = tupled(header[item.name])
            elif item.default is MISSING:
                raise RunError(f"The result in `{folder.name}` lacks `{item.name}`; run the method again.")
        return cls(**values)


def _with_attributes(to_frame: Callable[[Any], pd.DataFrame]) -> Callable[[Any], pd.DataFrame]:
    """`to_frame` of a family, with what must go with its table in the attributes of the frame."""

    @wraps(to_frame)
    def with_attributes(self: Result) -> pd.DataFrame:
        frame, known = to_frame(self), self.provenance
        frame.attrs = {
            "family": self.family,
            **{name: getattr(known, name) for name in ("method", "model", "data")},
            "skill": None if known.skill is None else asdict(known.skill),
            "second_opinion": None if known.second_opinion is None else asdict(known.second_opinion),
            **{name: getattr(self, name) for name in ("interval", "level", "unit") if hasattr(self, name)},
        }
        return frame

    return with_attributes


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
