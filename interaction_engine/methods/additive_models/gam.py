"""Generalised additive models without interactions: a penalised spline for each number, or a straight line."""

import math
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from ...core.compute import Compute
from ...core.types import Feature, Kind, Report, TargetKind, silent
from ...models.additive.terms import TermModel
from ...models.networks.mlp import TrainingRecord
from ...models.training.learning_rows import learning_rows
from ...models.training.mlp import Seed
from ...models.training.rows import VALIDATION_SHARE
from .pieces import Curve, purified, term_model
from .registration import GAM

if TYPE_CHECKING:
    from ...data.dataset import Dataset


PENALTIES = 10.0 ** np.arange(-4.0, 4.5, 0.5)
"""Ridge penalties tried, weakest first."""

DIVISION, BAG = 0, 1
"""Purposes of random numbers."""

Knots = Annotated[
    int, Field(ge=2, le=500, title="Knots", description="Where the pieces of a spline meet: quantiles of the data.")
]
Bags = Annotated[
    int,
    Field(ge=0, le=200, title="Bags", description="Refits on rows drawn with replacement, for the uncertainty bands."),
]


def train_gam(
    data: "Dataset",
    *,
    knots: Knots = 20,
    bags: Bags = 8,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> TermModel:
    """Fit a cubic spline to every number and a level's own value to every category, all with one ridge penalty.

    Beyond the data a spline goes on as a straight line. Raises `InputError` when the training rows are too few.
    """
    rows, _ = learning_rows(data)
    bases = [
        _levels(place, one) if one.kind is Kind.CATEGORICAL else _splines(place, rows[:, place], knots)
        for place, one in enumerate(data.space.features)
    ]
    return _fitted(data, bases, GAM.name, {"knots": knots, "bags": bags}, seed, report)


def train_linear(
    data: "Dataset",
    *,
    bags: Bags = 8,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> TermModel:
    """Fit a straight line to every number and a level's own value to every category, with a ridge penalty.

    Raises `InputError` when the training rows are too few.
    """
    bases = [
        _levels(place, one) if one.kind is Kind.CATEGORICAL else _line(place, one)
        for place, one in enumerate(data.space.features)
    ]
    return _fitted(data, bases, "linear", {"bags": bags}, seed, report)


def _fitted(
    data: "Dataset", bases: Sequence[Curve], name: str, options: dict[str, int], seed: int, report: Report
) -> TermModel:
    """The terms whose basis functions are `bases` (their outputs), with penalties and weights from the data."""
    began = time.monotonic()
    rows, values = learning_rows(data)
    bases = [basis for basis in bases if np.ptp(rows[:, basis.feature]) > 0]
    design = np.concatenate([basis.values(rows[:, basis.feature])[0] for basis in bases], axis=1)
    report(0.1, "Choosing the penalty")
    estimator = _chosen(design, values, data.target.kind, seed)
    fits = [_weights(estimator, design, values)]
    n_bags = options["bags"]
    for bag in range(n_bags):
        report(0.3 + 0.7 * bag / n_bags, f"Bag {bag + 1} of {n_bags}")
        drawn = np.random.default_rng([seed, BAG, bag]).integers(0, len(rows), len(rows))
        if data.target.kind is TargetKind.REGRESSION or len(np.unique(values[drawn])) == len(data.target.classes):
            fits.append(_weights(estimator, design[drawn], values[drawn]))
    weights = np.stack([weight for weight, _ in fits])  # fits, columns, outputs
    intercepts = np.stack([intercept for _, intercept in fits])
    ends = np.cumsum([basis.coefficients.shape[-1] for basis in bases])
    curves = [
        Curve(
            basis.feature,
            basis.breaks,
            basis.origins,
            np.einsum("spc,fco->fspo", basis.coefficients[0], weights[:, end - basis.coefficients.shape[-1] : end]),
        )
        for basis, end in zip(bases, ends, strict=True)
    ]
    curves, _, intercepts = purified(curves, [], intercepts, rows)
    interval = f"2 standard deviations over {len(fits) - 1} bootstrap bags of the rows" if len(fits) > 2 else "none"
    report(1.0, f"{len(curves)} curves")
    record = TrainingRecord((), (), (), 0, time.monotonic() - began, {**options, "seed": seed})
    return term_model(data, curves, [], intercepts[0], name, interval, record)


def _chosen(design: np.ndarray, values: np.ndarray, kind: TargetKind, seed: int) -> Any:
    """An estimator with the penalty that predicts best."""
    from sklearn.linear_model import Ridge

    if kind is TargetKind.REGRESSION:
        return Ridge(alpha=_leave_one_out(design, values))
    order = np.random.default_rng([seed, DIVISION]).permutation(len(values))
    # Every class keeps a share of its rows on either side, however rare it is.
    order = order[np.argsort(values[order], kind="stable")]
    aside = np.zeros(len(values), dtype=bool)
    aside[order[:: round(1 / VALIDATION_SHARE)]] = True
    losses = []
    for penalty in PENALTIES[::2]:
        fitted = _logistic(penalty).fit(design[~aside], values[~aside])
        probabilities = fitted.predict_proba(design[aside])[np.arange(aside.sum()), values[aside]]
        losses.append(-np.log(np.maximum(probabilities, 1e-12)).mean())
    return _logistic(PENALTIES[::2][int(np.argmin(losses))])


def _leave_one_out(design: np.ndarray, values: np.ndarray) -> Any:
    """The ridge penalty of the smallest leave-one-out error."""
    from sklearn.linear_model import RidgeCV

    return RidgeCV(alphas=PENALTIES).fit(design, values).alpha_


def _logistic(penalty: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1.0 / penalty, solver="newton-cholesky", max_iter=200)


def _weights(estimator: Any, design: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights (columns, outputs) and intercepts (outputs) of a fit."""
    estimator.fit(design, values)
    return np.atleast_2d(estimator.coef_).T, np.atleast_1d(np.asarray(estimator.intercept_, np.float64))


def _line(place: int, feature: Feature) -> Curve:
    """The feature in standard deviations."""
    return Curve(place, np.empty(0), np.array([feature.mean]), np.array([0.0, 1 / feature.scale]).reshape(1, 1, 2, 1))


def _levels(place: int, feature: Feature) -> Curve:
    """1 at each level, 0 elsewhere."""
    n_levels = feature.n_columns
    return Curve.steps(place, np.arange(n_levels - 1) + 0.5, np.eye(n_levels)[None])


def _splines(place: int, values: np.ndarray, n_knots: int) -> Curve:
    """B-splines with knots at quantiles of `values`, of the degree that so many distinct values can bear.

    Outside, the straight lines that continue them.
    """
    from sklearn.preprocessing import SplineTransformer

    distinct = np.unique(values)
    knots = np.unique(np.quantile(values, np.linspace(0, 1, n_knots), method="nearest"))
    if len(distinct) < 2:
        return Curve.steps(place, np.empty(0), np.ones((1, 1, 1)))
    degree = min(3, len(distinct) - 1)
    at: Any = knots[:, None]
    spline = SplineTransformer(degree=degree, knots=at, extrapolation="linear").fit(values[:, None])
    basis = spline.bsplines_[0]
    edges = basis.t[degree : len(basis.t) - degree]
    # Taylor's coefficients at the left end of each piece (and at the last knot) are the polynomial of the piece.
    taylor = [
        (basis.derivative(power) if power else basis)(edges) / math.factorial(power) for power in range(degree + 1)
    ]
    own = np.stack(taylor, axis=1)  # edges, powers (the lowest first), splines
    ends = own[[0, -1]] * (np.arange(degree + 1) < 2)[:, None]
    pieces = np.concatenate([ends[:1], own[:-1], ends[1:]])
    return Curve(place, edges, np.concatenate([edges[:1], edges[:-1], edges[-1:]]), pieces[None])
