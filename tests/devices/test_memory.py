"""On a card a detection stays within its budget of memory, and leaves nothing behind."""

import pytest

from interaction_engine.core.compute import Compute
from tests.devices import worker
from tests.devices.budgets import METHODS


@pytest.mark.parametrize("budget", ["2MB", "8MB"])
@pytest.mark.parametrize("method", METHODS)
def test_a_detection_stays_within_its_budget(card, method, budget):
    found, left = card(worker.peak, method, budget)
    assert 0 < found <= Compute("cpu", memory=budget).memory_bytes
    assert left < 200_000  # what a model and a sum of it keep for the next call
