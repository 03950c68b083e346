import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from interaction_engine.core.errors import InputError
from interaction_engine.models.io.stored.files import load_network, save_network
from interaction_engine.models.networks.mlp import TrainingRecord

from ...networks.test_mlp import ROWS, network


@pytest.fixture
def saved(tmp_path):
    record = TrainingRecord((1, 2), (1.0, 0.5), (1.1, 0.7), 2, 3.5, {"hidden": (20, 9), "seed": 1})
    model = network(activation="silu", scale=2.0, shift=1.0, name="sample", record=record)
    return model, save_network(model, tmp_path / "net")


def test_a_network_survives_saving(saved):
    model, (weights, _) = saved
    again = load_network(weights)
    assert torch.equal(again.scores(ROWS), model.scores(ROWS))
    assert (again.space, again.target, again.name, again.activation) == (model.space, model.target, "sample", "silu")
    assert again.record.validation == model.record.validation
    assert again.record.options["hidden"] == (20, 9)


def test_the_weights_alone_are_enough(saved):
    model, (weights, architecture) = saved
    architecture.unlink()
    assert torch.equal(load_network(weights).scores(ROWS), model.scores(ROWS))


def test_weights_of_others_need_their_architecture(saved):
    _, (weights, architecture) = saved
    save_file(load_file(weights), weights)
    load_network(weights)
    architecture.unlink()
    with pytest.raises(InputError, match=r"net\.json"):
        load_network(weights)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"sizes": [5, 20, 8, 1]}, "shape"),
        ({"format": 99}, "format 99"),
        ({"activation": "step"}, "activation"),
        ({"members": "two"}, "members"),
        ({"extra": 1}, "extra"),
    ],
)
def test_an_architecture_that_does_not_fit_is_named(saved, change, match):
    _, (weights, architecture) = saved
    architecture.write_text(json.dumps(json.loads(architecture.read_text()) | change))
    with pytest.raises(InputError, match=match):
        load_network(weights)


def test_other_bytes_and_broken_weights_are_refused(saved):
    _, (weights, _) = saved
    tensors = load_file(weights)
    tensors["layers.0.weight"][0, 0, 0] = torch.nan
    save_file(tensors, weights)
    with pytest.raises(InputError, match="NaN"):
        load_network(weights)
    weights.write_bytes(b"not a network")
    with pytest.raises(InputError, match="no safetensors file"):
        load_network(weights)
