"""Hessians of many networks at many rows, averaged over regions of the rows: the group expected Hessian.

M-GEH of a pair is sum_m |A_m| / N |mean of H_ij over A_m| (GEH paper, equation 6), for several divisions of the rows
into regions A_1 .. A_M at once. One region gives AEH, a region per row EAH. Over the networks only sums are kept.
"""

from collections.abc import Callable, Iterator, Sequence
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
    """Measures of pairs of features, `pairs` (2, pairs).

    `strength` (divisions, pairs) and `eah` (pairs) are sizes, `signed` (regions, pairs) the mean Hessians of the
    regions of all divisions, one division after the other, `centres` the same of the mean network in the blocks'
    coordinates, times the regions' shares.
    """

    pairs: Int[np.ndarray, "2 pairs"]
    strength: Moments
    eah: Moments
    signed: Moments
    centres: Float64[Tensor, "regions coordinates coordinates"]


def group_hessians(
    network: SmoothPerceptron,
    encoded: Float[Tensor, "rows columns"],
    blocks: FeatureBlocks,
    divisions: Sequence[Int[np.ndarray, " rows"]],
    memory: int,
    progress: Callable[[float], None] = lambda share: None,
) -> GroupHessians:
    """The measures over all networks (members of `network`); a division tells each row's region, from 0 on.

    `memory` bounds the bytes worked on at once; `progress` receives the share that is done. Where a feature of a pair
    has three or more levels, its signed Hessian is a size too: there is no one sign.
    """
    weights = _indicators(divisions).to(encoded) / len(encoded)
    upper = _pairs_of(blocks)
    counts = [int(labels.max()) + 1 for labels in divisions]
    totals, centres = [_Total(), _Total(), _Total()], torch.zeros(())
    for means, eah in _rounds(network, encoded, blocks, weights, memory, progress):
        regional = blocks.sizes(means)[..., *upper]
        parts = [one.abs().sum(1) for one in regional.split(counts, dim=1)]
        figures = (torch.stack(parts, 1), eah[..., *upper], regional / weights.sum(1)[:, None])
        for total, figure in zip(totals, figures, strict=True):
            total.add(figure)
        centres = centres + means.sum(0, dtype=torch.float64)
    strength, sizes, signed = (total.moments() for total in totals)
    pairs = torch.stack(upper).cpu().numpy()
    return GroupHessians(pairs, strength, sizes, signed, centres / len(network.weights[0]))


def contour_probabilities(
    network: SmoothPerceptron,
    encoded: Float[Tensor, "rows columns"],
    blocks: FeatureBlocks,
    division: Int[np.ndarray, " rows"],
    centres: Float64[Tensor, "regions coordinates coordinates"],
    memory: int,
    progress: Callable[[float], None] = lambda share: None,
) -> Float64[np.ndarray, " pairs"]:
    """For each pair, the share of the networks that are as far from their mean as no interaction anywhere is.

    `centres` are the mean network's, of the regions of this `division`. Far is meant as M-GEH is: by the sizes of the
    differences in all regions, added up. This is the posterior probability outside the smallest ball around the mean
    that holds "no interaction", a contour probability with this distance in place of the density (Held, Simultaneous
    posterior probability statements from Monte Carlo output, JCGS 2004); the mean itself is counted as one of the
    networks, so that it is never 0.
    """
    weights = _indicators([division]).to(encoded) / len(encoded)
    upper, middle = _pairs_of(blocks), centres.to(encoded)
    nothing = blocks.sizes(middle)[..., *upper].abs().sum(0)
    farther = torch.zeros_like(nothing)
    for means, _ in _rounds(network, encoded, blocks, weights, memory, progress):
        away = blocks.sizes(means - middle)[..., *upper].abs().sum(1)
        farther += (away >= nothing).sum(0)
    return ((1.0 + farther) / (1.0 + len(network.weights[0]))).double().cpu().numpy()


def _rounds(
    network: SmoothPerceptron,
    encoded: Float[Tensor, "rows columns"],
    blocks: FeatureBlocks,
    weights: Float[Tensor, "regions rows"],
    memory: int,
    progress: Callable[[float], None],
) -> Iterator[tuple[Tensor, Tensor]]:
    """What `_means` gives for all networks, as many at once as the memory allows."""
    n_draws, n_rows = len(network.weights[0]), len(encoded)
    per_row = bytes_per_row(network, len(blocks), encoded.element_size())
    rows_at_once = max(1, min(n_rows, memory // per_row))
    draws_at_once = max(1, min(memory, AT_ONCE) // (per_row * rows_at_once))
    for start in range(0, n_draws, draws_at_once):
        members = _members(network, start, start + draws_at_once)
        yield _means(members, encoded, blocks, weights, rows_at_once)
        progress(min(1.0, (start + draws_at_once) / n_draws))


def _pairs_of(blocks: FeatureBlocks) -> tuple[Tensor, Tensor]:
    """Places of the first and of the second feature of every pair."""
    first, second = torch.triu_indices(blocks.n_features, blocks.n_features, 1, device=blocks.owners.device)
    return first, second


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
    """Sums of figures and of their squares, from which their moments come.

    Shifted by the first ones, so that figures that hardly differ lose no digits.
    """

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


def bytes_per_row(network: SmoothPerceptron, n_coordinates: int, size: int) -> int:
    """Working memory of one network at one row."""
    sizes = _sizes(network)
    down, up = cost(sizes, n_coordinates)
    widest = max(sizes[1:-1])
    carried = 3 * widest**2 + n_coordinates * widest if down < up else 3 * n_coordinates * widest
    return size * (carried + 4 * n_coordinates**2 + 6 * sum(sizes))
