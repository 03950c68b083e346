import math

import pytest
import torch

from interaction_engine.methods.additive_models.nit.gates import drawn_gates, opening, settled_gates

DRAWS = 200_000


def drawn(log_alpha: float) -> torch.Tensor:
    uniform = torch.rand(DRAWS, generator=torch.Generator().manual_seed(0), dtype=torch.float64).clamp(1e-12, 1 - 1e-12)
    return drawn_gates(torch.full((DRAWS,), log_alpha, dtype=torch.float64), uniform)


@pytest.mark.parametrize("log_alpha", [-3.0, -1.0, 0.0, 0.5, 2.0])
def test_the_share_of_closed_and_fully_open_gates_is_the_closed_form(log_alpha):
    gates = drawn(log_alpha)
    closed = 1 / (1 + math.exp(log_alpha + 2 / 3 * math.log(11)))  # P(s < 1/12), s a binary concrete variable
    full = 1 / (1 + math.exp(-log_alpha + 2 / 3 * math.log(11)))  # P(s > 11/12)
    assert float((gates == 0).double().mean()) == pytest.approx(closed, abs=4 / DRAWS**0.5)
    assert float((gates == 1).double().mean()) == pytest.approx(full, abs=4 / DRAWS**0.5)
    assert float(opening(torch.tensor(log_alpha))) == pytest.approx(1 - closed, abs=1e-6)


def test_gates_without_chance_are_the_median_draw():
    for log_alpha in (-5.0, -1.0, 0.0, 1.0, 5.0):
        one = torch.tensor(log_alpha, dtype=torch.float64)
        assert float(settled_gates(one)) == pytest.approx(float(drawn(log_alpha * 2 / 3).median()), abs=0.01)
    assert settled_gates(torch.tensor([-3.0, 3.0])).tolist() == [0.0, 1.0]


def test_an_open_gate_has_a_gradient_and_a_shut_one_has_none():
    log_alpha = torch.tensor([0.0, -9.0, 9.0], requires_grad=True)
    drawn_gates(log_alpha, torch.full((3,), 0.5)).sum().backward()
    assert log_alpha.grad is not None
    assert log_alpha.grad[0] > 0
    assert log_alpha.grad[1:].tolist() == [0.0, 0.0]
    counted = torch.tensor([0.0, -2.0], requires_grad=True)
    opening(counted).sum().backward()
    assert counted.grad is not None
    assert (counted.grad > 0).all()
