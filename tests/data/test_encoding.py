"""Encoded inputs: standardised numbers, one column per level, laid out by the feature space's groups."""

import numpy as np
import pandas as pd
import torch

from interaction_engine.data.encoding import encode
from interaction_engine.data.io.reading import read_dataset
from interaction_engine.data.samples import load_sample


def test_numbers_are_standardised_and_levels_one_hot():
    frame = pd.DataFrame(
        {"a": np.arange(20.0), "level": ["u", "v", "w", "v"] * 5, "b": np.arange(20.0) ** 2, "y": np.arange(20.0)}
    )
    data = read_dataset(frame, target="y")
    inputs = encode(data.space, torch.from_numpy(data.rows.copy()))
    assert inputs.dtype == torch.float32
    assert inputs.shape == (20, 5)
    first, level, _ = data.space.groups
    mean, scale = data.space.means[0], data.space.scales[0]
    np.testing.assert_allclose(inputs[:, first].numpy()[:, 0], (frame["a"] - mean) / scale, rtol=1e-6)
    expected = (frame["level"].to_numpy()[:, None] == np.array(["u", "v", "w"])).astype(np.float32)
    np.testing.assert_array_equal(inputs[:, level].numpy(), expected)


def test_training_rows_have_mean_zero_and_deviation_one():
    data = load_sample("F8", rows=2000)
    inputs = encode(data.space, torch.from_numpy(data.rows[data.train_rows]))
    torch.testing.assert_close(inputs.mean(0), torch.zeros(10), atol=1e-6, rtol=0)
    torch.testing.assert_close(inputs.std(0, correction=0), torch.ones(10), atol=1e-6, rtol=0)


def test_large_offsets_lose_no_precision():
    frame = pd.DataFrame({"time": 1.7e9 + np.arange(20.0), "y": np.arange(20.0)})
    data = read_dataset(frame, target="y")
    inputs = encode(data.space, torch.from_numpy(data.rows.copy()))
    np.testing.assert_allclose(np.diff(inputs[:, 0].numpy()), 1 / data.space.scales[0], rtol=1e-5)
