import numpy as np
import pytest
import torch

from interaction_engine.core.types import Feature, FeatureSpace, Kind
from interaction_engine.models.additive.purification import moved_orders, purify
from interaction_engine.numerics.hats import Hats

SPACE = FeatureSpace(
    (*(Feature(name, Kind.NUMERIC) for name in "abcd"), Feature("e", Kind.CATEGORICAL, levels=("u", "v", "w")))
)
MEMBERS = ((0, 1), (3, 2, 0), (0,), (), (1, 4))


def rows(n: int, seed: int = 0, mixed: float = 0.0) -> torch.Tensor:
    source = np.random.default_rng(seed)
    values = source.uniform(-1, 1, (n, 5))
    values[:, 1] += mixed * values[:, 0]
    values[:, 4] = source.integers(0, 3, n)
    return torch.from_numpy(values)


def functions(asked: torch.Tensor) -> torch.Tensor:
    a, b, c, d, e = asked.T
    many = [torch.sin(3 * a) + a * b + b**2, c * d * a + c * d + 2 * d, 3 * a, torch.full_like(a, 5.0), b * e]
    return torch.stack([torch.stack(many, dim=1), -2 * torch.stack(many, dim=1)], dim=2)


def pure(train: torch.Tensor):
    return purify(MEMBERS, functions, SPACE, train, torch.tensor([1.0, 0.0], dtype=torch.float64))


@pytest.mark.parametrize("mixed", [0.0, 0.8])
def test_the_sum_is_unchanged_at_every_point(mixed):
    terms = pure(rows(2000, mixed=mixed))
    anywhere = 3 * rows(300, seed=1)
    anywhere[:, 4] = anywhere[:, 4] / 3
    total = terms.contributions(anywhere).sum(1) + terms.intercept
    expected = functions(anywhere).sum(1) + torch.tensor([1.0, 0.0], dtype=torch.float64)
    torch.testing.assert_close(total, expected, atol=1e-10, rtol=1e-10)


def test_independent_features_get_back_the_functional_anova():
    train = rows(4000)
    a, b, c, d, e = train.T
    terms = pure(train)
    found = dict(zip(terms.members, terms.contributions(train)[..., 0].T, strict=True))
    known = {
        (0,): torch.sin(3 * a) + 3 * a,
        (1,): b**2 + b,
        (3,): 2 * d,
        (0, 1): a * b,
        (2, 3): c * d,
        (1, 4): b * (e - 1),
        (0, 2, 3): a * c * d,
    }
    for features, one in found.items():
        truth = known.get(features, torch.zeros_like(a))
        assert float((one - truth + truth.mean()).square().mean().sqrt()) < 0.05, features


@pytest.mark.parametrize("mixed", [0.0, 0.8])
def test_a_pure_term_is_orthogonal_to_functions_of_fewer_of_its_features(mixed):
    train = rows(2000, mixed=mixed)
    terms = pure(train)
    values = terms.contributions(train)
    assert values.mean(0).abs().max() < 1e-9
    for place, features in enumerate(terms.members):
        for smaller, knots in (moved_orders(len(features)) if len(features) > 1 else {}).items():
            sets = torch.combinations(torch.tensor(features), smaller)
            basis = Hats.over(SPACE, train, knots).products(train, sets)
            inner = (basis * values[None, :, place, :1]).mean(1)
            size = basis.square().mean(1).sqrt() * values[:, place, 0].std()
            assert float((inner.abs() / size.clamp(min=1e-6)).max()) < 1e-3, features


def test_functions_of_the_same_features_are_one_term_whatever_their_order():
    train = rows(500)

    def two(asked: torch.Tensor) -> torch.Tensor:
        return torch.stack([asked[:, 0] * asked[:, 1], -asked[:, 0] * asked[:, 1]], dim=1)[..., None]

    terms = purify(((0, 1), (1, 0)), two, SPACE, train, torch.zeros(1, dtype=torch.float64))
    assert terms.members == ((0,), (1,), (0, 1))
    assert terms.contributions(train).abs().max() < 1e-12


@pytest.mark.parametrize("order", range(2, 41))
def test_what_is_moved_out_of_large_terms_stays_small(order):
    plan = moved_orders(order)
    n_products = sum(knots**smaller * len(list(_subsets(order, smaller))) for smaller, knots in plan.items())
    assert 1 in plan
    assert all(smaller < order for smaller in plan)
    assert n_products <= 600


def _subsets(order: int, smaller: int):
    return torch.combinations(torch.arange(order), smaller)
