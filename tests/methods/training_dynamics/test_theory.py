"""What is seen beside what the theory of learning under noise foretells."""

import numpy as np
import pytest
import torch

from interaction_engine.methods.training_dynamics.phases import Orders, fitted, ratio_table, share_apart
from interaction_engine.numerics.hypercube.learning_theory import learnt_interactions, strength_ratios


def test_patterns_learnt_under_noise_are_recognised_by_their_noise():
    draw = torch.Generator().manual_seed(0)
    final = torch.randn(3, 2, 32, generator=draw, dtype=torch.float64)
    final[..., 0] = 0.0
    for noise in (0.03, 0.6):
        learnt = learnt_interactions(final, noise)
        true = final.flatten(0, 1)
        seen = learnt.flatten(0, 1)
        thresholds = 0.03 * seen[:, 1:].sum(1).abs()
        kept = torch.where(seen.abs() >= thresholds[:, None], seen, 0.0).reshape(3, 2, 32)
        (fit,) = fitted([Orders.of(kept, 0.0).distribution], final)
        assert fit is not None
        assert fit.distance < 0.02
        assert true.shape[1] == 32
    assert fitted([np.zeros(5)], final) == [None]
    assert fitted([np.ones(5)], torch.zeros_like(final)) == [None]


def test_ratios_are_those_of_the_paper_and_grow_with_the_noise():
    table = ratio_table(4)
    assert table["order"].tolist() == [1, 2, 3] * 5
    wide = table.pivot_table(index="noise", columns="order", values="ratio")
    np.testing.assert_allclose(wide, strength_ratios(4, wide.index.tolist()))
    assert (wide.to_numpy() > 1).all()
    assert (np.diff(wide.to_numpy(), axis=0) > 0).all()


def test_how_far_distributions_are_apart():
    assert share_apart(np.array([1.0, 1.0]), np.array([3.0, 3.0])) == 0.0
    assert share_apart(np.array([2.0, 0.0]), np.array([0.0, 5.0])) == 1.0
    assert share_apart(np.array([3.0, 1.0]), np.array([1.0, 1.0])) == pytest.approx(0.25)
