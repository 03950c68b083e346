"""Joint effects of pairs: closed forms, equality with one-corner-at-a-time evaluation, and the number of
evaluations."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from interaction_engine.core.compute import Compute
from interaction_engine.models.adapters.wrapping import wrap
from interaction_engine.models.networks.mlp import Mlp
from interaction_engine.numerics.differences import MixedDifferences
from interaction_engine.numerics.moves import moves
from tests.oracles import joint_effects, mixed_dataset, numeric_dataset

pytestmark = pytest.mark.slow

SCHEMES = ["auto", "central", "forward", "quantile", "swap"]


def all_pairs(n_features):
    return torch.combinations(torch.arange(n_features))


def network(data, sizes=(24, 20), members=2, activation="tanh", seed=0):
    generator = torch.Generator().manual_seed(seed)
    widths = (data.space.n_columns, *sizes, 1)
    shapes = list(pairwise(widths))
    weights = tuple(torch.randn(members, out, inputs, generator=generator) / inputs**0.5 for inputs, out in shapes)
    biases = tuple(torch.randn(members, out, generator=generator) for _, out in shapes)
    return Mlp.of_layers(space=data.space, target=data.target, weights=weights, biases=biases, activation=activation)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_equals_evaluation_corner_by_corner(scheme):
    data = mixed_dataset()
    rows = torch.from_numpy(data.background(40, 0))

    def function(x):
        return np.sin(x[:, 0] / 9.0) * x[:, 1] ** 2 + (x[:, 2] + 1.0) * x[:, 3] * np.cos(x[:, 4] + x[:, 0])

    moved = moves(data.space, rows, scheme, 0.75)
    differences = MixedDifferences(wrap(function, data, takes="array"), rows, moved, Compute())
    pairs = all_pairs(5)
    found = torch.cat([differences(pairs, 0, 13), differences(pairs, 13, 40)], 2)[0].numpy()
    for (first, second), effects in zip(pairs.tolist(), found, strict=True):
        expected = joint_effects(function, moved.low.numpy(), moved.high.numpy(), rows.numpy(), first, second)
        np.testing.assert_allclose(effects, expected, atol=1e-9)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("order", [1, 3, 4])
def test_any_order_equals_evaluation_corner_by_corner(scheme, order):
    data = mixed_dataset()
    rows = torch.from_numpy(data.background(20, 0))

    def function(x):
        return np.sin(x[:, 0] / 9.0) * x[:, 1] ** 2 * (x[:, 2] + 1.0) * (x[:, 3] + 0.5) + np.cos(x[:, 4] + x[:, 0])

    moved = moves(data.space, rows, scheme, 0.75)
    differences = MixedDifferences(wrap(function, data, takes="array"), rows, moved, Compute())
    subsets = torch.combinations(torch.arange(5), order)
    found = torch.cat([differences(subsets, 0, 7), differences(subsets, 7, 20)], 2)[0].numpy()
    assert differences.evaluations == 20 * int(differences.cost(subsets).sum())
    for subset, effects in zip(subsets.tolist(), found, strict=True):
        expected = joint_effects(function, moved.low.numpy(), moved.high.numpy(), rows.numpy(), *subset)
        np.testing.assert_allclose(effects, expected, atol=1e-7)


@pytest.mark.parametrize("order", [2, 3, 4, 5])
def test_a_product_has_a_mixed_difference_of_exactly_one_per_unit_step(order):
    data = numeric_dataset(n_features=order)
    rows = torch.from_numpy(data.background(50, 0))
    scales = np.array([feature.scale for feature in data.space.features])
    means = np.array([feature.mean for feature in data.space.features])
    model = wrap(lambda x: ((x - means) / scales).prod(1), data)
    for scheme, step in (("central", 0.75), ("forward", 0.75), ("central", 0.1)):
        moved = moves(data.space, rows, scheme, step)
        subset = torch.arange(order)[None]
        local = MixedDifferences(model, rows, moved, Compute())(subset, 0, 50) / moved.span[subset].prod(1)
        np.testing.assert_allclose(local.numpy(), 1.0, rtol=1e-9)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("order", [2, 3, 4])
@pytest.mark.parametrize("precision", ["float64", "float32", "float32 inside"])
def test_rounding_of_an_additive_function_is_no_interaction_at_any_order(scheme, order, precision):
    data = numeric_dataset(n_features=5)
    rows = torch.from_numpy(data.background(200, 0))

    def function(x):
        x = x if precision == "float64" else x.astype(np.float32)
        return (np.exp(x[:, 0]) + np.sin(7 * x[:, 1]) + x[:, 2] ** 3) + (np.abs(x[:, 3]) + 100 * np.tanh(x[:, 4]))

    returned = (lambda x: function(x).astype(np.float64)) if precision == "float32 inside" else function
    differences = MixedDifferences(
        wrap(returned, data, takes="array"), rows, moves(data.space, rows, scheme, 0.75), Compute()
    )
    assert (differences(torch.combinations(torch.arange(5), order), 0, 200) == 0.0).all()


@pytest.mark.parametrize("order", [3, 4])
def test_networks_are_computed_in_float64_at_higher_orders(order):
    data = mixed_dataset()
    rows = torch.from_numpy(data.background(30, 0))
    model = network(data)
    moved = moves(data.space, rows, "auto", 0.75)
    subsets = torch.combinations(torch.arange(5), order)
    fast, slow = (MixedDifferences(model.double(), rows, moved, Compute()) for _ in range(2))
    slow._network = None
    with torch.inference_mode():
        torch.testing.assert_close(fast(subsets, 0, 30), slow(subsets, 0, 30), atol=1e-12, rtol=1e-9)
        single = MixedDifferences(model, rows, moved, Compute())(subsets, 0, 30)
    torch.testing.assert_close(fast(subsets, 0, 30), single, atol=1e-3, rtol=1e-3)


def test_the_shortcut_knows_that_a_network_may_have_other_standard_deviations_than_the_table():
    data, other = numeric_dataset(seed=0), numeric_dataset(seed=1)
    rows = torch.from_numpy(data.background(30, 0))
    moved = moves(data.space, rows, "central", 0.75)
    fast, slow = (MixedDifferences(network(other).double(), rows, moved, Compute()) for _ in range(2))
    slow._network = None
    with torch.inference_mode():
        torch.testing.assert_close(fast(all_pairs(5), 0, 30), slow(all_pairs(5), 0, 30), atol=1e-12, rtol=1e-9)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("activation", ["relu", "tanh", "softplus"])
def test_first_layer_shortcut_equals_scoring_the_rows(scheme, activation):
    data = mixed_dataset()
    rows = torch.from_numpy(data.background(60, 0))
    model = network(data, activation=activation)
    moved = moves(data.space, rows, scheme, 0.75)
    fast, slow = (MixedDifferences(model, rows, moved, Compute()) for _ in range(2))
    slow._network = None
    with torch.inference_mode():
        torch.testing.assert_close(fast(all_pairs(5), 3, 60), slow(all_pairs(5), 3, 60), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("memory", ["20KB", "1GB"])
def test_a_small_memory_budget_changes_nothing(memory):
    data = numeric_dataset()
    rows = torch.from_numpy(data.background(50, 0))
    moved = moves(data.space, rows, "central", 0.75)
    model = wrap(lambda x: x[:, 0] * x[:, 1] * x[:, 2], data)
    small = MixedDifferences(model, rows, moved, Compute(memory=memory))
    reference = MixedDifferences(model, rows, moved, Compute())
    torch.testing.assert_close(small(all_pairs(5), 0, 50), reference(all_pairs(5), 0, 50))


@pytest.mark.parametrize("scheme", ["central", "forward", "swap"])
def test_a_product_of_two_standardised_features_has_a_difference_of_one(scheme):
    data = numeric_dataset(n_rows=3000)
    (mean_a, mean_b), (scale_a, scale_b) = data.space.means[:2], data.space.scales[:2]
    model = wrap(lambda x: (x[:, 0] - mean_a) / scale_a * (x[:, 1] - mean_b) / scale_b, data)
    rows = torch.from_numpy(data.background(2000, 0))
    moved = moves(data.space, rows, scheme, 0.6)
    local = (
        MixedDifferences(model, rows, moved, Compute())(all_pairs(5), 0, len(rows))[0]
        / moved.span[all_pairs(5)].prod(1)[:, None]
    )
    if scheme == "swap":
        # the swapped distances are those of the data: their mean square is one up to sampling error
        assert local[0].square().mean().item() == pytest.approx(1.0, abs=0.15)
    else:
        torch.testing.assert_close(local[0], torch.ones(len(rows), dtype=torch.float64))
    torch.testing.assert_close(local[1:], torch.zeros_like(local[1:]))


@pytest.mark.parametrize(("scheme", "per_pair", "shared"), [("central", 4, 0), ("forward", 1, 6), ("swap", 1, 6)])
def test_evaluations_are_counted_and_shared(scheme, per_pair, shared):
    data = numeric_dataset()
    rows = torch.from_numpy(data.background(30, 0))
    differences = MixedDifferences(
        wrap(lambda x: x[:, 0], data), rows, moves(data.space, rows, scheme, 0.75), Compute()
    )
    pairs = all_pairs(5)
    differences(pairs, 0, 30)
    assert differences.evaluations == 30 * (len(pairs) * per_pair + shared)
    assert differences.cost(pairs).tolist() == [per_pair] * len(pairs)
    assert differences.shared_cost() == shared


def test_swaps_only_ever_show_values_of_the_data():
    data = mixed_dataset()
    seen = []

    def spy(x):
        seen.append(x.copy())
        return x[:, 0]

    rows = torch.from_numpy(data.background(50, 0))
    model = wrap(spy, data, takes="array")
    seen.clear()
    MixedDifferences(model, rows, moves(data.space, rows, "auto", 0.75), Compute())(all_pairs(5), 0, 50)
    values = np.concatenate(seen)
    assert set(values[:, 2]) <= set(rows[:, 2].tolist())
    assert set(values[:, 3]) <= {0.0, 1.0, 2.0}
    assert set(values[:, 4]) <= {0.0, 1.0}
