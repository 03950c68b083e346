"""Games for the tests of subset transforms and splits, and slow but obvious oracles over all subsets."""

import itertools

import numpy as np
import torch
from scipy.optimize import linprog


def masks(n):
    """(2^n, n) booleans: row S tells who is in S."""
    return (np.arange(2**n)[:, None] >> np.arange(n)) & 1 == 1


def subsets_of(players):
    """All subsets of the players of a bit mask, as bit masks."""
    bits = [bit for bit in range(players.bit_length()) if players >> bit & 1]
    return [sum(1 << b for b in some) for size in range(len(bits) + 1) for some in itertools.combinations(bits, size)]


def relu_game(n, seed):
    """Scores of a random ReLU network on all masked inputs."""
    rng = np.random.default_rng(seed)
    first, bias = rng.normal(size=(n, 32)) / np.sqrt(n) * 1.5, rng.normal(size=32) * 0.5
    second, last = rng.normal(size=(32, 32)) / 4, rng.normal(size=32) / 4
    hidden = np.maximum((masks(n) * rng.normal(size=n)) @ first + bias, 0.0)
    return torch.from_numpy(np.maximum(hidden @ second, 0.0) @ last)


def random_games(n, count, seed):
    return torch.randn(count, 2**n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def sparse_game(n, patterns):
    """The sum of patterns (kind, players, effect)."""
    inside, total = masks(n), np.zeros(2**n)
    for kind, players, effect in patterns:
        chosen = inside[:, list(players)]
        total += effect * (chosen.all(1) if kind == "and" else chosen.any(1))
    return torch.from_numpy(total)


def majority(n):
    return torch.from_numpy((masks(n).sum(1) > n / 2).astype(float))


def least_strength(values, noise=0.0):
    """The optimum of the sparsest split by scipy's HiGHS, over dense matrices."""
    n = len(values).bit_length() - 1
    inside = masks(n)
    contains = (inside[:, None, :] >= inside[None, :, :]).all(2)[1:, 1:].astype(float)
    meets = (inside[:, None, :] & inside[None, :, :]).any(2)[1:, 1:].astype(float)
    size = len(contains)
    equations = np.hstack([contains, -contains, meets, -meets, np.eye(size)])
    costs = np.concatenate([np.ones(4 * size), np.zeros(size)])
    bounds = [(0, None)] * (4 * size) + [(-noise, noise)] * size
    found = linprog(costs, A_eq=equations, b_eq=(values - values[0])[1:].numpy(), bounds=bounds, method="highs")
    assert found.status == 0, found.message
    return found.fun
