"""From Hessians of network inputs to pairs of features, however many inputs a feature takes.

A numeric feature has one input, its own direction. A categorical feature has one input per level, of which the Hessian
tells what happens at each; a joint effect is what differs between them. So the block of a pair is centred over the
levels, with the share f of each level in the training rows, and its size is the f-weighted root mean square: in other
words the length of its coordinates sqrt(f_c) (h_c - sum_b f_b h_b). Two levels have a single such coordinate,
(h_2 - h_1) sqrt(f_1 f_2), which keeps its sign.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int
from torch import Tensor

from ...core.types import Feature, FeatureSpace, Kind


@dataclass(frozen=True, eq=False)
class FeatureBlocks:
    """Coordinates of features in which Hessians of inputs are centred and weighted.

    `directions` has each coordinate as a direction in the network's inputs, `owners` the feature of each coordinate.
    """

    directions: Float[Tensor, "coordinates columns"]
    owners: Int[Tensor, " coordinates"]
    n_features: int

    @classmethod
    def of(
        cls,
        space: FeatureSpace,
        rows: Float64[np.ndarray, "rows features"],
        dtype: torch.dtype = torch.float64,
        steps: Float64[np.ndarray, " features"] | None = None,
    ) -> "FeatureBlocks":
        """The coordinates of the features of `space`; `rows` (the training rows) tell how frequent levels are.

        `steps` are what Hessians of numbers are told for, in standard deviations, instead of 1 each.
        """
        parts = [_coordinates(feature, rows[:, place]) for place, feature in enumerate(space.features)]
        if steps is not None:
            numeric = [feature.kind is not Kind.CATEGORICAL for feature in space.features]
            parts = [part * (step if has else 1.0) for part, step, has in zip(parts, steps, numeric, strict=True)]
        owners = np.repeat(np.arange(len(space)), [len(part) for part in parts])
        directions = torch.block_diag(*(torch.from_numpy(part) for part in parts))
        return cls(directions.to(dtype), torch.from_numpy(owners), len(space))

    def __len__(self) -> int:
        return len(self.owners)

    def only(self, features: Int[np.ndarray, " chosen"]) -> "FeatureBlocks":
        """The blocks of some features, numbered anew in their order."""
        numbers = torch.full((self.n_features,), -1, dtype=self.owners.dtype, device=self.owners.device)
        numbers[torch.from_numpy(features).to(self.owners)] = torch.arange(len(features)).to(self.owners)
        owners, order = numbers[self.owners].sort(stable=True)
        kept = order[owners >= 0]
        return FeatureBlocks(self.directions[kept], owners[owners >= 0], len(features))

    def to(self, device: torch.device, dtype: torch.dtype) -> "FeatureBlocks":
        """Return the same blocks on another device, of another precision."""
        return FeatureBlocks(self.directions.to(device, dtype), self.owners.to(device), self.n_features)

    def hessian(
        self, hessian: Float[Tensor, "*points columns columns"]
    ) -> Float[Tensor, "*points coordinates coordinates"]:
        """Hessians in the coordinates; linear, so that it may come before or after any mean."""
        return self.directions @ hessian @ self.directions.mT

    @property
    def several(self) -> Bool[np.ndarray, " features"]:
        """Which features have more than one coordinate, so that their effects have a size but no one sign."""
        return (torch.bincount(self.owners, minlength=self.n_features) > 1).cpu().numpy()

    def sizes(
        self, hessian: Float[Tensor, "*points coordinates coordinates"]
    ) -> Float[Tensor, "*points features features"]:
        """One number per pair of features from Hessians in the coordinates.

        Where both features have a single coordinate it keeps its sign; elsewhere it is a size. The diagonal of a
        categorical feature says nothing.
        """
        if len(self) == self.n_features:
            return hessian
        squares = self._summed(self._summed(hessian.square()).mT)
        single = torch.bincount(self.owners, minlength=self.n_features) == 1
        first = torch.searchsorted(self.owners, torch.arange(self.n_features, device=self.owners.device))
        signed = hessian[..., first[:, None], first]
        return torch.where(single[:, None] & single, signed, squares.clamp(min=0.0).sqrt())

    def _summed(self, values: Float[Tensor, "*points coordinates"]) -> Float[Tensor, "*points features"]:
        """The sum over the coordinates of each feature."""
        return values.new_zeros(*values.shape[:-1], self.n_features).index_add_(-1, self.owners, values)


MIDDLE_HALF, MIDDLE_90 = 1.349, 3.29
"""Width of the middle half, and of the middle 90 %, of a normal distribution, in its standard deviations."""

FAR = 0.75
"""Share of the standard deviation below which few far values make it, not the scatter of most."""


def robust_steps(space: FeatureSpace, rows: Float64[np.ndarray, "rows features"]) -> Float64[np.ndarray, " features"]:
    """Return the step of each feature in standard deviations: 1, or less where extreme values inflate these.

    Namely the standard deviation of a normal distribution whose middle half, or middle 90 %, is as wide as the
    feature's, where that is less than FAR of its own. Features of few distinct values keep theirs.
    """
    low, lower, upper, high = np.quantile(rows, [0.05, 0.25, 0.75, 0.95], axis=0)
    narrow = np.maximum((upper - lower) / MIDDLE_HALF, (high - low) / MIDDLE_90)
    steps = np.where(narrow > 0, np.minimum(1.0, narrow / np.where(space.scales > 0, space.scales, 1.0)), 1.0)
    kept = np.array([feature.discrete or feature.kind is Kind.CATEGORICAL for feature in space.features])
    return np.where(kept | (steps >= FAR), 1.0, steps)


def _coordinates(feature: Feature, values: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, "coordinates columns"]:
    """The coordinates of one feature, as directions in its own inputs."""
    if feature.kind is not Kind.CATEGORICAL:
        return np.ones((1, 1))
    n_levels = feature.n_columns
    shares = np.bincount(values.astype(int), minlength=n_levels) / max(1, len(values))
    if n_levels == 2:
        return math.sqrt(shares[0] * shares[1]) * np.array([[-1.0, 1.0]])
    return np.sqrt(shares)[:, None] * (np.eye(n_levels) - shares)
