import numpy as np
import pytest
import torch

from interaction_engine.core.types import Feature, FeatureSpace, Kind
from interaction_engine.numerics.hats import Hats

SPACE = FeatureSpace(
    (
        Feature("a", Kind.NUMERIC),
        Feature("c", Kind.CATEGORICAL, levels=("u", "v", "w", "x")),
        Feature("k", Kind.NUMERIC),
        Feature("b", Kind.NUMERIC),
    )
)


def rows(n: int, seed: int = 0) -> torch.Tensor:
    source = np.random.default_rng(seed)
    level = source.choice(4, n, p=[0.1, 0.4, 0.1, 0.4])
    columns = [source.normal(size=n), level, np.full(n, 7.0), source.uniform(0, 3, n)]
    return torch.from_numpy(np.stack(columns, axis=1).astype(np.float64))


@pytest.mark.parametrize("sets", [[[0], [1], [2], [3]], [[0, 3], [1, 0], [2, 1]], [[0, 1, 3]]])
def test_the_products_are_nowhere_negative_and_add_up_to_one(sets):
    hats = Hats.over(SPACE, rows(500), 6)
    anywhere = rows(200, seed=1) * torch.tensor([3.0, 1.0, 2.0, 2.0])
    values = hats.products(anywhere, torch.tensor(sets))
    assert (values >= 0).all()
    torch.testing.assert_close(values.sum(2), torch.ones(len(sets), 200, dtype=torch.float64))


def test_a_line_is_a_combination_of_hats_between_the_outer_knots_and_constant_beyond():
    train = rows(500)
    hats = Hats.over(SPACE, train, 6)
    knots = hats.knots[3, :6]
    points = torch.linspace(-1.0, 4.0, 50, dtype=torch.float64)
    asked = torch.zeros(50, 4, dtype=torch.float64)
    asked[:, 3] = points
    line = hats.combined(asked, torch.tensor([[3]]), (2 * knots - 1)[None, :, None])[:, 0, 0]
    torch.testing.assert_close(line, 2 * points.clamp(train[:, 3].min(), train[:, 3].max()) - 1)


def test_combinations_are_the_products_times_their_coefficients():
    hats, asked, sets = Hats.over(SPACE, rows(500), 5), rows(60, seed=2), torch.tensor([[0, 3], [1, 3]])
    coefficients = torch.randn(2, 25, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = (hats.products(asked, sets) @ coefficients).transpose(0, 1)
    torch.testing.assert_close(hats.combined(asked, sets, coefficients), expected)


def test_each_frequent_level_has_a_function_and_the_rare_ones_share_one():
    hats = Hats.over(SPACE, rows(500), 3)
    asked = torch.zeros(4, 4, dtype=torch.float64)
    asked[:, 1] = torch.arange(4)
    values = hats.products(asked, torch.tensor([[1]]))[0]
    assert torch.equal(values[0], values[2])
    assert not torch.equal(values[1], values[3])
    assert ((values == 0) | (values == 1)).all()
