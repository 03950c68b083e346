"""How fast the Hessians are beside the papers' own loops, on the same network in the same run."""

import time
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.hessian_loops import group_expected_hessian, integrated_hessians, integrated_hessians_point_by_point
from benchmarks.hessian_truths import table
from interaction_engine.data.dataset import Dataset
from interaction_engine.data.encoding import encode
from interaction_engine.models.networks.bayesian import BayesianNetwork, DropoutPerceptron
from interaction_engine.models.networks.mlp import Mlp
from interaction_engine.models.smoothing import smooth_model
from interaction_engine.numerics.derivatives.feature_blocks import FeatureBlocks
from interaction_engine.numerics.derivatives.group_hessians import group_hessians
from interaction_engine.numerics.derivatives.node_choice import nodes_needed
from interaction_engine.numerics.derivatives.path_integrals import (
    Differentiable,
    Integrals,
    Lines,
    SmoothPerceptron,
    integrate,
    product_rule,
)

Figures = dict[str, Any]

BETA = 10.0
GRID = 16
"""Steps of the paper's grid: 256 points, "less than 300 samples" (appendix A.4)."""

MEMORY = 1 << 29
COMPLETE = 1e-4
"""Completeness gap that the speed is measured at; the paper's grid does not come near it."""


def speed(n_features: int, activation: str, quick: bool) -> Figures:
    """Integrated Hessians of a network of five layers of 128 units, all rows, against the paper's loop on few rows.

    With "relu" the kinks are rounded by BETA, which takes the quadrature more nodes than plain softplus does.
    """
    rows = np.random.default_rng(1).standard_normal((50 if quick else 1000, n_features))
    model = random_network(table("noise", rows, np.arange(len(rows))), (128,) * 5, activation)
    network, inputs = smooth_model(model, BETA), torch.from_numpy(rows).float()
    zero, plain, steps = torch.zeros(n_features), as_module(model), GRID
    lines = Lines(inputs, zero.expand_as(inputs), torch.arange(n_features), n_features)
    gains = network.scores(inputs)[0] - network.scores(zero[None])[0]
    scale = gains.abs().clamp(min=float(gains.std()))
    integrated_hessians(plain, inputs[0], zero, 2)
    took: dict[str, list[float]] = {"ours": [], "loop": []}
    counts = sums = by_grid = torch.zeros(0)
    for row in inputs[: 1 if quick else 3]:
        began = time.perf_counter()
        counts, parts = _complete(network.score, lines, gains, 0.9 * COMPLETE * scale)
        took["ours"].append((time.perf_counter() - began) / len(rows))
        sums = torch.zeros(len(lines))
        for place, found in parts:
            sums[place] = found.first[0].sum(-1) + found.second[0].sum((-1, -2))
        del parts
        began = time.perf_counter()
        by_grid = integrated_hessians(plain, row, zero, steps)
        took["loop"].append(time.perf_counter() - began)
    began = time.perf_counter()
    integrated_hessians_point_by_point(plain, inputs[0], zero, 2)
    one_by_one = (time.perf_counter() - began) / 4 * steps**2
    ours, loop, last = min(took["ours"]), min(took["loop"]), len(took["loop"]) - 1
    return {
        "ratio": loop / ours, "ratio_one_by_one": one_by_one / ours, "milliseconds": 1e3 * ours, "rows": len(rows),
        "milliseconds_of_the_loop": 1e3 * loop, "points_of_the_loop": steps**2, "nodes": float(counts.float().mean()),
        "gap": float(((sums - gains).abs() / scale).max()),
        "gap_of_the_loop": float((by_grid.sum() - gains[last]).abs() / scale[last]),
    }  # fmt: skip


def _complete(
    score: Differentiable, lines: Lines, gains: Tensor, allowed: Tensor
) -> tuple[Tensor, list[tuple[Tensor, Integrals]]]:
    """The nodes of each line, and lines of as many nodes with their integrals: as many nodes as bring what is missing
    below `allowed`."""
    counts = nodes_needed(score, lines, gains.double()[:, None], allowed.double(), "gauss", MEMORY)[:, 0]
    parts = []
    for count in counts.unique().tolist():
        some = (counts == count).nonzero()[:, 0]
        part = replace(lines, rows=lines.rows[some], baselines=lines.baselines[some])
        parts.append((some, integrate(score, part, product_rule("gauss", count), MEMORY)))
    return counts, parts


SMALL = (20, 10)
"""Hidden layers of the GEH paper's code for its small table of 8 features."""


def group_speed(quick: bool) -> Figures:
    """Bayesian M-GEH with 15 regions, 200 draws and 768 rows of 8-20-10-1, against the paper's loop on some rows.

    Regions are given to both. `error` is how far the first draw's M-GEH is from the loop's, over all its rows.
    """
    n_rows, n_draws, n_regions = (192, 20, 15) if quick else (768, 200, 15)
    rows = np.random.default_rng(1).standard_normal((n_rows, 8))
    data = table("noise", rows, np.arange(float(n_rows)))
    model, regions = _random_bayesian(data), np.arange(n_rows) % n_regions
    encoded, blocks = encode(data.space, torch.from_numpy(rows)), FeatureBlocks.of(data.space, rows, torch.float32)
    took: dict[str, list[float]] = {"ours": [], "loop": []}
    drawn = model.draws(n_draws, 0)
    score, plain = smooth_model(drawn, 1.0).score, as_module(drawn.member(0))
    alone = smooth_model(drawn.member(0), 1.0).score
    assert isinstance(score, SmoothPerceptron)
    assert isinstance(alone, SmoothPerceptron)
    found, by_loop = np.zeros(0), torch.zeros(0)
    for _ in range(1 if quick else 3):
        began = time.perf_counter()
        with torch.inference_mode():
            found = group_hessians(score, encoded, blocks, [regions], 1 << 29).strength.mean[0]
        took["ours"].append((time.perf_counter() - began) / (n_rows * n_draws))
        began = time.perf_counter()
        by_loop = group_expected_hessian(plain, [encoded[regions == region] for region in range(n_regions)])
        took["loop"].append((time.perf_counter() - began) / n_rows)
    with torch.inference_mode():
        first = group_hessians(alone, encoded, blocks, [regions], 1 << 29).strength.mean[0]
    upper = np.triu_indices(8, 1)
    ours, loop = min(took["ours"]), min(took["loop"])
    return {
        "ratio": loop / ours, "seconds": ours * n_rows * n_draws, "seconds_of_the_loop": loop * n_rows * n_draws,
        "error": float(np.abs(first - by_loop.numpy()[upper]).max() / by_loop.abs().max()),
        "draws": n_draws, "rows": n_rows, "pairs": len(found),
    }  # fmt: skip


def _random_bayesian(data: Dataset) -> BayesianNetwork:
    source, sizes = torch.Generator().manual_seed(0), (data.space.n_columns, *SMALL, 1)
    network = DropoutPerceptron(
        weights=tuple(torch.randn(1, out, into, generator=source) * (2 / into) ** 0.5 for into, out in pairwise(sizes)),
        biases=tuple(torch.zeros(1, out) for out in sizes[1:]),
        dropout=tuple(torch.full((1, into), 0.1) for into in sizes[:-1]),
        main=torch.zeros(1, 1, data.space.n_columns),
        noise=torch.zeros(1),
    )
    return BayesianNetwork(data.space, data.target, network)


def random_network(data: Dataset, hidden: tuple[int, ...], activation: str, seed: int = 0) -> Mlp:
    """An untrained network that takes rows as they are: speed does not ask what it has learnt."""
    source = torch.Generator().manual_seed(seed)
    shapes = list(pairwise((data.space.n_columns, *hidden, 1)))
    weights = tuple(torch.randn(1, out, into, generator=source) * (2.0 / into) ** 0.5 for into, out in shapes)
    biases = tuple(torch.zeros(1, out) for _, out in shapes)
    return Mlp.of_layers(space=data.space, target=data.target, weights=weights, biases=biases, activation=activation)


def as_module(model: Mlp) -> nn.Sequential:
    """The network as anybody would write it in torch, kinks rounded."""
    layers: list[nn.Module] = []
    for weight, bias in zip(model.weights, model.biases, strict=True):
        linear = nn.Linear(weight.shape[2], weight.shape[1])
        linear.load_state_dict({"weight": weight[0], "bias": bias[0]})
        layers += [linear, nn.Softplus(beta=BETA if model.activation == "relu" else 1.0)]
    return nn.Sequential(*layers[:-1]).requires_grad_(False)
