"""Every detection on every kind of model computes on the device that it is given, and finds what the CPU finds."""

import pytest

from interaction_engine.methods.registry import METHODS
from tests.devices import worker
from tests.devices.cases import CASES, DETECTIONS
from tests.devices.comparing import assert_same_figures

STILL_WAITING = "numerics/differences.py"
"""Where a CPU tensor may index the weights, once per run."""


def _is_ours(function) -> bool:
    """Whether a method is the product's own: other tests register stand-ins beside it."""
    return function.__module__.startswith("interaction_engine.")


@pytest.mark.parametrize("role", ["detector", "trainer", "view", "editor", "study"])
def test_every_method_is_run_on_the_card(role):
    offered = {one.name for one in METHODS.values() if one.role == role and _is_ours(one.function)}
    assert offered <= {case.method for case in CASES}


def test_every_role_is_known():
    assert {one.role for one in METHODS.values()} == {"detector", "trainer", "view", "editor", "study"}


@pytest.mark.parametrize("case", DETECTIONS, ids=lambda case: case.id)
def test_a_detection_is_the_same_on_the_card(card, case):
    expected, found, waits = card(worker.both, case)
    assert_same_figures(found, expected)
    assert [one for one in waits if not one.startswith(STILL_WAITING)] == []
