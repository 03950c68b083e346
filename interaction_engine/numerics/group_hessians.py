"""Hessians of many networks at many rows, averaged over regions of the rows: the group expected Hessian.

M-GEH of a pair is sum_m |A_m| / N |mean of H_ij over A_m| (GEH paper, equation 6), for several divisions of the rows
into regions A_1 .. A_M at once. One region gives AEH, a region per row EAH. Over the networks only sums are kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

from .feature_blocks import FeatureBlocks
from .mlp_hessian import Pass, cost
from .path_integrals import SmoothPerceptron

AT_ONCE = 32_000_000
"""Bytes of one round of Hessians: beyond what a processor's caches hold, larger rounds are no faster."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Mean and standard deviation over the networks."""

    mean: Float64[np.ndarray, "*figures"]
    deviation: Float64[np.ndarray, "*figures"]


@dataclass(frozen=True, eq=False)
class GroupHessians:
    """Measures of pairs of features, `pairs` (2, pairs): `strength` (divisions, pairs) and `eah` (pairs) are sizes,
    `signed` (regions, pairs) the mean Hessians of the regions of all divisions, one division after the other."""

    pairs: Int[np.ndarray, "2 pairs"]
    strength: Moments
    eah: Moments
    signed: Moments


def group_hessians(
    network: SmoothPerceptron,
    encoded: Float[Tensor, "rows columns"],
    blocks: FeatureBlocks,
    divisions: Sequence[Int[np.ndarray, " rows"]],
    memory: int,
    told: Callable[[float], None] = lambda share: None,
) -> GroupHessians:
    """The measures over all networks (members of `network`); a division tells each row's region, from 0 on.

    `memory` bounds the bytes worked on at once; `told` hears the share that is done. Where a feature of a pair has
    three or more levels, its signed Hessian is a size too: there is no one sign.
    """
    weights = _indicators(divisions).to(encoded) / len(encoded)
    upper = torch.triu_indices(blocks.n_features, blocks.n_features, 1, device=encoded.device)
    n_draws, n_rows = len(network.weights[0]), len(encoded)
    per_row = _bytes_per_row(network, len(blocks), encoded.element_size())
    rows_at_once = max(1, min(n_rows, memory // per_row))
    draws_at_once = max(1, min(memory, AT_ONCE) // (per_row * rows_at_once))
    counts = [int(labels.max()) + 1 for labels in divisions]
    totals = [_Total(), _Total(), _Total()]
    for start in range(0, n_draws, draws_at_once):
        means, eah = _means(_members(network, start, start + draws_at_once), encoded, blocks, weights, rows_at_once)
        regional = blocks.sizes(means)[..., upper[0], upper[1]]
        parts = [one.abs().sum(1) for one in regional.split(counts, dim=1)]
        figures = (torch.stack(parts, 1), eah[..., upper[0], upper[1]], regional / weights.sum(1)[:, None])
        for total, figure in zip(totals, figures, strict=True):
            total.add(figure)
        told(min(1.0, (start + draws_at_once) / n_draws))
    return GroupHessians(upper.cpu().numpy(), *(total.moments() for total in totals))


def _means(
    network: SmoothPerceptron,
    encoded: Float[Tensor, "rows columns"],
    blocks: FeatureBlocks,
    weights: Float[Tensor, "regions rows"],
    rows_at_once: int,
) -> tuple[Float[Tensor, "draws regions coordinates coordinates"], Float[Tensor, "draws features features"]]:
    """Hessians in the blocks' coordinates, summed over the rows of each region, and their mean sizes row by row."""
    n_draws, n_coordinates = len(network.weights[0]), len(blocks)
    means = encoded.new_zeros(n_draws, len(weights), n_coordinates**2)
    eah = encoded.new_zeros(n_draws, blocks.n_features, blocks.n_features)
    for start in range(0, len(encoded), rows_at_once):
        rows = slice(start, start + rows_at_once)
        hessian = hessians(network, encoded[rows], blocks)
        means += weights[:, rows] @ hessian.flatten(2)
        eah += blocks.sizes(hessian).abs().sum(1) / len(encoded)
    return means.unflatten(2, (n_coordinates, n_coordinates)), eah


def hessians(
    network: SmoothPerceptron, encoded: Float[Tensor, "rows columns"], blocks: FeatureBlocks
) -> Float[Tensor, "draws rows coordinates coordinates"]:
    """The Hessian of every network at every row, in the blocks' coordinates, by the cheaper of two closed forms."""
    inputs = encoded.expand(len(network.weights[0]), *encoded.shape)
    passed = Pass.through(network.weights, network.biases, network.activation, network.head, inputs)
    own = (blocks.directions @ network.weights[0].mT)[:, None]
    down, up = cost(_sizes(network), len(blocks))
    if down < up:
        return own @ passed.downwards() @ own.mT
    return passed.upwards(own.expand(-1, len(encoded), -1, -1))


class _Total:
    """Sums of figures and of their squares, from which their moments come; shifted by the first ones, so that figures
    that hardly differ lose no digits."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, figures: Float[Tensor, "draws *figures"]) -> None:
        values = figures.double()
        if self.count == 0:
            self.first = values[0].clone()
            self.sum, self.squares = torch.zeros_like(self.first), torch.zeros_like(self.first)
        off = values - self.first
        self.sum += off.sum(0)
        self.squares += off.square().sum(0)
        self.count += len(values)

    def moments(self) -> Moments:
        """The deviation is that of a sample; of a single network, 0."""
        mean = self.sum / self.count
        variance = (self.squares / self.count - mean.square()).clamp(min=0.0) * self.count / max(1, self.count - 1)
        return Moments((self.first + mean).cpu().numpy(), variance.sqrt().cpu().numpy())


def _indicators(divisions: Sequence[Int[np.ndarray, " rows"]]) -> Float64[Tensor, "regions rows"]:
    """1 where a row belongs to a region, over the regions of all divisions."""
    parts = [labels == np.arange(labels.max() + 1)[:, None] for labels in divisions]
    return torch.from_numpy(np.concatenate(parts).astype(np.float64))


def _members(network: SmoothPerceptron, start: int, stop: int) -> SmoothPerceptron:
    weights = tuple(weight[start:stop] for weight in network.weights)
    return replace(network, weights=weights, biases=tuple(bias[start:stop] for bias in network.biases))


def _sizes(network: SmoothPerceptron) -> list[int]:
    return [network.weights[0].shape[2], *(weight.shape[1] for weight in network.weights)]


def _bytes_per_row(network: SmoothPerceptron, n_coordinates: int, size: int) -> int:
    """Working memory of one network at one row."""
    sizes = _sizes(network)
    down, up = cost(sizes, n_coordinates)
    widest = max(sizes[1:-1])
    carried = 3 * widest**2 + n_coordinates * widest if down < up else 3 * n_coordinates * widest
    return size * (carried + 4 * n_coordinates**2 + 6 * sum(sizes))
