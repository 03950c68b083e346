"""Bounds of second differences through layers, against values drawn at random between the bounds."""

import itertools

import pytest
import torch

from interaction_engine.numerics.derivatives.mlp import ACTIVATIONS
from interaction_engine.numerics.difference_intervals import SHAPES, DifferenceIntervals, clipped, clipped_log_odds

PAIRS = torch.tensor([[0, 1]])
LINKS = {"clipped": clipped(1.5), "log-odds": clipped_log_odds(1e-3)}


def drawn(units, count, scale, seed):
    """Four values of each unit for each draw, (4, draws, units): at low and high of two features."""
    source = torch.Generator().manual_seed(seed)
    start = torch.randn(units, generator=source, dtype=torch.float64) * 2
    steps = torch.randn(2, units, generator=source, dtype=torch.float64) * scale
    share = torch.rand(3, count, 1, generator=source, dtype=torch.float64)
    bend = torch.randn(units, generator=source, dtype=torch.float64) * 0.3 * scale
    base = start + (share[0] - 0.5)
    a, b = share[1] * steps[0], share[2] * steps[1]
    return torch.stack([base, base + a, base + b, base + a + b + share[1] * share[2] * bend])


def intervals_of(corners):
    """The tightest bounds of values, first and second differences that all draws keep."""

    def span(values):
        return values.flatten(0, -2).amin(0), values.flatten(0, -2).amax(0)

    z00, z10, z01, z11 = corners
    firsts = [span(torch.stack(pair)) for pair in ((z10 - z00, z11 - z01), (z01 - z00, z11 - z10))]
    first = tuple(torch.stack(ends) for ends in zip(*firsts, strict=True))
    second = tuple(end[None] for end in span((z11 - z10 - z01 + z00)[None]))
    return DifferenceIntervals(span(corners), (first[0], first[1]), (second[0], second[1]), PAIRS)


def assert_inside(outer, corners):
    inner = intervals_of(corners)
    for (low, high), (least, most) in zip(
        (outer.value, outer.first, outer.second), (inner.value, inner.first, inner.second), strict=True
    ):
        assert (low <= least + 1e-9).all()
        assert (high >= most - 1e-9).all()


@pytest.mark.parametrize("scale", [0.05, 0.7, 4.0])
@pytest.mark.parametrize("name", [*SHAPES, *LINKS])
def test_activations(name, scale):
    shape = LINKS.get(name) or SHAPES[name]
    corners = drawn(200, 300, scale, seed=len(name))
    if name == "log-odds":
        corners = torch.sigmoid(corners)
    outer = intervals_of(corners).activated(shape)
    assert_inside(outer, shape.value(corners))
    assert (outer.largest() > 0).any() == (name != "identity" or scale > 0)


@pytest.mark.parametrize("name", sorted(set(SHAPES) - {"identity", "exponential"}))
def test_shapes_are_those_of_the_activations(name):
    places = torch.linspace(-6, 6, 20_001, dtype=torch.float64)
    shape, step = SHAPES[name], places[1] - places[0]
    torch.testing.assert_close(shape.value(places), ACTIVATIONS[name](places))
    slopes = shape.value(places).diff() / step
    middles = (places[1:] + places[:-1]) / 2
    away = middles.abs() > 2 * step
    torch.testing.assert_close(slopes[away], shape.slope(middles)[away], atol=1e-6, rtol=1e-5)
    if shape.curvature is not None:
        curved = slopes.diff() / step
        assert curved.min() >= shape.curvature[0] - 1e-4
        assert curved.max() <= shape.curvature[1] + 1e-4
    steps = shape.slope(places).diff()
    steps = steps[steps.abs() > 1e-9]
    assert int((steps.sign().diff() != 0).sum()) <= len(shape.turns)


def test_layers():
    corners = drawn(30, 400, 0.6, seed=3)
    source = torch.Generator().manual_seed(5)
    weight, bias = torch.randn(12, 30, generator=source).double(), torch.randn(12, generator=source).double()
    assert_inside(intervals_of(corners).linear(weight, bias), corners @ weight.T + bias)
    other = drawn(30, 400, 0.6, seed=4)
    assert_inside(intervals_of(corners).plus(intervals_of(other)), corners + other)


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_log_odds_of_a_class(classes):
    for seed, scale in itertools.product(range(20), (0.3, 3.0)):
        logits = drawn(classes, 200, scale, seed)
        expected = logits[..., 0] - logits[..., 1:].logsumexp(-1)
        assert_inside(intervals_of(logits).log_odds(0), expected[..., None])


def test_units_that_stay_on_one_side_of_a_kink_add_nothing():
    corners = 10 + drawn(20, 100, 0.5, seed=1)
    corners[3] = corners[1] + corners[2] - corners[0]
    assert intervals_of(corners).activated(SHAPES["relu"]).largest().max() < 1e-9
    assert intervals_of(corners - 30).activated(SHAPES["relu"]).largest().max() == 0
