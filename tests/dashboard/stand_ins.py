"""Made-up results, put into the store without computing anything."""

import numpy as np
import pandas as pd
from streamlit.testing.v1 import AppTest

from dashboard.components.failures import UNEXPECTED
from interaction_engine.core.result import Provenance, Result
from interaction_engine.methods.common.pair_result import PAIR_COLUMNS, PairInteractions
from interaction_engine.methods.finite_differences.set_result import SubsetInteractions
from interaction_engine.methods.partial_dependence.result import PairEffect, TripleEffect
from interaction_engine.models.model_report import ModelReport
from interaction_engine.runs.client import Atlas
from interaction_engine.runs.specification import Specification
from tests.plots import made

MODEL = "0123456789abcdef"
"""An id that a model could have; nothing loads it."""

PROVENANCE = Provenance(
    method="ucb",
    title="UCB race",
    options={"top_k": 3},
    seed=0,
    data="F8",
    model="mlp",
    rows=100,
    evaluations=4000,
    seconds=1.5,
    device="cpu",
    version="0",
    source="a paper",
)


def healthy(app: AppTest) -> None:
    assert not app.exception, [error.stack_trace for error in app.exception]
    assert UNEXPECTED not in [error.value for error in app.error]


def finished(atlas: Atlas, specification: Specification, result: Result) -> str:
    """A run in the store as if it had been computed."""
    atlas.store.put_specification(specification)
    atlas.store.put_result(specification.run_id, result)
    return specification.run_id


def detection(data_id: str, method: str = "ucb") -> Specification:
    return Specification(kind="detect", method=method, options={"top_k": 3}, data=data_id, model=MODEL)


def pairs(names: tuple[str, ...], truth: tuple[tuple[str, ...], ...] | None = None) -> PairInteractions:
    """Made-up pairs: the first three certified, one undecided, the rest excluded."""
    first, second = np.triu_indices(len(names), 1)
    strength = np.linspace(2.0, 0.01, len(first))
    status = ["certified"] * 3 + ["undecided"] + ["excluded"] * (len(first) - 4)
    table = pd.DataFrame(
        {
            "feature_1": [names[i] for i in first],
            "feature_2": [names[i] for i in second],
            "strength": strength,
            "effect": np.sqrt(strength),
            "lower": 0.9 * strength,
            "upper": 1.1 * strength,
            "pulls": 100,
            "status": status,
            "rank": np.arange(1, len(first) + 1),
            "standard_error": 0.05 * strength,
        }
    )
    assert set(PAIR_COLUMNS) <= set(table.columns)
    trace = pd.DataFrame(
        {
            "feature_1": names[0],
            "feature_2": names[1],
            "pulls": [10, 100],
            "mean": [1.5, 2.0],
            "lower": [0.5, 1.8],
            "upper": [3.0, 2.2],
        }
    )
    return PairInteractions(
        provenance=PROVENANCE,
        features=names,
        table=table,
        unit="y",
        interval="95 % empirical Bernstein interval",
        level=0.95,
        truth=truth,
        trace=trace,
    )


def subsets(names: tuple[str, ...], **changes) -> SubsetInteractions:
    """Made-up sets of the features: pairs, five triples and a four, one refused of each size."""
    return made.hierarchy(names=names, **changes)


def triple_effect(first: str, second: str, third: str) -> TripleEffect:
    """Made-up surfaces, a product of three."""
    values = np.linspace(-1, 1, 5)
    slices = enumerate((-0.5, 0.0, 0.5))
    grid = pd.DataFrame(
        [(n, w, u, v, u * v * w, u * v * w, 4) for n, w in slices for u in values for v in values],
        columns=["slice", "value_3", "value_1", "value_2", "total", "interaction", "count"],
    )
    return TripleEffect(
        provenance=PROVENANCE,
        features=(first, second, third),
        kinds=("numeric", "numeric", "numeric"),
        unit="y",
        average=1.0,
        grid=grid,
    )


def effect(first: str, second: str) -> PairEffect:
    """A made-up surface, a product."""
    values = np.linspace(-1, 1, 5)
    grid = pd.DataFrame(
        [(u, v, u * v, u * v, 4) for u in values for v in values],
        columns=["value_1", "value_2", "total", "interaction", "count"],
    )
    main = pd.DataFrame({"value": values, "effect": 0.0})
    rows = grid.drop(columns="count").assign(main_1=0.0, main_2=0.0)
    return PairEffect(
        provenance=PROVENANCE,
        features=(first, second),
        kinds=("numeric", "numeric"),
        unit="y",
        average=1.0,
        grid=grid,
        main_1=main,
        main_2=main,
        rows=rows,
    )


def report(names: tuple[str, ...]) -> ModelReport:
    """A made-up report of a trained network."""
    return ModelReport(
        provenance=PROVENANCE,
        model_id=MODEL,
        name="net <b>",
        format="network",
        capabilities=("queries", "gradients"),
        n_parameters=1000,
        mapping=tuple((name, name) for name in names),
        metrics={"r2": 0.93, "rmse": 0.2},
        curves=pd.DataFrame({"epoch": [1, 2, 3], "train": [3.0, 2.0, 1.0], "validation": [3.1, 2.2, 1.4]}),
        calibration=pd.DataFrame({"predicted": [0.0, 1.0], "observed": [0.1, 0.9], "count": [20, 20]}),
        warnings=(),
    )
