"""Rows of plain numbers for formulas, and a sample with a network of rectifiers trained on it."""

import pytest

import interaction_engine as ie
from tests.oracles import numeric_dataset


@pytest.fixture(scope="session")
def numbers():
    return numeric_dataset(n_rows=60)


@pytest.fixture(scope="session")
def california():
    return ie.load_sample("california", rows=600)


@pytest.fixture(scope="session")
def trained(california):
    return ie.train(california, "mlp", hidden=(32, 32), epochs=3, activation="relu")
