"""Detections that take as much memory as they may, the same on the simulated card and on a real one."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

import interaction_engine as ie
from interaction_engine.core.types import Kind, Model

METHODS: dict[str, dict[str, Any]] = {
    "exact": {"top_k": 5, "background": 500},
    "ucb": {"top_k": 5, "background": 500},
    "cliques": {"top_k": 5, "background": 300, "max_order": 3},
    "integrated_hessians": {"rows": 40, "nodes": 16},
    "expected_hessians": {"rows": 20, "nodes": 16, "baselines": 4},
    "input_hessian": {"rows": 500},
    "and_or": {"rows": 2, "max_players": 8, "max_iterations": 60},
}


@cache
def wide() -> ie.Dataset:
    """Twelve features, two of which act together."""
    rows = np.random.default_rng(0).standard_normal((2000, 12))
    names = [f"x{place}" for place in range(12)]
    frame = pd.DataFrame(rows, columns=names).assign(y=rows[:, 0] * rows[:, 1] + rows[:, 2])
    return ie.read_dataset(frame, target="y", kinds=dict.fromkeys(names, Kind.NUMERIC), name="wide")


@cache
def ensemble(units: int) -> Model:
    """Two networks of two layers of so many units, on the CPU."""
    return ie.train(wide(), "ensemble", members=2, hidden=(units, units), epochs=1, compute=ie.Compute("cpu"))
