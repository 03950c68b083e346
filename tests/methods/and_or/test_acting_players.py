"""Players that change nothing take no part in the split, which is that of all players nevertheless."""

import numpy as np
import pytest
import torch

from interaction_engine.methods.and_or.players import split_of_acting
from interaction_engine.numerics.hypercube.and_or_split import sparsest_split
from interaction_engine.numerics.hypercube.subset_transforms import and_or_values
from tests.numerics.games import least_strength, random_games


def with_idle(values, idle):
    """A game in which players at the places `idle` are added and change nothing."""
    n = int(np.log2(values.shape[1])) + len(idle)
    acting = [player for player in range(n) if player not in idle]
    masks = torch.arange(2**n)
    return values[:, sum((masks >> player & 1) << place for place, player in enumerate(acting))]


@pytest.mark.parametrize("idle", [(0,), (2, 5), (1, 3, 4)])
@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_idle_players_are_in_no_pattern_and_the_optimum_is_that_of_all(idle, noise):
    values = with_idle(random_games(4, 3, seed=2), idle)
    found = split_of_acting(values, noise=noise, tolerance=1e-3)
    whole = sparsest_split(values, noise=noise, tolerance=1e-3)
    assert bool((found.dual <= whole.primal).all())
    assert bool((whole.dual <= found.primal).all())
    explained = and_or_values(found.and_effects, found.or_effects) + found.noise
    torch.testing.assert_close(explained, values, rtol=0, atol=1e-10)
    assert float(found.noise.abs().max()) <= noise + 1e-9
    masks = torch.arange(values.shape[1])
    touched = torch.stack([masks >> player & 1 for player in idle]).sum(0) > 0
    assert not found.and_effects[:, touched].any()
    assert not found.or_effects[:, touched].any()


def test_the_optimum_is_that_of_the_linear_program_of_all_players():
    values = with_idle(random_games(4, 1, seed=5), (1, 4))
    found = split_of_acting(values, tolerance=1e-4)
    best = least_strength(values[0])
    assert float(found.dual[0]) <= best + 1e-9
    assert best <= float(found.primal[0]) * (1 + 1e-9)


def test_a_player_that_acts_in_one_sample_takes_part_in_all():
    idle_in_first = torch.cat([with_idle(random_games(3, 1, seed=0), (3,)), random_games(4, 1, seed=1)])
    found, whole = split_of_acting(idle_in_first), sparsest_split(idle_in_first)
    assert torch.equal(found.and_effects, whole.and_effects)


def test_a_constant_game_has_no_pattern():
    found = split_of_acting(torch.full((2, 16), 3.0, dtype=torch.float64))
    assert found.primal.tolist() == [0.0, 0.0]
    assert found.and_effects[:, 0].tolist() == [3.0, 3.0]
