"""What screens ask for beside detections and trainings (curves, edits, costs, explanations) computes on the device."""

import pytest

from tests.devices import worker
from tests.devices.cases import OTHERS, PLANS
from tests.devices.comparing import assert_same_figures
from tests.devices.test_detections import STILL_WAITING


@pytest.mark.parametrize("case", [*OTHERS, *PLANS], ids=lambda case: case.id)
def test_a_view_is_the_same_on_the_card(card, case):
    expected, found, waits = card(worker.both, case)
    assert_same_figures(found, expected)
    assert [one for one in waits if not one.startswith(STILL_WAITING)] == []


def test_explanations_row_by_row_are_the_same_on_the_card(card):
    expected, found = card(worker.explanations)
    assert_same_figures(found, expected)
