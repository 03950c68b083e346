"""The range of the values of a race: never small because little was seen, proven where the model allows it."""

import numpy as np

from interaction_engine.methods.finite_differences.racing.bounds import Seen
from interaction_engine.methods.finite_differences.racing.value_range import ValueRange


def seen_of(values):
    seen = Seen.nothing(len(values))
    seen.add(np.arange(len(values)), np.asarray(values, dtype=float))
    return seen


def test_nothing_seen_leaves_the_range_unknown():
    limits = ValueRange.start(3, tail_factor=2.0, two_sided=False)
    assert not limits.update(seen_of(np.zeros((3, 5))))
    assert np.isinf(limits.high).all()


def test_all_arms_share_the_largest_value_of_any():
    limits = ValueRange.start(2, tail_factor=3.0, two_sided=False)
    assert limits.update(seen_of([[0.0, 0.0], [1.0, 4.0]]))
    assert limits.high.tolist() == [12.0, 12.0]
    assert limits.low.tolist() == [0.0, 0.0]
    assert not limits.update(seen_of([[0.0, 2.0], [1.0, 4.0]]))


def test_negative_values_have_a_range_of_their_own():
    limits = ValueRange.start(1, tail_factor=2.0, two_sided=True)
    limits.update(seen_of([[-1.0, 4.0]]))
    assert (limits.low[0], limits.high[0]) == (-2.0, 8.0)


def test_a_range_that_is_exceeded_grows_by_a_step_at_least():
    limits = ValueRange.start(1, tail_factor=1.0, two_sided=False)
    limits.update(seen_of([[1.0]]))
    assert limits.update(seen_of([[1.001]]))
    assert limits.high[0] == 1.1


def test_a_proven_range_is_used_where_it_is_not_much_larger():
    limits = ValueRange.start(3, tail_factor=2.0, two_sided=False, proven=np.array([3.0, 100.0, np.inf]))
    assert limits.is_proven.tolist() == [True, True, False]
    limits.update(seen_of([[1.0], [1.0], [1.0]]))
    assert limits.high.tolist() == [3.0, 2.0, 2.0]
    assert limits.is_proven.tolist() == [True, False, False]


def test_a_range_is_taken_up_again():
    limits = ValueRange.start(1, tail_factor=2.0, two_sided=False)
    limits.update(seen_of([[5.0]]))
    again = ValueRange.start(1, tail_factor=2.0, two_sided=False)
    again.restore(limits.assumed_low, limits.assumed_high)
    assert again.high.tolist() == [10.0]
    assert not again.update(seen_of([[5.0]]))
