"""The report of a part of a longer work: its share of the progress, its words, and its place in the checkpoints."""

import pytest

from interaction_engine.core.types import Report, Within
from tests.notes import Notes


class Heard(Report):
    def __init__(self):
        self.all = []

    def __call__(self, fraction, message, partial=None):
        self.all.append((pytest.approx(fraction), message, partial))


def test_parts_within_parts_go_from_their_beginning_to_their_end():
    heard, curve = Heard(), {"kind": "curve"}
    part = Within(heard, 0.5, 0.9)
    part(0.5, "Half", curve)
    Within(part, 0.0, 0.5, says="First.", curves=False)(1.0, "Done", curve)
    assert heard.all == [(0.7, "Half", curve), (0.7, "First. Done", None)]


def test_what_a_part_keeps_has_names_of_its_own_beside_what_was_kept_before():
    whole = Notes()
    Within(whole, 0.0, 1.0, name="again.", kept={"seconds": 3}).checkpoint({"curve": [1], "seconds": 4})
    Within(whole, 0.0, 1.0).checkpoint({"curve": [2]})
    assert whole.states == [{"seconds": 3, "again.curve": [1], "again.seconds": 4}]
    later = Notes(restored=whole.states[0])
    assert Within(later, 0.0, 1.0, name="again.").restored == {"curve": [1], "seconds": 4}
    assert Within(later, 0.0, 1.0, name="other.").restored is None
    assert Within(later, 0.0, 1.0).restored is None
