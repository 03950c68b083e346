"""The terms of an additive model as curves and maps that can be drawn, named and compared."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import pandas as pd

from ...core.errors import InputError
from ...core.result import Result
from ...core.types import TargetKind


@dataclass(frozen=True, kw_only=True)
class Shapes(Result):
    """An additive model (before its link) as an intercept and purified terms.

    Terms of one, two or more features, each centred on the data and free of what fewer of its features explain.

    `table` has a row per term, most important first: term (0, 1, ...), features (tuple of names), order, importance
    (standard deviation of the term over the training rows, in `unit`), share (of the sum of all importances), cost
    (how much the held-out loss grows when the term is left out). `curves` has the terms of one feature: term, feature,
    value (a number, or a level's place), level (its name, empty for numbers), effect, lower, upper, density (share of
    the training rows nearest to this point). `maps` has those of two: term, feature_1, feature_2, value_1, value_2,
    level_1, level_2, effect, lower, upper, density. `lower` and `upper` are NaN where no uncertainty is known;
    `interval` names its kind. `intercept` plus all terms is the model's score in `unit`; `exact` says whether that
    holds to 1e-5 (`identity_error` is the largest distance over the rows), or whether `link` stands between (the
    nonlinear fix-up of ParaACE). `loss` is the held-out loss, `metric` and `metric_value` the usual figure
    ("R2", "accuracy"), `n_parameters` of the network as it is drawn.

    `contributions` has a row per held-out row (5,000 of them at most): row (its place in the data), target (the number,
    or the place of the class), and what each term adds to each output of the model, a column per term, of several
    classes one per term and class ("3", or "3:0", "3:1", ...). `intercepts` are those of the outputs: the number
    predicted, the log-odds of the second class, or the logits of all classes. `target_kind` says which.
    """

    family: ClassVar[str] = "shapes"

    table: pd.DataFrame
    curves: pd.DataFrame
    maps: pd.DataFrame
    contributions: pd.DataFrame
    intercept: float
    intercepts: tuple[float, ...]
    target_kind: str
    unit: str
    link: str
    exact: bool
    identity_error: float
    interval: str
    loss: float
    metric: str
    metric_value: float
    n_parameters: int

    def to_frame(self) -> pd.DataFrame:
        """Return a row per term."""
        return self.table.copy()

    def curve(self, term: int) -> pd.DataFrame:
        """The points of a term of one feature."""
        return self.curves[self.curves["term"] == term].reset_index(drop=True)

    def map(self, term: int) -> pd.DataFrame:
        """The cells of a term of two features."""
        return self.maps[self.maps["term"] == term].reset_index(drop=True)

    def term_of(self, features: Collection[str]) -> int | None:
        """The term of exactly these features, in whatever order; None where there is none."""
        matches = [term for term, names in zip(self.table["term"], self.table["features"], strict=True)
                 if set(names) == set(features)]  # fmt: skip
        return int(matches[0]) if matches else None

    @cached_property
    def added(self) -> np.ndarray:
        """What each term adds to each output at the rows of `contributions`: (rows, terms, outputs)."""
        values = self.contributions.iloc[:, 2:].to_numpy(dtype=np.float64)
        return values.reshape(len(values), len(self.table), len(self.intercepts))

    def loss_without(self, without: Collection[int] = ()) -> tuple[float, float]:
        """Loss and metric over the rows of `contributions` with the terms `without` left out.

        `InputError` names a term that there is not.
        """
        unknown = sorted(set(without) - set(range(len(self.table))))
        if unknown:
            raise InputError(
                f"`without` must name terms from 0 to {len(self.table) - 1}, as in `table`; got {unknown[0]}."
            )
        kept = np.setdiff1d(np.arange(len(self.table)), list(without))
        outputs = np.asarray(self.intercepts) + self.added[:, kept].sum(axis=1)
        values, kind = self.contributions["target"].to_numpy(dtype=np.float64), TargetKind(self.target_kind)
        return loss(outputs, values, kind), metric(outputs, values, kind)


def leading_terms(models: Mapping[str, Shapes], top: int, order: int | None = None) -> list[tuple[str, ...]]:
    """The feature sets of the `top` terms (of one order, or of all) that are most important in any of the models."""
    best: dict[frozenset[str], tuple[float, tuple[str, ...]]] = {}
    for shapes in models.values():
        table = shapes.table if order is None else shapes.table[shapes.table["order"] == order]
        for names, importance in zip(table["features"], table["importance"], strict=True):
            known = best.get(frozenset(names), (-1.0, tuple(names)))
            best[frozenset(names)] = (max(known[0], float(importance)), known[1])
    ranked = sorted(best.values(), key=lambda one: -one[0])
    return [names for _, names in ranked[: max(1, top)]]


def loss(outputs: np.ndarray, values: np.ndarray, kind: TargetKind) -> float:
    """Mean squared error of `outputs` (rows, outputs), or log-loss; classes by their places."""
    if kind is TargetKind.REGRESSION:
        return float(np.square(outputs[:, 0] - values).mean())
    if kind is TargetKind.BINARY:
        return float(np.logaddexp(0.0, np.where(values > 0, -outputs[:, 0], outputs[:, 0])).mean())
    own = np.take_along_axis(outputs, values.astype(int)[:, None], axis=1)[:, 0]
    return float((np.logaddexp.reduce(outputs, axis=1) - own).mean())


def metric(outputs: np.ndarray, values: np.ndarray, kind: TargetKind) -> float:
    """R2, or the share of the rows whose class has the highest output."""
    if kind is TargetKind.REGRESSION:
        return 1.0 - loss(outputs, values, kind) / max(float(values.var()), np.finfo(float).tiny)
    chosen = outputs.argmax(axis=1) if kind is TargetKind.MULTICLASS else outputs[:, 0] > 0
    return float((chosen == values).mean())
