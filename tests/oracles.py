"""Functions whose interactions are known in closed form, and plain re-implementations to compare the fast code with."""

import itertools

import numpy as np
import pandas as pd

from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.data.dataset import Dataset


def numeric_dataset(n_rows: int = 400, n_features: int = 5, seed: int = 0, name: str = "numbers") -> Dataset:
    """Standard normal features a, b, c, ... and a target that is their sum."""
    values = np.random.default_rng(seed).standard_normal((n_rows, n_features))
    names = [chr(ord("a") + index) for index in range(n_features)]
    frame = pd.DataFrame(values, columns=names).assign(target=values.sum(1))
    return assemble(frame, name=name, target="target", kinds=dict.fromkeys(names, Kind.NUMERIC))


def mixed_dataset(n_rows: int = 400, seed: int = 0) -> Dataset:
    """Two continuous numbers, a number of few values, and two categorical features."""
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "size": draw.normal(50.0, 10.0, n_rows),
            "weight": draw.normal(0.0, 2.0, n_rows),
            "rooms": draw.integers(1, 5, n_rows).astype(float),
            "colour": draw.choice(["red", "green", "blue"], n_rows),
            "town": draw.choice(["Bonn", "Lyon"], n_rows),
        }
    )
    frame["price"] = frame["size"] + frame["weight"]
    kinds = dict.fromkeys(["size", "weight", "rooms"], Kind.NUMERIC) | dict.fromkeys(
        ["colour", "town"], Kind.CATEGORICAL
    )
    return assemble(frame, name="mixed", target="price", kinds=kinds)


def joint_effects(function, low, high, rows, *features) -> np.ndarray:
    """The joint effect of some features, one corner after the other: F(u_i,u_j) - F(u_i,l_j) - ... for a pair."""
    total = np.zeros(len(rows))
    for corner in itertools.product((False, True), repeat=len(features)):
        moved = rows.copy()
        for feature, is_high in zip(features, corner, strict=True):
            moved[:, feature] = (high if is_high else low)[:, feature]
        total += (-1.0) ** corner.count(False) * np.array([function(row[None])[0] for row in moved])
    return total
