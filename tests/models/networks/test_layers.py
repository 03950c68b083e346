import pytest
import torch
from torch import nn

from interaction_engine.models.networks import layers
from interaction_engine.models.networks.layers import StackedLinear
from interaction_engine.models.networks.mlp import StackedPerceptron
from interaction_engine.numerics.derivatives.mlp import ACTIVATIONS


def gradients(function, *tensors):
    leaves = [tensor.clone().requires_grad_() for tensor in tensors]
    outputs = function(*leaves)
    return [outputs.detach(), *torch.autograd.grad(outputs.sin().sum(), leaves)]


def plain(activation):
    def function(inputs, weight, bias):
        sums = torch.einsum("kni,koi->kno", inputs, weight) + bias[:, None]
        return sums if activation == "identity" else ACTIVATIONS[activation](sums)

    return function


def trained(activation):
    """A layer as it is trained: with gradients of its weight and bias."""

    def function(inputs, weight, bias):
        layer = StackedLinear(torch.empty(0, 0, 0), torch.empty(0, 0))
        sums = torch.func.functional_call(layer, {"weight": weight, "bias": bias}, inputs)
        return sums if activation == "identity" else ACTIVATIONS[activation](sums)

    return function


@pytest.mark.parametrize("activation", [*ACTIVATIONS, "identity"])
@pytest.mark.parametrize("shape", [(1, 8, 5, 3), (3, 7, 90, 80), (2, 9, 10, 128)], ids=str)
def test_outputs_and_gradients_are_those_of_ordinary_operations(activation, shape):
    members, rows, n_inputs, n_outputs = shape
    source = torch.Generator().manual_seed(1)
    tensors = [
        torch.randn(*size, generator=source)
        for size in ((members, rows, n_inputs), (members, n_outputs, n_inputs), (members, n_outputs))
    ]
    fast = gradients(trained(activation), *tensors)
    for got, expected in zip(fast, gradients(plain(activation), *tensors), strict=True):
        torch.testing.assert_close(got, expected, atol=1e-3, rtol=1e-3)


def test_without_the_kernel_ordinary_operations_take_over(monkeypatch):
    def missing(*_):
        raise RuntimeError("no such kernel")

    monkeypatch.setattr(layers, "_product", missing)
    layers._kernel_works.cache_clear()
    try:
        assert not layers._kernel_works()
        outputs = trained("relu")(torch.ones(1, 2, 80), torch.ones(1, 80, 80).requires_grad_(), torch.zeros(1, 80))
        assert (outputs == 80).all()
    finally:
        layers._kernel_works.cache_clear()


@pytest.mark.parametrize("activation", ["relu", "gelu", "tanh"])
def test_a_stack_is_what_vmap_makes_of_plain_modules(activation):
    """The plain module as oracle: `torch.func` stacks it, and our stack, fused or not, gives the same."""
    torch.manual_seed(0)
    plain = {"relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh}[activation]
    members = [nn.Sequential(nn.Linear(5, 70), plain(), nn.Linear(70, 66), plain(), nn.Linear(66, 2)) for _ in range(3)]
    parameters, _ = torch.func.stack_module_state(members)
    rows = torch.randn(9, 5)
    expected = torch.func.vmap(lambda own: torch.func.functional_call(members[0], own, rows))(parameters)
    weights, biases = ([parameters[f"{place}.{kind}"].detach() for place in (0, 2, 4)] for kind in ("weight", "bias"))
    stack = StackedPerceptron(weights, biases, activation)
    torch.testing.assert_close(stack(rows), expected.detach(), atol=1e-5, rtol=1e-5)
    with torch.inference_mode():
        torch.testing.assert_close(stack(rows), expected.detach(), atol=1e-5, rtol=1e-5)
    stack.requires_grad_()
    torch.testing.assert_close(stack(rows).detach(), expected.detach(), atol=1e-5, rtol=1e-5)
    again = StackedPerceptron(
        [torch.empty_like(one) for one in weights], [torch.empty_like(one) for one in biases], activation
    )
    again.load_state_dict(stack.state_dict())
    assert torch.equal(again(rows), StackedPerceptron(weights, biases, activation)(rows))
