"""Every training computes on the device that it is given, and makes the model that the CPU makes."""

import pytest

from tests.devices import worker
from tests.devices.cases import TRAININGS
from tests.devices.comparing import assert_same_figures
from tests.devices.test_detections import STILL_WAITING

RESUMED = ("mlp", "bayesian", "words")


@pytest.mark.parametrize("case", TRAININGS, ids=lambda case: case.id)
def test_a_training_is_the_same_on_the_card(card, case):
    expected, found, waits = card(worker.both, case)
    assert_same_figures(found, expected)
    assert [one for one in waits if not one.startswith(STILL_WAITING)] == []


@pytest.mark.parametrize("case", [case for case in TRAININGS if case.method in RESUMED], ids=lambda case: case.id)
def test_a_training_goes_on_from_its_checkpoint_on_the_card(card, case):
    whole, resumed = card(worker.interrupted, case)
    assert_same_figures(resumed, whole)
