"""Clusters and places of the features of a graph."""

import itertools

import numpy as np
import pytest

from interaction_engine.methods.finite_differences.clusters import clusters, drawn_together, on_circle


def block(*members, weight=1.0):
    return dict.fromkeys(itertools.combinations(members, 2), weight)


def test_separate_groups_are_separate_clusters_in_the_order_of_the_features():
    found = clusters(11, block(0, 1) | block(2, 3, 4) | block(5, 6, 7) | block(8, 9))
    assert found.tolist() == [0, 0, 1, 1, 1, 2, 2, 2, 3, 3, -1]


def test_groups_held_together_by_a_weak_pair_are_found():
    found = clusters(8, block(0, 2, 4, 6) | block(1, 3, 5, 7) | {(0, 1): 0.05})
    assert found.tolist() == [0, 1, 0, 1, 0, 1, 0, 1]


@pytest.mark.parametrize(("weights", "expected"), [({}, [-1, -1, -1]), ({(0, 2): 1.0}, [0, -1, 0])])
def test_hardly_any_pairs(weights, expected):
    assert clusters(3, weights).tolist() == expected


def test_one_dense_group_is_one_cluster():
    assert clusters(6, block(*range(6))).tolist() == [0] * 6


def test_permuted_features_permute_the_clusters():
    weights = block(0, 1, 2) | block(3, 4, 5, 6) | {(2, 3): 0.1}
    order = np.random.default_rng(0).permutation(7)
    moved = {tuple(sorted((int(order[a]), int(order[b])))): weight for (a, b), weight in weights.items()}
    before, after = clusters(7, weights), clusters(7, moved)[order]
    same = before[:, None] == before[None]
    np.testing.assert_array_equal(same, after[:, None] == after[None])


def test_places_on_the_circle_depend_on_nothing_but_the_features():
    places = on_circle(4)
    np.testing.assert_allclose(places, [[0, 1], [1, 0], [0, -1], [-1, 0]], atol=1e-12)


def test_drawn_places_are_apart_inside_the_circle_and_reproducible():
    weights = block(0, 1, 2) | block(5, 6, 7, 8)
    places = drawn_together(12, weights)
    np.testing.assert_array_equal(places, drawn_together(12, weights))
    assert (np.linalg.norm(places, axis=1) <= 1.0 + 1e-9).all()
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)[np.triu_indices(12, 1)]
    assert apart.min() > 0.02
    np.testing.assert_array_equal(places[9], on_circle(12)[9])
