"""Runs every test with shapes checked against their annotations, one torch thread, and a home folder of its own."""

import os

from jaxtyping import install_import_hook

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("STREAMLIT_BROWSER_GATHER_USAGE_STATS", "false")

# Whatever is imported while the hook stands is checked by beartype: annotations and tensor shapes alike. The hook puts
# the text of the checker into the modules; the setting lets an int pass for a float, as pyright does (PEP 484).
BEARTYPE = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"
hook = install_import_hook("interaction_engine", BEARTYPE)

import pytest  # noqa: E402
import torch  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

torch.set_num_threads(1)

# Times on a shared machine say nothing about the code under test.
settings.register_profile("atlas", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.load_profile("atlas")


@pytest.fixture(autouse=True)
def atlas_home(tmp_path_factory, monkeypatch):
    """A home folder that no other test sees, and none of the user's settings."""
    home = tmp_path_factory.mktemp("atlas-home")
    for name in [name for name in os.environ if name.startswith("ATLAS_")]:
        if name != "ATLAS_CHROMIUM":
            monkeypatch.delenv(name)
    monkeypatch.setenv("ATLAS_HOME", str(home))
    return home
