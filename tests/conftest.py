"""Runs every test with shapes checked against their annotations, one torch thread, and a home folder of its own."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("STREAMLIT_BROWSER_GATHER_USAGE_STATS", "false")

from tests import checked_calls

checked_calls.install("interaction_engine")

import pytest  # noqa: E402
import torch  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

torch.set_num_threads(1)

# Times on a shared machine say nothing about the code under test.
settings.register_profile("atlas", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.load_profile("atlas")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    checked_calls.begin_test()


@pytest.fixture(autouse=True)
def atlas_home(tmp_path_factory, monkeypatch):
    """A home folder that no other test sees, and none of the user's settings."""
    home = tmp_path_factory.mktemp("atlas-home")
    for name in [name for name in os.environ if name.startswith("ATLAS_")]:
        if name != "ATLAS_CHROMIUM":
            monkeypatch.delenv(name)
    monkeypatch.setenv("ATLAS_HOME", str(home))
    return home
