"""AND and OR interactions: sums over subsets one by one, the axioms, inverses and adjoints."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from interaction_engine.core.errors import InputError
from interaction_engine.numerics.hypercube import kronecker
from interaction_engine.numerics.hypercube import subset_transforms as subsets
from interaction_engine.numerics.total_spin import SymmetricSolver
from tests.numerics.games import masks, random_games, relu_game, subsets_of

pytestmark = pytest.mark.slow

sizes = st.integers(1, 7)
seeds = st.integers(0, 2**31)


def sign(first, second):
    return (-1.0) ** (first.bit_count() - second.bit_count())


@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_every_transform_equals_its_definition(n):
    v = random_games(n, 1, n)[0]
    everyone = 2**n - 1
    for s in range(2**n):
        inside = subsets_of(s)
        outside = subsets_of(everyone & ~s)
        expected = {
            subsets.zeta: sum(v[t] for t in inside),
            subsets.moebius: sum(sign(s, t) * v[t] for t in inside),
            subsets.superset_zeta: sum(v[s | t] for t in outside),
            subsets.superset_moebius: sum(sign(s, s | t) * v[s | t] for t in outside),
            subsets.disjoint_sums: sum(v[t] for t in outside),
            subsets.or_interactions: -sum(sign(s, t) * v[everyone & ~t] for t in inside),
            subsets.or_values: sum(v[t] for t in range(1, 2**n) if t & s),
        }
        for transform, value in expected.items():
            assert transform(v)[s].item() == pytest.approx(float(value), abs=1e-11), (transform.__name__, s)


@given(sizes, seeds)
def test_inverses_and_adjoints(n, seed):
    x, y = random_games(n, 2, seed)
    torch.testing.assert_close(subsets.moebius(subsets.zeta(x)), x)
    torch.testing.assert_close(subsets.superset_moebius(subsets.superset_zeta(x)), x)
    x[0] = 0.0
    torch.testing.assert_close(subsets.or_values(subsets.or_interactions(x)), x)
    for transform, adjoint in (
        (subsets.zeta, subsets.superset_zeta),
        (subsets.moebius, subsets.superset_moebius),
        (subsets.disjoint_sums, subsets.disjoint_sums),
        (subsets.or_interactions, subsets.or_interactions),
    ):
        assert torch.dot(transform(x), y).item() == pytest.approx(torch.dot(x, adjoint(y)).item(), abs=1e-9)


@given(st.integers(1, 11), seeds, st.floats(0.0, 1.0))
def test_universal_matching_over_all_masks(n, seed, share):
    """Theorem 2, for any way of dividing v between AND and OR."""
    v = random_games(n, 3, seed)
    v_or = (share * v + 0.1 * random_games(n, 3, seed + 1)) - (share * v + 0.1 * random_games(n, 3, seed + 1))[:, :1]
    found = subsets.and_or_values(subsets.moebius(v - v_or), subsets.or_interactions(v_or))
    assert (found - v).abs().max() < 1e-10


def test_long_vectors_equal_repeated_differences():
    """Sixteen players cross every way in which the transform treats bits: dense groups, then bit by bit."""
    v = relu_game(16, 0)[None]
    expected = v.numpy().copy()
    for bit in range(16):
        halves = expected.reshape(-1, 2, 2**bit)
        halves[:, 1] -= halves[:, 0]
    np.testing.assert_allclose(subsets.moebius(v).numpy(), expected, atol=1e-11)


def test_shapes_types_and_the_argument_are_kept():
    v = random_games(6, 6, 0).reshape(2, 3, 64)
    before = v.clone()
    found = subsets.moebius(v)
    assert torch.equal(v, before)
    torch.testing.assert_close(found[1, 2], subsets.moebius(v[1, 2]))
    single = subsets.moebius(v.float())
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), found, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(subsets.moebius(v.transpose(0, 1)), found.transpose(0, 1))


@pytest.mark.parametrize("size", [0, 1, 3, 12])
def test_vectors_of_other_lengths_are_refused(size):
    with pytest.raises(InputError, match="2\\^n"):
        subsets.moebius(torch.zeros(2, size, dtype=torch.float64))


def test_orders_and_sums_by_order():
    v = random_games(7, 2, 0)
    counts = masks(7).sum(1)
    assert subsets.orders(7).tolist() == counts.tolist()
    expected = np.stack([v[:, counts == order].sum(1) for order in range(8)], 1)
    np.testing.assert_allclose(subsets.by_order(v), expected, atol=1e-12)


# The seven axioms of AND interactions (AND-OR paper, appendix A).


@given(sizes, seeds)
def test_efficiency(n, seed):
    v = random_games(n, 1, seed)[0]
    assert subsets.moebius(v).sum().item() == pytest.approx(v[-1].item(), abs=1e-10)


@given(sizes, seeds, st.floats(-5, 5))
def test_linearity(n, seed, factor):
    v, w = random_games(n, 2, seed)
    torch.testing.assert_close(subsets.moebius(v + factor * w), subsets.moebius(v) + factor * subsets.moebius(w))


@given(st.integers(2, 7), seeds, st.data())
def test_dummy(n, seed, data):
    player = 1 << data.draw(st.integers(0, n - 1))
    v = random_games(n, 1, seed)[0]
    without = torch.tensor([s for s in range(2**n) if not s & player])
    v[without + player] = v[without] + v[player]
    v[player] = v[0] + v[player]
    v[without + player] = v[without] + (v[player] - v[0])
    effects = subsets.moebius(v)
    assert effects[(without + player)[1:]].abs().max() < 1e-11


@given(st.integers(2, 7), seeds)
def test_symmetry(n, seed):
    v = random_games(n, 1, seed)[0]
    without = torch.tensor([s for s in range(2**n) if not s & 3])
    v[without + 1] = v[without + 2]
    effects = subsets.moebius(v)
    torch.testing.assert_close(effects[without + 1], effects[without + 2])


@given(sizes, seeds, st.data())
def test_anonymity(n, seed, data):
    order = data.draw(st.permutations(range(n)))
    renamed = torch.tensor([sum(1 << order[i] for i in range(n) if s >> i & 1) for s in range(2**n)])
    v = random_games(n, 1, seed)[0]
    other = torch.empty_like(v)
    other[renamed] = v
    torch.testing.assert_close(subsets.moebius(other)[renamed], subsets.moebius(v))
    torch.testing.assert_close(subsets.or_interactions(other)[renamed], subsets.or_interactions(v))


@given(st.integers(2, 7), seeds, st.data())
def test_recursion(n, seed, data):
    bit = data.draw(st.integers(0, n - 1))
    halves = random_games(n, 1, seed)[0].reshape(-1, 2, 2**bit)
    absent, present = halves[:, 0].flatten(), halves[:, 1].flatten()
    effects = subsets.moebius(halves.flatten()).reshape(-1, 2, 2**bit)[:, 1].flatten()
    torch.testing.assert_close(effects, subsets.moebius(present) - subsets.moebius(absent))


@given(sizes, st.data(), st.floats(-9, 9))
def test_interaction_distribution(n, data, effect):
    pattern = data.draw(st.integers(0, 2**n - 1))
    v = torch.tensor([effect * (s & pattern == pattern) for s in range(2**n)], dtype=torch.float64)
    expected = torch.zeros_like(v)
    expected[pattern] = effect
    assert torch.equal(subsets.moebius(v), expected)


@given(sizes, seeds)
def test_or_is_and_with_presence_and_absence_exchanged(n, seed):
    """AND-OR paper, appendix D."""
    v = random_games(n, 1, seed)[0]
    torch.testing.assert_close(subsets.or_interactions(v), -subsets.moebius(v.flip(0)))


def test_scalings_have_no_shears():
    with pytest.raises(ValueError, match="determinant"):
        kronecker.shears(((2.0, 0.0), (0.0, 0.5)))
    with pytest.raises(ValueError, match="determinant"):
        kronecker.shears(((2.0, 1.0), (1.0, 3.0)))


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-3, 3), seeds)
def test_any_matrix_of_determinant_one_is_applied(a, b, c, seed):
    upper, lower = ((1.0, a), (0.0, 1.0)), ((1.0, 0.0), (b + 0.5, 1.0))
    matrix = kronecker.product(kronecker.product(upper, lower), ((1.0, c), (0.0, 1.0)))
    if matrix[1][0] == 0.0 and matrix[0][0] != 1.0:
        return
    v = random_games(4, 2, seed)
    dense = kronecker.power_table(matrix, 4, torch.float64, torch.device("cpu"))
    torch.testing.assert_close(kronecker.apply(matrix, v), v @ dense.T, atol=1e-6, rtol=1e-9)


@pytest.mark.parametrize("n", [1, 2, 5, 6, 7, 9])
def test_coupled_players_solve_as_the_dense_matrix(n):
    matrices = [((1.0, 1.0), (1.0, 2.0)), ((2.0, 1.0), (1.0, 1.0))]
    dense = sum(kronecker.power_table(m, n, torch.float64, torch.device("cpu")) for m in matrices)
    dense = dense + 0.3 * torch.eye(2**n, dtype=torch.float64)
    x = random_games(n, 3, n)
    found = SymmetricSolver(matrices, 0.3, n, torch.float64, torch.device("cpu"))(x)
    torch.testing.assert_close(found, torch.linalg.solve(dense, x.T).T, atol=1e-9, rtol=1e-9)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_gives_the_same():
    v = random_games(13, 3, 0)
    torch.testing.assert_close(subsets.or_interactions(v.cuda()).cpu(), subsets.or_interactions(v))
