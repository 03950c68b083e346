"""Candidates of the next order: exact enumeration on small graphs, and bounds on large ones."""

import itertools
import time

import pytest

from interaction_engine.methods.finite_differences.hierarchical_search import (
    MOST_CLIQUES,
    cliques_of,
    given_pairs,
    next_candidates,
)

pytestmark = pytest.mark.slow

F8_PAIRS = [(0, 1), (2, 4), (2, 5), (4, 5), (2, 3), (2, 6), (3, 4), (3, 6), (4, 6), (6, 7), (6, 8), (7, 8)]
F8_TRIPLES = [(2, 3, 4), (2, 3, 6), (2, 4, 5), (2, 4, 6), (3, 4, 6), (6, 7, 8)]


def strengths(subsets):
    return {subset: 1.0 / (1 + place) for place, subset in enumerate(subsets)}


def brute_force(pairs, order):
    nodes = sorted({node for pair in pairs for node in pair})
    return [
        subset
        for subset in itertools.combinations(nodes, order)
        if all(pair in pairs for pair in itertools.combinations(subset, 2))
    ]


def test_the_given_pairs_are_tried_first():
    assert given_pairs([[0, 1], [0, 3], [2, 3]]).candidates == ((0, 1), (0, 3), (2, 3))


@pytest.mark.parametrize("order", [3, 4, 5])
def test_cliques_are_those_of_brute_force(order):
    assert sorted(cliques_of(F8_PAIRS, order)) == brute_force(set(F8_PAIRS), order)


def test_the_four_of_f8_is_the_only_one_whose_triples_all_exist():
    pairs = strengths(F8_PAIRS)
    third = next_candidates(pairs, pairs, 3, limit=100)
    assert list(third.candidates) == F8_TRIPLES
    assert (third.n_refused, third.skipped, third.cut) == (0, 0, False)
    fourth = next_candidates(pairs, strengths(F8_TRIPLES), 4, limit=100)
    assert fourth.candidates == ((2, 3, 4, 6),)
    assert next_candidates(pairs, strengths([(2, 3, 4, 6)]), 5, limit=100).candidates == ()


def test_a_refused_clique_names_what_it_lacks():
    pairs = strengths(F8_PAIRS)
    triples = strengths([one for one in F8_TRIPLES if one != (2, 4, 6)])
    step = next_candidates(pairs, triples, 4, limit=100)
    assert step.candidates == ()
    assert step.refused == (((2, 3, 4, 6), (2, 4, 6)),)
    assert step.cliques == step.n_refused == 1


def test_the_limit_keeps_the_candidates_of_the_strongest_pairs():
    pairs = strengths(list(itertools.combinations(range(6), 2)))
    step = next_candidates(pairs, pairs, 3, limit=4)
    assert step.cliques == 20
    assert step.skipped == 16
    weakest = {one: min(pairs[pair] for pair in itertools.combinations(one, 2)) for one in brute_force(pairs, 3)}
    assert set(step.candidates) == set(sorted(weakest, key=lambda one: -weakest[one])[:4])


def test_a_complete_graph_of_two_hundred_features_is_bounded():
    pairs = strengths(list(itertools.combinations(range(200), 2)))
    begun = time.perf_counter()
    step = next_candidates(pairs, pairs, 3, limit=2000)
    assert time.perf_counter() - begun < 20.0
    assert len(step.candidates) == 2000
    assert step.cliques == 200 * 199 * 198 // 6
    assert step.skipped == step.cliques - 2000
    assert step.cut
    assert step.cliques > MOST_CLIQUES


def test_a_graph_without_edges_has_no_candidates():
    step = next_candidates({}, {}, 3, limit=10)
    assert (step.candidates, step.cliques, step.n_refused) == ((), 0, 0)
