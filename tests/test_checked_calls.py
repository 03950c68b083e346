"""Annotations are checked while tests run: the first calls of a function in each test, not all of them."""

import pytest
from jaxtyping import TypeCheckError

from interaction_engine.methods.common.phrases import ordinal
from tests.checked_calls import FIRST_CALLS


@pytest.mark.parametrize("repetition", range(2))
def test_the_first_calls_of_every_test_are_checked(repetition):
    with pytest.raises(TypeCheckError):
        ordinal("first")  # pyright: ignore[reportArgumentType]
    for number in range(1, FIRST_CALLS):
        ordinal(number)
    with pytest.raises(TypeError) as raised:
        ordinal("first")  # pyright: ignore[reportArgumentType]
    assert not isinstance(raised.value, TypeCheckError)  # what the function itself makes of a text
