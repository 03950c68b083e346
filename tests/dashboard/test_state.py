"""What hangs on what, when the selection changes."""

import pytest

from dashboard.state import Selection, _changed

FULL = Selection(data="d", model="m", training="t", run=None, pair=("a", "b"))


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"data": "d"}, FULL),
        ({"data": "other"}, Selection(data="other")),
        ({"model": "other"}, Selection(data="d", model="other")),
        ({"model": "other", "training": "new"}, Selection(data="d", model="other", training="new")),
        ({"pair": ("a", "c")}, Selection(data="d", model="m", training="t", pair=("a", "c"))),
    ],
)
def test_what_hung_on_the_old_thing_goes(changes, kept):
    assert _changed(FULL, changes) == kept


def test_the_address_takes_any_name():
    assert Selection(run="r", pair=("a&b", "c=d")).address == {"run": "r", "pair": ["a&b", "c=d"]}
