import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from interaction_engine.core.errors import InputError
from interaction_engine.core.types import Capability, Feature, FeatureSpace, Kind, Model, Target, TargetKind
from interaction_engine.data.encoding import encode
from interaction_engine.models.networks.mlp import Mlp
from interaction_engine.numerics.derivatives.mlp import ACTIVATIONS

SPACE = FeatureSpace(
    (
        Feature("a", Kind.NUMERIC, mean=5.0, scale=2.0),
        Feature("c", Kind.CATEGORICAL, levels=("x", "y", "z")),
        Feature("b", Kind.NUMERIC, mean=1.0, scale=0.5),
    )
)
NUMBER = Target("t", TargetKind.REGRESSION)
ROWS = torch.tensor([[3.0, 2.0, 1.0], [7.0, 0.0, 2.0], [5.5, 1.0, -1.0]], dtype=torch.float64)


def network(target=NUMBER, sizes=(5, 20, 9), members=2, **fields) -> Mlp:
    source = torch.Generator().manual_seed(0)
    n_outputs = len(target.classes) if target.kind is TargetKind.MULTICLASS else 1
    shapes = list(zip((*sizes, n_outputs)[1:], sizes, strict=True))
    weights = tuple(torch.randn(members, n, m, generator=source) / m**0.5 for n, m in shapes)
    biases = tuple(torch.randn(members, n, generator=source) for n, _ in shapes)
    return Mlp.of_layers(SPACE, target, weights, biases, **fields)


def as_module(model: Mlp, member: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for weight, bias in zip(model.weights, model.biases, strict=True):
        linear = nn.Linear(weight.shape[2], weight.shape[1])
        linear.weight.data, linear.bias.data = weight[member], bias[member]
        layers += [linear, nn.GELU()]
    return nn.Sequential(*layers[:-1])


def test_scores_are_those_of_the_same_torch_modules():
    model = network(activation="gelu", scale=3.0, shift=-1.0)
    inputs = torch.tensor([[-1, 0, 0, 1, 0], [1, 1, 0, 0, 2], [0.25, 0, 1, 0, -4]], dtype=torch.float32)
    expected = torch.stack([as_module(model, member)(inputs)[:, 0] * 3.0 - 1.0 for member in (0, 1)])
    torch.testing.assert_close(model.scores(ROWS), expected.detach(), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_differentiable_and_fast_scores_agree(activation):
    model = network(activation=activation, sizes=(5, 70, 70))
    torch.testing.assert_close(model.score_encoded(encode(SPACE, ROWS)), model.scores(ROWS), atol=1e-4, rtol=1e-4)


def test_scores_do_not_depend_on_how_rows_are_cut_into_calls():
    model, many = network(), ROWS.repeat(3000, 1)
    torch.testing.assert_close(model.scores(many)[:, :3], model.scores(ROWS), atol=1e-6, rtol=1e-5)
    assert model.scores(many).shape == (2, 9000)


def test_predict_finds_columns_by_name_and_averages_members():
    model = network()
    frame = pd.DataFrame({"b": [1.0, 2.0, -1.0], "other": 0, "c": ["z", "x", "y"], "a": [3.0, 7.0, 5.5]})
    np.testing.assert_allclose(model.predict(frame), model.scores(ROWS).double().mean(0).numpy())
    with pytest.raises(InputError, match="`b`"):
        model.predict(frame.drop(columns="b"))
    with pytest.raises(InputError, match="'w'"):
        model.predict(frame.assign(c="w"))
    with pytest.raises(InputError, match="`a`"):
        model.predict(frame.assign(a=np.nan))


def test_binary_classes_have_opposite_scores():
    model = network(Target("t", TargetKind.BINARY, ("no", "yes")))
    torch.testing.assert_close(model.for_class(0).scores(ROWS), -model.scores(ROWS))
    torch.testing.assert_close(model.for_class(1).scores(ROWS), model.scores(ROWS))


def test_multiclass_scores_are_log_odds_of_softmax():
    model = network(Target("t", TargetKind.MULTICLASS, ("p", "q", "r")))
    shares = torch.stack([model.for_class(index).scores(ROWS).sigmoid() for index in range(3)])
    torch.testing.assert_close(shares.sum(0), torch.ones(2, 3))
    with pytest.raises(InputError, match="0 to 2"):
        model.for_class(3)


def test_a_member_is_a_network_of_its_own():
    model = network()
    torch.testing.assert_close(model.member(1).scores(ROWS), model.scores(ROWS)[1:])
    assert (model.n_members, model.member(1).n_members) == (2, 1)
    assert model.n_parameters == 2 * (5 * 20 + 20 + 20 * 9 + 9 + 9 + 1)
    assert model.row_bytes > 0


def test_it_is_a_model_with_gradients_and_weights():
    model = network()
    assert isinstance(model, Model)
    assert model.capabilities == {Capability.QUERIES, Capability.GRADIENTS, Capability.MLP_WEIGHTS}


def test_shapes_and_activation_are_checked():
    with pytest.raises(InputError, match="5"):
        network(sizes=(6, 20))
    with pytest.raises(InputError, match="activation"):
        network(activation="step")
    with pytest.raises(InputError, match="needs 3"):
        Mlp.of_layers(SPACE, Target("t", TargetKind.MULTICLASS, ("p", "q", "r")), network().weights, network().biases)
