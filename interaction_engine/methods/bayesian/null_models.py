"""What chance alone makes: Bayesian networks trained on targets without interactions, and how pairs compare."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float64
from scipy.stats import false_discovery_control

from ...core.compute import Compute
from ...core.types import Report, Within
from ...data.dataset import Dataset
from ...models.networks.bayesian import BayesianNetwork
from ...models.training.bayesian import train_bayesian
from ...models.training.bayesian_trainer import BayesianSettings, BayesianTrainer
from .null_targets import chance_targets

TRAINING = "Training networks on chance targets"

AT_ONCE = 4
"""Chance trainings that are one part of a run, side by side in the same products."""


@dataclass(frozen=True, eq=False)
class NullScores:
    """Scores of pairs in networks that were trained on chance targets, for each number of regions that is tried.

    Each is of a single training. The strength of a mixture of trainings is the mean of theirs, and varies less: so
    p-values are rather too large than too small.
    """

    scores: Float64[np.ndarray, "permutations divisions pairs"]

    def compared(
        self, strength: Float64[np.ndarray, " pairs"], division: int
    ) -> tuple[Float64[np.ndarray, " pairs"], Float64[np.ndarray, " pairs"]]:
        """p-values of all pairs together (by the largest score of each network) and q-values (Benjamini & Hochberg)."""
        null = self.scores[:, division]
        together = _as_large(null.max(axis=1)[:, None], strength)
        return together, false_discovery_control(_as_large(null, strength))

    def largest(self, division: int) -> pd.DataFrame:
        """The largest score of each network."""
        values = self.scores[:, division].max(axis=1)
        return pd.DataFrame({"permutation": np.arange(1, len(values) + 1), "largest": values})


def _as_large(null: np.ndarray, strength: Float64[np.ndarray, " pairs"]) -> Float64[np.ndarray, " pairs"]:
    """How often chance is as large, the trial itself counted: never 0."""
    return (1.0 + (null >= strength).sum(axis=0)) / (1.0 + len(null))


def n_parts(permutations: int) -> int:
    """Parts that so many permutations make."""
    return -(-permutations // AT_ONCE)


def chance_networks(
    model: BayesianNetwork,
    data: Dataset,
    null: str,
    index: int,
    permutations: int,
    seed: int,
    compute: Compute,
    report: Report,
) -> list[BayesianNetwork]:
    """The networks of one part: trained as `model` was, each on chance targets of its own."""
    places = range(index * AT_ONCE, min((index + 1) * AT_ONCE, permutations))
    targets = chance_targets(data, null, seed, places)
    settings = _settings(model, seed + 1 + index)
    progress = Within(report, 0.0, 1.0, says=f"{TRAINING}.", curves=False)
    trained = BayesianTrainer(data, len(places), settings, compute, targets).run("chance", progress)
    return [trained.training(member) for member in range(len(places))]


def _settings(model: BayesianNetwork, seed: int) -> BayesianSettings:
    """Those of the model's own training; the defaults where these are not known."""
    known: Mapping[str, Any] = model.record.options if model.record else {}
    offered = inspect.signature(train_bayesian).parameters
    names = ("epochs", "learning_rate", "batch", "patience", "length_scale")
    chosen = {name: known.get(name, offered[name].default) for name in names}
    return BayesianSettings(weight_decay=0.0, seed=seed, hidden=model.sizes[1:-1], **chosen)
