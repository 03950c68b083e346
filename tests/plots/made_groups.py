"""Group expected Hessians made by formula, for the tests of figures, of sentences and of screens."""

import dataclasses

import numpy as np
import pandas as pd

from interaction_engine.methods.bayesian.result import GroupHessians
from tests.plots.made import provenance

STANDS_OUT = 3
"""So many pairs of a made-up result are beyond chance."""


def group_hessians(
    names=("hour", "workingday", "temp", "season"), *, groups=4, permutations=0, n_followed=5, options=None, **changes
) -> GroupHessians:
    """A result in which the first pairs are strong, and their effect turns its sign from one region to the next."""
    first, second = np.triu_indices(len(names), 1)
    n = len(first)
    strength = np.linspace(60.0, 2.0, n) if n else np.zeros(0)
    bayes_p = np.linspace(0.0001, 0.2, n)
    table = pd.DataFrame(
        {
            "feature_1": [names[i] for i in first],
            "feature_2": [names[i] for i in second],
            "strength": strength,
            "effect": strength,
            "lower": strength * 0.8 - 1.8,
            "upper": strength * 1.2 + 1.8,
            "pulls": 768,
            "status": np.where(bayes_p < 0.05, "significant", "not significant"),
            "rank": np.arange(1, n + 1),
            "standard_error": strength * 0.1 + 0.9,
            "deviation": strength * 0.1 + 0.9,
            "bayes_p": bayes_p,
            "aeh": strength * 0.5,
            "eah": strength * 1.3,
            "p_value": [*np.full(min(n, STANDS_OUT), 1 / (permutations + 1)), *np.full(max(0, n - STANDS_OUT), 0.4)]
            if permutations
            else np.nan,
            "q_value": [*np.full(min(n, STANDS_OUT), 0.01), *np.full(max(0, n - STANDS_OUT), 0.5)]
            if permutations
            else np.nan,
        }
    )
    made = {
        "provenance": provenance(
            method="group_expected_hessian", title="Group expected Hessian", rows=768, options=options or {"top_k": 20}
        ),
        "features": tuple(names),
        "table": table,
        "groups": groups,
        "draws": 200,
        "choosing": pd.DataFrame({"groups": range(1, 16), "delta": 0.3 / np.arange(1, 16)}),
        "regions": _regions(names, groups),
        "region_effects": _region_effects(table.head(n_followed), groups),
        "screening": pd.DataFrame({"feature": names, "dropout": np.linspace(0.02, 0.93, len(names))}),
        "calibration": pd.DataFrame(
            {"level": [0.5, 0.8, 0.9, 0.95], "covered": [0.52, 0.79, 0.91, 0.94], "rows": 1000}
        ),
        "null": pd.DataFrame(
            {
                "permutation": np.arange(permutations),
                "largest": 20 + 4 * np.sin(np.arange(permutations, dtype=float)) if permutations else np.zeros(0),
            }
        ),
        "unit": "count",
        "interval": "credible interval (mean and two standard deviations of the networks drawn, from 0 on)",
        "level": 0.95,
        "truth": None,
    }
    return GroupHessians(**(made | changes))


def without_regions(result: GroupHessians) -> GroupHessians:
    """The same in one region, as the average expected Hessian has it."""
    return dataclasses.replace(result, groups=1, regions=result.regions.head(1).assign(share=1.0, rows=768))


def _regions(names, groups) -> pd.DataFrame:
    share = np.linspace(2.0, 1.0, groups)
    share = share / share.sum()
    return pd.DataFrame(
        {
            "region": np.arange(1, groups + 1),
            "rows": np.round(share * 768).astype(int),
            "share": share,
            "description": [
                f"{names[0]} above {place}, {names[-1]} = yes" if place else f"mostly {names[0]} at most 0"
                for place in range(groups)
            ],
        }
    )


def _region_effects(pairs: pd.DataFrame, groups: int) -> pd.DataFrame:
    rows = [
        (region, row["feature_1"], row["feature_2"], row["strength"] * (1.0 if region % 2 else -0.7), row["deviation"])
        for row in pairs.to_dict("records")
        for region in range(1, groups + 1)
    ]
    made = pd.DataFrame(rows, columns=["region", "feature_1", "feature_2", "effect", "deviation"])
    made = made.assign(lower=made["effect"] - 2 * made["deviation"], upper=made["effect"] + 2 * made["deviation"])
    return made.drop(columns="deviation").assign(signed=True)
