"""Models with known patterns, one without, and the salient patterns of a result."""

import numpy as np

from interaction_engine.models.adapters.wrapping import wrap
from tests.oracles import numeric_dataset

FIVE = tuple("abcde")
EXACT = {"row": 0, "baseline": "zero", "delta": 0.0}


def game(function, data=None):
    """A model whose score depends on which features are not at 0; to be used with the baseline "zero"."""
    data = data or numeric_dataset()
    return wrap(lambda x: function(x != 0.0).astype(float), data), data


def rough(x):
    return np.tanh(x[:, 0] * x[:, 1] + x[:, 2]) + np.maximum(x[:, 3] - x[:, 4], 0) * x[:, 0] + np.abs(x[:, 1] + x[:, 3])


def patterns(result, status="salient"):
    table = result.table[result.table["status"] == status]
    return {("".join(row.features), row.kind): row.effect for row in table.itertuples()}
