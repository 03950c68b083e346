"""Results made by formula, with the names that users really have, for the tests of figures and of sentences."""

import dataclasses
from itertools import combinations

import numpy as np
import pandas as pd

from interaction_engine.core.result import Provenance
from interaction_engine.methods.common.pair_result import PairInteractions
from interaction_engine.methods.finite_differences.set_result import SubsetInteractions
from interaction_engine.methods.partial_dependence.result import PairEffect
from interaction_engine.models.model_report import ModelReport

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


def subsets(accepted, *, p=8, names=None, others=(), refused=(), skipped=0, width=0.0, truth=None, unit="y", **options):
    """A result of order after order: `accepted` sets of places, from strongest to weakest, are certified.

    `others` are (places, status); every pair that is in neither is excluded. `refused` are (places, missing places).
    The strength of the r-th accepted set of an order is 1 / r, that of an undecided one 0.04, of an excluded one 0.001;
    effect = 2 sqrt(strength), `reference` 0.05, `width` half of an interval, as a share of the strength; 0 makes the
    result exact. Features lie on a circle in their order; a cluster is what accepted pairs join.
    """
    names = tuple(names or (f"x{i + 1}" for i in range(p)))
    status = {tuple(sorted(places)): "certified" for places in accepted}
    status |= {tuple(sorted(places)): standing for places, standing in others}
    status |= {pair: "excluded" for pair in combinations(range(len(names)), 2) if pair not in status}
    last = max(2, *(len(places) for places in status), *(len(places) for places, _ in refused), 2)
    rows = [row for order in range(2, last + 1) for row in _rows_of_order(order, status, names, width)]
    table = pd.DataFrame(rows)
    pairs_accepted = [places for places, standing in status.items() if len(places) == 2 and standing == "certified"]
    return SubsetInteractions(
        provenance=provenance(
            method="cliques", title="Cliques", options=dict(provenance().options) | {"max_order": 4} | options
        ),
        features=names,
        table=table,
        levels=_levels(table, [len(places) for places, _ in refused], last, skipped, width),
        refused=pd.DataFrame(
            {
                "features": [tuple(names[i] for i in places) for places, _ in refused],
                "order": [len(places) for places, _ in refused],
                "missing": [tuple(names[i] for i in places) for _, places in refused],
            }
        ),
        nodes=_nodes(names, pairs_accepted),
        unit=unit,
        level=0.95,
        truth=truth,
        trace=pd.DataFrame({"features": [], "pulls": [], "mean": [], "lower": [], "upper": []}),
    )


def _rows_of_order(order, status, names, width):
    """Accepted sets as they were given, then undecided, then excluded ones."""
    mine = [(places, standing) for places, standing in status.items() if len(places) == order]
    mine.sort(key=lambda row: ("certified", "undecided", "excluded").index(row[1]))
    for rank, (places, standing) in enumerate(mine, start=1):
        strength = {"certified": 1.0 / rank, "undecided": 0.04, "excluded": 0.001}[standing]
        yield {
            "features": tuple(names[i] for i in places),
            "order": order,
            "kind": "interaction",
            "strength": strength,
            "effect": 2 * strength**0.5,
            "lower": strength * (1 - width),
            "upper": strength * (1 + width),
            "pulls": 2000,
            "status": standing,
            "rank": rank,
            "standard_error": strength / 10,
            "reference": 0.05,
        }


def _levels(table, refused, last, skipped, width):
    """A row per order; only the last order skips candidates."""

    def level(order):
        standing = table.loc[table["order"] == order, "status"]
        counts = {kind: int((standing == kind).sum()) for kind in ("certified", "excluded", "undecided")}
        return {
            "order": order,
            "cliques": len(standing) + refused.count(order) + (skipped if order == last else 0),
            "candidates": len(standing),
            "accepted": counts["certified"],
            "excluded": counts["excluded"],
            "undecided": counts["undecided"],
            "refused": refused.count(order),
            "skipped": skipped if order == last else 0,
            "planned_evaluations": 1000 * len(standing),
            "planned_seconds": 2.0,
            "evaluations": 800 * len(standing),
            "seconds": 1.4,
            "interval": "made" if width else "exact, made",
        }

    return pd.DataFrame([level(order) for order in range(2, last + 1)])


def _nodes(names, pairs_accepted):
    """Features on a circle; a cluster is drawn as a small circle of its own."""
    cluster = list(range(len(names)))
    for a, b in pairs_accepted:
        cluster = [cluster[a] if one == cluster[b] else one for one in cluster]
    taking_part = {place for pair in pairs_accepted for place in pair}
    numbers = {one: n for n, one in enumerate(dict.fromkeys(cluster[i] for i in sorted(taking_part)))}
    angle = np.pi / 2 - 2 * np.pi * np.arange(len(names)) / len(names)
    number = np.array([numbers[cluster[i]] if i in taking_part else -1 for i in range(len(names))])
    centre = 2 * np.pi * number / max(1, len(numbers))
    return pd.DataFrame(
        {
            "feature": list(names),
            "effect": 1.0 + np.arange(len(names)) % 5,
            "cluster": number,
            "x": np.cos(angle),
            "y": np.sin(angle),
            "drawn_x": np.cos(centre) + 0.4 * np.cos(angle),
            "drawn_y": np.sin(centre) + 0.4 * np.sin(angle),
        }
    )


F8_SETS = ((1, 3), (1, 4), (3, 4), (2, 3), (2, 5), (3, 5), (5, 6), (5, 7), (6, 7), (0, 1), (2, 6), (3, 6))
"""Pairs of the places 0 to 7, of which triples and one set of four are made below."""


def hierarchy(**changes) -> SubsetInteractions:
    """Twelve pairs, five triples, one four; one undecided and one excluded triple, one refused triple and four."""
    accepted = (*F8_SETS, (2, 3, 5), (2, 3, 6), (2, 5, 6), (3, 5, 6), (5, 6, 7), (2, 3, 5, 6))
    given = {
        "p": 10,
        "others": (((1, 3, 4), "undecided"), ((0, 1, 2), "excluded")),
        "refused": (((4, 5, 6), (4, 5)), ((3, 5, 6, 7), (3, 5, 7))),
        "width": 0.1,
    }
    return subsets(accepted, **(given | changes))


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
