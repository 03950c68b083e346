"""A game for each of some rows, on which every network of a training is asked: its score with players masked."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float64
from torch import Tensor

from ...core.types import Model
from ...data.dataset import Dataset
from ...masking.game import Watch
from ...models.networks.convolution import Cnn
from ...models.training.own_class import own_log_odds
from ...models.training.watched_trainer import true_log_odds
from .training_players import Players

MASKED_PER_CALL = 256
"""Masked rows per product, so that the activations stay in the processor's cache."""


class TrainingGame:
    """v = log-odds of the true class of some rows, on all 2^n masks of the players, by any model of these features.

    The rows share their players, or each has its own. A convolutional network of ours has a masked cell set to 0 on its
    feature map after the first ReLU; every other model sees a masked feature at its mean, a categorical one at its most
    frequent level, and a masked word not at all. `evaluations` counts masked rows.
    """

    def __init__(self, data: Dataset, rows: Sequence[int] | np.ndarray, players: Players | Sequence[Players]) -> None:
        each = (players,) if isinstance(players, Players) else tuple(players)
        self.names = each[0].names
        self.rows = torch.tensor(data.rows[np.asarray(rows)])
        self.labels = torch.from_numpy(data.target_values[np.asarray(rows)].astype(np.int64))
        self.mean = torch.from_numpy(data.mean())
        self.shown = tuple(one.shown(len(data.space)) for one in each)
        self.evaluations = 0

    def values(self, model: Model, watch: Watch = lambda share: None) -> Float64[Tensor, "samples subsets"]:
        """Return v of every row on every mask (bit i of its number: player i is there); `watch` may raise to stop."""
        matches = []
        for place, row in enumerate(self.rows):
            shown, label = self.shown[place % len(self.shown)], self.labels[place]
            parts = [self._part(model, row, label, part) for part in shown.split(MASKED_PER_CALL)]
            matches.append(torch.cat(parts))
            watch((place + 1) / len(self.rows))
        self.evaluations += len(matches) * len(self.shown[0])
        return torch.stack(matches)

    def _part(
        self, model: Model, row: Float64[Tensor, " features"], label: Tensor, shown: Bool[Tensor, "masks features"]
    ) -> Float64[Tensor, " masks"]:
        """Return v of one row on some masks."""
        if isinstance(model, Cnn):
            return _on_first_map(model, row, label, shown)
        return own_log_odds(model, torch.where(shown, row, self.mean), label.expand(len(shown)))


def _on_first_map(
    model: Cnn, row: Float64[Tensor, " features"], label: Tensor, shown: Bool[Tensor, "masks features"]
) -> Float64[Tensor, " masks"]:
    with torch.inference_mode():
        whole = model.network.first_map(model.images(row[None]))
        left = shown.to(model.device).reshape(-1, 1, model.side, model.side)
        logits = model.network.after_first_map(torch.where(left, whole, torch.zeros_like(whole)))
        return true_log_odds(logits, label.to(model.device).expand(len(shown))).cpu()
