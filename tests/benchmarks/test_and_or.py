"""The gradient descent that the split is compared with is itself right."""

import torch

from benchmarks.and_or import gradient_descent, relu_game
from interaction_engine.numerics.hypercube.and_or_split import sparsest_split
from interaction_engine.numerics.hypercube.subset_transforms import moebius


def test_it_comes_near_the_optimum_of_a_small_game_and_never_below():
    values = torch.stack([relu_game(4, seed) for seed in range(3)])
    reached, split = gradient_descent(values, steps=1500, rate=0.03), sparsest_split(values)
    assert (reached >= split.dual * (1 - 1e-9)).all()
    assert (reached <= split.primal * 1.1).all()
    assert (reached < moebius(values)[:, 1:].abs().sum(1)).all()
