"""Mixed differences by brute force: random rows, random low and high values, all corners."""

import itertools

import numpy as np
import torch

from interaction_engine.core.types import Kind


def random_rows(space, count, seed):
    """Rows over the features' ranges, levels at random."""
    source = np.random.default_rng(seed)
    rows = space.means + 1.2 * space.scales * source.standard_normal((count, len(space)))
    for place, feature in enumerate(space.features):
        if feature.kind is Kind.CATEGORICAL:
            rows[:, place] = source.integers(0, len(feature.levels), count)
    return torch.from_numpy(rows)


def joint_effects(model, subsets, rows, low, high):
    """The alternating sums over the corners of each set, (members, subsets, rows), in one call of the model."""
    corners = list(itertools.product((0, 1), repeat=subsets.shape[1]))
    moved = rows.repeat(len(subsets), len(corners), 1, 1)
    for place, features in enumerate(subsets.tolist()):
        for number, corner in enumerate(corners):
            for feature, end in zip(features, corner, strict=True):
                moved[place, number, :, feature] = (high if end else low)[:, feature]
    scores = model.scores(moved.flatten(0, 2)).double().cpu()
    signs = torch.tensor([(-1.0) ** corner.count(0) for corner in corners], dtype=torch.float64)
    return torch.einsum("mscr,c->msr", scores.reshape(len(scores), len(subsets), len(corners), len(rows)), signs)


def all_subsets(n_features, order):
    return torch.combinations(torch.arange(n_features), r=order)


def largest_effects(model, subsets, count=24, seeds=(1, 2, 3)):
    """The largest absolute joint effect of each set on random rows with random moves."""
    rows, low, high = (random_rows(model.space, count, seed) for seed in seeds)
    return joint_effects(model, subsets, rows, low, high).abs().amax((0, 2))


def spread(model):
    scores = model.scores(random_rows(model.space, 64, 9))
    return float(scores.max() - scores.min())
