"""Sets of features of any order: exact formulas, invariants, bounds, and how a run is told, kept and taken up again."""

import itertools

import numpy as np
import pandas as pd
import pytest
import torch

from interaction_engine.core.errors import Cancelled, InputError
from interaction_engine.core.types import Kind, Report
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.data.samples import load_sample
from interaction_engine.data.synthetic import FUNCTIONS
from interaction_engine.methods.finite_differences.cliques import cliques
from interaction_engine.methods.finite_differences.set_result import SUBSET_COLUMNS, SubsetInteractions
from interaction_engine.methods.finite_differences.ucb import ucb_pairs
from interaction_engine.methods.results import load_result
from interaction_engine.models.adapters.wrapping import wrap
from interaction_engine.models.networks.mlp import Mlp
from interaction_engine.models.training.mlp import train_ensemble
from tests.oracles import mixed_dataset, numeric_dataset

pytestmark = pytest.mark.slow


def sets(result: SubsetInteractions, order: int) -> set[frozenset[str]]:
    return {frozenset(names) for names in result.accepted(order)["features"]}


def inside(truth, order: int) -> set[frozenset[str]]:
    return {frozenset(part) for members in truth for part in itertools.combinations(sorted(members), order)}


def two_pairs_and_two_triples(x):
    return x[:, 0] * x[:, 1] + x[:, 2] * x[:, 3] * x[:, 4] + x[:, 5] * x[:, 6] * x[:, 7] + x[:, 8] * x[:, 9]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_exact_formula_is_recovered_without_error_at_every_order(name):
    data = load_sample(name, rows=2000)
    # Other rows' values stay in the domain of the roots and logarithms; steps would leave it.
    result = cliques(wrap(FUNCTIONS[name], data, takes="array"), data, scheme="swap", smallest=0.0)
    for order in (2, 3, 4):
        found = sets(result, order) if order in result.orders else set()
        assert found == inside(data.truth, order)


@pytest.mark.parametrize("scheme", ["auto", "central", "forward", "swap"])
def test_an_additive_function_has_no_edge(scheme):
    data = mixed_dataset()
    model = wrap(lambda x: np.sin(x[:, 0]) + x[:, 1] ** 3 + 2 * x[:, 2] + (x[:, 3] == 1) - x[:, 4], data, takes="array")
    result = cliques(model, data, scheme=scheme, background=60, smallest=0.0)
    assert result.accepted().empty
    assert (result.table["strength"] == 0.0).all()
    assert result.levels["candidates"].tolist() == [10, 0]
    assert (result.nodes["cluster"] == -1).all()


def test_a_product_of_four_has_strength_one_at_every_order_it_has():
    data = numeric_dataset(n_features=5)
    scales, means = (np.array([getattr(one, key) for one in data.space.features]) for key in ("scale", "mean"))
    model = wrap(lambda x: ((x - means) / scales)[:, :4].prod(1), data)
    result = cliques(model, data, scheme="central", background=100)
    assert result.accepted(4)["strength"].tolist() == pytest.approx([1.0])
    assert result.accepted(4)["effect"].tolist() == pytest.approx([1.5**4])
    assert len(sets(result, 3)) == 4


def test_pairs_without_a_triple_give_none():
    data = numeric_dataset(n_features=3)
    model = wrap(lambda x: x[:, 0] * x[:, 1] + x[:, 1] * x[:, 2] + x[:, 0] * x[:, 2], data)
    result = cliques(model, data, background=100)
    assert result.levels["accepted"].tolist() == [3, 0]
    assert result.of_order(3)["status"].tolist() == ["excluded"]
    assert result.of_order(3)["strength"].tolist() == [0.0]


def test_a_missing_triple_refuses_the_four():
    data = numeric_dataset(n_features=4)
    parts = list(itertools.combinations(range(4), 3))[:3]
    model = wrap(lambda x: sum(x[:, part].prod(1) for part in parts), data)
    result = cliques(model, data, background=100)
    assert result.levels.set_index("order")["refused"].to_dict() == {2: 0, 3: 0, 4: 1}
    assert result.refused["features"].tolist() == [("a", "b", "c", "d")]
    assert result.refused["missing"].tolist() == [("b", "c", "d")]


def test_permuted_features_permute_the_result():
    data = numeric_dataset(n_features=5)
    order = [2, 0, 4, 3, 1]
    inverse = np.argsort(order)
    names = [data.space.names[index] for index in order]
    permuted = assemble(
        data.frame[[*names, "target"]], name="permuted", target="target", kinds=dict.fromkeys(names, Kind.NUMERIC)
    )

    def function(x):
        return x[:, 0] * x[:, 1] * x[:, 2] + np.abs(x[:, 3] + x[:, 4])

    first = cliques(wrap(function, data), data, background=80)
    second = cliques(wrap(lambda x: function(x[:, inverse]), permuted), permuted, background=80)
    found = [
        dict(zip(one.table["features"].map(frozenset), one.table["strength"], strict=True)) for one in (first, second)
    ]
    assert found[0] == pytest.approx(found[1])


@pytest.fixture(scope="module")
def trained():
    """Two small networks of a product of three and a product of two."""
    draw = np.random.default_rng(0).uniform(-1, 1, (4000, 6))
    frame = pd.DataFrame(draw, columns=list("abcdef")).assign(
        y=draw[:, 0] * draw[:, 1] * draw[:, 2] + draw[:, 3] * draw[:, 4]
    )
    data = assemble(frame, name="three", target="y", kinds=dict.fromkeys("abcdef", Kind.NUMERIC))
    return train_ensemble(data, hidden=(64, 64), epochs=25, seed=0), data


def test_trained_networks_are_read_without_false_sets(trained):
    result = cliques(*trained, complete=True)
    assert sets(result, 2) == {frozenset(pair) for pair in ("ab", "ac", "bc", "de")}
    assert sets(result, 3) == {frozenset("abc")}
    certified = result.accepted()
    assert (certified["strength"] > certified["reference"]).all()
    assert (certified["pulls"] == result.provenance.rows).all()
    assert (certified["lower"] == certified["upper"]).all()


def test_noise_between_networks_is_the_reference():
    """Networks that agree on nothing have strengths around zero, and a reference of the size of their noise."""
    data = numeric_dataset(n_features=6)
    generator = torch.Generator().manual_seed(0)
    weights = tuple(torch.randn(2, out, ins, generator=generator) for out, ins in ((40, 6), (40, 40), (1, 40)))
    biases = tuple(torch.randn(2, out, generator=generator) for out in (40, 40, 1))
    model = Mlp.of_layers(space=data.space, target=data.target, weights=weights, biases=biases, activation="tanh")
    result = cliques(model, data, smallest=0.0, background=200, max_order=2)
    assert len(result.accepted()) <= 1
    assert (result.table["reference"] > result.table["strength"].abs()).mean() > 0.9


def test_result_has_the_agreed_columns_and_survives_saving(trained, tmp_path):
    result = cliques(*trained, background=100)
    frame = result.to_frame()
    assert tuple(frame.columns) == SUBSET_COLUMNS
    assert set(frame["kind"]) == {"interaction"}
    assert frame["features"].map(len).tolist() == frame["order"].tolist()
    result.save(tmp_path / "r")
    loaded = load_result(tmp_path / "r")
    assert isinstance(loaded, SubsetInteractions)
    pd.testing.assert_frame_equal(loaded.table, result.table)
    pd.testing.assert_frame_equal(loaded.levels, result.levels)
    pd.testing.assert_frame_equal(loaded.trace, result.trace)
    assert loaded.provenance == result.provenance


def test_its_pairs_are_a_result_of_pairs(trained):
    model, data = trained
    result = cliques(model, data, background=200)
    pairs, raced = result.pairs(), ucb_pairs(model, data, background=200, top_k=4)
    assert list(pairs.to_frame().columns) == list(raced.to_frame().columns)
    assert pairs.matrix("strength").shape == (6, 6)
    ends = ["feature_1", "feature_2"]
    assert {frozenset(p) for p in pairs.table[ends].head(4).to_numpy()} == {
        frozenset(p) for p in raced.table[ends].head(4).to_numpy()
    }
    assert set(map(tuple, pairs.trace[ends].to_numpy())) <= set(map(tuple, pairs.table[ends].to_numpy()))


def test_the_same_seed_gives_the_same_result_and_a_budget_is_held(trained):
    model, data = trained
    first, second = cliques(model, data, seed=3), cliques(model, data, seed=3)
    pd.testing.assert_frame_equal(first.table, second.table)
    budget = first.provenance.evaluations // 2
    short = cliques(model, data, seed=3, budget=budget)
    n_rows = short.provenance.rows
    outside = n_rows + 2 * len(data.space) * n_rows  # the spread of the prediction, and the nodes of the graph
    timing = sum(2**order * (2 * 2 + 4 * 32) for order in short.orders)
    assert short.provenance.evaluations <= budget + outside + timing


def test_costs_are_told_before_each_order(trained):
    seen = []

    class Watch(Report):
        def __call__(self, fraction, message, partial=None):
            seen.append((fraction, message, partial))

    result = cliques(*trained, report=Watch())
    told = [message for _, message, _ in seen if ", at most" in message]
    assert told[0].startswith("Order 2: 15 candidates, at most 192,000 model evaluations")
    assert told[1].startswith("Order 3: 1 candidate, at most 25,600 model evaluations")
    fractions = [fraction for fraction, _, _ in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    levels = seen[-1][2]["levels"]
    assert [level["order"] for level in levels] == [2, 3, 4]
    assert result.levels["planned_evaluations"].tolist()[:2] == [192_000, 25_600]
    assert (result.levels["planned_seconds"].iloc[:2] > 0).all()


class Interrupt(Report):
    """Ends a run at its n-th report and keeps the state it had."""

    def __init__(self, after, restored=None):
        self.after, self.kept, self.restored = after, None, restored

    def __call__(self, fraction, message, partial=None):
        self.after -= 1
        if self.after == 0:
            raise Cancelled("Stopped.")

    def checkpoint(self, state):
        self.kept = {name: np.array(value) if isinstance(value, np.ndarray) else value for name, value in state.items()}


@pytest.mark.parametrize("after", [3, 5, 6])
def test_an_interrupted_run_ends_as_the_uninterrupted_one(trained, monkeypatch, after):
    monkeypatch.setattr("interaction_engine.methods.finite_differences.racing.set_race.CHECKPOINT_SECONDS", -1.0)
    whole = cliques(*trained)
    first = Interrupt(after)
    with pytest.raises(Cancelled):
        cliques(*trained, report=first)
    assert first.kept
    resumed = cliques(*trained, report=Interrupt(10**6, first.kept))
    pd.testing.assert_frame_equal(resumed.table, whole.table)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"max_order": 7}, "`max_order` must be at most the number of features \\(5\\); got 7"),
        ({"background": 1}, "`background` needs at least 2 rows"),
    ],
)
def test_bad_input_is_a_sentence(options, sentence):
    data = numeric_dataset()
    with pytest.raises(InputError, match=sentence):
        cliques(wrap(lambda x: x[:, 0], data), data, **options)


def test_a_dense_graph_is_bounded_and_explained():
    data = numeric_dataset(n_features=14)
    model = wrap(lambda x: np.tanh(x).sum(1) ** 3, data)
    result = cliques(model, data, background=20, max_candidates=30, smallest=0.0)
    level = result.levels.set_index("order").loc[3]
    assert (level["candidates"], level["skipped"]) == (30, level["cliques"] - 30)
    assert any("were left out" in note for note in result.provenance.notes)
