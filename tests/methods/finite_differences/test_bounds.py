"""Intervals: measured simultaneous coverage, exactness at the end, and the paper's formula."""

import math

import numpy as np
import pytest

from interaction_engine.methods.finite_differences.racing.bounds import (
    BOUNDS,
    Seen,
    _divergence,
    _kullback_leibler,
    bernstein,
    subgaussian,
)
from interaction_engine.methods.finite_differences.racing.rules import Rules

pytestmark = pytest.mark.slow

POPULATION = 300
REPETITIONS = 400
RANGE = 12.0


def read(bound: str, seen: Seen, population: int, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Intervals of values between 0 and RANGE, at one of five looks."""
    arms = len(seen.pulls)
    return BOUNDS[bound](seen, np.zeros(arms), np.full(arms, RANGE), population, 5, level)


def seen_of(values: np.ndarray) -> Seen:
    seen = Seen.nothing(len(values))
    seen.add(np.arange(len(values)), values)
    return seen


def test_seen_agrees_with_numpy_in_whatever_pieces_it_arrives():
    values = np.random.default_rng(0).lognormal(size=(3, 90))
    seen = Seen.nothing(3)
    for start, stop in ((0, 1), (1, 40), (40, 90)):
        seen.add(np.array([2, 0]), values[[2, 0], start:stop])
    np.testing.assert_allclose(seen.mean[[0, 2]], values[[0, 2]].mean(1))
    np.testing.assert_allclose(seen.deviation[[0, 2]], values[[0, 2]].std(1))
    np.testing.assert_array_equal(seen.largest[[0, 2]], values[[0, 2]].max(1))
    np.testing.assert_array_equal(seen.smallest[[0, 2]], values[[0, 2]].min(1))
    assert seen.pulls.tolist() == [90, 0, 90]


def heavy_tailed(name: str, n_arms: int, draw: np.random.Generator) -> np.ndarray:
    """Populations of squared mixed differences as they occur: arms x POPULATION rows."""
    shape = (n_arms, POPULATION)
    if name == "chi-square":
        return np.linspace(0.1, 2.0, n_arms)[:, None] * draw.standard_normal(shape) ** 2
    if name == "lognormal":
        return draw.lognormal(sigma=1.5, size=shape)
    if name == "spikes on zero":
        return np.where(draw.random(shape) < 0.03, draw.exponential(5.0, shape), 0.0)
    if name == "spikes on noise":
        return np.where(draw.random(shape) < 0.03, draw.exponential(5.0, shape), 0.001 * draw.random(shape))
    if name == "one spiky arm among zeros":
        values = np.zeros(shape)
        values[0] = np.where(draw.random(POPULATION) < 0.03, draw.exponential(5.0, POPULATION), 0.0)
        values[1] = draw.exponential(1.0, POPULATION)
        return values
    if name == "signed products":
        return draw.standard_normal(shape) * draw.standard_normal(shape) + 0.1
    return draw.integers(0, 2, shape).astype(float)


FAMILIES = [
    "chi-square", "lognormal", "spikes on zero", "spikes on noise", "one spiky arm among zeros", "signed products",
    "coins",
]  # fmt: skip


@pytest.mark.parametrize("n_arms", [6, 45])
@pytest.mark.parametrize("name", FAMILIES)
def test_all_bernstein_intervals_hold_together_at_the_stated_level(name, n_arms):
    draw = np.random.default_rng(0)
    looks = Rules(top_k=1, population=POPULATION).looks()
    covered = 0
    for _ in range(REPETITIONS):
        values = heavy_tailed(name, n_arms, draw)
        means = values.mean(1)
        low, high = np.full(n_arms, min(0.0, values.min())), np.full(n_arms, values.max())
        seen, start, holds = Seen.nothing(n_arms), 0, True
        for look in looks:
            seen.add(np.arange(n_arms), values[:, start:look])
            start = look
            lower, upper = bernstein(seen, low, high, POPULATION, len(looks), 0.95)
            holds &= bool(((lower <= means + 1e-12) & (means <= upper + 1e-12)).all())
        covered += holds
    assert covered / REPETITIONS >= 0.95


@pytest.mark.parametrize("bound", sorted(BOUNDS))
def test_the_width_is_zero_once_every_row_is_seen(bound):
    values = np.random.default_rng(0).exponential(size=(5, 50))
    lower, upper = read(bound, seen_of(values), 50)
    np.testing.assert_array_equal(lower, upper)
    np.testing.assert_allclose(lower, values.mean(1))


@pytest.mark.parametrize("bound", sorted(BOUNDS))
def test_more_pulls_narrow_the_interval_and_none_leaves_it_open(bound):
    values = np.random.default_rng(0).exponential(size=(4, 1000))
    widths = []
    for n_pulls in (20, 100, 500):
        lower, upper = read(bound, seen_of(values[:, :n_pulls]), 1000)
        widths.append((upper - lower).max())
    assert widths[0] > widths[1] > widths[2] > 0
    lower, upper = read(bound, Seen.nothing(2), 1000)
    assert np.isneginf(lower).all()
    assert np.isposinf(upper).all()


def test_a_higher_level_widens_bernstein():
    seen = seen_of(np.random.default_rng(0).exponential(size=(4, 200)))
    narrow, wide = (np.subtract(*read("bernstein", seen, 1000, level)[::-1]) for level in (0.9, 0.999))
    assert (wide > narrow).all()


def test_subgaussian_is_the_papers_formula_with_one_value_half_the_range_away():
    values = np.random.default_rng(0).exponential(size=(6, 30))
    lower, upper = subgaussian(seen_of(values), np.zeros(6), np.full(6, RANGE), 100, 1, 0.95)
    variance = (((values - values.mean(1, keepdims=True)) ** 2).sum(1) + (RANGE / 2) ** 2) / 31
    radius = np.sqrt(2 * variance * math.log(2 / (2 / (6**3 * 100))) / 30)
    np.testing.assert_allclose(upper - values.mean(1), radius)
    np.testing.assert_allclose(values.mean(1) - lower, radius)


def test_an_unknown_range_leaves_intervals_open():
    seen = seen_of(np.zeros((3, 20)))
    for bound in BOUNDS:
        lower, upper = BOUNDS[bound](seen, np.zeros(3), np.full(3, np.inf), 100, 5, 0.95)
        assert np.isneginf(lower).all()
        assert np.isposinf(upper).all()


def test_kullback_leibler_brackets_its_root_from_outside():
    mean = np.concatenate([[0.0, 1e-9, 1e-4], np.linspace(0.01, 0.99, 40), [1.0]])
    for budget in (1e-4, 0.01, 0.3, 5.0):
        low, high = _kullback_leibler(mean, np.full(len(mean), budget))
        assert (low <= mean).all()
        assert (mean <= high).all()
        inside = (low > 0) & (low < mean)
        assert (_divergence(mean[inside], low[inside]) >= budget * (1 - 1e-9)).all()
        inside = (high < 1) & (high > mean)
        assert (_divergence(mean[inside], high[inside]) >= budget * (1 - 1e-9)).all()
        # and not much too wide: a little inside, the budget is not used up
        nearer = mean + 0.9 * (high - mean)
        inside &= budget < 0.3
        assert (_divergence(mean[inside], nearer[inside]) <= budget).all()
