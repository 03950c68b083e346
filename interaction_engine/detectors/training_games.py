"""What is masked while a network is trained: patches of images, or features of a table, on the same rows throughout."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from ..data.dataset import Dataset
from ..errors import InputError
from ..games.baselines import baseline_of
from ..games.game import Watch, all_masks, present
from ..games.players import strongest_features
from ..models.convolution import Cnn, image_side
from ..models.gradual import Network, class_logits, network_inputs, true_log_odds
from ..numerics.compute import Compute
from ..types import FeatureSpace, Model

MASKED_PER_CALL = 256
"""Masked rows per product, so that the activations stay in the processor's cache."""

GRIDS = (8, 7)
"""Cells along an edge of the image: 8 where they come out even, as on 32 pixels, else 7, as on 28 (the paper's)."""


@dataclass(frozen=True)
class Players:
    """Names, and the places of the features that belong to each."""

    names: tuple[str, ...]
    members: tuple[tuple[int, ...], ...]

    def shown(self, n_features: int) -> Bool[Tensor, "subsets features"]:
        """Which features are as in the row, by mask: all but those of players that are not there."""
        belongs = torch.zeros(len(self.names), n_features)
        for player, places in enumerate(self.members):
            belongs[player, list(places)] = 1.0
        absent = ~present(all_masks(len(self.names)), len(self.names))
        return absent.float() @ belongs == 0


def patches(space: FeatureSpace, count: int, seed: int) -> Players:
    """`count` random cells of a grid over the image, none of them at its edge, row by row.

    Raises `InputError` when the features are no square image, or the grid has fewer cells inside.
    """
    side = image_side(space)
    grid = next((cells for cells in GRIDS if side % cells == 0), min(GRIDS[-1], side))
    inside = [(row, column) for row in range(1, grid - 1) for column in range(1, grid - 1)]
    if count > len(inside):
        raise InputError(
            f"`players` must be at most {len(inside)}, the cells inside the {grid} x {grid} grid; got {count}."
        )
    chosen = np.sort(np.random.default_rng(seed).permutation(len(inside))[:count])
    edges = np.linspace(0, side, grid + 1).round().astype(int)
    places = np.arange(side**2).reshape(side, side)
    cells = [inside[place] for place in chosen]
    blocks = [places[edges[row] : edges[row + 1], edges[column] : edges[column + 1]] for row, column in cells]
    return Players(
        tuple(f"patch {row + 1},{column + 1}" for row, column in cells),
        tuple(tuple(block.ravel().tolist()) for block in blocks),
    )


def features(model: Model, data: Dataset, count: int, seed: int, compute: Compute) -> Players:
    """All features of a table, or the `count` that `model` makes most of on their own."""
    names = strongest_features(model, data, baseline_of(data, "mean", seed), count, seed, compute)
    if len(names) < 2:
        raise InputError("Patterns need at least 2 features that can be masked; the data set has 1. Add a feature.")
    return Players(names, tuple((data.space.index(name),) for name in names))


class TrainingGame:
    """v = log-odds of the true class of some rows, on all 2^n masks of the players, by any network of these features.

    A convolutional network has a masked cell set to 0 on its feature map after the first ReLU; another network sees a
    masked feature at its mean, a categorical one at its most frequent level. `evaluations` counts masked rows.
    """

    def __init__(self, data: Dataset, rows: Sequence[int] | np.ndarray, players: Players) -> None:
        self.players = players
        self.rows = torch.tensor(data.rows[np.asarray(rows)])
        self.labels = torch.from_numpy(data.target_values[np.asarray(rows)].astype(np.int64))
        self.mean = torch.from_numpy(data.mean())[None]
        self.shown = players.shown(len(data.space))
        self.evaluations = 0

    def values(self, network: Network, watch: Watch = lambda share: None) -> Float64[Tensor, "samples subsets"]:
        """v of every row on every mask (bit i of its number: player i is there); `watch` may raise to stop."""
        labels, found = self.labels.to(network.device), []
        with torch.inference_mode():
            whole, masked, shown = self._layers(network)
            for place, row in enumerate(whole):
                parts = (_after(network, torch.where(part, row, masked)) for part in shown.split(MASKED_PER_CALL))
                logits = torch.cat(list(parts))
                found.append(true_log_odds(logits, labels[place].expand(len(logits))).cpu())
                watch((place + 1) / len(whole))
        self.evaluations += len(found) * len(self.shown)
        return torch.stack(found)

    def _layers(
        self, network: Network
    ) -> tuple[Float[Tensor, "rows ..."], Float[Tensor, "..."], Bool[Tensor, "subsets ..."]]:
        """What is masked of every row, what masked players have instead, and what each mask leaves as it is."""
        inputs, shown = network_inputs(network, self.rows), self.shown.to(network.device)
        if isinstance(network, Cnn):
            maps = network.first_map(inputs)
            return maps, torch.zeros_like(maps[0]), shown.reshape(-1, 1, network.side, network.side)
        counts = torch.tensor([feature.n_columns for feature in network.space.features], device=network.device)
        return inputs, network_inputs(network, self.mean)[0], shown.repeat_interleave(counts, dim=1)


def _after(network: Network, values: Float[Tensor, "rows ..."]) -> Float[Tensor, "rows classes"]:
    return network.after_first_map(values) if isinstance(network, Cnn) else class_logits(network, values)
