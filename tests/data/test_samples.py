"""The samples load as described, and the synthetic functions interact exactly as their truth says."""

from itertools import combinations

import numpy as np
import pytest

from interaction_engine.core.types import Kind, TargetKind
from interaction_engine.data.cleaning.remedies import Remedy
from interaction_engine.data.samples import SAMPLES, load_sample
from interaction_engine.data.synthetic import FUNCTIONS


def mixed_difference(function, rows, others, members):
    """The difference of the function over all ways of taking the `members` from `others` instead of `rows`."""
    total = np.zeros(len(rows))
    for size in range(len(members) + 1):
        for taken in combinations(members, size):
            moved = rows.copy()
            moved[:, list(taken)] = others[:, list(taken)]
            total += (-1) ** (len(members) - size) * function(moved)
    return total


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_pairs_that_interact_are_those_inside_the_true_interactions(name):
    function = FUNCTIONS[name]
    generator = np.random.default_rng(1)
    rows, others = function.draw(500, generator), function.draw(500, generator)
    true_pairs = {pair for members in function.interactions for pair in combinations(sorted(members), 2)}
    for first, second in combinations(range(1, 11), 2):
        strength = np.abs(mixed_difference(function, rows, others, (first - 1, second - 1))).max()
        assert (strength > 1e-6) == ((first, second) in true_pairs), (first, second, strength)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_true_interaction_is_real_and_no_larger_one_exists(name):
    function = FUNCTIONS[name]
    generator = np.random.default_rng(2)
    rows, others = function.draw(500, generator), function.draw(500, generator)
    for members in function.interactions:
        inside = [number - 1 for number in members]
        assert np.abs(mixed_difference(function, rows, others, inside)).max() > 1e-6
        for extra in set(range(10)) - set(inside):
            larger = {number + 1 for number in (*inside, extra)}
            if not any(larger <= set(other) for other in function.interactions):
                assert np.abs(mixed_difference(function, rows, others, [*inside, extra])).max() < 1e-6


@pytest.mark.parametrize(
    ("name", "row", "value"),
    [
        ("F1", [1, 1, 0.5, 1, 0.5, 0, 0, 1, 0, 1], np.pi - np.pi / 2),
        ("F2", [1, 1, 0.5, 0, -0.5, 0, 1, 0, 1, 0], np.pi + 1 - 1),
        ("F3", [1, 0, 0.5, 1, 0, 0, 0, 0, 2, 0], np.e - 0.25 + 2 + 1),
        ("F4", [1, 0, 0.5, 1, 0, 0, 0, 0, 2, 0], np.e - 0.25 + 2 + 1 + 1),
        ("F5", [0, 0, 1, 1, 1, 1, -2, 1, 2, 3], 0.5 + np.e + 1 + 6),
        ("F6", [1, 1, 1, -1, 1, -1, 0, 0, 3, 4], np.e**2 - np.e + 1 + 5),
        ("F7", [0, 0, 1, 1, 0, 1, 1, 0, 1, 0], 2 - 1 + 1 / 32 + 5),
        ("F8", [2, 3, 1, 0, 0, 1, 0, 1, 1, 0], 6 + 4 + 2 + np.pi / 2),
        ("F9", [0, 0, 0, 0, 1, 0, 1, 1, 2, 1], np.e + 2 + 0.5),
        ("F10", [1, -1, 0, 1, -1, 0, 0, 0, 1, 0], np.arccos(np.tanh(-1)) + 1 + 1),
    ],
)
def test_values_by_hand(name, row, value):
    assert FUNCTIONS[name](np.array([row], dtype=float))[0] == pytest.approx(value)


def test_every_sample_is_as_described():
    for name, sample in SAMPLES.items():
        data = load_sample(name)
        assert len(data) == sample.rows
        assert (data.target.name, data.target.kind) == (sample.target, sample.target_kind)
        assert np.isfinite(data.rows).all()
        assert np.isfinite(data.target_values).all()
        assert (data.truth is not None) == sample.synthetic
        assert all((sample.title, sample.description, sample.source, sample.licence, sample.question))


def test_bike_has_its_discrete_and_categorical_features():
    features = {feature.name: feature for feature in load_sample("bike").space.features}
    assert [name for name, feature in features.items() if feature.kind is Kind.CATEGORICAL] == ["season", "weather"]
    assert [name for name, feature in features.items() if feature.discrete] == [
        "year",
        "holiday",
        "weekday",
        "workingday",
    ]


def test_adult_keeps_missing_values_as_a_level():
    data = load_sample("adult")
    assert data.target.kind is TargetKind.BINARY
    assert data.remedies == tuple(
        Remedy(name, "missing_level") for name in ("workclass", "occupation", "native-country")
    )
    assert "(missing)" in data.space.features[1].levels


@pytest.mark.parametrize("name", ["F1", "bike"])
def test_rows_and_seed_draw_what_they_say(name):
    first = load_sample(name, rows=50, seed=1)
    assert len(first) == 50
    assert first.content_hash == load_sample(name, rows=50, seed=1).content_hash
    assert first.content_hash != load_sample(name, rows=50, seed=2).content_hash


def test_truth_is_a_set_of_sets_of_names():
    assert load_sample("F8", rows=10).truth == {
        frozenset({"x1", "x2"}),
        frozenset({"x3", "x5", "x6"}),
        frozenset({"x3", "x4", "x5", "x7"}),
        frozenset({"x7", "x8", "x9"}),
    }


def test_noise_is_measured_in_deviations_of_the_target():
    clean, noisy = load_sample("F8", seed=3), load_sample("F8", seed=3, noise=0.5)
    np.testing.assert_array_equal(clean.rows, noisy.rows)
    added = noisy.target_values - clean.target_values
    assert added.std() == pytest.approx(0.5 * clean.target_values.std(), rel=0.03)


def test_f1_is_drawn_from_its_own_ranges():
    rows = load_sample("F1").rows
    for number in range(1, 11):
        low = 0.6 if number in (4, 5, 8, 10) else 0.0
        assert low <= rows[:, number - 1].min() < low + 0.01
        assert 0.99 < rows[:, number - 1].max() <= 1.0


@pytest.mark.parametrize(("name", "side", "brightest"), [("digits", 8, 16), ("mnist", 28, 255)])
def test_images_are_whole_pixels_on_one_scale(name, side, brightest):
    data = load_sample(name, rows=300)
    assert data.space.names == tuple(f"p{place}" for place in range(side**2))
    assert data.target.classes == tuple("0123456789")
    assert (data.rows.min(), data.rows.max()) == (0, brightest)
    np.testing.assert_array_equal(data.rows, data.rows.round())
    train = data.rows[data.train_rows]
    np.testing.assert_allclose(data.space.means, train.mean())
    np.testing.assert_allclose(data.space.scales, train.std())
    assert (train[:, 0] == 0).all()  # a pixel that never varies is scaled like the others


def test_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    values, labels = load_digits(return_X_y=True)
    data = load_sample("digits")
    np.testing.assert_array_equal(data.rows, values)
    np.testing.assert_array_equal(data.target_values, labels)


def test_mnist_has_as_many_of_each_digit_and_they_look_like_themselves():
    data = load_sample("mnist")
    assert np.bincount(data.target_values.astype(int)).tolist() == [500] * 10
    means = np.stack([data.rows[data.target_values == digit].mean(0) for digit in range(10)]).reshape(10, 28, 28)
    centre = means[:, 12:16, 12:16].mean((1, 2))
    assert centre.argmin() == 0  # a zero is hollow
    assert centre.argmax() in (1, 3, 8)
