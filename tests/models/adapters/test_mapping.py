import numpy as np
import pytest

from interaction_engine.core.errors import ModelError
from interaction_engine.models.adapters.mapping import map_inputs

from ..networks.test_mlp import SPACE

ROWS = np.array([[3.0, 2.0, 1.0], [7.0, 0.0, 2.0]])


@pytest.mark.parametrize("names", [["b", "a", "c"], ["B", "A ", "C"], ["b"]])
def test_names_decide_whatever_their_order(names):
    mapping = map_inputs(SPACE, names, len(names), "m")
    expected = [SPACE.index(name.strip().lower()) for name in names]
    np.testing.assert_array_equal(mapping.inputs(ROWS), ROWS[:, expected])
    assert mapping.by == "name"


def test_one_hot_names_are_recognised():
    mapping = map_inputs(SPACE, ["c_z", "a", "c_x"], 3, "m")
    np.testing.assert_array_equal(mapping.inputs(ROWS), [[1, 3, 0], [0, 7, 1]])
    assert mapping.pairs() == (("c_z", "c = z"), ("a", "a"), ("c_x", "c = x"))


@pytest.mark.parametrize("names", [None, ["f0", "f1", "f2"], ["a", "kind", "b"]])
def test_without_known_names_position_decides(names):
    mapping = map_inputs(SPACE, names, 3, "m")
    np.testing.assert_array_equal(mapping.inputs(ROWS), ROWS)
    assert mapping.by == "position"


def test_as_many_inputs_as_one_hot_columns():
    mapping = map_inputs(SPACE, None, 5, "m")
    np.testing.assert_array_equal(mapping.inputs(ROWS), [[3, 0, 0, 1, 1], [7, 1, 0, 0, 2]])


def test_standardised_inputs():
    mapping = map_inputs(SPACE, None, 5, "m", standardised=True)
    np.testing.assert_array_equal(mapping.inputs(ROWS), [[-1, 0, 0, 1, 0], [1, 1, 0, 0, 2]])
    assert mapping.pairs()[0] == ("input 1", "a (standardised)")


def test_exact_names_come_before_similar_ones():
    from interaction_engine.core.types import Feature, FeatureSpace, Kind

    space = FeatureSpace(tuple(Feature(name, Kind.NUMERIC) for name in ("x y", "x_y")))
    assert map_inputs(space, ["x_y", "x y"], 2, "m").pairs() == (("x_y", "x_y"), ("x y", "x y"))


def test_another_number_of_inputs_is_refused():
    with pytest.raises(ModelError, match=r"4 inputs.*3 features \(5 one-hot columns\)"):
        map_inputs(SPACE, None, 4, "m")


def test_names_that_contradict_the_order_are_refused():
    with pytest.raises(ModelError, match=r"knows `a` as input 2 of 3.*`x` is none of the features"):
        map_inputs(SPACE, ["x", "a", "b"], 3, "m")
