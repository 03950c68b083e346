"""Joint effects from leaves against all corners of all sets, asked one by one."""

import itertools

import numpy as np
import pytest
import torch

from interaction_engine.models.inspection.ensemble import Tree, TreeEnsemble
from interaction_engine.models.inspection.leaf_conditions import leaf_conditions
from interaction_engine.numerics import leaf_differences
from interaction_engine.numerics.leaf_differences import LeafDifferences
from interaction_engine.numerics.moves import Moves

pytestmark = pytest.mark.slow


def random_tree(source, n_columns, n_splits):
    """A tree grown at random leaves, of whatever shape comes of it; thresholds are whole numbers."""
    column, threshold, left, right, value = [-1], [np.nan], [-1], [-1], [source.normal()]
    for _ in range(n_splits):
        at = source.choice([place for place, one in enumerate(column) if one < 0])
        column[at], threshold[at], value[at] = int(source.integers(n_columns)), float(source.integers(-2, 3)), 0.0
        left[at], right[at] = len(column), len(column) + 1
        for many, one in ((column, -1), (threshold, np.nan), (left, -1), (right, -1)):
            many += [one, one]
        value += list(source.normal(size=2))
    return Tree(*(np.array(one) for one in (column, threshold, left, right, value)))


def predicted(trees, inputs):
    """The sum of the trees, node by node."""
    total = np.zeros(len(inputs))
    for tree in trees:
        for place, row in enumerate(inputs):
            node = 0
            while tree.column[node] >= 0:
                node = (tree.left if row[tree.column[node]] <= tree.threshold[node] else tree.right)[node]
            total[place] += tree.value[node]
    return total


def case(seed, *, still=False, n_features=5, n_rows=20):
    """Trees on two columns per feature (its value, and a bend of it), with rows and moves on the thresholds."""
    source = np.random.default_rng(seed)
    trees = [random_tree(source, 2 * n_features, size) for size in (0, 1, 9, 25, 40)]

    def columns(rows):
        return np.concatenate([rows, np.abs(rows) - 1.0], axis=1)

    supports = np.tile(np.eye(n_features, dtype=bool), (2, 1))
    leaves = leaf_conditions(TreeEnsemble.of(trees, supports, np.ones(2 * n_features, dtype=bool)), columns, 20.0)
    rows, low, high = source.integers(-3, 4, (3, n_rows, n_features)).astype(np.float64)
    if still:
        low = rows
    rows, low, high = (torch.from_numpy(one) for one in (rows, low, high))
    moved = Moves(low, high, torch.ones(n_features), torch.full((n_features,), still), (None,) * n_features)
    return leaves, rows, moved, lambda inputs: predicted(trees, columns(inputs))


def by_corners(score, rows, moved, subsets):
    effects = np.zeros((len(subsets), len(rows)))
    for place, features in enumerate(subsets.tolist()):
        for corner in itertools.product((0, 1), repeat=len(features)):
            at = rows.clone()
            for feature, end in zip(features, corner, strict=True):
                at[:, feature] = (moved.high if end else moved.low)[:, feature]
            effects[place] += (-1.0) ** corner.count(0) * score(at.numpy())
    return effects


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("still", [False, True], ids=["moved", "still"])
@pytest.mark.parametrize("seed", range(4))
def test_effects_are_those_of_all_corners(seed, still, order):
    leaves, rows, moved, score = case(seed, still=still)
    subsets = torch.combinations(torch.arange(5), r=order)
    effects = LeafDifferences(leaves, rows, moved)(subsets, 0, len(rows)).numpy()
    expected = by_corners(score, rows, moved, subsets)
    assert order == 4 or np.abs(expected).max() > 0.01
    np.testing.assert_allclose(effects, expected, atol=1e-12)


def test_any_sets_in_any_order_and_any_stretch(monkeypatch):
    monkeypatch.setattr(leaf_differences, "ROWS", 3)
    monkeypatch.setattr(leaf_differences, "PRODUCTS", 5)
    leaves, rows, moved, score = case(7, n_rows=11)
    effects = LeafDifferences(leaves, rows, moved)
    for pairs in ([[3, 1]], [[4, 0], [2, 1], [0, 3]], [[1, 2]]):
        subsets = torch.tensor(pairs)
        expected = by_corners(score, rows, moved, subsets)
        np.testing.assert_allclose(effects(subsets, 2, 10).numpy(), expected[:, 2:10], atol=1e-12)


def test_rows_fall_into_the_leaves_that_node_by_node_they_reach():
    source = np.random.default_rng(3)
    trees = [random_tree(source, 4, size) for size in (0, 3, 20)]
    ensemble = TreeEnsemble.of(trees, np.eye(4, dtype=bool), np.ones(4, dtype=bool))
    rows = source.integers(-3, 4, (30, 4)).astype(np.float64)
    leaves = ensemble.reached(rows)
    assert ensemble.is_leaf[leaves].all()
    np.testing.assert_allclose(ensemble.value[leaves].sum(1), predicted(trees, rows), atol=1e-12)


def test_a_path_of_more_features_than_a_small_integer_counts():
    n = 262
    nodes = np.arange(2 * n + 1)
    inner = nodes % 2 == 0
    inner[-1] = False
    tree = Tree(
        np.where(inner, nodes // 2, -1),
        np.where(inner, 0.0, np.nan),
        np.where(inner, nodes + 1, -1),
        np.where(inner, nodes + 2, -1),
        np.where(inner, 0.0, 1.0),
    )
    trees = TreeEnsemble.of([tree], np.eye(n, dtype=bool), np.ones(n, dtype=bool))
    rows = torch.full((2, n), -1.0, dtype=torch.float64)
    rows[:, 256:] = 1.0
    moved = Moves(rows, -rows, torch.ones(n), torch.ones(n, dtype=torch.bool), (None,) * n)
    leaves = leaf_conditions(trees, lambda values: values, 2.0)
    assert leaves is not None
    effects = LeafDifferences(leaves, rows, moved)(torch.tensor([[5, 259], [260, 261]]), 0, 2)
    assert not effects.any()


def test_what_is_no_number_is_for_the_model_to_say():
    leaves, rows, moved, _ = case(1)
    rows = rows.clone()
    rows[3, int(leaves.feature[0])] = np.nan
    with pytest.raises(ValueError, match="no numbers"):
        LeafDifferences(leaves, rows, moved)(torch.combinations(torch.arange(5)), 0, len(rows))


def test_sets_below_no_leaf_are_zero():
    tree = Tree(*(np.array(one) for one in ([0, -1, -1], [0.0, np.nan, np.nan], [1, -1, -1], [2, -1, -1], [0.0, 1, 2])))
    trees = TreeEnsemble.of([tree], np.eye(3, dtype=bool), np.ones(3, dtype=bool))
    rows = torch.zeros(4, 3, dtype=torch.float64)
    moved = Moves(rows - 1, rows + 1, torch.ones(3), torch.zeros(3, dtype=torch.bool), (None,) * 3)
    leaves = leaf_conditions(trees, lambda values: values, 1.0)
    assert leaves is not None
    effects = LeafDifferences(leaves, rows, moved)(torch.tensor([[0, 1], [1, 2]]), 0, 4)
    assert effects.shape == (2, 4)
    assert not effects.any()


def test_more_work_than_asking_the_model_is_not_done():
    leaves, rows, moved, _ = case(1)
    subsets = torch.combinations(torch.arange(5))
    effects = LeafDifferences(leaves, rows, moved)
    assert effects.serves(subsets, 4 * len(subsets) * 100)
    assert not effects.serves(subsets, 1)


def test_too_many_products_are_not_listed(monkeypatch):
    monkeypatch.setattr(leaf_differences, "MOST_PRODUCTS", 10)
    leaves, rows, moved, _ = case(1)
    assert not LeafDifferences(leaves, rows, moved).serves(torch.tensor([[0, 1]]), 1 << 40)
