"""What hangs on what, when the selection changes."""

from dataclasses import replace

import pytest

from dashboard.state.state import Selection, _changed

FULL = Selection(data="d", model="m", training="t", run=None, pair=("a", "b"), set=("a", "b", "c"))


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"data": "d"}, FULL),
        ({"data": "other"}, Selection(data="other")),
        ({"model": "other"}, Selection(data="d", model="other")),
        ({"model": "other", "training": "new"}, Selection(data="d", model="other", training="new")),
        ({"set": ("a", "b", "d")}, replace(FULL, set=("a", "b", "d"))),
        ({"pair": ("a", "c")}, replace(FULL, pair=("a", "c"))),
    ],
)
def test_what_hung_on_the_old_thing_goes(changes, kept):
    assert _changed(FULL, changes) == kept


def test_the_address_takes_any_name():
    assert Selection(run="r", pair=("a&b", "c=d")).address == {"run": "r", "pair": ["a&b", "c=d"]}
    assert Selection(run="r", set=("a&b", "c=d", "")).address == {"run": "r", "set": ["a&b", "c=d", ""]}
