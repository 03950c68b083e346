"""What Integrated Hessians must show: closed forms, the exclusive or, and explanations that add up."""

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

import interaction_engine as ie
from benchmarks.hessian_ranks import hessians, interactions
from benchmarks.hessian_truths import Truth, table
from interaction_engine.models.networks.mlp import Mlp
from interaction_engine.numerics.derivatives.path_integrals import AnyScore, Lines, product_rule

Figures = dict[str, Any]

FORM = torch.tensor([[1.0, 2.0], [2.0, -3.0]], dtype=torch.float64)
ROW = torch.tensor([[0.8, 0.5]], dtype=torch.float64)
TOGETHER = float(ROW.sum())

CLOSED_FORMS: dict[str, tuple[Callable[[Tensor], Tensor], float]] = {
    "quadratic": (lambda x: ((x @ FORM) * x).sum(1), float(FORM[0, 1] * ROW.prod() / 2)),
    "product": (lambda x: x.prod(1), float(ROW.prod()) / 4),
    "exp": (
        lambda x: x.sum(1).exp(),
        float(ROW.prod()) * sum(TOGETHER**k / math.factorial(k) / (k + 2) ** 2 for k in range(40)),
    ),
}
"""Scores of two features, and their interaction at ROW from zero."""


def closed_forms() -> Figures:
    """How far the interactions are from their closed forms, with the eight nodes that are the least ever taken."""
    line = Lines(ROW, torch.zeros_like(ROW), torch.arange(2), 2)
    found = {name: AnyScore(score).integrals(line, product_rule("gauss", 8)) for name, (score, _) in
             CLOSED_FORMS.items()}  # fmt: skip
    return {name: abs(float(found[name].second[0, 0, 0, 1]) - value) for name, (_, value) in CLOSED_FORMS.items()}


def exclusive_or() -> Figures:
    """Both methods at (1, 1) of a network for exclusive or, max(0, x + y) - 2 max(0, x + y - 1) (section 4)."""
    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]] * 3)
    data = table("exclusive or", corners, np.logical_xor(*corners.T).astype(float))
    scales, means = torch.from_numpy(data.space.scales), torch.from_numpy(data.space.means)
    first = scales.expand(2, 2)
    network = Mlp.of_layers(
        space=data.space,
        target=data.target,
        weights=(first[None].float(), torch.tensor([[[1.0, -2.0]]])),
        biases=((torch.tensor([0.0, -1.0]) + means.sum())[None].float(), torch.zeros(1, 1)),
    )
    pair = Truth("exclusive or", 2, ((0, 1),), (), ())
    both_on = corners[3:4]
    integrated = float(interactions(pair, network, data, both_on)[0, 0])
    return {"integrated": integrated, "at_the_row": float(hessians(network, data, both_on)[0, 0, 1])}


def completeness(quick: bool) -> Figures:
    """The gaps of explanations by default settings of a trained ReLU network, and what the rounding changes."""
    data = ie.load_sample("california", rows=3000 if quick else None)
    model = ie.train(data, "mlp", hidden=(128, 128), activation="relu", epochs=5 if quick else 30, seed=0)
    began = time.perf_counter()
    result = ie.detect("integrated_hessians", model, data)
    seconds = time.perf_counter() - began
    rounding = result.rows["rounding"].abs() / data.target_values.std()
    return {
        "gap": float(result.completeness_gap.max()), "rows": len(result.rows), "seconds": seconds,
        "rounding": float(rounding.max()), "rounding_median": float(rounding.median()),
    }  # fmt: skip
