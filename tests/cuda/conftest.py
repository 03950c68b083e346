"""Tests that need an NVIDIA card and a PyTorch that was built for one; skipped, with the reason, anywhere else."""

from pathlib import Path

import pytest
import torch

HERE = Path(__file__).parent


def _reason() -> str:
    """Why these tests cannot run here; "" where they can."""
    if torch.version.cuda is None:
        return "needs an NVIDIA card; this PyTorch is built for the CPU only"
    return "" if torch.cuda.is_available() else "needs an NVIDIA card; this machine has none that PyTorch can use"


def pytest_collection_modifyitems(items):
    reason = _reason()
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.cuda)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def emptied():
    """Each test begins with an empty card and its peak at 0."""
    if not _reason():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
