"""Blocks of a Hessian as single numbers per pair: signs kept for numbers and two levels, contrasts over more levels."""

import numpy as np
import pytest
import torch

from interaction_engine.core.types import Feature, FeatureSpace, Kind
from interaction_engine.numerics.derivatives.feature_blocks import FeatureBlocks, robust_steps

NUMBER = Feature("number", Kind.NUMERIC)
ANSWER = Feature("answer", Kind.CATEGORICAL, ("no", "yes"))
TIER = Feature("tier", Kind.CATEGORICAL, ("low", "mid", "top"))
SPACE = FeatureSpace((NUMBER, ANSWER, TIER))
ROWS = np.array([[0.3, 0, 0], [1.0, 1, 1], [-2.0, 1, 1], [0.1, 1, 2]], dtype=np.float64)
ANSWERS, TIERS = np.array([0.25, 0.75]), np.array([0.25, 0.5, 0.25])


@pytest.fixture
def hessian():
    values = torch.from_numpy(np.random.default_rng(0).normal(size=(5, 6, 6)))
    return values + values.mT


def sizes(hessian, space=SPACE, rows=ROWS):
    blocks = FeatureBlocks.of(space, rows)
    return blocks.sizes(blocks.hessian(hessian))


def test_numbers_keep_their_hessian(hessian):
    space = FeatureSpace(tuple(Feature(f"x{i}", Kind.NUMERIC) for i in range(6)))
    assert torch.equal(sizes(hessian, space, np.zeros((4, 6))), hessian)


def test_two_levels_give_their_signed_difference(hessian):
    found = sizes(hessian)[:, 0, 1]
    torch.testing.assert_close(found, (hessian[:, 0, 2] - hessian[:, 0, 1]) * np.sqrt(0.25 * 0.75))
    assert found.min() < 0 < found.max()


def test_more_levels_give_the_weighted_deviation_over_them(hessian):
    block = hessian[:, 0, 3:].numpy()
    centred = block - (block * TIERS).sum(1, keepdims=True)
    expected = np.sqrt((TIERS * centred**2).sum(1))
    np.testing.assert_allclose(sizes(hessian)[:, 0, 2].numpy(), expected, rtol=1e-12)


def test_two_categorical_features_are_centred_over_the_levels_of_both(hessian):
    block = hessian[:, 1:3, 3:].numpy()
    block = block - (ANSWERS[:, None] * block).sum(1, keepdims=True)
    block = block - (TIERS * block).sum(2, keepdims=True)
    expected = np.sqrt((ANSWERS[:, None] * TIERS * block**2).sum((1, 2)))
    np.testing.assert_allclose(sizes(hessian)[:, 1, 2].numpy(), expected, rtol=1e-12)


def test_two_levels_agree_with_the_weighted_deviation_but_for_the_sign(hessian):
    block = hessian[:, 0, 1:3].numpy()
    centred = block - (block * ANSWERS).sum(1, keepdims=True)
    expected = np.sqrt((ANSWERS * centred**2).sum(1))
    np.testing.assert_allclose(sizes(hessian)[:, 0, 1].abs().numpy(), expected, rtol=1e-12)


def test_what_all_levels_share_is_no_joint_effect(hessian):
    shifted = hessian.clone()
    shifted[:, 0, 3:] += 7.0
    shifted[:, 1:3, 3:] += torch.tensor([2.0, -3.0], dtype=torch.float64)[:, None]
    before, after = sizes(hessian), sizes(shifted)
    for pair in ((0, 2), (1, 2)):
        torch.testing.assert_close(after[:, *pair], before[:, *pair])


def test_the_sizes_are_symmetric_and_the_order_of_levels_does_not_matter(hessian):
    found = sizes(hessian)
    torch.testing.assert_close(found, found.mT)
    turned = [0, 1, 2, 5, 3, 4]  # low, mid, top become mid, top, low
    rows = ROWS.copy()
    rows[:, 2] = (rows[:, 2] + 1) % 3
    other = sizes(hessian[:, turned][:, :, turned], rows=rows)
    off = ~torch.eye(3, dtype=torch.bool)
    torch.testing.assert_close(other[:, off], found[:, off])


def test_a_level_that_never_occurs_counts_for_nothing(hessian):
    rows = ROWS[ROWS[:, 2] < 2]
    changed = hessian.clone()
    changed[:, 0, 5] += 100.0
    torch.testing.assert_close(sizes(changed, rows=rows)[:, 0, 2], sizes(hessian, rows=rows)[:, 0, 2])


def test_some_features_alone_are_those_of_all(hessian):
    every, some = FeatureBlocks.of(SPACE, ROWS), FeatureBlocks.of(SPACE, ROWS).only(np.array([0, 2]))
    expected = every.sizes(every.hessian(hessian))[:, [0, 2]][:, :, [0, 2]]
    torch.testing.assert_close(some.sizes(some.hessian(hessian)), expected)


def test_steps_stretch_numbers_and_leave_levels_alone(hessian):
    stretched = FeatureBlocks.of(SPACE, ROWS, steps=np.array([0.5, 9.0, 9.0]))
    found, plain = stretched.sizes(stretched.hessian(hessian)), sizes(hessian)
    torch.testing.assert_close(found[:, 0, 1:], 0.5 * plain[:, 0, 1:])
    torch.testing.assert_close(found[:, 1, 2], plain[:, 1, 2])


def test_a_typical_step_is_one_standard_deviation_unless_few_far_values_make_it_large():
    source = np.random.default_rng(0)
    uniform, far, rare = source.uniform(0, 9, 5000), source.normal(3, 1, 5000), np.zeros(5000)
    far[:5] = 2000.0
    rare[::40] = 1.0
    rows = np.stack([uniform, far, rare], axis=1)
    names = ("uniform", "far", "rare")
    features = (
        Feature(name, Kind.NUMERIC, mean=values.mean(), scale=values.std(), discrete=name == "rare")
        for name, values in zip(names, rows.T, strict=True)
    )
    steps = robust_steps(FeatureSpace(tuple(features)), rows)
    assert steps[0] == steps[2] == 1.0
    assert steps[1] * far.std() == pytest.approx(1.0, abs=0.05)
