"""Small data sets of every kind of target, made once."""

import numpy as np
import pandas as pd
import pytest

from interaction_engine.data.io.reading import read_dataset


def table(n: int = 240) -> pd.DataFrame:
    """Two numbers, a text column, and a target of each kind that they decide."""
    source = np.random.default_rng(0)
    a, b = source.normal(5.0, 2.0, n), source.normal(-1.0, 0.5, n)
    c = source.choice(["low", "mid", "top"], n)
    number = 2.0 * a - b + np.array([{"low": 0.0, "mid": 1.0, "top": 3.0}[level] for level in c])
    answer = np.where(number > np.median(number), "yes", "no")
    tier = np.where(number < 9, "basic", np.where(number < 13, "middle", "upper"))
    return pd.DataFrame({"a": a, "b": b, "c": c, "number": number, "answer": answer, "tier": tier})


@pytest.fixture(scope="session")
def numeric():
    """Regression on the two numeric columns."""
    return read_dataset(table()[["a", "b", "number"]], target="number", name="numeric")


@pytest.fixture(scope="session")
def mixed():
    """Regression on numbers and text."""
    return read_dataset(table()[["a", "b", "c", "number"]], target="number", name="mixed")


@pytest.fixture(scope="session")
def binary():
    return read_dataset(table()[["a", "b", "answer"]], target="answer", name="binary")


@pytest.fixture(scope="session")
def multiclass():
    return read_dataset(table()[["a", "b", "tier"]], target="tier", name="multiclass")
