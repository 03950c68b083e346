"""The fused forward pass equals the ordinary one, for every activation and any number of members."""

from itertools import pairwise

import pytest
import torch

from interaction_engine.numerics.derivatives import mlp


def plain(weights, biases, activation, inputs):
    outputs = []
    for member in range(len(weights[0])):
        hidden = (inputs if inputs.ndim == 2 else inputs[member]).double()
        for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
            hidden = hidden @ weight[member].double().T + bias[member].double()
            hidden = mlp.ACTIVATIONS[activation](hidden) if layer < len(weights) - 1 else hidden
        outputs.append(hidden)
    return torch.stack(outputs)


def stack(sizes, members, seed=0):
    generator = torch.Generator().manual_seed(seed)
    shapes = list(pairwise(sizes))
    weights = [torch.randn(members, out, inputs, generator=generator) / inputs**0.5 for inputs, out in shapes]
    return weights, [torch.randn(members, out, generator=generator) for _, out in shapes]


@pytest.mark.parametrize("activation", sorted(mlp.ACTIVATIONS))
@pytest.mark.parametrize("members", [1, 3])
def test_forward_equals_plain_products(activation, members):
    weights, biases = stack((7, 40, 33, 2), members)
    shared = torch.randn(50, 7, generator=torch.Generator().manual_seed(1))
    own = torch.randn(members, 50, 7, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        for inputs in (shared, own):
            torch.testing.assert_close(
                mlp.forward(weights, biases, activation, inputs).double(),
                plain(weights, biases, activation, inputs),
                atol=1e-4,
                rtol=1e-4,
            )


def test_gradients_flow_where_they_are_wanted():
    weights, biases = stack((3, 40, 1), 1)
    inputs = torch.randn(4, 3, requires_grad=True)
    (gradient,) = torch.autograd.grad(mlp.forward(weights, biases, "tanh", inputs).sum(), inputs)
    hidden = torch.tanh(inputs @ weights[0][0].T + biases[0][0])
    torch.testing.assert_close(gradient, ((1 - hidden**2) * weights[1][0]) @ weights[0][0])


@pytest.mark.parametrize("activation", sorted(mlp.ACTIVATIONS))
def test_activate_is_the_activation(activation):
    values = torch.linspace(-3, 3, 13)
    expected = mlp.ACTIVATIONS[activation](values.clone())
    torch.testing.assert_close(mlp.activate(values.clone(), activation), expected)
