"""A table with one interaction, and a network trained on it by the command line."""

import numpy as np
import pandas as pd
import pytest

from interaction_engine.cli import commands as cli


@pytest.fixture(scope="session")
def table(tmp_path_factory):
    """y = 3 a b + c: one interaction, of `a` and `b`."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.uniform(-1, 1, (600, 3)), columns=["a", "b", "c"])
    path = tmp_path_factory.mktemp("cli") / "table.csv"
    frame.assign(y=3 * frame.a * frame.b + frame.c).to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def network(table, tmp_path_factory):
    """A folder that `train --out` wrote for that table."""
    folder = tmp_path_factory.mktemp("network")
    arguments = ["--hidden", "32,32", "--epochs", "40", "--batch", "32", "--out", str(folder), "--json"]
    assert cli.main(["train", "mlp", str(table), "--target", "y", *arguments]) == 0
    return folder
