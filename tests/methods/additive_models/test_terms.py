"""Models of terms: pure pieces, the fits that make them, and their shapes."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer

from interaction_engine.core.errors import InputError
from interaction_engine.core.result import Result
from interaction_engine.data.io.reading import read_dataset
from interaction_engine.methods.additive_models.gam import train_gam, train_linear
from interaction_engine.methods.additive_models.pieces import Curve, Map, purified, term_model
from interaction_engine.models.additive.shape_result import Shapes
from interaction_engine.models.networks.mlp import TrainingRecord

RECORD = TrainingRecord((), (), (), 0, 0.0)


def table(n: int = 400, seed: int = 0) -> pd.DataFrame:
    """Two dependent numbers, one of few values, a category, and targets of all kinds."""
    source = np.random.default_rng(seed)
    a = source.normal(0, 1, n)
    b = 0.6 * a + 0.8 * source.normal(0, 1, n)
    d = source.integers(0, 3, n).astype(float)
    c = source.choice(["low", "mid", "top"], n, p=[0.6, 0.3, 0.1])
    y = np.sin(2 * a) + b + (c == "top") * 2 + 0.5 * d
    frame = pd.DataFrame({"a": a, "b": b, "d": d, "c": c, "y": y})
    return frame.assign(
        answer=np.where(y > 0.8, "yes", "no"), tier=np.array(["basic", "middle", "upper"])[np.digitize(y, [0, 1.5])]
    )


def data_of(target: str, features: str = "abdc", n: int = 400):
    return read_dataset(table(n)[[*features, target]], target=target, name=target)


def random_terms(data, n_fits: int = 3, outputs: int = 1, seed: int = 0):
    """A cubic curve, a step curve and a map of random values on `data`."""
    source = np.random.default_rng(seed)
    cubic = Curve(0, np.array([-0.5, 0.7]), np.array([0.0, -0.5, 0.7]), source.normal(size=(n_fits, 3, 4, outputs)))
    steps = Curve.steps(1, np.array([0.1]), source.normal(size=(n_fits, 2, outputs)))
    on_pair = Map(
        (0, 1), np.array([-1.0, 0.0, 1.0]), np.array([-0.3, 0.4]), source.normal(size=(n_fits, 4, 3, outputs))
    )
    return [cubic, steps], [on_pair], source.normal(size=(n_fits, outputs))


def values_of(curves, maps, intercept, rows):
    total = intercept[:, None] + sum(curve.values(rows[:, curve.feature]) for curve in curves)
    for one in maps:
        first, second = one.cells(rows)
        total = total + one.values[:, first, second]
    return total


def test_purified_terms_are_the_same_function_orthogonal_and_centred():
    rows = data_of("y").rows
    given = random_terms(None, outputs=2)
    pure = purified(*given, rows)
    np.testing.assert_allclose(values_of(*pure, rows), values_of(*given, rows), atol=1e-9)
    elsewhere = np.random.default_rng(5).normal(0, 4, rows.shape)
    np.testing.assert_allclose(values_of(*pure, elsewhere), values_of(*given, elsewhere), atol=1e-9)
    curves, (one,), _ = pure
    for curve in curves:
        np.testing.assert_allclose(curve.values(rows[:, curve.feature]).mean(1), 0, atol=1e-9)
    first, second = one.cells(rows)
    on_rows = one.values[:, first, second]
    for cells in (first, second):
        for cell in np.unique(cells):
            np.testing.assert_allclose(on_rows[:, cells == cell].mean(1), 0, atol=1e-9)


def test_a_map_that_is_a_sum_leaves_nothing_behind():
    rows = data_of("y").rows
    _, (one,), _ = random_terms(None)
    values = np.arange(4.0)[None, :, None, None] + np.array([2.0, -1.0, 5.0])[None, None, :, None]
    _, (pure,), _ = purified([], [Map(one.pair, one.first_cuts, one.second_cuts, values)], np.zeros((1, 1)), rows)
    first, second = pure.cells(rows)
    np.testing.assert_allclose(pure.values[:, first, second], 0, atol=1e-9)


@pytest.mark.parametrize("target", ["y", "answer", "tier"])
def test_a_model_scores_what_its_pieces_add_up_to(target):
    data = data_of(target)
    outputs = 3 if target == "tier" else 1
    pieces = random_terms(data, outputs=outputs)
    model = term_model(data, *pieces[:2], pieces[2][0], "terms", "none", RECORD)
    raw = values_of(*pieces, data.rows)
    contributions = model.contributions(torch.tensor(data.rows))
    torch.testing.assert_close(contributions.sum(1) + model.intercept, torch.from_numpy(raw[0]))
    bags = model.bag_contributions(torch.tensor(data.rows)).sum(2)
    torch.testing.assert_close(bags, torch.from_numpy(raw[1:] - pieces[2][1:, None]))
    if target == "tier":
        probabilities = np.exp(raw[0]) / np.exp(raw[0]).sum(1, keepdims=True)
        expected = np.log(probabilities[:, 2] / (1 - probabilities[:, 2]))
        np.testing.assert_allclose(model.for_class(2).predict(data.frame), expected)
    elif target == "answer":
        np.testing.assert_allclose(model.for_class(0).predict(data.frame), -raw[0, :, 0])
    else:
        np.testing.assert_allclose(model.predict(data.frame), raw[0, :, 0])
    assert model.n_parameters == outputs * (3 * 4 + 2 * 4 + 4 * 3 + 1)


def test_the_gam_is_scikit_learns_splines_and_ridge():
    data = data_of("y", features="a", n=300)
    model = train_gam(data, knots=6, bags=0)
    rows, values = data.rows[data.train_rows], data.target_values[data.train_rows]
    knots = np.quantile(rows[:, 0], np.linspace(0, 1, 6), method="nearest")[:, None]
    fits = []
    for penalty in 10.0 ** np.arange(-4.0, 4.5, 0.5):
        spline = SplineTransformer(degree=3, knots=knots, extrapolation="linear")
        fits.append(make_pipeline(spline, Ridge(alpha=penalty)).fit(rows, values))
    points = np.linspace(-6, 6, 200)[:, None]
    ours = model.scores(torch.tensor(points))[0].numpy()
    assert min(np.abs(fit.predict(points) - ours).max() for fit in fits) < 1e-6


@pytest.mark.parametrize("train", [train_gam, train_linear])
@pytest.mark.parametrize("target", ["y", "answer", "tier"])
def test_shapes_add_up_to_the_model_for_every_kind_of_target(train, target):
    data = data_of(target)
    model = train(data, bags=3)
    shapes = model.shapes(data)
    assert isinstance(shapes, Shapes)
    assert shapes.exact is (target != "tier")
    assert shapes.link == ("softmax" if target == "tier" else "identity")
    if target != "tier":
        assert shapes.identity_error < 1e-9
    assert set(shapes.table["features"]) == {("a",), ("b",), ("c",), ("d",)}
    assert shapes.table["importance"].is_monotonic_decreasing
    assert shapes.table["share"].sum() == pytest.approx(1)
    assert (shapes.curves["lower"] <= shapes.curves["upper"]).all()
    assert shapes.curves.groupby("term")["density"].sum().to_numpy() == pytest.approx(1)
    assert shapes.maps.empty


def test_a_curve_is_drawn_at_what_the_term_adds():
    data = data_of("y")
    model = train_linear(data, bags=0)
    shapes = model.shapes(data)
    term = {names: place for place, names in enumerate(shapes.table["features"])}
    line = shapes.curve(term[("b",)])
    slopes = np.diff(line["effect"]) / np.diff(line["value"])
    np.testing.assert_allclose(slopes, slopes[0])
    assert slopes[0] == pytest.approx(1.0, abs=0.4)
    levels = shapes.curve(term[("c",)])
    assert list(levels["level"]) == ["low", "mid", "top"]
    assert (levels["effect"] * levels["density"]).sum() == pytest.approx(0, abs=1e-9)
    assert line["lower"].isna().all()


def test_the_cost_of_a_term_is_what_the_loss_grows_by_without_it():
    data = data_of("y")
    model = train_gam(data, bags=0)
    shapes = model.shapes(data)
    held = data.held_out_rows
    values, rows = data.target_values[held], torch.tensor(data.rows[held])
    scores = model.scores(rows)[0].numpy()
    assert shapes.loss == pytest.approx(np.square(scores - values).mean())
    first = model.members.index((data.space.index(shapes.table["features"][0][0]),))
    without = scores - model.contributions(rows)[:, first, 0].numpy()
    assert shapes.table["cost"][0] == pytest.approx(np.square(without - values).mean() - shapes.loss)


def test_shapes_survive_saving(tmp_path):
    shapes = train_gam(data_of("y"), bags=2).shapes(data_of("y"))
    shapes.save(tmp_path / "shapes")
    again = Shapes.load(tmp_path / "shapes")
    assert isinstance(again, Result)
    pd.testing.assert_frame_equal(again.table, shapes.table)
    pd.testing.assert_frame_equal(again.curves, shapes.curves)
    assert again.link == shapes.link
    assert again.map(0).empty


def test_the_gam_recovers_a_curve_and_covers_it():
    data = data_of("y", n=3000)
    shapes = train_gam(data, bags=20).shapes(data)
    term = next(place for place, names in enumerate(shapes.table["features"]) if names == ("a",))
    curve = shapes.curve(term)
    inside = curve[np.abs(curve["value"]) < 2]
    truth = np.sin(2 * inside["value"])
    error = inside["effect"] - truth
    assert (error - error.mean()).std() < 0.03


def test_the_same_seed_gives_the_same_model_and_a_constant_feature_no_term():
    frame = table()[["a", "b", "y"]]
    data = read_dataset(frame, target="y", name="few")
    first, again, other = (train_gam(data, bags=2, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first.curve_bags, again.curve_bags)
    assert not torch.equal(first.curve_bags, other.curve_bags)
    still = read_dataset(frame.assign(a=1.0), target="y", roles={"a": "feature"}, name="still")
    assert all(still.space.names[place] != "a" for (place,) in train_gam(still, bags=0).members)


def test_too_few_rows_of_a_class_are_named():
    frame = table()[["a", "b", "answer"]]
    frame.loc[:2, "answer"] = "maybe"
    data = read_dataset(frame, target="answer", name="rare")
    with pytest.raises(InputError, match="`maybe` has"):
        train_gam(data)
