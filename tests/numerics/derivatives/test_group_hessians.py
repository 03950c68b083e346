"""The group expected Hessian against closed forms, its two ends, and automatic differentiation draw by draw."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import norm

from interaction_engine.core.types import Feature, FeatureSpace, Kind
from interaction_engine.numerics.derivatives.feature_blocks import FeatureBlocks
from interaction_engine.numerics.derivatives.group_hessians import contour_probabilities, group_hessians, hessians
from interaction_engine.numerics.derivatives.mlp_hessian import Head
from interaction_engine.numerics.derivatives.path_integrals import SmoothPerceptron
from interaction_engine.numerics.derivatives.smooth import Smooth, smooth

PLENTY = 10**9
SQUARE = Smooth(lambda z: z * z, lambda z: 2.0 * z, lambda z: torch.full_like(z, 2.0))


def linear_head(outputs):
    return Head(outputs[..., 0], torch.ones_like(outputs))


def network(sizes=(4, 9, 7, 1), draws=5, activation=None):
    source = torch.Generator().manual_seed(0)
    shapes = list(zip(sizes[1:], sizes, strict=False))
    weights = tuple(torch.randn(draws, n, m, generator=source, dtype=torch.float64) / m**0.5 for n, m in shapes)
    biases = tuple(torch.randn(draws, n, generator=source, dtype=torch.float64) for n, _ in shapes)
    return SmoothPerceptron(weights, biases, activation or smooth("softplus", 1.0), linear_head)


def numbers(n):
    space = FeatureSpace(tuple(Feature(f"x{i}", Kind.NUMERIC) for i in range(n)))
    return FeatureBlocks.of(space, np.zeros((1, n)))


@pytest.fixture
def rows():
    return torch.from_numpy(np.random.default_rng(1).normal(size=(24, 4)))


def labels(n_rows, groups):
    return np.random.default_rng(groups).permutation(np.arange(n_rows) % groups)


def by_hand(network, rows, division):
    """Per draw and pair: the mean size of the regions' mean Hessians, from automatic differentiation."""
    first, second = np.triu_indices(rows.shape[1], 1)
    made = []
    for draw in range(len(network.weights[0])):
        full = torch.func.vmap(torch.func.hessian(lambda row, d=draw: network.scores(row[None])[d, 0]))(rows)
        local = full[:, first, second].numpy()
        parts = [(division == region) for region in range(division.max() + 1)]
        made.append(sum(part.mean() * np.abs(local[part].mean(0)) for part in parts))
    return np.stack(made)


@pytest.mark.parametrize("groups", [1, 3, 24])
def test_it_is_the_mean_size_of_the_regions_mean_hessians(rows, groups):
    division = labels(24, groups)
    found = group_hessians(network(), rows, numbers(4), [division], PLENTY)
    expected = by_hand(network(), rows, division)
    np.testing.assert_allclose(found.strength.mean[0], expected.mean(0), rtol=1e-9)
    np.testing.assert_allclose(found.strength.deviation[0], expected.std(0, ddof=1), rtol=1e-7)


def test_one_region_gives_aeh_and_a_region_per_row_eah(rows):
    found = group_hessians(network(), rows, numbers(4), [labels(24, 1), labels(24, 24)], PLENTY)
    np.testing.assert_allclose(found.strength.mean[1], found.eah.mean, rtol=1e-9)
    np.testing.assert_allclose(found.strength.deviation[1], found.eah.deviation, rtol=1e-7)
    aeh = np.abs(hessians(network(), rows, numbers(4)).mean(1).numpy()).mean(0)
    np.testing.assert_allclose(found.strength.mean[0], aeh[tuple(found.pairs)], rtol=1e-9)
    assert (found.strength.mean[0] < found.eah.mean).any()


def test_a_quadratic_function_has_the_same_hessian_everywhere(rows):
    squares = replace(network(sizes=(4, 6, 1), draws=3), activation=SQUARE)
    first, last = squares.weights
    expected = torch.einsum("dk,dki,dkj->dij", 2.0 * last[:, 0], first, first).numpy()
    found = group_hessians(squares, rows, numbers(4), [labels(24, 1), labels(24, 5)], PLENTY)
    own = expected[(slice(None), *found.pairs)]
    for division in range(2):
        np.testing.assert_allclose(found.strength.mean[division], np.abs(own).mean(0), rtol=1e-9)
    np.testing.assert_allclose(found.eah.mean, np.abs(own).mean(0), rtol=1e-9)
    for region in found.signed.mean:
        np.testing.assert_allclose(region, own.mean(0), rtol=1e-9)
    np.testing.assert_allclose(found.signed.deviation, np.tile(own.std(0, ddof=1), (6, 1)), rtol=1e-7)


def test_the_memory_changes_nothing_but_the_pieces(rows):
    divisions = [labels(24, groups) for groups in (1, 2, 6)]
    whole = group_hessians(network(), rows, numbers(4), divisions, PLENTY)
    told = []
    pieces = group_hessians(network(), rows, numbers(4), divisions, 12_000, told.append)
    assert len(told) == 5
    assert told == sorted(told)
    assert told[-1] == 1.0
    for name in ("strength", "eah", "signed"):
        for moment in ("mean", "deviation"):
            found, expected = (getattr(getattr(one, name), moment) for one in (pieces, whole))
            np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("sizes", [(4, 3, 3, 1), (4, 30, 40, 1)])
def test_both_closed_forms_are_what_automatic_differentiation_makes(rows, sizes):
    narrow = network(sizes=sizes, draws=2)
    found = hessians(narrow, rows, numbers(4))
    for draw in range(2):
        score = torch.func.hessian(lambda row, d=draw: narrow.scores(row[None])[d, 0])
        torch.testing.assert_close(found[draw], torch.func.vmap(score)(rows))


def test_levels_are_contrasted_inside_regions(rows):
    space = FeatureSpace((Feature("a", Kind.NUMERIC), Feature("c", Kind.CATEGORICAL, ("x", "y", "z"))))
    seen = np.array([[0.0, 0], [0.0, 1], [0.0, 1], [0.0, 2]])
    blocks = FeatureBlocks.of(space, seen)
    division = labels(24, 3)
    found = group_hessians(network(), rows, blocks, [division], PLENTY)
    full = hessians(network(), rows, numbers(4))
    shares, expected = np.array([0.25, 0.5, 0.25]), np.zeros(5)
    for region in range(3):
        mean = full[:, torch.from_numpy(division == region)].mean(1)[:, 0, 1:].numpy()
        centred = mean - (mean * shares).sum(1, keepdims=True)
        expected += (division == region).mean() * np.sqrt((shares * centred**2).sum(1))
    np.testing.assert_allclose(found.strength.mean[0], [expected.mean()], rtol=1e-9)


def test_figures_that_hardly_differ_keep_their_deviation(rows):
    base = network(draws=1)
    scatter = 1.0 + 1e-7 * torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64)
    last = base.weights[-1] * scatter[:, None, None]
    weights = (*(weight.expand(3, -1, -1) for weight in base.weights[:-1]), last)
    close = replace(base, weights=weights, biases=tuple(bias.expand(3, -1) for bias in base.biases))
    found = group_hessians(close, rows, numbers(4), [labels(24, 2)], PLENTY)
    np.testing.assert_allclose(found.strength.deviation, 1e-7 * found.strength.mean, rtol=1e-4)


def test_a_single_network_has_no_deviation(rows):
    found = group_hessians(network(draws=1), rows, numbers(4), [labels(24, 2)], PLENTY)
    assert (found.strength.deviation == 0).all()


@pytest.mark.parametrize("memory", [PLENTY, 40_000])
def test_the_contour_is_counted_draw_by_draw(rows, memory):
    many, divisions = network(draws=30), [labels(24, 1), labels(24, 5)]
    found = group_hessians(many, rows, numbers(4), divisions, PLENTY)
    every = hessians(many, rows, numbers(4)).numpy()
    for division, centres in zip(divisions, (found.centres[:1], found.centres[1:]), strict=True):
        regions = range(division.max() + 1)
        parts = np.stack([every[:, division == region].sum(1) / 24 for region in regions], axis=1)
        np.testing.assert_allclose(centres, parts.mean(0), rtol=1e-9, atol=1e-12)
        away = np.abs(parts - parts.mean(0)).sum(1)[:, *found.pairs]
        nothing = np.abs(parts.mean(0)).sum(0)[*found.pairs]
        expected = (1 + (away >= nothing).sum(0)) / 31
        chances = contour_probabilities(many, rows, numbers(4), division, centres, memory)
        np.testing.assert_allclose(chances, expected, rtol=1e-12)
        assert 0 < chances.min() < 1


def test_the_contour_of_a_normal_posterior_is_the_chi_square_tail(rows):
    """Networks a x0 x1 with a drawn from N(m, 1): one region, so that the contour is P(|a - m| >= |m|)."""
    n, mean = 4000, 1.3
    slopes = mean + torch.randn(n, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    first = torch.tensor([[1.0, 1.0, 0, 0], [1.0, -1.0, 0, 0]], dtype=torch.float64).expand(n, 2, 4)
    last = (0.25 * slopes)[:, None, None] * torch.tensor([[[1.0, -1.0]]], dtype=torch.float64)  # (s^2 - d^2) / 4
    zeros = tuple(torch.zeros(n, units, dtype=torch.float64) for units in (2, 1))
    products = SmoothPerceptron((first, last), zeros, SQUARE, linear_head)
    division = labels(24, 1)
    found = group_hessians(products, rows, numbers(4), [division], PLENTY)
    chance = contour_probabilities(products, rows, numbers(4), division, found.centres, PLENTY)[0]
    assert chance == pytest.approx(2 * (1 - norm.cdf(mean)), abs=0.03)
