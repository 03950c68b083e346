"""What a method returns: frozen results with named columns that save to Parquet + JSON and load without unpickling.

Every field is either a DataFrame (one Parquet file) or a value that JSON can write (together in `result.json`).
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from .errors import InputError, RunError

FORMAT = 1
"""Version of the files that `save` writes; raised when an older reader could not understand them."""

PAIR_COLUMNS = ("feature_1", "feature_2", "strength", "effect", "lower", "upper", "pulls", "status", "rank")


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
        """Read what `save` wrote; `RunError` when the files are incomplete or of another version."""
        folder = Path(folder)
        header = _header(folder)
        values: dict[str, Any] = {}
        for item in fields(cls):
            table = folder / f"{item.name}.parquet"
            if item.name == "provenance":
                values[item.name] = Provenance(**_tupled(header[item.name]))
            elif table.exists():
                values[item.name] = pd.read_parquet(table)
            elif item.name in header:
                values[item.name] = _tupled(header[item.name])
            else:
                raise RunError(f"The result in `{folder.name}` lacks `{item.name}`; run the method again.")
        return cls(**values)


@dataclass(frozen=True, kw_only=True)
class PairInteractions(Result):
    """Which pairs of features act together, how strongly, and how sure that is.

    `table` has a row per pair, strongest first, with the columns PAIR_COLUMNS and `standard_error`:
    `strength` is the method's own global figure with its interval `lower`, `upper`; `effect` the root mean square joint
    effect in `unit`, the change of the prediction beyond the sum of the two separate ones; `pulls` the background rows
    evaluated; `status` certified (its place among the strongest is proven at `level`), excluded (proven not to be among
    them) or undecided; `standard_error` that of the strength, were the background rows a sample of many.
    `interval` names the kind of interval in words. `truth` holds the true interactions where known. `trace` has the
    intervals while the method ran: feature_1, feature_2, pulls, mean, lower, upper.
    """

    family: ClassVar[str] = "pairs"

    features: tuple[str, ...]
    table: pd.DataFrame
    unit: str
    interval: str
    level: float
    truth: tuple[tuple[str, ...], ...] | None
    trace: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        return self.table.loc[:, list(PAIR_COLUMNS)].copy()

    def matrix(self, column: str = "strength") -> pd.DataFrame:
        """A column of the table as a symmetric p x p DataFrame by feature name, NaN on the diagonal."""
        if column not in self.table.columns or column.startswith("feature_"):
            choices = [name for name in self.table.columns if not name.startswith("feature_")]
            raise InputError(f"`column` must be one of {', '.join(choices)}; got {column!r}.")
        names = pd.Index(self.features)
        first, second = (names.get_indexer(pd.Index(self.table[end])) for end in ("feature_1", "feature_2"))
        dtype = object if self.table[column].dtype.kind not in "fiu" else np.float64
        values = np.full((len(self.features), len(self.features)), np.nan, dtype=dtype)
        values[first, second] = values[second, first] = self.table[column].to_numpy()
        return pd.DataFrame(values, index=list(self.features), columns=list(self.features))

    def effect_interval(self) -> pd.DataFrame:
        """The interval of `effect` (columns lower, upper; rows as in `table`), from that of `strength`.

        The strength is a mean square, so the effect follows its square root; NaN where the strength is not above 0.
        """
        strength = self.table["strength"].where(self.table["strength"] > 0)
        ends = {
            end: self.table["effect"] * np.sqrt((self.table[end] / strength).clip(lower=0))
            for end in ("lower", "upper")
        }
        return pd.DataFrame(ends)

    @property
    def true_pairs(self) -> frozenset[frozenset[str]] | None:
        """The pairs inside the true interactions, or None where the truth is not known."""
        if self.truth is None:
            return None
        return frozenset(
            frozenset((a, b)) for members in self.truth for i, a in enumerate(members) for b in members[i + 1 :]
        )


@dataclass(frozen=True, kw_only=True)
class PairEffect(Result):
    """How two features move the prediction together: the surface behind one pair.

    `grid` has a row per cell: value_1, value_2, total (the average prediction with both features set there, minus
    `average`), interaction (total minus both main effects), count (data rows in the cell). `main_1` and `main_2` have
    value, effect. `rows` has a row per sampled data row: value_1, value_2, total, interaction, main_1, main_2 at that
    row. Values are in table units, levels by name; effects in `unit`.
    """

    family: ClassVar[str] = "pair_effect"

    features: tuple[str, ...]
    kinds: tuple[str, ...]
    unit: str
    average: float
    grid: pd.DataFrame
    main_1: pd.DataFrame
    main_2: pd.DataFrame
    rows: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        return self.grid.copy()


@dataclass(frozen=True, kw_only=True)
class DetectionPlan(Result):
    """What a detection will cost on one model and data set.

    `table` has a row per method: method, evaluations_least, evaluations_most, seconds_least, seconds_most. `rate` is
    the measured evaluations a second, `memory_bytes` the working memory of the largest call, `recommended` the method
    that answers soonest with the most certainty.
    """

    family: ClassVar[str] = "plan"

    table: pd.DataFrame
    n_pairs: int
    rate: float
    memory_bytes: int
    recommended: str

    def to_frame(self) -> pd.DataFrame:
        return self.table.copy()


@dataclass(frozen=True, kw_only=True)
class ModelReport(Result):
    """What is known of a model on a data set: the outcome of training one, or of checking one that was brought.

    `mapping` pairs each model input with the feature that feeds it; `metrics` has the scores on held-out rows (`r2`,
    `rmse`, or `auc`, `accuracy`, `log_loss`); `curves` the losses by epoch (epoch, train, validation) and is empty for
    a brought model; `calibration` has predicted, observed, count by bin; `warnings` are sentences for the user.
    """

    family: ClassVar[str] = "model"

    model_id: str
    name: str
    format: str
    capabilities: tuple[str, ...]
    n_parameters: int
    mapping: tuple[tuple[str, str], ...]
    metrics: Mapping[str, float]
    curves: pd.DataFrame
    calibration: pd.DataFrame
    warnings: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        return pd.DataFrame({"metric": list(self.metrics), "value": list(self.metrics.values())})


FAMILIES: dict[str, type[Result]] = {
    kind.family: kind for kind in (PairInteractions, PairEffect, DetectionPlan, ModelReport)
}


def load_result(folder: str | Path) -> Result:
    """The result that `save` wrote into `folder`, of whatever family it is."""
    header = _header(Path(folder))
    return FAMILIES[header["family"]].load(folder)


def _header(folder: Path) -> dict[str, Any]:
    path = folder / "result.json"
    if not path.exists():
        raise InputError(f"`{folder}` holds no result (no `result.json`); pass a folder that `save` or `--out` wrote.")
    header = json.loads(path.read_text(encoding="utf-8"))
    if header.get("file_format") != FORMAT or header.get("family") not in FAMILIES:
        raise RunError(
            f"The result in `{folder.name}` was written by another version "
            f"(format {header.get('file_format')}); run the method again."
        )
    return header


def _tupled(value: Any) -> Any:
    """JSON lists as tuples, all the way down."""
    if isinstance(value, list):
        return tuple(_tupled(item) for item in value)
    if isinstance(value, dict):
        return {key: _tupled(item) for key, item in value.items()}
    return value
