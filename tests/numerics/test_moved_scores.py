"""Every way to score moved rows gives the scores of the rows themselves, and evaluates what it must and no more."""

import copy
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from interaction_engine.core.compute import Compute
from interaction_engine.core.errors import ModelError
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.models.adapters.wrapping import wrap
from interaction_engine.models.networks.mlp import Mlp
from interaction_engine.numerics.differences import MixedDifferences
from interaction_engine.numerics.moved_scores import EncodedRows, FirstLayer, TableRows
from interaction_engine.numerics.moves import moves
from tests.oracles import mixed_dataset, numeric_dataset

pytestmark = pytest.mark.slow

SCHEMES = ["auto", "central", "forward", "swap"]


def classes_dataset(n_classes):
    mixed = mixed_dataset()
    kinds = {feature.name: feature.kind for feature in mixed.space.features}
    frame = mixed.frame[list(mixed.space.names)]
    labels = np.random.default_rng(1).integers(0, n_classes, len(frame))
    return assemble(
        frame.assign(kind=[f"kind {label}" for label in labels]), name="classes", target="kind", kinds=kinds
    )


def network(data, members, seed=0, **options):
    generator = torch.Generator().manual_seed(seed)
    outputs = max(1, len(data.target.classes)) if len(data.target.classes) != 2 else 1
    widths = (data.space.n_columns, 24, 20, outputs)
    weights = tuple(
        torch.randn(members, out, inputs, generator=generator, dtype=torch.float64) / inputs**0.5
        for inputs, out in pairwise(widths)
    )
    biases = tuple(torch.randn(members, out, generator=generator, dtype=torch.float64) for out in widths[1:])
    return Mlp.of_layers(data.space, data.target, weights, biases, "tanh", **options)


def module(data, outputs=1):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(data.space.n_columns, 24), nn.GELU(), nn.Linear(24, 20), nn.GELU(), nn.Linear(20, outputs)
    )


def differences_of(model, data, scheme, n_rows=40):
    rows = torch.from_numpy(data.background(n_rows, 0))
    return MixedDifferences(model, rows, moves(data.space, rows, scheme, 0.75), Compute())


def generic(differences):
    """The same differences from rows of table values, scored by the model."""
    differences._network = None
    differences._rows = TableRows(differences.model, differences.rows, differences.moves)
    return differences


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("members", [1, 3])
def test_the_first_layer_shortcut_is_exact_for_shifts_swaps_and_categories(scheme, order, members):
    data = mixed_dataset()
    model = network(data, members, scale=3.0, shift=-1.0)
    subsets = torch.combinations(torch.arange(5), order)
    fast, slow = differences_of(model, data, scheme), generic(differences_of(model, data, scheme))
    assert isinstance(fast._network, FirstLayer)
    torch.testing.assert_close(fast(subsets, 7, 40), slow(subsets, 7, 40), rtol=1e-9, atol=1e-11)
    assert fast.evaluations == slow.evaluations


@pytest.mark.parametrize(("n_classes", "class_index"), [(2, None), (2, 0), (3, 0), (3, 2)])
def test_classifiers_keep_their_heads(n_classes, class_index):
    data = classes_dataset(n_classes)
    model = network(data, 2, class_index=class_index)
    subsets = torch.combinations(torch.arange(5))
    fast, slow = differences_of(model, data, "auto"), generic(differences_of(model, data, "auto"))
    torch.testing.assert_close(fast(subsets, 0, 40), slow(subsets, 0, 40), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("order", [2, 3, 4])
@pytest.mark.parametrize("way", ["recognised", "called"])
def test_brought_modules_equal_their_rows(scheme, order, way):
    data = mixed_dataset()
    subsets = torch.combinations(torch.arange(5), order)
    model = wrap(module(data), data)
    fast, slow = differences_of(model, data, scheme), generic(differences_of(model, data, scheme))
    assert isinstance(fast._network, FirstLayer)
    assert isinstance(fast._rows, EncodedRows)
    if way == "called":
        fast._network = None
    atol = 1e-6 * 2**order
    torch.testing.assert_close(fast(subsets, 0, 40), slow(subsets, 0, 40), rtol=1e-4, atol=atol)
    assert fast.evaluations == slow.evaluations


@pytest.mark.parametrize("n_classes", [2, 3])
def test_brought_classifiers_keep_their_heads(n_classes):
    data = classes_dataset(n_classes)
    model = wrap(module(data, 1 if n_classes == 2 else 3), data)
    fast, slow = differences_of(model, data, "auto"), generic(differences_of(model, data, "auto"))
    assert isinstance(fast._network, FirstLayer)
    subsets = torch.combinations(torch.arange(5))
    torch.testing.assert_close(fast(subsets, 0, 40), slow(subsets, 0, 40), rtol=1e-4, atol=1e-5)


def test_a_module_of_table_values_is_recognised_too():
    data = numeric_dataset()
    model = wrap(module(data), data, takes="array")
    fast, slow = differences_of(model, data, "central"), generic(differences_of(model, data, "central"))
    assert isinstance(fast._network, FirstLayer)
    subsets = torch.combinations(torch.arange(5))
    torch.testing.assert_close(fast(subsets, 0, 40), slow(subsets, 0, 40), rtol=1e-4, atol=1e-5)


def test_a_perceptron_that_scores_otherwise_than_its_module_is_not_used(monkeypatch):
    data = numeric_dataset()
    model = wrap(module(data), data)
    other = copy.deepcopy(model.module)
    with torch.no_grad():
        other[4].bias += 1.0
    changed = wrap(other, data).perceptron()
    monkeypatch.setattr(type(model), "perceptron", lambda self: changed)
    assert differences_of(model, data, "central")._network is None


@pytest.mark.parametrize("way", ["recognised", "called"])
def test_scores_that_are_no_numbers_are_refused(way):
    data = numeric_dataset()
    model = wrap(module(data), data)
    before = differences_of(model, data, "central")
    with torch.no_grad():
        model.module[4].bias += torch.nan
    # a module that fails when it is compared with its perceptron is left to say so itself
    differences = before if way == "recognised" else differences_of(model, data, "central")
    assert (differences._network is not None) == (way == "recognised")
    with pytest.raises(ModelError, match="finite"):
        differences(torch.tensor([[0, 1]]), 0, 40)


def test_a_network_of_ours_that_overflows_does_not_pass_for_additive():
    data = numeric_dataset()
    model = network(data, 1)
    overflowing = model.with_layers((*model.weights[:2], model.weights[2] * torch.inf), model.biases)
    with pytest.raises(ModelError, match="finite"):
        differences_of(overflowing, data, "central")(torch.tensor([[0, 1]]), 0, 40)


@pytest.mark.parametrize("scheme", ["auto", "forward", "swap"])
def test_rows_may_come_in_any_order_and_are_evaluated_once(scheme):
    data = mixed_dataset()
    model = network(data, 2)
    pairs = torch.combinations(torch.arange(5))
    whole, parts = (differences_of(model, data, scheme) for _ in range(2))
    expected = whole(pairs, 0, 40)
    for some, start, stop in (
        (pairs[:2], 25, 40),
        (pairs, 10, 30),
        (pairs, 30, 40),
        (pairs[4:], 0, 12),
        (pairs, 0, 10),
    ):
        chosen = (pairs[:, None] == some[None]).all(2).any(1)
        torch.testing.assert_close(parts(some, start, stop), expected[:, chosen, start:stop])
    singles = whole._singles
    assert singles is not None
    assert parts._singles is not None
    assert torch.equal(parts._singles.known, singles.known)
    shared = int(singles.known.sum())
    own = sum(int(whole.cost(some).sum()) * n for some, n in ((pairs[:2], 15), (pairs, 20 + 10 + 10), (pairs[4:], 12)))
    assert parts.evaluations == own + shared


def test_a_race_pays_for_the_rows_and_features_that_it_reaches():
    data = numeric_dataset(n_rows=400)
    differences = differences_of(wrap(lambda x: x[:, 0] * x[:, 1], data), data, "forward", n_rows=300)
    differences(torch.tensor([[1, 3]]), 250, 260)
    assert differences.evaluations == 10 * (1 + 3)  # the corner with both moved; the row, and either feature moved
    assert differences.shared_cost() == 1 + 5


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_shared_cost_is_what_all_pairs_share(scheme):
    data = mixed_dataset()
    differences = differences_of(network(data, 1), data, scheme)
    pairs = torch.combinations(torch.arange(5))
    differences(pairs, 0, 40)
    assert differences.evaluations == 40 * (int(differences.cost(pairs).sum()) + differences.shared_cost())


@pytest.mark.parametrize("shape", [(1, 3000), (4000, 2), (45, 70)])
def test_no_call_is_larger_than_the_batch(shape):
    n_subsets, n_rows = shape
    data = numeric_dataset(n_rows=3000, n_features=10)
    sizes = []

    def spy(x):
        sizes.append(len(x))
        return x[:, 0]

    differences = differences_of(wrap(spy, data), data, "central", n_rows=n_rows)
    differences.batch, n_rows = 1000, len(differences.rows)
    pairs = torch.combinations(torch.arange(10)).repeat(100, 1)[:n_subsets]
    sizes.clear()
    differences(pairs, 0, n_rows)
    assert max(sizes) <= 1000
    assert sum(sizes) == 4 * n_subsets * n_rows
    assert len(sizes) <= 2 * (4 * n_subsets * n_rows / 1000) + 1


def test_a_model_that_changes_its_rows_changes_nothing_else():
    data = numeric_dataset()

    def function(x):
        x *= 2.0
        return x[:, 0] * x[:, 1]

    careful = differences_of(wrap(lambda x: 4.0 * x[:, 0] * x[:, 1], data), data, "central")
    careless = differences_of(wrap(function, data), data, "central")
    pairs = torch.combinations(torch.arange(5))
    torch.testing.assert_close(careless(pairs, 0, 40), careful(pairs, 0, 40))


def test_wrapped_boosters_are_asked_in_float32_with_the_same_result():
    import xgboost

    data = numeric_dataset()
    booster = xgboost.XGBRegressor(n_estimators=5, max_depth=3, n_jobs=1)
    booster.fit(
        pd.DataFrame(data.rows, columns=list(data.space.names))[list(data.space.names)[::-1]], data.target_values
    )
    model = wrap(booster, data)
    frame = data.frame[list(data.space.names)[::-1]]
    assert model.row_dtype == torch.float32
    np.testing.assert_allclose(model.predict(data.frame), booster.predict(frame), rtol=1e-6)
