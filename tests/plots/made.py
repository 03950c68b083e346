"""Results made by formula, with the names that users really have, for the tests of figures and of sentences."""

import dataclasses

import numpy as np
import pandas as pd

from interaction_engine.results import ModelReport, PairEffect, PairInteractions, Provenance

NASTY = (
    "hour",
    "workingday",
    "<script>alert(1)</script>",
    "a & b <b>bold</b>",
    "$x^2$ and %{x} and `tick`",
    "🚲 bikes 👩‍👩‍👧",
    "line\nbreak\u202eturned",
    "temperature_in_the_north_tower_measured_every_hour_sensor_01",
    "temperature_in_the_north_tower_measured_every_hour_sensor_02",
    "日本語の特徴量",
)


def provenance(**changes) -> Provenance:
    given = {
        "method": "ucb",
        "title": "UCB race",
        "options": {"top_k": 3, "budget": None, "bound": "bernstein", "scheme": "auto", "step": 0.75},
        "seed": 0,
        "data": "bike",
        "model": "mlp",
        "rows": 2000,
        "evaluations": 412_000,
        "seconds": 8.4,
        "device": "cpu",
        "version": "0.1.0",
        "source": "ParaACE, Algorithm 1",
    }
    return Provenance(**(given | changes))


def pairs(strengths, *, width=0.0, names=None, status=None, pulls=2000, truth=None, unit="count", **options):
    """A result of these strengths, strongest first, for the pairs of features in order; effect = 2 sqrt(strength).

    `width` is half of the interval; 0 makes the result exact. The first three pairs are certified.
    """
    strengths = np.asarray(strengths, dtype=float)
    p = next(p for p in range(2, 2001) if p * (p - 1) // 2 >= len(strengths))
    names = tuple(names or (f"x{i + 1}" for i in range(p)))
    first, second = (index[: len(strengths)] for index in np.triu_indices(len(names), 1))
    n = len(strengths)
    table = pd.DataFrame(
        {
            "feature_1": [names[i] for i in first],
            "feature_2": [names[i] for i in second],
            "strength": strengths,
            "effect": 2 * np.sqrt(strengths.clip(min=0)),
            "lower": strengths - width,
            "upper": strengths + width,
            "pulls": np.broadcast_to(pulls, n),
            "status": status or ["certified" if rank < 3 else "excluded" for rank in range(n)],
            "rank": np.arange(1, n + 1),
            "standard_error": strengths / 10,
        }
    )
    steps = np.array([10, 100, 1000])
    trace = pd.DataFrame(
        {
            "feature_1": names[0],
            "feature_2": names[1],
            "pulls": steps,
            "mean": 100.0,
            "lower": 100.0 - 900.0 / steps,
            "upper": 100.0 + 9000.0 / steps,
        }
    )
    return PairInteractions(
        provenance=provenance(options=dict(provenance().options) | options),
        features=names,
        table=table,
        unit=unit,
        interval="made",
        level=0.95,
        truth=truth,
        trace=trace if width else trace.iloc[:0],
    )


def falling(n: int) -> np.ndarray:
    """Strengths that fall by half: 1024, 512, ..."""
    return 1024.0 * 0.5 ** np.arange(n)


def nasty_pairs(**changes) -> PairInteractions:
    truth = ((NASTY[0], NASTY[1], NASTY[2]),)
    return pairs(falling(45), width=0.1, names=NASTY, truth=truth, unit="<i>rentals</i> $x$", **changes)


def without(result, **columns):
    """The result with columns of its table replaced."""
    return dataclasses.replace(result, table=result.table.assign(**columns))


def effect(
    first=(0.0, 1.0, 2.0), second=(0.0, 10.0, 20.0), *, names=("hour", "temp"), product=1.0, empty=()
) -> PairEffect:
    """total = a + 2 b + product a b over the places a, b of two features' values; `empty` cells (a, b) have no rows."""
    places = [(a, b) for a in range(len(first)) for b in range(len(second))]
    grid = pd.DataFrame(
        {
            "value_1": [first[a] for a, _ in places],
            "value_2": [second[b] for _, b in places],
            "total": [a + 2.0 * b + product * a * b for a, b in places],
            "interaction": [product * a * b for a, b in places],
            "count": [0 if place in empty else 5 for place in places],
        }
    )
    rows = grid[["value_1", "value_2", "total", "interaction"]].assign(
        main_1=[float(a) for a, _ in places], main_2=[2.0 * b for _, b in places]
    )
    return PairEffect(
        provenance=provenance(method="pair_effect"),
        features=names,
        kinds=tuple("categorical" if isinstance(values[0], str) else "numeric" for values in (first, second)),
        unit="count",
        average=189.4,
        grid=grid,
        main_1=pd.DataFrame({"value": list(first), "effect": np.arange(len(first)) * 1.0}),
        main_2=pd.DataFrame({"value": list(second), "effect": np.arange(len(second)) * 2.0}),
        rows=rows,
    )


def model_report(metrics=None, *, trained=True) -> ModelReport:
    curves = pd.DataFrame({"epoch": [1, 2, 3, 4], "train": [4.0, 2.0, 1.0, 0.5], "validation": [4.0, 2.5, 1.5, 2.0]})
    return ModelReport(
        provenance=provenance(method="mlp"),
        model_id="m",
        name="mlp",
        format="safetensors",
        capabilities=("queries",),
        n_parameters=10,
        mapping=(),
        metrics={"r2": 0.934, "rmse": 41.2} if metrics is None else metrics,
        curves=curves if trained else curves.iloc[:0],
        calibration=pd.DataFrame({"predicted": [1.0, 2.0], "observed": [1.5, 2.0], "count": [400, 100]}),
        warnings=(),
    )


def race(**changes) -> dict:
    arms = [
        {"pair": ["a <i>", "b"], "mean": 10.0, "lower": 8.0, "upper": 12.0, "pulls": 40, "status": "certified"},
        {"pair": ["c", "d"], "mean": 20.0, "lower": 2.0, "upper": None, "pulls": 3, "status": "undecided"},
        {"pair": ["e", "f"], "mean": 1.0, "lower": 0.5, "upper": 2.0, "pulls": 20, "status": "excluded"},
    ]
    return {"kind": "race", "unit": "count", "arms": arms, "wanted": 2, "accepted": 1} | changes
