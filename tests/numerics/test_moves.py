"""How features are moved: the scheme chosen for each, moves that stay in the data, and their spans."""

import math

import numpy as np
import pandas as pd
import pytest
import torch

from interaction_engine.core.compute import Compute
from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.data.samples import load_sample
from interaction_engine.models.adapters.wrapping import wrap
from interaction_engine.numerics.differences import MixedDifferences
from interaction_engine.numerics.moves import moves, schemes_of
from tests.numerics.test_differences import network
from tests.oracles import joint_effects

pytestmark = pytest.mark.slow

N = 3000


def drawn():
    draw = np.random.default_rng(0)
    normal, uniform = draw.standard_normal(N), draw.random(N)
    return {
        "normal": normal,
        "uniform": uniform,
        "t5": draw.standard_t(5, N),
        "gamma4": draw.gamma(4.0, size=N),
        "poisson": draw.poisson(20.0, N),
        "hours": draw.integers(0, 24, N),
        "lognormal": np.exp(draw.standard_normal(N)),
        "exponential": draw.exponential(size=N),
        "half_normal": np.abs(normal),
        "t2": draw.standard_t(2, N),
        "outliers": np.where(uniform < 0.002, 50.0, normal),
        "zeros": np.where(uniform < 0.4, 0.0, np.exp(normal)),
        "sentinel": np.where(uniform < 0.97, 999.0, draw.integers(0, 25, N)),
        "grades": draw.integers(1, 6, N),
    }


EXPECTED = {
    **dict.fromkeys(["normal", "uniform", "t5", "gamma4", "poisson", "hours"], "central"),
    **dict.fromkeys(["lognormal", "exponential", "half_normal", "t2", "outliers"], "quantile"),
    **dict.fromkeys(["zeros", "sentinel", "grades"], "swap"),
}


def dataset(columns):
    frame = pd.DataFrame({name: np.asarray(values, dtype=float) for name, values in columns.items()})
    kinds = dict.fromkeys(columns, Kind.NUMERIC)
    return assemble(frame.assign(target=np.arange(len(frame)) * 1.0), name="drawn", target="target", kinds=kinds)


@pytest.fixture(scope="module")
def many():
    return dataset(drawn())


@pytest.mark.parametrize("shared", [1.0, 0.1])
def test_each_distribution_is_moved_as_its_shape_asks(many, shared):
    reference = many.rows[many.train_rows]
    reference = reference[: int(shared * len(reference))]
    found = dict(zip(many.space.names, schemes_of(many.space, "auto", reference), strict=True))
    borderline = set() if shared == 1.0 else {"half_normal", "outliers"}  # 240 rows do not tell them from normal ones
    assert {name: one for name, one in found.items() if name not in borderline} == {
        name: one for name, one in EXPECTED.items() if name not in borderline
    }


def test_samples_with_uniform_features_keep_plain_steps():
    for name in ("F1", "F5"):
        data = load_sample(name)
        assert set(schemes_of(data.space, "auto", data.rows[data.train_rows])) == {"central"}


@pytest.mark.parametrize(
    ("name", "quantile", "swap"),
    [
        ("california", {"AveRooms", "AveBedrms", "Population", "AveOccup", "Latitude"}, set()),
        ("bike", set(), {"season", "year", "holiday", "weekday", "workingday", "weather"}),
    ],
)
def test_skewed_features_of_the_samples_are_found(name, quantile, swap):
    data = load_sample(name)
    found = np.array(schemes_of(data.space, "auto", data.rows[data.train_rows]))
    names = np.array(data.space.names)
    assert set(names[found == "quantile"]) == quantile
    assert set(names[found == "swap"]) == swap


def test_of_few_rows_no_shape_is_inferred(many):
    found = schemes_of(many.space, "auto", many.rows[:40])
    assert set(found) == {"central", "swap"}
    assert [one.discrete for one in many.space.features] == [kind == "swap" for kind in found]


def test_quantile_moves_stay_in_the_range_and_span_as_plain_ones(many):
    rows, reference = torch.from_numpy(many.background(500, 0)), many.rows[many.train_rows]
    moved = moves(many.space, rows, "auto", 0.75, reference)
    for index, kind in enumerate(moved.schemes):
        if kind == "central":
            continue
        assert np.isin(moved.low[:, index], reference[:, index]).all()
        assert np.isin(moved.high[:, index], reference[:, index]).all()
        assert moved.span[index] == (1.5 if kind == "quantile" else math.sqrt(2.0))
        assert moved.shift[index] is None
    assert moved.still.tolist() == [kind == "swap" for kind in moved.schemes]


def test_a_normal_feature_moves_alike_by_steps_and_by_ranks(many):
    rows, reference = torch.from_numpy(many.background(500, 0)), many.rows[many.train_rows]
    index = many.space.index("normal")
    plain, ranked = (moves(many.space, rows, scheme, 0.75, reference) for scheme in ("central", "quantile"))
    inside = (rows[:, index].abs() < 1.5).numpy()
    off = (plain.high - ranked.high)[:, index].abs().numpy()[inside]
    assert off.mean() < 0.05
    assert plain.span[index] == ranked.span[index]


def test_a_network_is_asked_at_the_moved_values_of_every_mixture_of_schemes():
    """The shortcut by first-layer sums knows shifted features only."""
    columns = drawn()
    data = dataset({name: columns[name] for name in ("normal", "lognormal", "uniform", "zeros", "t2")})
    model, rows = network(data), torch.from_numpy(data.background(30, 0))
    moved = moves(data.space, rows, "auto", 0.75, data.rows[data.train_rows])
    assert moved.schemes == ("central", "quantile", "central", "swap", "quantile")
    pairs = torch.combinations(torch.arange(5))
    found = MixedDifferences(model.double(), rows, moved, Compute())(pairs, 0, 30).mean(0)

    def function(x):
        return model.double().scores(torch.from_numpy(x)).mean(0).numpy()

    for (first, second), effects in zip(pairs.tolist(), found.numpy(), strict=True):
        expected = joint_effects(function, moved.low.numpy(), moved.high.numpy(), rows.numpy(), first, second)
        np.testing.assert_allclose(effects, expected, atol=1e-9)
        assert np.abs(effects).max() > 1e-4


def test_a_product_of_logarithms_has_the_strength_of_the_product_of_normal_features():
    """Ranks do not change under the logarithm, so neither does a strength by quantile steps."""
    normal = np.random.default_rng(1).standard_normal((4000, 2))
    data = dataset({"a": np.exp(normal[:, 0]), "b": np.exp(normal[:, 1])})
    rows = torch.from_numpy(data.background(2000, 0))
    moved = moves(data.space, rows, "auto", 0.75, data.rows[data.train_rows])
    model = wrap(lambda x: np.log(x[:, 0]) * np.log(x[:, 1]), data, takes="array")
    effects = MixedDifferences(model, rows, moved, Compute())(torch.tensor([[0, 1]]), 0, 2000)[0, 0]
    assert float((effects / moved.span.prod()).square().mean()) == pytest.approx(1.0, abs=0.05)
