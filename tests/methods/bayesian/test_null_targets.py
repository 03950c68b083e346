"""Targets without interactions: what is kept of the table's own, what is not, for numbers and for classes."""

import numpy as np
import pandas as pd
import pytest
import torch

from interaction_engine.data.io.reading import read_dataset
from interaction_engine.methods.bayesian.null_targets import chance_targets

N = 3000


def table(seed=0):
    """y is a curve of a, twice the product of b and c, and noise."""
    source = np.random.default_rng(seed)
    a, b, c = source.uniform(-2, 2, N), source.normal(size=N), source.normal(size=N)
    return pd.DataFrame({"a": a, "b": b, "c": c, "y": np.sin(2 * a) + 2 * b * c + source.normal(0, 0.3, N)})


@pytest.fixture(scope="module")
def numbers():
    return read_dataset(table(), target="y")


def of_training(data, name):
    return data.frame[name].to_numpy()[data.train_rows].astype(float)


def test_shuffled_targets_are_the_same_values_in_another_order(numbers):
    targets = chance_targets(numbers, "shuffled", 0, range(3)).numpy()
    own = of_training(numbers, "y")
    own = (own - own.mean()) / own.std()
    for values in targets:
        np.testing.assert_allclose(np.sort(values), np.sort(own))
        assert abs(np.corrcoef(values, own)[0, 1]) < 0.1
    assert not np.array_equal(targets[0], targets[1])


def test_additive_targets_keep_the_curves_and_lose_the_product(numbers):
    curve, product = np.sin(2 * of_training(numbers, "a")), of_training(numbers, "b") * of_training(numbers, "c")
    own = of_training(numbers, "y")
    assert np.corrcoef(own, product)[0, 1] > 0.8
    for values in chance_targets(numbers, "additive", 0, range(4)).numpy():
        slope = np.polyfit(curve, values * own.std(), 1)[0]
        assert slope == pytest.approx(0.9, abs=0.25)  # what is fitted to so much noise is a little flat
        assert abs(np.corrcoef(values, product)[0, 1]) < 0.1
        assert values.std() == pytest.approx(1.0, abs=0.05)  # as much noise as there was product


@pytest.mark.parametrize("classes", [2, 3])
def test_additive_classes_follow_each_feature_and_not_the_pair(classes):
    frame = table()
    score = 2 * np.sin(2 * frame["a"]) + 2 * frame["b"] * frame["c"]
    edges = [-99, 0, 99] if classes == 2 else [-99, -1, 1, 99]
    frame["y"] = pd.cut(score, edges, labels=list("uvw")[:classes]).astype(str)
    data = read_dataset(frame, target="y")
    curve, product = np.sin(2 * of_training(data, "a")), of_training(data, "b") * of_training(data, "c")
    own = data.target_values[data.train_rows]
    for values in chance_targets(data, "additive", 0, range(3)).numpy():
        assert set(values) == set(range(classes))
        shares = [np.bincount(one.astype(int), minlength=classes) / len(one) for one in (values, own)]
        np.testing.assert_allclose(*shares, atol=0.05)
        assert np.corrcoef(values, curve)[0, 1] == pytest.approx(np.corrcoef(own, curve)[0, 1], abs=0.08)
        assert abs(np.corrcoef(values, product)[0, 1]) < 0.1 < np.corrcoef(own, product)[0, 1]


def test_every_network_has_targets_of_its_own_wherever_it_is_trained(numbers):
    together = chance_targets(numbers, "additive", 5, range(6))
    apart = torch.cat(
        [chance_targets(numbers, "additive", 5, range(4)), chance_targets(numbers, "additive", 5, range(4, 6))]
    )
    assert torch.equal(together, apart)
    assert not torch.equal(together, chance_targets(numbers, "additive", 6, range(6)))
