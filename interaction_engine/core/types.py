"""What every other module speaks of: features, the space they span, a model of them, and the report of a method.

Axis names used in annotations: `rows`, `features` (the user's columns), `columns` (network inputs, categorical features
one-hot), `members` (networks of an ensemble), `pairs`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    import torch

JSON = Any
"""A value that `json` can write: what progress, options and specifications are made of."""


class Kind(StrEnum):
    """How a column is read: a number on an axis, one of a list of levels, or a text, which becomes several features.

    A feature is numeric or categorical: a text is one categorical feature per place of a word.
    """

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"
    TEXT = "text"


class ColumnRole(StrEnum):
    """What a column of a table is used for."""

    FEATURE = "feature"
    TARGET = "target"
    IGNORED = "ignored"


class TargetKind(StrEnum):
    """What is predicted: a number, one of two classes, one of several."""

    REGRESSION = "regression"
    BINARY = "binary"
    MULTICLASS = "multiclass"


class Capability(StrEnum):
    """What a model can be asked for, beyond being a model; `wanted` says which models give it."""

    QUERIES = "queries"
    GRADIENTS = "gradients"
    MLP_WEIGHTS = "mlp weights"
    TERMS = "terms"
    POSTERIOR = "posterior"

    @property
    def wanted(self) -> str:
        """The models that have it, as a part of a sentence."""
        return _WANTED[self]


_WANTED = {
    Capability.QUERIES: "a model that gives predictions",
    Capability.GRADIENTS: "a model with derivatives, as networks have",
    Capability.MLP_WEIGHTS: "a multilayer perceptron, or several",
    Capability.TERMS: "a model that is a sum of terms, as `nit`, `ebm` or `gam` train it",
    Capability.POSTERIOR: "a Bayesian network, as `bayesian` trains it",
}


@dataclass(frozen=True)
class Feature:
    """One of the user's columns.

    `mean` and `scale` (standard deviation) are those of the training rows; a categorical feature has `levels` and its
    value in a row is the index of its level. `discrete` marks a numeric feature of few distinct values, between which
    a model has never seen a row. A categorical feature that is one place of a text has `word_of`, the text's column.
    """

    name: str
    kind: Kind
    levels: tuple[str, ...] = ()
    mean: float = 0.0
    scale: float = 1.0
    discrete: bool = False
    word_of: str = ""

    @property
    def n_columns(self) -> int:
        """Network inputs that this feature takes: one, or one per level."""
        return len(self.levels) if self.kind is Kind.CATEGORICAL else 1


@dataclass(frozen=True)
class FeatureSpace:
    """The features of a data set, in order.

    A row in this space is a float64 vector of p table values: the number as the user wrote it, or the index of the
    level. Networks see it encoded: numeric features standardised, categorical ones one-hot.
    """

    features: tuple[Feature, ...]

    def __len__(self) -> int:
        return len(self.features)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the features."""
        return tuple(feature.name for feature in self.features)

    @cached_property
    def means(self) -> np.ndarray:
        """The mean of each feature over the training rows; 0 for categories."""
        return np.array([feature.mean for feature in self.features], dtype=np.float64)

    @cached_property
    def scales(self) -> np.ndarray:
        """The standard deviation of each feature over the training rows; 1 for categories."""
        return np.array([feature.scale for feature in self.features], dtype=np.float64)

    @cached_property
    def groups(self) -> tuple[slice, ...]:
        """The network input columns of each feature."""
        ends = np.cumsum([feature.n_columns for feature in self.features])
        return tuple(
            slice(int(end) - feature.n_columns, int(end)) for feature, end in zip(self.features, ends, strict=True)
        )

    @property
    def n_columns(self) -> int:
        """Encoded columns of all features together."""
        return self.groups[-1].stop if self.features else 0

    def index(self, name: str) -> int:
        """The position of a feature; `InputError` names the nearest ones when there is none of that name."""
        try:
            return self.names.index(name)
        except ValueError:
            from difflib import get_close_matches

            from .errors import InputError

            near = get_close_matches(name, self.names, n=3, cutoff=0.4) or self.names[:5]
            raise InputError(
                f"There is no feature `{name}`; did you mean {', '.join(f'`{n}`' for n in near)}?"
            ) from None


@dataclass(frozen=True)
class Target:
    """What is predicted: its column, kind, the classes in order (for classification), and how its score is read.

    `unit` names the unit of a score: the target's own name for regression, "log-odds of <class>" otherwise.
    `transform` is "log1p" when the numbers predicted are logarithms of the column's.
    """

    name: str
    kind: TargetKind
    classes: tuple[str, ...] = ()
    transform: str = "none"

    def unit(self, class_index: int | None = None) -> str:
        """Return what a score of this target is measured in."""
        if self.kind is TargetKind.REGRESSION:
            return self.name if self.transform == "none" else f"log(1 + {self.name})"
        index = class_index if class_index is not None else len(self.classes) - 1 if len(self.classes) == 2 else 0
        return f"log-odds of {self.name} = {self.classes[index]}"


@runtime_checkable
class Model(Protocol):
    """One scalar score over rows of a feature space (regression: the target's unit; classification: log-odds).

    An ensemble has several members and scores a row once per member. `row_bytes` is the working memory that scoring
    one row takes, from which callers derive how many rows to ask for at a time.
    """

    @property
    def name(self) -> str:
        """The name that it is shown under."""
        ...

    @property
    def space(self) -> FeatureSpace:
        """The features."""
        ...

    @property
    def target(self) -> Target:
        """What is predicted."""
        ...

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What methods may ask of it."""
        ...

    @property
    def n_members(self) -> int:
        """Networks of an ensemble; 1 of any other model."""
        ...

    @property
    def n_parameters(self) -> int:
        """Numbers that were learnt and take part in the score; 0 where they cannot be counted."""
        ...

    @property
    def class_index(self) -> int | None:
        """The class whose score it is, by its place; None for a number, or the usual class."""
        ...

    @property
    def unit(self) -> str:
        """What a score is measured in."""
        ...

    @property
    def row_bytes(self) -> int:
        """Working memory that scoring one row takes."""
        ...

    @property
    def device(self) -> "torch.device":
        """Where the parameters are."""
        ...

    def scores(self, rows: "torch.Tensor") -> "torch.Tensor":
        """Scores of float64 `rows` (rows, features), as (members, rows) on the model's device.

        `ModelError` if broken.
        """
        ...

    def predict(self, frame: "pd.DataFrame") -> np.ndarray:
        """Scores of the rows of a table, shape (n,): the members' mean."""
        ...

    def to(self, device: str) -> "Model":
        """The same model computing on another device; a model that only runs on the CPU returns itself."""
        ...


class Perceptron(Model, Protocol):
    """A model with the capability `mlp weights`: k stacked perceptrons over encoded inputs.

    `weights[l]` is (members, outputs, inputs), `biases[l]` (members, outputs), `activation` stands between the layers.
    """

    @property
    def weights(self) -> "tuple[torch.Tensor, ...]":
        """The weights of each layer (members, outputs, inputs)."""
        ...

    @property
    def biases(self) -> "tuple[torch.Tensor, ...]":
        """The biases of each layer (members, outputs)."""
        ...

    @property
    def activation(self) -> str:
        """The name of the function between the layers."""
        ...

    def head(self, raw: "torch.Tensor") -> "torch.Tensor":
        """Scores (members, rows) from the last layer's outputs (members, rows, outputs)."""
        ...

    def double(self) -> "Perceptron":
        """The same networks computing in float64."""
        ...


class Report:
    """How a method tells its progress, leaves checkpoints, and learns that it should stop. This one is silent.

    A run subclasses it. `restored` is the last checkpoint of an interrupted run, or None; `workers` is how many parts
    are computed at the same time.
    """

    restored: Mapping[str, Any] | None = None
    workers: int = 1

    def __call__(self, fraction: float, message: str, partial: dict[str, JSON] | None = None) -> None:
        """Tell that `fraction` of the work is done; raises `Cancelled` when the user has stopped the run."""

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        """Keep `state` (NumPy arrays and JSON values by name), from which the method can go on after a crash."""

    def parts(
        self,
        count: int,
        compute_one: Callable[[int], Mapping[str, Any]],
        message: str,
        *,
        begin: float = 0.0,
        end: float = 1.0,
    ) -> list[Mapping[str, Any]]:
        """Return `compute_one(index)` for every index below `count`, in order.

        Each result holds NumPy arrays and JSON values by name.

        The parts must not depend on each other. A run has the method's `part` compute them instead, on as many workers
        as are free, and keeps each: the method is left at this call and begun anew once all are there, so that what
        stands before the call should be short. One call per run. Progress goes from `begin` to `end`.
        """
        made = []
        for index in range(count):
            self(begin + (end - begin) * index / count, message)
            made.append(compute_one(index))
        return made


class Within(Report):
    """The report of a part of a longer work: goes from `begin` to `end` of `whole`, each message after `says`.

    What it keeps stands in a checkpoint under names that begin with `name`, beside what is `kept` of the work before;
    without a `name` nothing is kept. `curves` tells whether its curves are shown.
    """

    def __init__(
        self,
        whole: Report,
        begin: float,
        end: float,
        *,
        says: str = "",
        name: str | None = None,
        kept: Mapping[str, Any] | None = None,
        curves: bool = True,
    ) -> None:
        self.whole, self.begin, self.end, self.says = whole, begin, end, says
        self.name, self.kept, self.curves = name, dict(kept or {}), curves
        before = {} if name is None else whole.restored or {}
        own = {key.removeprefix(name or ""): value for key, value in before.items() if key.startswith(name or "")}
        self.restored = own if "curve" in own else None

    def __call__(self, fraction: float, message: str, partial: dict[str, JSON] | None = None) -> None:
        """Report the part's progress as that of the whole."""
        text = f"{self.says} {message}" if self.says else message
        self.whole(self.begin + fraction * (self.end - self.begin), text, partial if self.curves else None)

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        """Save the part's state with that of the whole."""
        if self.name is not None:
            self.whole.checkpoint(self.kept | {f"{self.name}{key}": value for key, value in state.items()})


silent = Report()
