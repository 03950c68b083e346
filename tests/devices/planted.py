"""Mistakes that a card would refuse, and what it allows: one function each, given the name of the device."""

import numpy as np
import torch
from torch.nn import functional

from interaction_engine.numerics.derivatives import mlp


def cpu_tensor_in_a_sum(card: str) -> None:
    torch.ones(3, device=card) + torch.ones(3)


def cpu_weights(card: str) -> None:
    functional.linear(torch.ones(2, 3, device=card), torch.ones(4, 3))


def cpu_tensor_in_a_batched_derivative(card: str) -> None:
    weight = torch.ones(3)
    torch.func.vmap(torch.func.hessian(lambda row: (row * weight).tanh().sum()))(torch.ones(2, 3, device=card))


def cpu_tensor_in_a_backward_pass(card: str) -> None:
    class Leaks(torch.autograd.Function):
        @staticmethod
        def forward(ctx, values):
            return 2 * values

        @staticmethod
        def backward(ctx, gradient):
            return gradient * torch.full((3,), 2.0)

    values = torch.ones(3, device=card).requires_grad_()
    Leaks.apply(values).sum().backward()


def cpu_tensor_in_inference_mode(card: str) -> None:
    with torch.inference_mode():
        torch.matmul(torch.ones(2, 3, device=card), torch.ones(3, 2))


def card_index_of_a_cpu_tensor(card: str) -> None:
    torch.ones(3)[torch.tensor([0], device=card)]


def cpu_values_at_places(card: str) -> None:
    torch.zeros(3, device=card)[torch.tensor([0, 1], device=card)] = torch.ones(2)


def cpu_index_of_a_scatter(card: str) -> None:
    torch.zeros(3, device=card).index_add_(0, torch.tensor([0]), torch.ones(1, device=card))


def scalar_of_the_cpu_written_to(card: str) -> None:
    torch.zeros(()).add_(torch.ones((), device=card))


def joined_of_both(card: str) -> None:
    torch.stack([torch.zeros((), device=card), torch.zeros(())])


def numpy_of_a_card(card: str) -> None:
    torch.ones(3, device=card).numpy()


def array_of_a_card(card: str) -> None:
    np.asarray(torch.ones(3, device=card))


def drawn_by_the_cpu(card: str) -> None:
    torch.randn(3, device=card, generator=torch.Generator())


def drawn_on_the_card(card: str) -> None:
    torch.ones(3, device=card).bernoulli()


def kernel_of_the_cpu(card: str) -> None:
    mlp._fused(torch.ones(2, 3, device=card), torch.ones(20, 3, device=card), torch.ones(20, device=card), "relu")


def least_squares_of_the_cpu(card: str) -> None:
    torch.linalg.lstsq(torch.eye(3, device=card), torch.ones(3, 1, device=card), driver="gelsd")


def allowed(card: str) -> None:
    values = torch.arange(6.0, device=card).reshape(2, 3).requires_grad_()
    total = (values * torch.tensor(2.0)).where(values.detach() > 1, 0.0).sum()
    (gradient,) = torch.autograd.grad(total, values)
    assert gradient.device == values.device == torch.device(card, 0)
    assert gradient.tolist() == [[0.0, 0.0, 2.0], [2.0, 2.0, 2.0]]
    assert float(total.detach()) == 28.0
    copied = torch.zeros(3, device=card)
    copied[1:] = torch.ones(2)
    copied[[0]] = 5.0
    assert copied.cpu().numpy().tolist() == [5.0, 1.0, 1.0]
    assert copied.new_zeros(2).device.type == card
    assert torch.zeros_like(copied).device.type == card
    assert copied.to("cpu").device.type == "cpu"
    assert bool((copied[copied > 2] == 5.0).all())
    assert len(copied.nonzero()) == 3
