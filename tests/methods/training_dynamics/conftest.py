"""Data of three kinds to learn from (images, a table, sentences), and one small run."""

import numpy as np
import pandas as pd
import pytest

from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.data.samples import load_sample
from interaction_engine.methods.training_dynamics.dynamics import dynamics
from interaction_engine.models.training.watched_trainer import new_cnn
from tests.methods.training_dynamics.watching import TINY


@pytest.fixture(scope="session")
def digits():
    return load_sample("digits", rows=150)


@pytest.fixture(scope="session")
def tiny(digits):
    return dynamics(new_cnn(digits, 0), digits, **TINY)


@pytest.fixture(scope="session")
def classes():
    """Two numbers and a category, of which two classes are made; one feature says nothing."""
    draw = np.random.default_rng(0)
    frame = pd.DataFrame(draw.standard_normal((300, 3)), columns=["a", "b", "idle"])
    frame["c"] = draw.choice(["low", "mid", "top"], 300)
    frame["answer"] = np.where(frame.a * frame.b + (frame.c == "top") > 0.3, "yes", "no")
    kinds = dict.fromkeys(["a", "b", "idle"], Kind.NUMERIC) | {"c": Kind.CATEGORICAL}
    return assemble(frame, name="classes", target="answer", kinds=kinds)


@pytest.fixture(scope="session")
def opinions():
    """Sentences in which "not" turns "good" and "bad" round, of different lengths."""
    draw = np.random.default_rng(0)
    texts, answers = [], []
    for _ in range(300):
        good, negated = bool(draw.integers(2)), bool(draw.integers(2))
        words = ["not" if negated else "so", "good" if good else "bad"]
        texts.append(" ".join([*draw.choice(["it", "is", "a", "film"], draw.integers(1, 5)), *words]))
        answers.append("yes" if good != negated else "no")
    frame = pd.DataFrame({"text": texts, "mark": draw.standard_normal(300), "answer": answers})
    return assemble(frame, name="opinions", target="answer", kinds={"text": Kind.TEXT, "mark": Kind.NUMERIC})
