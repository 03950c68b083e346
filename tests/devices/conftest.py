"""A process with a simulated card, shared by all tests."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.devices import worker


@pytest.fixture(scope="session")
def card():
    """Calls functions of `worker` in the process with the card."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), worker.start) as pool:
        yield lambda function, *arguments: pool.submit(function, *arguments).result()
