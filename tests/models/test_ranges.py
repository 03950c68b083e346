"""Bounds on joint effects: sampled ones never exceed them, and they are exact where that is possible."""

import lightgbm
import numpy as np
import pandas as pd
import pytest
import torch
import xgboost
from interpret.glassbox import ExplainableBoostingRegressor
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.tree import DecisionTreeRegressor

import interaction_engine as ie
from interaction_engine.core.errors import InputError
from interaction_engine.core.types import Kind, TargetKind
from interaction_engine.models.inspection.ensemble import Tree, TreeEnsemble
from interaction_engine.models.inspection.tree_ranges import set_codes, tree_bounds
from interaction_engine.models.networks.mlp import Mlp
from interaction_engine.models.ranges import box_of, effect_bound, largest_mixed_difference
from interaction_engine.numerics.derivatives.mlp import ACTIVATIONS
from interaction_engine.numerics.moves import moves
from tests.methods.additive_models.test_editing import made
from tests.methods.additive_models.test_terms import data_of
from tests.models.mixed import all_subsets, joint_effects, random_rows, spread
from tests.models.test_structure_networks import BINARY, NUMBER, SEVERAL, SPACE

pytestmark = pytest.mark.slow


def check(model, orders=(2, 3), count=64, span=None):
    """Joint effects at random rows, moved at random (by at most `span` standard deviations), stay below the bounds."""
    space = model.space
    rows, low, high = (random_rows(space, count, seed) for seed in (1, 2, 3))
    if span is not None:
        numbers = torch.tensor([feature.kind is Kind.NUMERIC for feature in space.features])
        moved = low + span * torch.from_numpy(space.scales) * torch.rand(low.shape, generator=torch.manual_seed(0))
        high = torch.where(numbers, moved, high)
    ends = torch.stack([rows, low, high])
    given = None if span is None else span * torch.from_numpy(space.scales)
    bounds = {}
    for order in orders:
        subsets = all_subsets(len(space), order)
        bound = effect_bound(model, subsets, ends.amin((0, 1)), ends.amax((0, 1)), span=given)
        assert bound is not None
        effects = joint_effects(model, subsets, rows, low, high).abs().amax((0, 2))
        assert (effects <= bound * (1 + 1e-5) + 2e-6 * 2**order * spread(model)).all()
        assert bound.isfinite().all()
        bounds[order] = bound
    return bounds


def random_tree(source, n_features, depth):
    """A full tree whose tests and leaves are drawn at random."""
    n_inner = 2**depth - 1
    column = np.concatenate([source.integers(0, n_features, n_inner), np.full(n_inner + 1, -1)]).astype(np.int64)
    places = np.arange(2 * n_inner + 1)
    return Tree(
        column,
        np.where(column >= 0, source.normal(size=len(column)), np.nan),
        np.where(column >= 0, 2 * places + 1, -1),
        np.where(column >= 0, 2 * places + 2, -1),
        np.where(column < 0, source.normal(size=len(column)), 0.0),
    )


def predicted(tree, rows):
    node = np.zeros(len(rows), dtype=np.int64)
    for _ in range(20):
        inner = tree.column[node] >= 0
        left = rows[np.arange(len(rows)), tree.column[node]] <= tree.threshold[node]
        node = np.where(inner, np.where(left, tree.left[node], tree.right[node]), node)
    return tree.value[node]


def ensemble(trees, n_features):
    return TreeEnsemble.of(trees, np.eye(n_features, dtype=bool), np.ones(n_features, dtype=bool))


@pytest.mark.parametrize("seed", range(12))
def test_random_trees_never_exceed_their_bound(seed):
    source, n_features = np.random.default_rng(seed), 3 + seed % 3
    trees = [random_tree(source, n_features, 4) for _ in range(1 + seed % 2)]
    ends = np.sort(source.normal(0, 1.5, (2, n_features)), axis=0)
    bounds = tree_bounds(ensemble(trees, n_features), 3, *ends)
    assert bounds is not None
    rows, low, high = source.uniform(ends[0], ends[1], (3, 4000, n_features))
    for order in (1, 2, 3):
        subsets = all_subsets(n_features, order)
        found = np.zeros(len(subsets))
        for place, features in enumerate(subsets.tolist()):
            total = 0.0
            for corner in np.ndindex(*(2,) * order):
                moved = rows.copy()
                for feature, end in zip(features, corner, strict=True):
                    moved[:, feature] = (high if end else low)[:, feature]
                total = total + (-1) ** sum(corner) * sum(predicted(tree, moved) for tree in trees)
            found[place] = np.abs(total).max()
        limit = bounds[order - 1].of(set_codes(subsets.numpy(), n_features))
        assert (found <= limit + 1e-9).all()
        if order < 3 and len(trees) == 1:
            assert found.max() >= 0.3 * limit.max()  # of one tree it is close


def test_the_bound_of_a_tree_of_two_tests_is_exact():
    """x0 <= 0: 1 or (x1 <= 0: 2 or 7); the joint effect is the difference of what x1 does on the two sides."""
    column, value = np.array([0, -1, 1, -1, -1]), np.array([0.0, 1, 0, 2, 7])
    left, right = np.array([1, -1, 3, -1, -1]), np.array([2, -1, 4, -1, -1])
    tree = Tree(column, np.where(column >= 0, 0.0, np.nan), left, right, value)
    wide = np.array([-1.0, -1.0]), np.array([1.0, 1.0])
    bounds = tree_bounds(ensemble([tree, tree], 2), 2, *wide)
    assert bounds is not None
    assert bounds[1].of(np.array([1])).tolist() == [10.0]
    assert bounds[0].of(np.array([0, 1])).tolist() == [12.0, 10.0]
    inside = tree_bounds(ensemble([tree], 2), 2, np.array([0.5, -1.0]), np.array([1.0, 1.0]))
    assert inside is not None
    assert inside[1].of(np.array([1])).tolist() == [0.0]  # x0 is never at most 0
    assert inside[0].of(np.array([0, 1])).tolist() == [0.0, 5.0]


@pytest.fixture(scope="module")
def data():
    source = np.random.default_rng(0)
    frame = pd.DataFrame(source.normal(size=(300, 5)), columns=list("abcde"))
    frame["g"] = source.choice(["u", "v", "w"], len(frame))
    frame["y"] = 2 * frame.a * frame.b + np.sin(frame.c) + (frame.d > 0) * (frame.g == "u") * 3.0
    return ie.read_dataset(frame, target="y")


@pytest.fixture(scope="module")
def numbers(data):
    return ie.read_dataset(data.frame.drop(columns="g"), target="y")


@pytest.mark.parametrize(
    "estimator",
    [
        xgboost.XGBRegressor(n_estimators=20, max_depth=4, n_jobs=1),
        xgboost.XGBRegressor(n_estimators=20, max_depth=3, objective="count:poisson", n_jobs=1),
        lightgbm.LGBMRegressor(n_estimators=20, n_jobs=1, verbose=-1),
        HistGradientBoostingRegressor(max_iter=20),
        GradientBoostingRegressor(n_estimators=20, max_depth=3, random_state=0),
        RandomForestRegressor(5, random_state=0),
        DecisionTreeRegressor(max_depth=3),
        make_pipeline(StandardScaler(), DecisionTreeRegressor(max_depth=4)),
        ExplainableBoostingRegressor(interactions=3, outer_bags=1, max_rounds=100, n_jobs=1),
        Ridge(),
    ],
    ids=lambda one: type(one).__name__,
)
def test_models_of_other_libraries(numbers, estimator):
    targets = np.abs(numbers.target_values)
    check(ie.wrap(estimator.fit(numbers.rows, targets), numbers))


def test_a_forest_of_classes_is_bounded_through_its_clipped_log_odds(numbers):
    frame = numbers.frame.assign(y=np.where(numbers.frame.y > 1, "yes", "no"))
    classes = ie.read_dataset(frame, target="y")
    labels = classes.target_values.astype(int)
    for forest in (RandomForestClassifier(6, random_state=0), RandomForestClassifier(6, max_depth=1, random_state=0)):
        check(ie.wrap(forest.fit(classes.rows, labels), classes))
    check(
        ie.wrap(xgboost.XGBClassifier(n_estimators=60, learning_rate=1.0, n_jobs=1).fit(classes.rows, labels), classes)
    )


def test_nothing_is_known_of_other_models(numbers):
    pairs, ends = all_subsets(5, 2), (torch.full((5,), -3.0), torch.full((5,), 3.0))
    products = make_pipeline(PolynomialFeatures(2), Ridge()).fit(numbers.rows, numbers.target_values)
    for model in (ie.wrap(lambda rows: rows[:, 0] * rows[:, 1], numbers), ie.wrap(products, numbers)):
        assert effect_bound(model, pairs, *ends) is None


def test_a_number_that_stands_for_a_missing_value_may_go_either_way():
    source = np.random.default_rng(0)
    frame = pd.DataFrame({"a": source.choice([-9.0, 1.0, 2.0], 200), "b": source.normal(size=200)})
    data = ie.read_dataset(frame.assign(y=np.where(frame.a == -9, frame.b, 0.0)), target="y")
    fitted = xgboost.XGBRegressor(n_estimators=5, max_depth=3, missing=-9.0, n_jobs=1)
    model = ie.wrap(fitted.fit(data.rows, data.target_values), data)
    below = torch.tensor([[-9.0, -1.0], [-9.0, 1.0]]).double()
    bound = effect_bound(model, torch.tensor([[0, 1]]), torch.tensor([-9.0, -3.0]), torch.tensor([2.0, 3.0]))
    assert bound is not None
    high = torch.tensor([[2.0, 2.0], [2.0, -2.0]]).double()
    assert joint_effects(model, torch.tensor([[0, 1]]), below, below, high).abs().max() <= bound[0] + 1e-6
    apart = effect_bound(model, torch.tensor([[0, 1]]), torch.tensor([-9.0, -3.0]), torch.tensor([-8.0, 3.0]))
    assert apart is not None
    assert apart[0] == bound[0]  # no leaf is out of reach


def perceptron(target, activation, sizes=(7, 10, 8), members=2, seed=0, **fields) -> Mlp:
    source = torch.Generator().manual_seed(seed)
    n_outputs = len(target.classes) if target.kind is TargetKind.MULTICLASS else 1
    shapes = list(zip(sizes, (*sizes[1:], n_outputs), strict=True))
    weights = tuple(1.5 * torch.randn(members, n, m, generator=source) / m**0.5 for m, n in shapes)
    biases = tuple(torch.randn(members, n, generator=source) for _, n in shapes)
    return Mlp.of_layers(SPACE, target, weights, biases, activation=activation, **fields)


@pytest.mark.parametrize("target", [NUMBER, BINARY, SEVERAL], ids=lambda one: one.kind)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_perceptrons(activation, target):
    for seed in range(3):
        whole = check(perceptron(target, activation, seed=seed, scale=3.0 if target is NUMBER else 1.0))
        short = check(perceptron(target, activation, seed=seed, scale=3.0 if target is NUMBER else 1.0), span=0.3)
        assert (short[2] <= whole[2] + 1e-9).all()


def test_one_hidden_layer_is_bounded_closely():
    model = perceptron(NUMBER, "relu", sizes=(7, 30), members=1)
    bounds = check(model, orders=(2,), count=4000)
    rows, low, high = (random_rows(SPACE, 4000, seed) for seed in (1, 2, 3))
    seen = joint_effects(model, all_subsets(5, 2), rows, low, high).abs().amax((0, 2))
    assert (bounds[2] < 6 * seen).all()


def test_units_without_a_kink_inside_the_box_add_nothing():
    model = perceptron(NUMBER, "relu", sizes=(7, 6), members=1)
    model = model.with_layers(model.weights, (model.biases[0] + 100.0, model.biases[1]))
    ends = random_rows(SPACE, 50, 1)
    bound = effect_bound(model, all_subsets(5, 2), ends.amin(0), ends.amax(0))
    assert bound is not None
    assert bound.max() < 1e-9


@pytest.mark.parametrize("kind", ["network", "fix-up", "tables"])
@pytest.mark.parametrize("target", ["y", "answer", "tier"])
def test_additive_models(kind, target):
    model = made(kind, data_of(target))
    if kind == "tables" and target == "tier":
        assert effect_bound(model, all_subsets(4, 2), torch.zeros(4), torch.ones(4)) is None
        return
    check(model)


def test_a_bayesian_network():
    from tests.models.networks.test_bayesian import TIER, bayesian

    check(bayesian())
    check(bayesian(TIER))


def test_the_bound_of_a_map_is_the_largest_of_all_rectangles():
    table = torch.from_numpy(np.random.default_rng(0).normal(size=(6, 5)))
    corners = [
        abs(float(table[a, c] - table[a, d] - table[b, c] + table[b, d]))
        for a in range(6) for b in range(6) for c in range(5) for d in range(5)
    ]  # fmt: skip
    assert largest_mixed_difference(table) == pytest.approx(max(corners))


def test_the_box_of_rows_and_their_moves(numbers):
    rows = torch.from_numpy(numbers.rows[:50].copy())
    low, high, span = box_of(rows, moves(numbers.space, rows, "central", 0.75))
    reach = 0.75 * torch.from_numpy(numbers.space.scales)
    torch.testing.assert_close(low, rows.amin(0) - reach)
    torch.testing.assert_close(high, rows.amax(0) + reach)
    torch.testing.assert_close(span, 2 * reach)


def test_pairs_are_bounded_in_parts(monkeypatch):
    model, pairs = perceptron(NUMBER, "gelu"), all_subsets(5, 2)
    ends = torch.full((5,), -2.0), torch.full((5,), 2.0)
    whole = effect_bound(model, pairs, *ends)
    monkeypatch.setattr("interaction_engine.models.ranges.BYTES", 1)
    parts = effect_bound(model, pairs.flip(1), *ends)
    torch.testing.assert_close(whole, parts)


def test_wrong_sets_and_ends_are_named():
    model = perceptron(NUMBER, "relu")
    with pytest.raises(InputError, match="at least two features; got 1"):
        effect_bound(model, all_subsets(5, 1), torch.zeros(5), torch.ones(5))
    with pytest.raises(InputError, match="`low` must be at most `high`"):
        effect_bound(model, all_subsets(5, 2), torch.ones(5), torch.zeros(5))
