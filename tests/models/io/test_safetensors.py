"""Networks of ours, imported as files to data that may be arranged otherwise."""

import numpy as np
import pytest
import torch

from interaction_engine.core.compute import Compute
from interaction_engine.core.errors import ModelError
from interaction_engine.data.io.reading import read_dataset
from interaction_engine.models.io import loading
from interaction_engine.models.io.loading import load_model
from interaction_engine.models.io.stored.files import save_network
from interaction_engine.models.training.mlp import train_ensemble


@pytest.fixture(scope="module")
def saved(mixed, tmp_path_factory):
    model = train_ensemble(mixed, hidden=(8,), epochs=2, compute=Compute("cpu"))
    return model, save_network(model, tmp_path_factory.mktemp("nets") / "net")[0]


def test_it_scores_as_before(saved, mixed):
    model, path = saved
    rows = torch.tensor(mixed.rows)
    assert torch.equal(load_model(path, mixed).scores(rows), model.scores(rows))


def test_features_in_another_order_are_matched_by_name(saved, mixed):
    model, path = saved
    frame = mixed.frame[["c", "b", "a", "number"]].assign(noise=np.arange(len(mixed)) * 1.5)
    other = read_dataset(frame[["c", "noise", "b", "a", "number"]], target="number")
    brought = load_model(path, other)
    assert brought.space.names == ("c", "noise", "b", "a")
    np.testing.assert_allclose(brought.predict(frame), model.predict(mixed.frame), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(
        brought.scores(torch.tensor(other.rows)).mean(0).double().numpy(), brought.predict(frame)
    )


def test_it_keeps_its_own_standardisation(saved, mixed):
    model, path = saved
    shifted = read_dataset(mixed.frame.assign(a=mixed.frame["a"] * 2), target="number")
    np.testing.assert_allclose(load_model(path, shifted).predict(mixed.frame), model.predict(mixed.frame), rtol=1e-5)


def test_other_data_is_explained(saved, mixed, numeric, binary):
    _, path = saved
    with pytest.raises(ModelError, match="needs the feature `c`"):
        load_model(path, numeric)
    with pytest.raises(ModelError, match="binary: no, yes"):
        load_model(path, binary)
    levels = mixed.frame["c"].replace("top", "peak")
    with pytest.raises(ModelError, match=r"other levels.*`c`"):
        load_model(path, read_dataset(mixed.frame.assign(c=levels), target="number"))


def test_nothing_is_asked_of_a_child_process(saved, mixed, monkeypatch):
    monkeypatch.setattr(loading, "probe", None)
    assert load_model(saved[1], mixed).n_members == 2
