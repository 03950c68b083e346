"""Whether the intervals of a Bayesian network's predictions hold as many rows as they say."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Float64
from scipy.stats import norm
from torch import Tensor

from ..core.types import TargetKind
from ..data.encoding import encode
from .networks.bayesian import BayesianNetwork
from .networks.mlp import ROWS_PER_CALL, Mlp

if TYPE_CHECKING:
    from ..data.dataset import Dataset

LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)

MOST_ROWS = 5000
"""Held-out rows that are looked at: more change no digit that is shown."""


def interval_calibration(model: BayesianNetwork, networks: Mlp, data: "Dataset", seed: int) -> pd.DataFrame:
    """Which share of the held-out rows predictive intervals hold (columns level, covered, rows).

    Of a number, the central interval under the mixture of the drawn `networks` with the noise around each; of classes,
    the likeliest ones that together reach the level, the last of them by as large a share as is missing. Empty without
    held-out rows.
    """
    rows = np.random.default_rng(seed).permutation(data.held_out_rows)[:MOST_ROWS]
    if not len(rows):
        return pd.DataFrame({"level": [], "covered": [], "rows": []})
    values = data.target_values[rows]
    levels = np.array(LEVELS)
    if data.target.kind is TargetKind.REGRESSION:
        scores = networks.scores(torch.tensor(data.rows[rows])).double().cpu().numpy()
        below = norm.cdf((values - scores) / model.noise_of(len(scores))[:, None]).mean(axis=0)
        covered = np.abs(2.0 * below - 1.0) <= levels[:, None]
    else:
        covered = _held(_probabilities(networks, data, rows), values.astype(int), levels)
    return pd.DataFrame({"level": levels, "covered": covered.mean(axis=1), "rows": len(rows)})


def _held(
    probabilities: Float64[np.ndarray, "rows classes"], own: np.ndarray, levels: Float64[np.ndarray, " levels"]
) -> Float64[np.ndarray, "levels rows"]:
    """How far each row's own class is in the set of the likeliest ones of each level."""
    mine = probabilities[np.arange(len(own)), own]
    likelier = np.where(probabilities > mine[:, None], probabilities, 0.0).sum(axis=1)
    return np.clip((levels[:, None] - likelier) / np.maximum(mine, np.finfo(float).tiny), 0.0, 1.0)


def _probabilities(networks: Mlp, data: "Dataset", rows: np.ndarray) -> Float64[np.ndarray, "rows classes"]:
    """Of each class, the mean over the networks."""
    with torch.inference_mode():
        parts = torch.tensor(data.rows[rows]).to(networks.device).split(ROWS_PER_CALL)
        made = torch.cat([_shares(networks, encode(data.space, part)) for part in parts])
    return made.double().cpu().numpy()


def _shares(networks: Mlp, encoded: Float[Tensor, "rows columns"]) -> Float[Tensor, "rows classes"]:
    raw = networks.network(encoded)
    if networks.target.kind is TargetKind.MULTICLASS:
        return torch.softmax(raw, dim=2).mean(dim=0)
    second = torch.sigmoid(raw[..., 0]).mean(dim=0)
    return torch.stack([1.0 - second, second], dim=1)
