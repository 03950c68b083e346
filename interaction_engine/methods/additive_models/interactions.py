"""The interactions of an additive network where none are given: the strongest of a small ensemble, or random ones."""

from typing import TYPE_CHECKING

import numpy as np
import torch

from ...core.compute import Compute
from ...core.types import Model, Report
from ...models.training.mlp import train_ensemble
from ...numerics.differences import MixedDifferences
from ...numerics.moves import moves
from ..common.feature_sets import Sets

if TYPE_CHECKING:
    from ...data.dataset import Dataset

BACKGROUND, STEP = 400, 0.75
"""Rows on which pairs are compared, and how far features move, in standard deviations."""

PROBE = {"members": 4, "hidden": (128, 128), "epochs": 60, "patience": 15}
"""The ensemble whose interactions are detected: small, since only the order of its pairs is asked for."""


def strongest_pairs(data: "Dataset", count: int, seed: int, compute: Compute, report: Report) -> Sets:
    """Return the `count` pairs of the largest cross-network strength in a small ensemble trained here.

    Strongest first. The strength is the mean product of two networks' mixed differences, in which the noise of each
    cancels (ParaACE paper, Theorem 3.1).
    """
    n_features = len(data.space)
    if count == 0 or n_features < 2:
        return ()
    model = train_ensemble(data, **PROBE, seed=seed, compute=compute, report=report)  # pyright: ignore[reportArgumentType]
    pairs, strengths = pair_strengths(model, data, seed, compute)
    order = np.argsort(-strengths, kind="stable")[: min(count, len(pairs))]
    return tuple((int(a), int(b)) for a, b in pairs[order])


def random_pairs(n_features: int, count: int, seed: int) -> Sets:
    """`count` different pairs, or all there are, drawn without looking at the data."""
    pairs = np.stack(np.triu_indices(n_features, 1), axis=1)
    drawn = np.random.default_rng([seed, n_features]).permutation(len(pairs))[:count]
    return tuple((int(a), int(b)) for a, b in pairs[drawn])


def pair_strengths(model: Model, data: "Dataset", seed: int, compute: Compute) -> tuple[np.ndarray, np.ndarray]:
    """All pairs (pairs, 2) and their cross-network strength (pairs,)."""
    rows = torch.from_numpy(data.background(BACKGROUND, seed))
    moved = moves(data.space, rows, "auto", STEP, data.rows[data.train_rows])
    pairs = torch.combinations(torch.arange(len(data.space)), 2)
    with torch.inference_mode():
        local = MixedDifferences(model, rows, moved, compute)(pairs, 0, len(rows)) / moved.span[pairs].prod(1)[:, None]
        n_members = len(local)
        crossed = (local.sum(0) ** 2 - (local**2).sum(0)) / (n_members * (n_members - 1))
    return pairs.numpy(), crossed.mean(1).numpy()
