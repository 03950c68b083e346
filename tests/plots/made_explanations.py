"""Rows explained in closed form: of score = 3 + sum_i a_i x_i + sum_i<j b_ij x_i x_j, from a baseline of zeros.

There Gamma_ij = b_ij x_i x_j / 4, the main effect of i is a_i x_i + sum_j b_ij x_i x_j / 4, and its attribution
a_i x_i + sum_j b_ij x_i x_j / 2.
"""

import numpy as np
import pandas as pd

from interaction_engine.methods.hessians.result import RowExplanations, rank_status
from tests.plots.made import provenance

INTERCEPT = 3.0


def explanations(
    values=None, a=None, b=None, *, names=None, n=4, n_rows=12, numbers=None, kept=None, gap=1e-5, **changes
) -> RowExplanations:
    """The rows `values` [rows, features] (else random ones) explained; `numbers` are their places in the data, and the
    interactions of the first `kept` are in the result."""
    n = n if values is None else len(values[0])
    names = tuple(names or (f"x{i + 1}" for i in range(n)))
    rng = np.random.default_rng(0)
    x = np.asarray(rng.normal(size=(n_rows, len(names))) if values is None else values, dtype=float)
    a = np.asarray(rng.normal(size=len(names)) if a is None else a, dtype=float)
    b = np.triu(rng.normal(size=(len(names),) * 2) if b is None else np.asarray(b, dtype=float), 1)
    numbers = np.arange(len(x)) * 3 if numbers is None else np.asarray(numbers)
    gamma = (b + b.T) * x[:, :, None] * x[:, None] / 4
    main = a * x + gamma.sum(2)
    return RowExplanations(
        **{
            **_tables(x, gamma, main, numbers, names, len(x) if kept is None else kept, gap),
            "provenance": provenance(
                method="integrated_hessians",
                title="Integrated Hessians",
                options={"baseline": "zero", "beta": 10.0, "nodes": 8, "quadrature": "gauss"},
            ),
            "features": names,
            "baseline": "zero",
            "unit": "y",
            "interval": "mean ± 2 standard errors over rows",
            "level": 0.95,
            "truth": None,
            **changes,
        },
    )


def _tables(x, gamma, main, numbers, names, kept, gap) -> dict[str, pd.DataFrame]:
    n_rows, p = x.shape
    first, second = np.triu_indices(p, 1)
    pairs = gamma[:, first, second]
    off = main + gamma.sum(2)
    order = np.argsort(-np.abs(pairs).mean(0), kind="stable")
    strength, error = np.abs(pairs).mean(0)[order], np.abs(pairs).std(0)[order] / np.sqrt(n_rows)
    feature = np.array(names, dtype=object)
    return {
        "rows": pd.DataFrame(
            {
                "row": numbers,
                "score": INTERCEPT + off.sum(1),
                "base": INTERCEPT,
                "completeness_gap": gap,
                "rounding": 0.01,
            }
        ),
        "attributions": pd.DataFrame(
            {
                "row": np.repeat(numbers, p),
                "feature": np.tile(feature, n_rows),
                "value": x.ravel(),
                "level": "",
                "attribution": off.ravel(),
                "main_effect": main.ravel(),
            }
        ),
        "interactions": pd.DataFrame(
            {
                "row": np.repeat(numbers[:kept], len(first)),
                "feature_1": np.tile(feature[first], kept),
                "feature_2": np.tile(feature[second], kept),
                "interaction": pairs[:kept].ravel(),
            }
        ),
        "table": pd.DataFrame(
            {
                "feature_1": feature[first][order],
                "feature_2": feature[second][order],
                "strength": strength,
                "effect": 2 * strength,
                "lower": np.maximum(0, strength - 2 * error),
                "upper": strength + 2 * error,
                "pulls": n_rows,
                "status": rank_status(np.full(n_rows, gap)).value,
                "rank": np.arange(1, len(first) + 1),
                "signed": 2 * pairs.mean(0)[order],
            }
        ),
        "accuracy": pd.DataFrame(
            [(beta, nodes, 0.3 / nodes**2 * beta, 0.5 / beta) for beta in (1.0, 10.0, 100.0) for nodes in (4, 8, 16)],
            columns=["beta", "nodes", "completeness_gap", "rounding"],
        ),
    }
