"""The terms of an additive model as curves and maps that can be drawn, named and compared."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from .base import Result


@dataclass(frozen=True, kw_only=True)
class Shapes(Result):
    """An additive model (before its link) as an intercept and terms of one, two or more features, each centred on the
    data and free of what fewer of its features explain.

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
    """

    family: ClassVar[str] = "shapes"

    table: pd.DataFrame
    curves: pd.DataFrame
    maps: pd.DataFrame
    intercept: float
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
        return self.table.copy()

    def curve(self, term: int) -> pd.DataFrame:
        """The points of a term of one feature."""
        return self.curves[self.curves["term"] == term].reset_index(drop=True)

    def map(self, term: int) -> pd.DataFrame:
        """The cells of a term of two features."""
        return self.maps[self.maps["term"] == term].reset_index(drop=True)
