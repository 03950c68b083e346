"""Looking at a network on its way: its losses, and the patterns of the same rows by order."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from ...core.compute import Compute
from ...core.types import Model, Report
from ...data.dataset import Dataset
from ...models.training.own_class import own_loss
from ...models.training.watched_trainer import MOST_ROWS
from ...numerics.hypercube.and_or_split import sparsest_split
from .phases import Orders, averaged, salient
from .training_games import TrainingGame

SPLIT_SHARE = 0.5
"""Part of a look's progress that is told when all masks are scored."""


class TrainingWatch:
    """What was seen so far: `epochs`, `losses` (train, test) and `orders`, an entry per checkpoint.

    `final` are the salient effects (samples, kinds, subsets) at the last one.
    """

    def __init__(
        self, game: TrainingGame, data: Dataset, share: float, tolerance: float, compute: Compute, report: Report
    ) -> None:
        self.game, self.share, self.tolerance = game, share, tolerance
        self.compute, self.report = compute, report
        self.epochs: list[int] = []
        self.losses: list[tuple[float, float]] = []
        self.orders: list[Orders] = []
        self.gaps: list[float] = []
        self.final = torch.zeros(0, 2, 2, dtype=torch.float64)
        self._partial = self._drawable()
        self._train, self._test = data.train_rows[:MOST_ROWS], data.held_out_rows[:MOST_ROWS]
        self._rows = {"train": torch.tensor(data.rows[self._train]), "test": torch.tensor(data.rows[self._test])}
        self._true = torch.from_numpy(data.target_values[self._test].astype(np.int64))

    def look(self, network: Model, epoch: int, labels: Int[Tensor, " rows"], begins: float, ends: float) -> None:
        """Measure `network`, whose training labels are `labels`; progress runs from `begins` to `ends`."""
        where = f"Checkpoint at epoch {epoch}"

        def told(share: float) -> None:
            self.report(begins + (ends - begins) * share, where, self.partial())

        values = self.game.values(network, lambda share: told(SPLIT_SHARE * share))
        split = sparsest_split(
            values,
            tolerance=self.tolerance,
            compute=self.compute,
            watch=lambda _, gaps: told(
                SPLIT_SHARE + (1 - SPLIT_SHARE) * float((gaps <= self.tolerance).double().mean())
            ),
        )
        effects = torch.stack([split.and_effects, split.or_effects], dim=1)
        threshold = self.share * float((values[:, -1] - values[:, 0]).abs().mean())
        known = {"train": labels[: len(self._train)], "test": self._true}
        losses = [own_loss(network, self._rows[name], known[name]) for name in ("train", "test")]
        self.epochs.append(epoch)
        self.losses.append((losses[0], losses[1]))
        self.orders.append(Orders.of(effects, threshold))
        self.gaps.append(float(split.gap.max()))
        self.final = salient(effects, threshold)

    def partial(self) -> dict[str, Any]:
        """What can be drawn before the end."""
        if len(self._partial["epoch"]) < len(self.orders):
            self._partial = self._drawable()
        return self._partial

    def _drawable(self) -> dict[str, Any]:
        means = averaged(np.stack([one.mean_order for one in self.orders])) if self.orders else np.zeros(0)
        return {
            "kind": "dynamics",
            "epoch": list(self.epochs),
            "mean_order": [None if np.isnan(mean) else float(mean) for mean in means],
            "train_loss": [train for train, _ in self.losses],
            "test_loss": [test for _, test in self.losses],
        }

    def state(self) -> dict[str, Any]:
        """What was seen so far, for a checkpoint of the run."""
        state: dict[str, Any] = {
            "epochs": self.epochs,
            "losses": [list(pair) for pair in self.losses],
            "gaps": self.gaps,
            "evaluations": self.game.evaluations,
        }
        if self.orders:
            state["strength"] = np.stack([one.strength for one in self.orders])
            state["count"] = np.stack([one.count for one in self.orders])
        return state

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to what `state` gave."""
        self.epochs = [int(epoch) for epoch in state["epochs"]]
        self.losses = [(float(train), float(test)) for train, test in state["losses"]]
        self.gaps = [float(gap) for gap in state["gaps"]]
        self.game.evaluations = int(state["evaluations"])
        if self.epochs:
            self.orders = [Orders(*pair) for pair in zip(state["strength"], state["count"], strict=True)]
