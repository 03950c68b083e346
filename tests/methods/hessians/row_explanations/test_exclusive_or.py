"""The exclusive or: seen by the integral on the way to the row, and not by the Hessian at it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import torch

import interaction_engine as ie
from interaction_engine.methods.hessians.explainer import explain
from interaction_engine.models.networks.mlp import Mlp
from tests.oracles import numeric_dataset


def exclusive_or(data):
    """relu(a + b) - 2 relu(a + b - 1) of the table values, as a network of ours."""
    means, scales = (torch.tensor(v, dtype=torch.float32) for v in (data.space.means, data.space.scales))
    weight, bias = scales.expand(2, 2), torch.stack([means.sum(), means.sum() - 1.0])
    weights = (weight[None].clone(), torch.tensor([[[1.0, -2.0]]]))
    return Mlp.of_layers(data.space, data.target, weights, (bias[None], torch.zeros(1, 1)))


def dataset_with_row(data, values):
    """The data set whose first row has these values."""
    frame = data.frame.copy()
    frame.loc[0, list(data.space.names)] = values
    return replace(data, frame=frame)


def test_exclusive_or_is_seen_by_the_integral_and_not_by_the_hessian_at_the_row():
    data = numeric_dataset(n_features=2)
    model = exclusive_or(data)
    frame = pd.DataFrame({"a": [1.0, 1.0, 0.0], "b": [1.0, 0.0, 0.0]})
    np.testing.assert_allclose(model.predict(frame), [0.0, 1.0, 0.0], atol=1e-6)
    found = explain(model, data, np.array([[1.0, 1.0]]), baseline=[0.0, 0.0], beta=200.0)
    assert found.interactions[0, 0, 1] < -0.3
    at_row = dataset_with_row(data, [1.0, 1.0])
    result = ie.detect("input_hessian", model, at_row, row=0, beta=200.0)
    assert result.table["strength"].iloc[0] < 1e-6
