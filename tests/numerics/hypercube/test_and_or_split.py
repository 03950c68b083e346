"""The sparsest split: against HiGHS, known games, its certificate, noise, and how it is run."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from interaction_engine.core.compute import Compute
from interaction_engine.core.errors import InputError
from interaction_engine.numerics.hypercube.and_or_split import sparsest_split, split_bytes
from interaction_engine.numerics.hypercube.subset_transforms import and_or_values, moebius, or_interactions
from tests.numerics.games import least_strength, majority, random_games, relu_game, sparse_game

pytestmark = pytest.mark.slow


def check(values, split):
    """What holds for every split of any quality."""
    rebuilt = and_or_values(split.and_effects, split.or_effects) + split.noise
    scale = values.abs().amax().clamp(min=1.0)
    assert (rebuilt - values).abs().max() < 1e-10 * scale
    torch.testing.assert_close(split.and_effects[:, 0], values[:, 0])
    assert not split.or_effects[:, 0].any()
    assert not split.noise[:, 0].any()
    strength = split.and_effects[:, 1:].abs().sum(1) + split.or_effects.abs().sum(1)
    torch.testing.assert_close(split.primal, strength, atol=1e-12 * float(scale), rtol=1e-10)
    assert (split.dual <= split.primal).all()
    assert (split.gap >= 0.0).all()


def patterns(effects, above=1e-9):
    return {index: effects[index].item() for index in (effects.abs() > above).nonzero().flatten().tolist()}


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6])
def test_the_optimum_of_highs_is_bracketed(n):
    values = torch.stack([relu_game(n, 5), relu_game(n, 6), random_games(n, 1, n)[0], majority(n)])
    split = sparsest_split(values)
    check(values, split)
    for sample, game in enumerate(values):
        optimum = least_strength(game)
        assert split.dual[sample] <= optimum * (1 + 1e-7) + 1e-9
        assert split.primal[sample] == pytest.approx(optimum, rel=1e-4, abs=1e-9)
        assert split.gap[sample] <= 1e-4


@pytest.mark.parametrize(("n", "seed"), [(7, 1), (8, 2)])
def test_larger_games_reach_the_optimum_of_highs(n, seed):
    game = relu_game(n, seed)
    split = sparsest_split(game[None])
    optimum = least_strength(game)
    assert split.primal.item() == pytest.approx(optimum, rel=1e-4)
    assert split.dual.item() <= optimum * (1 + 1e-7)


@settings(max_examples=25)
@given(st.integers(1, 4), st.integers(0, 2**31), st.sampled_from([0.0, 0.05, 0.5]))
def test_any_small_game_is_bracketed(n, seed, noise):
    values = random_games(n, 2, seed).round(decimals=1)
    split = sparsest_split(values, noise=noise, tolerance=1e-2)
    check(values, split)
    for sample, game in enumerate(values):
        optimum = least_strength(game, noise)
        assert split.dual[sample] <= optimum + 1e-7
        assert split.primal[sample] >= optimum - 1e-7


@pytest.mark.parametrize("n", [3, 7])
def test_and_of_three_is_one_and_pattern(n):
    values = sparse_game(n, [("and", (0, 1, 2), 2.5)])[None] + 1.0
    split = sparsest_split(values)
    assert patterns(split.and_effects[0]) == pytest.approx({0: 1.0, 7: 2.5})
    assert patterns(split.or_effects[0]) == {}
    assert split.gap.item() <= 1e-3


@pytest.mark.parametrize("n", [3, 7])
def test_or_of_three_is_one_or_pattern(n):
    values = sparse_game(n, [("or", (0, 1, 2), -2.5)])[None] + 1.0
    split = sparsest_split(values)
    assert patterns(split.and_effects[0]) == pytest.approx({0: 1.0})
    assert patterns(split.or_effects[0]) == pytest.approx({7: -2.5})
    assert split.gap.item() <= 1e-3


def test_majority_of_three_needs_a_strength_of_five():
    """ab + ac + bc - 2abc: OR patterns do not make it cheaper, as HiGHS agrees."""
    split = sparsest_split(majority(3)[None], tolerance=1e-6)
    assert least_strength(majority(3)) == pytest.approx(5.0)
    assert split.primal.item() == pytest.approx(5.0)
    assert split.dual.item() == pytest.approx(5.0)
    assert patterns(split.and_effects[0]) == pytest.approx({3: 1.0, 5: 1.0, 6: 1.0, 7: -2.0})
    assert patterns(split.or_effects[0]) == {}


def test_a_mixture_is_found_exactly():
    values = sparse_game(
        9, [("and", (0, 1, 2), 1.0), ("or", (3, 4, 5), 1.5), ("and", (5, 6), -2.0), ("or", (1, 7), 0.5)]
    )
    split = sparsest_split(values[None])
    assert patterns(split.and_effects[0], 0.0) == pytest.approx({7: 1.0, 96: -2.0})
    assert patterns(split.or_effects[0], 0.0) == pytest.approx({56: 1.5, 130: 0.5})
    assert split.primal.item() == pytest.approx(5.0)
    assert moebius(values).abs().sum() > 8.0
    assert or_interactions(values)[1:].abs().sum() > 8.0


def test_main_effects_are_and_patterns_of_one_player():
    """AND and OR of one player are the same; and x + y is as cheap as (x or y) + (x and y), which is not chosen."""
    values = sparse_game(8, [("and", (i,), (-1.0) ** i * (i + 1)) for i in range(8)])
    split = sparsest_split(values[None])
    expected = {2**i: (-1.0) ** i * (i + 1) for i in range(8)}
    assert patterns(split.and_effects[0]) == pytest.approx(expected)
    assert patterns(split.or_effects[0]) == {}


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("level", [0.0, -3.25])
def test_a_constant_game_has_no_interactions(n, level):
    values = torch.full((2, 2**n), level, dtype=torch.float64)
    split = sparsest_split(values)
    check(values, split)
    assert split.primal.tolist() == split.dual.tolist() == split.gap.tolist() == [0.0, 0.0]
    assert split.iterations.tolist() == [0, 0]


@pytest.mark.parametrize("n", [2, 3, 5, 6])
def test_noise_makes_it_cheaper_as_far_as_highs_says(n):
    values = torch.stack([relu_game(n, 5), relu_game(n, 6), majority(n)])
    noise = 0.02 * (values[:, -1] - values[:, 0]).abs()
    split = sparsest_split(values, noise=noise)
    check(values, split)
    assert (split.noise.abs() <= noise[:, None] * (1 + 1e-12)).all()
    for sample, game in enumerate(values):
        optimum = least_strength(game, noise[sample].item())
        assert split.dual[sample] <= optimum * (1 + 1e-7) + 1e-9
        assert split.primal[sample] >= optimum * (1 - 1e-7) - 1e-9
        assert split.gap[sample] <= 1e-3


def test_values_within_the_noise_need_no_interactions():
    values = 0.1 * random_games(4, 1, 0).sign() + 2.0
    split = sparsest_split(values, noise=0.3)
    check(values, split)
    assert split.primal.item() == split.gap.item() == 0.0


@pytest.mark.parametrize("factor", [1e-6, 1e7])
@pytest.mark.parametrize("level", [0.0, 50.0])
def test_units_and_levels_do_not_matter(factor, level):
    game = relu_game(6, 1)[None]
    plain, other = sparsest_split(game), sparsest_split((game + level) * factor)
    torch.testing.assert_close(other.primal / factor, plain.primal, atol=0, rtol=1e-3)
    assert other.gap.item() <= 1e-3


def test_samples_do_not_influence_each_other():
    values = torch.stack([relu_game(7, seed) * 10.0**seed for seed in range(3)])
    together = sparsest_split(values)
    for sample in range(3):
        alone = sparsest_split(values[sample : sample + 1])
        assert alone.iterations.item() == together.iterations[sample].item()
        torch.testing.assert_close(alone.primal[0], together.primal[sample], rtol=1e-9, atol=0)


def test_a_small_memory_budget_solves_them_in_turn():
    values = torch.stack([relu_game(6, seed) for seed in range(5)])
    seen = []
    small = sparsest_split(
        values, compute=Compute(memory=f"{2 * split_bytes(6) // 1000 + 1}KB"), watch=lambda n, gaps: seen.append(gaps)
    )
    torch.testing.assert_close(small.primal, sparsest_split(values).primal, rtol=1e-9, atol=0)
    assert [int((gaps < 1.0).sum()) for gaps in seen] == sorted(int((gaps < 1.0).sum()) for gaps in seen)
    assert {int((gaps < 1.0).sum()) for gaps in seen} == {2, 4, 5}


def test_a_watcher_sees_the_gap_fall_and_can_stop():
    values = random_games(7, 2, 0)
    seen = []
    split = sparsest_split(values, tolerance=1e-3, watch=lambda iteration, gaps: seen.append((iteration, gaps)))
    assert [iteration for iteration, _ in seen] == list(range(20, seen[-1][0] + 1, 20))
    assert all((later <= earlier).all() for (_, earlier), (_, later) in pairwise(seen))
    torch.testing.assert_close(seen[-1][1], split.gap)

    def stop(iteration, gaps):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sparsest_split(values, watch=stop)


def test_running_out_of_iterations_leaves_an_honest_gap():
    values = relu_game(8, 0)[None]
    split = sparsest_split(values, tolerance=1e-6, max_iterations=30)
    check(values, split)
    assert split.iterations.item() == 30
    assert split.gap.item() > 1e-6
    torch.testing.assert_close(split.gap, (split.primal - split.dual) / split.primal)


def test_no_samples_give_no_splits():
    split = sparsest_split(torch.zeros(0, 8, dtype=torch.float64))
    assert split.and_effects.shape == (0, 8)
    assert split.gap.shape == (0,)


def test_bad_input():
    good = torch.zeros(1, 8, dtype=torch.float64)
    with pytest.raises(InputError, match="2\\^n"):
        sparsest_split(torch.zeros(1, 6, dtype=torch.float64))
    with pytest.raises(InputError, match="finite"):
        sparsest_split(torch.full((1, 8), torch.nan, dtype=torch.float64))
    with pytest.raises(InputError, match="`tolerance`"):
        sparsest_split(good, tolerance=0.0)
    with pytest.raises(InputError, match="`noise`"):
        sparsest_split(good, noise=-1.0)
