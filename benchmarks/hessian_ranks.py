"""Whether Integrated Hessians rank interactions as the truth does, and find none where there is nothing to find."""

from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy.stats import spearmanr

import interaction_engine as ie
from benchmarks.hessian_speed import BETA, random_network
from benchmarks.hessian_truths import Truth
from interaction_engine.core.types import Model
from interaction_engine.data.dataset import Dataset
from interaction_engine.methods.hessians.explainer import explain
from interaction_engine.models.networks.mlp import Mlp
from interaction_engine.models.smoothing import smooth_model
from interaction_engine.numerics.derivatives.path_integrals import Lines, Rule

Figures = dict[str, Any]

TANH = (64, 64)
"""Two hidden layers, as appendix B.3.2 of the Integrated Hessians paper has them; their width is not told."""


def rank_correlation(truth: Truth, seed: int, quick: bool) -> Figures:
    """Spearman's correlation with the true interactions: of the mean sizes over the rows, and row by row.

    Row by row as one list of all rows and pairs: the paper does not say so, but its figures for the exact Shapley
    interaction index come out that way only. Two hidden layers of tanh, R^2 above .99, as in its appendix B.3.2.
    """
    model, data, share = learnt(truth, 3000 if quick else 30_000, seed)
    rows = truth.draw(200 if quick else 1000, 1000 + seed)
    true, found = truth.effects(rows), interactions(truth, model, data, rows)
    at_rows = hessians(model, data, rows)[:, *truth.ends]
    return {
        "r2": share,
        **_correlations(true, found),
        "global_hessian": _spearman(_sizes(true), _sizes(at_rows)),
        "local_hessian": _spearman(true.ravel(), at_rows.ravel()),
        "global_nid": _spearman(_sizes(true), ie.detect("nid", model, data).matrix().to_numpy()[truth.ends]),
    }


def sanity(truth: Truth, kind: str, quick: bool) -> Figures:
    """The same correlations for networks that cannot know: random weights, or labels shuffled before training.

    Means over several such networks, since ten pairs alone correlate by chance (standard deviation 1/3).
    """
    rows = truth.draw(200 if quick else 1000, 1000)
    true, found = truth.effects(rows), []
    for seed in range(4 if quick else 40):
        learnt_rows = truth.draw(1000, seed)
        target = np.random.default_rng(seed).permutation(truth.effects(learnt_rows).sum(axis=1))
        data = truth.data(learnt_rows, target)
        if kind == "random weights":
            model: Model = random_network(data, TANH, "tanh", seed)
        else:
            model = ie.train(data, "mlp", hidden=TANH, activation="tanh", epochs=20, patience=20, seed=seed)
        found.append(_correlations(true, interactions(truth, model, data, rows)))
    return {f"{name}{part}": float(of([one[name] for one in found])) for name in ("global", "local")
            for part, of in (("", np.mean), ("_spread", np.std))} | {"networks": len(found)}  # fmt: skip


def learnt(truth: Truth, n_rows: int, seed: int) -> tuple[Model, Dataset, float]:
    """A tanh network trained on the truth, its data, and the share of the variance of new rows that it explains."""
    rows = truth.draw(n_rows, seed)
    data = truth.data(rows)
    model = ie.train(data, "mlp", hidden=TANH, activation="tanh", epochs=12, weight_decay=0.3, seed=seed)
    return model, data, explained_share(truth, model)


def explained_share(truth: Truth, model: Model) -> float:
    rows = truth.draw(4000, 999)
    target = truth.effects(rows).sum(axis=1)
    predicted = model.predict(pd.DataFrame(rows, columns=list(model.space.names)))
    return float(1.0 - np.mean((predicted - target) ** 2) / target.var())


def interactions(truth: Truth, model: Model, data: Dataset, rows: np.ndarray, baseline: str = "zero") -> np.ndarray:
    """Integrated Hessians of the truth's pairs, (rows, pairs)."""
    return explain(model, data, rows, baseline=baseline, beta=BETA).interactions[:, *truth.ends]


AT_THE_ROW = Rule(np.ones(1), np.ones(1))


def hessians(model: Model, data: Dataset, rows: np.ndarray) -> np.ndarray:
    """The Hessian at each row, in units of the features, (rows, features, features)."""
    assert isinstance(model, Mlp)
    network = smooth_model(model.double(), BETA)
    inputs = network.inputs(torch.from_numpy(rows))
    one_before = Lines(inputs, inputs - 1.0, network.owners, len(data.space))  # steps of 1
    found = network.score.integrals(one_before, AT_THE_ROW).second.mean(0).numpy()
    return found / np.outer(data.space.scales, data.space.scales)


def _correlations(true: np.ndarray, found: np.ndarray) -> dict[str, float]:
    return {"global": _spearman(_sizes(true), _sizes(found)), "local": _spearman(true.ravel(), found.ravel())}


def _sizes(values: np.ndarray) -> np.ndarray:
    return np.abs(values).mean(axis=0)


def _spearman(true: np.ndarray, found: np.ndarray) -> float:
    return float(spearmanr(true, found).statistic)  # pyright: ignore[reportAttributeAccessIssue]
