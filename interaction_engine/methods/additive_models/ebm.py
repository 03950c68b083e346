"""Explainable boosting machine (GA2M): trees boosted on one feature, then on the pairs that FAST finds, as terms."""

import time
import warnings
from collections.abc import Mapping
from multiprocessing import current_process
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from ...core.compute import Compute
from ...core.errors import InputError
from ...core.types import Kind, Report, TargetKind, silent
from ...models.additive.terms import TermModel
from ...models.networks.mlp import TrainingRecord
from ...models.training.learning_rows import learning_rows
from ...models.training.mlp import Seed
from .pieces import Curve, Map, purified, term_model
from .registration import EBM

if TYPE_CHECKING:
    from ...data.dataset import Dataset


REPORT_SECONDS = 0.25

Pairs = Annotated[
    int, Field(ge=0, le=1000, title="Pairs", description="How many pairs of features get a map; 0 for curves only.")
]
Bags = Annotated[
    int, Field(ge=1, le=100, title="Bags", description="Models averaged, each from its own sample of the rows.")
]
Bins = Annotated[int, Field(ge=4, le=32_768, title="Bins", description="Pieces of a curve, at most.")]
Rate = Annotated[float, Field(gt=0, le=1, title="Learning rate", description="Share of each tree that is added.")]
Rounds = Annotated[
    int, Field(ge=1, le=1_000_000, title="Rounds", description="Passes over all features or pairs, at most.")
]


def train_ebm(
    data: "Dataset",
    *,
    pairs: Pairs = 20,
    bags: Bags = 8,
    bins: Bins = 256,
    learning_rate: Rate = 0.04,
    rounds: Rounds = 50_000,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> TermModel:
    """Fit an explainable boosting machine to the training rows of `data`; its terms come out pure.

    Each bag stops early on rows of its own; their spread is the uncertainty of the terms. Several classes have a term
    for the logit of each. Computes on the CPU. Raises `InputError` when the training rows are too few.
    """
    began = time.monotonic()
    options = {"pairs": pairs, "bags": bags, "bins": bins, "learning_rate": learning_rate, "rounds": rounds}
    rows, values = learning_rows(data)
    n_pairs = min(pairs, len(data.space) * (len(data.space) - 1) // 2)
    machine = _machine(data)(
        feature_names=list(data.space.names),
        feature_types=["nominal" if one.kind is Kind.CATEGORICAL else "continuous" for one in data.space.features],
        interactions=n_pairs,
        outer_bags=bags,
        max_bins=bins,
        learning_rate=learning_rate,
        max_rounds=rounds,
        n_jobs=1,
        random_state=seed,
        # To be told, the machine starts a process of its own, which the worker of a run may not.
        callback=None if current_process().daemon else _telling(report, bags),
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="For multiclass we cannot currently visualize pairs")
        warnings.filterwarnings("ignore", message="Missing values detected")
        machine.fit(rows, values)
    curves, maps, intercept = purified(*_terms(machine, data), rows)
    report(1.0, f"{len(curves)} curves and {len(maps)} maps")
    seconds = time.monotonic() - began
    interval = f"2 standard deviations over {bags} bags of the rows" if bags > 1 else "none"
    record = TrainingRecord((), (), (), 0, seconds, {**options, "seed": seed})
    return term_model(data, curves, maps, intercept[0], EBM.name, interval, record)


def _machine(data: "Dataset") -> Any:
    try:
        from interpret.glassbox import ExplainableBoostingClassifier, ExplainableBoostingRegressor
    except ImportError:
        raise InputError(
            "`ebm` needs the package interpret-core; install it with `pip install interpret-core`."
        ) from None
    is_number = data.target.kind is TargetKind.REGRESSION
    return ExplainableBoostingRegressor if is_number else ExplainableBoostingClassifier


def _telling(report: Report, bags: int) -> Any:
    """What the machine calls after every round; a report that raises ends the fit."""
    reported = 0.0

    def tell(bag: int, step: int, making_progress: bool, score: float) -> bool:
        nonlocal reported
        if time.monotonic() - reported >= REPORT_SECONDS:
            reported = time.monotonic()
            report(min(0.98, (bag + 0.5) / bags), f"Bag {bag + 1} of {bags}: round {step + 1}")
        return False

    return tell


def _terms(machine: Any, data: "Dataset") -> tuple[list[Curve], list[Map], np.ndarray]:
    """The machine's tables without its bins for missing and unknown values, and its intercept (fits, outputs)."""
    n_outputs = len(data.target.classes) if data.target.kind is TargetKind.MULTICLASS else 1
    curves, maps = [], []
    for features, scores, bagged in zip(
        machine.term_features_, machine.term_scores_, machine.bagged_scores_, strict=True
    ):
        tables = np.concatenate([scores[None], bagged]) if len(bagged) > 1 else scores[None]
        tables = tables.reshape(*tables.shape[: 1 + len(features)], n_outputs)
        cuts = []
        for axis, feature in enumerate(features, start=1):
            binned = machine.bins_[feature]
            edges, places = _axis(binned[min(len(binned), len(features)) - 1], data, feature, tables.shape[axis])
            tables = tables.take(places, axis=axis)
            cuts.append(edges)
        if len(features) == 1:
            curves.append(Curve.steps(features[0], cuts[0], tables))
        else:
            maps.append(Map((features[0], features[1]), cuts[0], cuts[1], tables))
    n_fits = len(curves[0].coefficients)
    return curves, maps, np.broadcast_to(np.atleast_1d(machine.intercept_), (n_fits, n_outputs)).astype(np.float64)


def _axis(
    binned: np.ndarray | Mapping[str, int], data: "Dataset", feature: int, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Cuts along an axis, and the machine's bin of each piece between them.

    The first bin is that of missing values, the last that of levels without rows.
    """
    if isinstance(binned, Mapping):
        levels = data.space.features[feature].n_columns
        return np.arange(levels - 1) + 0.5, np.array([binned.get(str(level), size - 1) for level in range(levels)])
    return np.asarray(binned, np.float64), np.arange(1, len(binned) + 2)
