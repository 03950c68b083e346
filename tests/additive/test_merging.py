import torch
from hypothesis import given
from hypothesis import strategies as st

from interaction_engine.additive.merging import kept_sets, merged

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
