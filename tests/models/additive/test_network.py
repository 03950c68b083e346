import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from interaction_engine.core.errors import InputError
from interaction_engine.core.types import Capability, FeatureSpace, Model, Target, TargetKind
from interaction_engine.data.encoding import encode
from interaction_engine.models.additive.network import AdditiveNetwork, Subnets, initial_subnets
from interaction_engine.models.io.loading import load_model
from interaction_engine.models.io.stored.files import load_network, save_network
from interaction_engine.models.networks.mlp import TrainingRecord

from ..networks.test_mlp import NUMBER, ROWS, SPACE

MEMBERS = ((0,), (1,), (2, 1), (0, 1, 2))
BINARY, SEVERAL = Target("t", TargetKind.BINARY, ("no", "yes")), Target("t", TargetKind.MULTICLASS, ("p", "q", "r"))


def additive(target=NUMBER, members=MEMBERS, hidden=(7, 4), activation="gelu", space=SPACE, **fields):
    outputs = len(target.classes) if target.kind is TargetKind.MULTICLASS else 1
    anchors = encode(space, ROWS.repeat(4, 1)[:, : len(space)])
    subnets = initial_subnets(space, members, hidden, outputs, activation, anchors, np.random.default_rng(0))
    noise = torch.Generator().manual_seed(1)
    subnets = subnets.with_layers(subnets.weights, [torch.randn(one.shape, generator=noise) for one in subnets.biases])
    return AdditiveNetwork(space, target, subnets, torch.randn(outputs, generator=noise), **fields)


def as_module(model: AdditiveNetwork, subnet: int, n_inputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for position, (weight, bias) in enumerate(zip(model.subnets.weights, model.subnets.biases, strict=True)):
        own = weight[subnet, :, :n_inputs] if position == 0 else weight[subnet]
        linear = nn.Linear(own.shape[1], own.shape[0])
        linear.weight.data, linear.bias.data = own, bias[subnet]
        layers += [linear, nn.GELU()]
    return nn.Sequential(*layers[:-1])


def test_each_subnet_is_the_same_torch_module_on_its_own_columns():
    model, encoded = additive(), encode(SPACE, ROWS)
    columns = ([0], [1, 2, 3], [4, 1, 2, 3], [0, 1, 2, 3, 4])
    expected = [as_module(model, subnet, len(own))(encoded[:, own]) for subnet, own in enumerate(columns)]
    torch.testing.assert_close(model.subnets(encoded), torch.stack(expected, dim=1), atol=1e-6, rtol=1e-5)


def test_a_subnet_does_not_change_with_other_features():
    model, changed = additive(), ROWS.clone()
    changed[:, 0] += 5.0
    before, after = (model.subnets(encode(SPACE, rows))[..., 0] for rows in (ROWS, changed))
    same = (before == after).all(dim=0).tolist()
    assert same == [False, True, True, False]


def test_parameters_are_counted_without_padding():
    model = additive()
    inputs = 1 + 3 + 4 + 5
    assert model.subnets.n_parameters == inputs * 7 + 4 * (7 + 7 * 4 + 4 + 4 + 1)
    assert model.n_parameters == model.subnets.n_parameters + 1
    assert model.subnets.chosen([1, 0]).n_parameters == (3 + 1) * 7 + 2 * (7 + 28 + 4 + 4 + 1)


def test_chosen_subnets_are_the_same_functions():
    model, encoded = additive(), encode(SPACE, ROWS)
    chosen = model.subnets.chosen([2, 0])
    assert chosen.sizes[0] == 4
    torch.testing.assert_close(chosen(encoded), model.subnets(encoded)[:, [2, 0]])


def test_scores_are_the_scaled_sum():
    model = additive(scale=3.0, shift=-1.0)
    sums = model.subnets(encode(SPACE, ROWS)).sum(dim=(1, 2)) + model.intercept
    torch.testing.assert_close(model.scores(ROWS)[0], 3 * sums - 1)
    many = ROWS.repeat(700, 1)
    torch.testing.assert_close(model.scores(many)[:, :3], model.scores(ROWS))
    frame = pd.DataFrame({"b": [1.0, 2.0, -1.0], "c": ["z", "x", "y"], "a": [3.0, 7.0, 5.5]})
    np.testing.assert_allclose(model.predict(frame), model.double().scores(ROWS)[0].numpy())


def test_classes():
    model = additive(BINARY)
    torch.testing.assert_close(model.for_class(0).scores(ROWS), -model.scores(ROWS))
    several = additive(SEVERAL)
    shares = torch.stack([several.for_class(index).scores(ROWS).sigmoid() for index in range(3)])
    torch.testing.assert_close(shares.sum(0), torch.ones(1, 3))
    with pytest.raises(InputError, match="0 to 2"):
        several.for_class(3)


def test_it_is_a_model_that_can_be_differentiated():
    model = additive()
    assert isinstance(model, Model)
    assert model.capabilities == {Capability.QUERIES, Capability.GRADIENTS, Capability.TERMS}
    encoded = encode(SPACE, ROWS).requires_grad_()
    torch.autograd.grad(model.score_encoded(encoded).sum(), encoded, create_graph=True)[0].sum().backward()
    assert encoded.grad is not None
    assert encoded.grad.isfinite().all()
    assert model.row_bytes > 0
    assert additive(activation="relu").to("cpu").device.type == "cpu"


def test_what_does_not_fit_is_named():
    model = additive()
    with pytest.raises(InputError, match="4 subnets with 5 inputs"):
        model.subnets.with_layers((torch.zeros(4, 7, 3), *model.subnets.weights[1:]), model.subnets.biases)
    with pytest.raises(InputError, match="activation"):
        Subnets(SPACE, MEMBERS, model.subnets.weights, model.subnets.biases, "step")
    with pytest.raises(InputError, match="needs 3"):
        replace(model, target=SEVERAL)


@pytest.fixture(params=[NUMBER, SEVERAL], ids=["number", "classes"])
def saved(request, tmp_path):
    record = TrainingRecord((1,), (1.0,), (1.1,), 1, 3.5, {"hidden": (7, 4), "seed": 1})
    model = additive(request.param, scale=2.0, shift=1.0, name="sample", record=record)
    return model, save_network(model, tmp_path / "net")


def test_a_network_survives_saving(saved):
    model, (weights, architecture) = saved
    assert torch.equal(load_network(weights).scores(ROWS), model.scores(ROWS))
    architecture.unlink()
    again = load_network(weights)
    assert torch.equal(again.scores(ROWS), model.scores(ROWS))
    assert (again.space, again.target, again.name, again.record) == (SPACE, model.target, "sample", model.record)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"hidden": [7, 5]}, "shape"),
        ({"format": 99}, "format 99"),
        ({"members": [[0], [9]]}, "features that it does not have"),
        ({"activation": "step"}, "activation"),
        ({"extra": 1}, "extra"),
    ],
)
def test_an_architecture_that_does_not_fit_is_named(saved, change, match):
    _, (weights, architecture) = saved
    architecture.write_text(json.dumps(json.loads(architecture.read_text()) | change))
    with pytest.raises(InputError, match=match):
        load_network(weights)


def test_broken_weights_are_refused(saved):
    _, (weights, _) = saved
    tensors = load_file(weights)
    tensors["intercept"][0] = torch.nan
    save_file(tensors, weights)
    with pytest.raises(InputError, match="NaN"):
        load_network(weights)


def test_a_brought_network_finds_its_features_by_name(mixed, tmp_path):
    model = additive(mixed.target, ((1,), (0, 2)), space=mixed.space)
    path, _ = save_network(model, tmp_path / "net")
    turned = replace(mixed, space=FeatureSpace(mixed.space.features[::-1]))
    rows = torch.from_numpy(mixed.rows[:50].copy())
    expected = model.scores(rows)
    torch.testing.assert_close(load_model(path, turned).scores(rows.flip(1)), expected)
    torch.testing.assert_close(load_model(path, mixed).scores(rows), expected)
