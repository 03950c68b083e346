import numpy as np
import pandas as pd
import torch
from hypothesis import given
from hypothesis import strategies as st

from interaction_engine.data.io.reading import read_dataset
from interaction_engine.methods.additive_models.merging import kept_sets, merged, telling_sets
from interaction_engine.models.additive.network import AdditiveNetwork, Subnets

SETS = st.lists(st.lists(st.integers(0, 5), max_size=4, unique=True).map(lambda one: tuple(sorted(one))), max_size=12)


def test_the_widest_open_gates_are_kept():
    gates = torch.tensor([[0.0, 0.9, 0.2, 1.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.3, 0.0]])
    assert kept_sets(gates, 2) == ((1, 3), (), (2,))
    assert kept_sets(gates, 3) == ((1, 2, 3), (), (2,))
    assert kept_sets(gates, 4) == ((1, 2, 3), (), (2,))


def test_equal_and_nested_blocks_are_one_term_and_dead_ones_none():
    sets = ((1, 2), (), (1, 2), (2,), (0,), (1, 2, 3), (0, 3))
    assert merged(sets) == (((1, 2, 3), (0, 3)), (0, -1, 0, 0, 1, 0, 1))


@given(SETS)
def test_no_term_contains_another_and_every_block_is_inside_its_own(sets):
    terms, goes_to = merged(tuple(sets))
    assert not any(set(a) <= set(b) for a in terms for b in terms if a != b)
    assert len(goes_to) == len(sets)
    for one, place in zip(sets, goes_to, strict=True):
        assert (place == -1) == (not one)
        assert place == -1 or set(one) <= set(terms[place])
    assert set(range(len(terms))) == set(goes_to) - {-1}


def test_sets_that_say_nothing_are_given_up_for_those_of_their_parts_that_do():
    """Three subnets of two units each: a product's worth of kink between a and b, a straight line of b alone that b and
    c are given to, and nothing at all of c and d. Lines are told from interactions exactly: hats are lines as well."""
    table = pd.DataFrame(np.random.default_rng(0).uniform(-1, 1, (400, 4)), columns=list("abcd"))
    data = read_dataset(table.assign(y=table.a), target="y", name="four")
    first = torch.tensor([[[1.0, 1.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]])
    thresholds = torch.tensor([[0.0, 0.0], [20.0, 0.0], [0.0, 0.0]])
    subnets = Subnets(
        data.space, ((0, 1), (1, 2), (2, 3)), (first, torch.ones(3, 1, 2)), (thresholds, torch.zeros(3, 1)), "relu"
    )
    network = AdditiveNetwork(data.space, data.target, subnets, torch.zeros(1))
    assert telling_sets(network, data) == ((0, 1),)  # b alone is part of it
    lines = subnets.chosen([1, 2])
    assert telling_sets(AdditiveNetwork(data.space, data.target, lines, torch.zeros(1)), data) == ((1,),)
    kink = subnets.chosen([0])
    assert telling_sets(AdditiveNetwork(data.space, data.target, kink, torch.zeros(1)), data) == ((0, 1),)
