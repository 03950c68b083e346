"""How many nodes the integrals along lines need: as many as bring what they miss of the score's gain below a limit.

The interactions of a line sum to int -ln t (g'(t) + t g''(t)) dt for the score g(t) on it, its gain g(1) - g(0) up to
the quadrature's error. One direction, the line's own, tells that error: much cheaper than the directions of all
features, for which the nodes are then chosen.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
from jaxtyping import Float64, Int
from torch import Tensor

from .path_integrals import Differentiable, Lines, Quadrature, integrate, product_rule

COUNTS: dict[Quadrature, tuple[int, ...]] = {
    "gauss": (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256),
    "riemann": (8, 16, 32, 64),
}
"""Numbers of nodes that are tried, in order: Gauss's rule holds up to 256; the paper's grid has their square."""


def missed(
    score: Differentiable,
    lines: Lines,
    gains: Float64[Tensor, " lines"],
    count: int,
    quadrature: Quadrature,
    memory: int,
) -> Float64[Tensor, " lines"]:
    """What the interactions along each line, averaged over members, sum to beyond the score's gain there."""
    whole = replace(lines, groups=torch.zeros_like(lines.groups), n_features=1)
    result = integrate(score, whole, product_rule(quadrature, count), memory)
    return result.interactions()[..., 0, 0].mean(0).double().cpu() - gains


def nodes_needed(
    score: Differentiable,
    lines: Lines,
    gains: Float64[Tensor, "rows baselines"],
    allowed: Float64[Tensor, " rows"],
    quadrature: Quadrature,
    memory: int,
    progress: Callable[[int], None] = lambda points: None,
) -> Int[Tensor, "rows baselines"]:
    """Choose the nodes of each line so that a row's mean misses at most what is `allowed`.

    Lines of one row stand together in `lines`; the largest of COUNTS for lines that need more. `progress` receives how
    many points were looked at.
    """
    counts = torch.full(gains.shape, COUNTS[quadrature][0])
    misses = torch.full_like(gains, torch.inf)
    open_lines = torch.arange(gains.numel())
    for count in COUNTS[quadrature]:
        there = open_lines.to(lines.rows.device)
        some = replace(lines, rows=lines.rows[there], baselines=lines.baselines[there])
        misses.view(-1)[open_lines] = missed(score, some, gains.view(-1)[open_lines], count, quadrature, memory)
        counts.view(-1)[open_lines] = count
        progress(len(open_lines) * len(product_rule(quadrature, count)))
        gapping = misses.mean(1).abs() > allowed
        open_lines = (gapping[:, None] & (misses.abs() > allowed[:, None])).flatten().nonzero()[:, 0]
        if not len(open_lines):
            break
    return counts
