"""Betting confidence sequences: coverage of whole races, certainty at the end, and what early stopping of the search
costs."""

import math

import numpy as np
import pytest
import torch

from interaction_engine.methods.finite_differences.racing.betting import PRECISION, lower_ends
from interaction_engine.methods.finite_differences.racing.rules import Rules

pytestmark = pytest.mark.slow

POPULATION, ARMS, RACES = 600, 6, 1000

FAMILIES = ("squared normal", "exponential", "log-normal", "rare, 1 %", "rare, 0.2 %", "coins", "constant")


def populations(name: str) -> np.ndarray:
    """Strengths of RACES * ARMS independent arms, (arms, POPULATION)."""
    draw = np.random.default_rng(FAMILIES.index(name))
    shape = (RACES * ARMS, POPULATION)
    if name == "squared normal":
        return draw.standard_normal(shape) ** 2
    if name == "exponential":
        return draw.exponential(size=shape)
    if name == "log-normal":
        return draw.lognormal(sigma=1.0, size=shape)
    if name.startswith("rare"):
        share = 0.01 if "1 %" in name else 0.002
        return (draw.random(shape) < share) * draw.exponential(size=shape)
    return draw.integers(0, 2, shape).astype(float) if name == "coins" else np.full(shape, 0.3)


def missed(values: np.ndarray, limit: float, level: float = 0.95) -> np.ndarray:
    """Whether any interval of an arm, at any look, leaves its mean out; by arm. `limit` is the range of the values."""
    looks = Rules(top_k=1, population=values.shape[1]).looks()
    error = (1.0 - level) / (2.0 * ARMS * len(looks))
    scaled = torch.from_numpy(values / limit).float()
    mean, wrong = scaled.double().mean(1), torch.zeros(len(values), dtype=torch.bool)
    lower, upper = torch.zeros(len(values), dtype=torch.float64), torch.ones(len(values), dtype=torch.float64)
    for look in looks[:-1]:
        lower = lower_ends(scaled[:, :look], values.shape[1], error, lower)
        upper = 1.0 - lower_ends(1.0 - scaled[:, :look], values.shape[1], error, 1.0 - upper)
        wrong |= (lower > mean + 1e-6) | (upper < mean - 1e-6)
    return wrong.numpy()


@pytest.mark.parametrize("name", FAMILIES)
def test_all_intervals_of_a_race_hold_together(name):
    values = populations(name)
    share = missed(values, float(values.max())).reshape(RACES, ARMS).any(1).mean()
    # A thousand races at 95 %: a true coverage of 95 % would fall below 93.5 % in one test of fifty.
    assert share <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / RACES)


def test_a_true_mean_is_refuted_where_the_range_is_too_small():
    """The range is what the intervals rest on: with a tenth of it, rare values are not covered."""
    values = populations("rare, 1 %")[: 100 * ARMS]
    clipped = np.minimum(values, values.max() / 10)
    scaled = torch.from_numpy(clipped / clipped.max()).float()
    known = torch.zeros(len(values), dtype=torch.float64)
    upper = 1.0 - lower_ends(1.0 - scaled[:, :300], POPULATION, 1e-3, known)
    assert (upper.numpy() * clipped.max() < values.mean(1)).any()


def test_ends_are_ordered_and_tighten_to_the_mean():
    values = torch.from_numpy(populations("exponential")[:50] / 12.0).float().clamp(0, 1)
    zero = torch.zeros(50, dtype=torch.float64)
    widths = []
    for look in (32, 100, 300, 599):
        lower = lower_ends(values[:, :look], POPULATION, 1e-4, zero)
        upper = 1.0 - lower_ends(1.0 - values[:, :look], POPULATION, 1e-4, zero)
        mean = values[:, :look].double().mean(1)
        assert (lower <= mean + 1e-9).all()
        assert (mean <= upper + 1e-9).all()
        widths.append(float((upper - lower).mean()))
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.05


def test_nothing_but_zeros_bounds_the_mean_from_above_only():
    values = torch.zeros(1, 100)
    zero = torch.zeros(1, dtype=torch.float64)
    assert float(lower_ends(values, 10_000, 0.001, zero)) == 0.0
    upper = 1.0 - float(lower_ends(1.0 - values, 10_000, 0.001, zero))
    # log(1000) / 100 is the Chernoff bound for no success in a hundred; a betting interval cannot be below it.
    assert math.log(1000) / 100 * 0.9 < upper < 2.0 * math.log(1000) / 100


def test_an_end_is_never_below_what_is_known():
    values = torch.rand(5, 64, generator=torch.Generator().manual_seed(0))
    known = torch.full((5,), 0.45, dtype=torch.float64)
    assert (lower_ends(values, 1000, 0.05, known) >= known).all()


def test_the_search_stops_close_to_the_end():
    """The end that is returned is refuted, and one a little nearer to the mean is not."""
    from interaction_engine.methods.finite_differences.racing.betting import _LowerEnds

    values = torch.rand(20, 200, generator=torch.Generator().manual_seed(1))
    search = _LowerEnds(values, 5000, math.log(1e4))
    end = search.search(torch.zeros(20, dtype=torch.float64))
    mean = values.double().mean(1)
    assert (search.refuted(end) > 0).all()
    assert (search.refuted(end + 1.5 * PRECISION * (mean - end)) < 0).all()
