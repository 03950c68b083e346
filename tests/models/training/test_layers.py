import pytest
import torch

from interaction_engine.models.training import layers
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


@pytest.mark.parametrize("activation", [*ACTIVATIONS, "identity"])
@pytest.mark.parametrize("shape", [(1, 8, 5, 3), (3, 7, 90, 80), (2, 9, 10, 128)], ids=str)
def test_outputs_and_gradients_are_those_of_ordinary_operations(activation, shape):
    members, rows, n_inputs, n_outputs = shape
    source = torch.Generator().manual_seed(1)
    tensors = [
        torch.randn(*size, generator=source)
        for size in ((members, rows, n_inputs), (members, n_outputs, n_inputs), (members, n_outputs))
    ]
    fast = gradients(lambda x, w, b: layers.layer(x, w, b, activation), *tensors)
    for got, expected in zip(fast, gradients(plain(activation), *tensors), strict=True):
        torch.testing.assert_close(got, expected, atol=1e-3, rtol=1e-3)


def test_without_the_kernel_ordinary_operations_take_over(monkeypatch):
    def missing(*_):
        raise RuntimeError("no such kernel")

    monkeypatch.setattr(layers, "_product", missing)
    layers._kernel_works.cache_clear()
    try:
        assert not layers._kernel_works()
        outputs = layers.layer(torch.ones(1, 2, 80), torch.ones(1, 80, 80), torch.zeros(1, 80), "relu")
        assert (outputs == 80).all()
    finally:
        layers._kernel_works.cache_clear()
