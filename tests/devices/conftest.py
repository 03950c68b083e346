"""A process with a simulated card, shared by all tests."""

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from types import ModuleType
from unittest.mock import patch

import pytest

from tests.devices import worker


@pytest.fixture(scope="session")
def card():
    """Calls functions of `worker` in the process with the card."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), worker.start) as pool:
        # A new process runs the main module again, and tests of the screens leave a page's script in its place.
        with patch.dict(sys.modules, {"__main__": ModuleType("__main__")}):
            pool.submit(int).result()
        yield lambda function, *arguments: pool.submit(function, *arguments).result()
