"""Models of terms and ParaACE networks survive saving, and files that do not fit are refused with a sentence."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file

from interaction_engine.core.compute import Compute
from interaction_engine.core.errors import ModelError
from interaction_engine.data.io.reading import read_dataset
from interaction_engine.methods.additive_models.ebm import train_ebm
from interaction_engine.methods.additive_models.forest import train_forest
from interaction_engine.methods.additive_models.gam import train_gam
from interaction_engine.methods.additive_models.paraace.paraace import train_paraace
from interaction_engine.models.io.loading import load_model
from interaction_engine.models.io.skops import load as load_skops
from interaction_engine.models.io.stored.files import load_network, save_network
from interaction_engine.runs.store import Store


@pytest.fixture(scope="module")
def data():
    source = np.random.default_rng(0)
    frame = pd.DataFrame(source.normal(size=(200, 2)), columns=["a", "b"]).assign(c=source.choice(["x", "y"], 200))
    return read_dataset(frame.assign(y=frame["a"] * frame["b"] + (frame["c"] == "x")), target="y", name="small")


@pytest.fixture(scope="module")
def models(data):
    return {
        "gam": train_gam(data, knots=5, bags=2),
        "ebm": train_ebm(data, pairs=1, bags=2, rounds=20),
        "paraace": train_paraace(data, interactions=("a & b",), hidden=(5, 3), epochs=2, compute=Compute("cpu")),
    }


@pytest.mark.parametrize("kind", ["gam", "ebm", "paraace"])
@pytest.mark.parametrize("alone", [False, True])
def test_a_model_survives_saving(kind, alone, data, models, tmp_path):
    weights, card = save_network(models[kind], tmp_path / "model")
    if alone:
        card.unlink()
    again = load_network(weights)
    rows = torch.tensor(data.rows)
    assert torch.equal(again.scores(rows), models[kind].scores(rows))
    assert (again.name, again.space, again.target) == (kind, data.space, data.target)
    assert again.record.options == models[kind].record.options
    assert again.n_parameters == models[kind].n_parameters
    pd.testing.assert_frame_equal(again.shapes(data).curves, models[kind].shapes(data).curves)


@pytest.mark.parametrize(
    ("kind", "change", "match"),
    [
        ("gam", {"format": 99}, "format 99"),
        ("gam", {"architecture": "other"}, "architecture"),
        ("gam", {"mains": [0, 7]}, "features that it does not have"),
        ("gam", {"mains": [0]}, "do not fit"),
        ("gam", {"extra": 1}, "extra"),
        ("ebm", {"pairs": []}, "do not fit"),
        ("paraace", {"members": [[0], [1]]}, "do not fit"),
        ("paraace", {"layers": 9}, r"no tensor .subnet\.layers\.3\.bias"),
        ("paraace", {"activation": "step"}, "activation"),
    ],
)
def test_a_card_that_does_not_fit_is_named(kind, change, match, models, tmp_path):
    weights, card = save_network(models[kind], tmp_path / "model")
    card.write_text(json.dumps(json.loads(card.read_text()) | change))
    with pytest.raises(ModelError, match=match):
        load_network(weights)


def test_files_that_are_broken_are_refused(models, tmp_path):
    weights, card = save_network(models["gam"], tmp_path / "model")
    tensors = load_file(weights)
    save_file({name: one for name, one in tensors.items() if name != "maps"}, weights)
    with pytest.raises(ModelError, match="maps"):
        load_network(weights)
    save_file(tensors | {"intercept": tensors["intercept"] * np.nan}, weights)
    with pytest.raises(ModelError, match="NaN"):
        load_network(weights)
    card.unlink()
    with pytest.raises(ModelError, match="no architecture"):
        load_network(weights)
    weights.write_bytes(b"nothing of the kind")
    with pytest.raises(ModelError, match="no safetensors"):
        load_network(weights)


@pytest.mark.parametrize("kind", ["gam", "ebm", "paraace"])
def test_it_is_brought_to_a_table_with_other_columns_around(kind, data, models, tmp_path):
    weights, _ = save_network(models[kind], tmp_path / "model")
    assert type(load_network(weights)) is type(models[kind])
    frame = data.frame.assign(more=np.arange(200.0))[["more", "c", "b", "a", "y"]]
    wider = read_dataset(frame, target="y", name="wider")
    again = load_model(weights, wider)
    np.testing.assert_allclose(again.predict(frame), models[kind].predict(data.frame), rtol=1e-5)


@pytest.mark.parametrize("kind", ["gam", "ebm", "paraace", "forest"])
def test_it_is_kept_in_the_store_of_runs(kind, data, models, tmp_path):
    store = Store(tmp_path)
    model = models[kind] if kind in models else train_forest(data, trees=3)
    data_id = store.put_dataset(data)
    card = store.model_card(store.put_model(model, data_id))
    path = store.model_path(store.put_model(model, data_id))
    assert card["format"] == (".skops" if kind == "forest" else "network")
    again = load_skops(path, data.space, data.target, None, "array") if kind == "forest" else load_network(path)
    np.testing.assert_allclose(again.predict(data.frame), model.predict(data.frame))
