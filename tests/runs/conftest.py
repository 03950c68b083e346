"""Small data, a small network, and a small disk."""

import os
import subprocess

import pytest
import torch

from interaction_engine.data.samples import load_sample
from interaction_engine.models.networks.mlp import Mlp


@pytest.fixture(scope="session")
def dataset():
    return load_sample("F8", rows=200)


@pytest.fixture(scope="session")
def network(dataset):
    draw = torch.Generator().manual_seed(0)
    weights = (torch.randn(1, 8, 10, generator=draw), torch.randn(1, 1, 8, generator=draw))
    return Mlp.of_layers(
        space=dataset.space, target=dataset.target, weights=weights, biases=(torch.zeros(1, 8), torch.zeros(1, 1))
    )


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 256 KB, where the system lets us make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], capture_output=True).returncode
    ):
        pytest.skip("a file system can be mounted by root only")
    yield disk
    subprocess.run(["umount", disk], check=True)
