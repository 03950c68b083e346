"""Device and memory budget."""

import pytest

from interaction_engine.core.compute import Compute
from interaction_engine.core.errors import InputError


@pytest.mark.parametrize(
    ("text", "size"), [("1GB", 10**9), ("250 MB", 250 * 10**6), ("0.5gb", 5 * 10**8), ("10KB", 10**4)]
)
def test_memory_is_read_in_its_unit(text, size):
    assert Compute(memory=text).memory_bytes == size


@pytest.mark.parametrize("text", ["", "1", "0MB", "-1GB", "1 TB", "much"])
def test_unreadable_memory_is_refused(text):
    with pytest.raises(InputError, match="`memory`"):
        Compute(memory=text)


@pytest.mark.parametrize("device", ["gpu", "", "cuda:x", "CPU"])
def test_unknown_device_is_refused(device):
    with pytest.raises(InputError, match="`device`"):
        Compute(device=device)


def test_calls_fit_the_budget_and_hold_a_row():
    assert Compute(memory="1MB").rows_per_call(1000) == 1000
    assert Compute(memory="1KB").rows_per_call(10**9) == 1
