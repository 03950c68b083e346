"""The group expected Hessian as a method: its two ends, its intervals, its null, what it says, and what it refuses."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

import interaction_engine as ie
from interaction_engine.core.compute import Compute
from interaction_engine.core.errors import InputError, ModelError
from interaction_engine.core.types import Report
from interaction_engine.data.dataset import HELD_OUT, TRAIN
from interaction_engine.data.io.reading import read_dataset
from interaction_engine.methods.bayesian.group_expected_hessian import chance_part
from interaction_engine.models.networks.bayesian import BayesianNetwork, DropoutPerceptron
from interaction_engine.models.networks.mlp import TrainingRecord
from tests.models.networks.test_bayesian import changed

pytestmark = pytest.mark.slow

CPU = Compute("cpu")
FEW = {"draws": 30, "rows": 60, "compute": CPU}


def table(n=500, seed=0):
    source = np.random.default_rng(seed)
    a, b, d = source.normal(3, 2, n), source.uniform(-1, 1, n), source.normal(size=n)
    c = source.choice(["low", "mid", "top"], n)
    y = a * b + np.where(c == "top", d, 0.0) + source.normal(0, 0.1, n)
    return pd.DataFrame({"a": a, "b": b, "c": c, "d": d, "y": y})


@pytest.fixture(scope="module")
def data():
    return read_dataset(table(), target="y", name="made")


def by_hand(data, chance=0.2, sizes=(12, 8), seed=0, **fields):
    """An untrained Bayesian network of these data."""
    source = torch.Generator().manual_seed(seed)
    units = (data.space.n_columns, *sizes, 1)
    shapes = list(zip(units[1:], units, strict=False))
    network = DropoutPerceptron(
        tuple(torch.randn(1, n, m, generator=source) / m**0.5 for n, m in shapes),
        tuple(torch.randn(1, n, generator=source) for n, _ in shapes),
        tuple(torch.full((1, m), chance) for _, m in shapes),
        torch.randn(1, 1, units[0], generator=source),
        torch.tensor([0.3]),
    )
    return BayesianNetwork(data.space, data.target, network, scale=2.0, **fields)


@pytest.fixture(scope="module")
def model(data):
    return by_hand(data, record=TrainingRecord((1,), (1.0,), (1.0,), 1, 1.0, {"epochs": 2, "batch": 64}))


@pytest.fixture(scope="module")
def found(model, data):
    return ie.detect("group_expected_hessian", model, data, **FEW)


def in_order(result):
    return result.table.sort_values(["feature_1", "feature_2"]).reset_index(drop=True)


def test_one_region_is_aeh_and_a_region_per_row_eah(model, data):
    one, every = (ie.detect("group_expected_hessian", model, data, groups=groups, **FEW) for groups in (1, 60))
    np.testing.assert_allclose(one.table["strength"], one.table["aeh"], rtol=1e-6)
    np.testing.assert_allclose(every.table["strength"], every.table["eah"], rtol=1e-6)
    assert (in_order(one)["strength"] <= in_order(every)["strength"]).all()
    assert len(every.regions) == every.groups == 60


def test_the_interval_is_two_deviations_and_from_0_on_where_the_networks_leave_nothing_open(found):
    table = found.table
    np.testing.assert_allclose(table["upper"], table["strength"] + 2 * table["deviation"])
    from_two = np.maximum(0, table["strength"] - 2 * table["deviation"])
    np.testing.assert_allclose(table["lower"], np.where(table["bayes_p"] < 0.05, from_two, 0.0))
    assert table["bayes_p"].between(1 / 31, 1).all()
    assert table["rank"].tolist() == list(range(1, 7))
    assert (table["strength"].diff().dropna() <= 0).all()
    assert found.draws == 30


def test_a_network_that_learned_nothing_that_holds_is_told(found):
    assert any("predicts no better than always saying the same" in note for note in found.provenance.notes)


def test_a_joint_effect_is_told_in_the_targets_unit_per_typical_step(data):
    """With wide layers of tiny weights softplus is a parabola, whose Hessian is known."""
    model, small = by_hand(data, chance=0.0, sizes=(40,)), 1e-3
    weights = (small * model.network.weights[0], model.network.weights[1])
    flat = changed(model, weights=weights, biases=(torch.zeros(1, 40), model.network.biases[1]))
    result = ie.detect("group_expected_hessian", flat, data, groups=1, **FEW)
    first, last = weights[0][0].double(), weights[1].double()[0, 0]
    hessian = 2.0 * torch.einsum("k,ki,kj->ij", 2.5 * last, first, first)  # beta / 4 = 2.5, scale = 2
    place = {name: group.start for name, group in zip(data.space.names, data.space.groups, strict=True)}
    for pair in (("a", "b"), ("a", "d"), ("b", "d")):
        expected = abs(float(hessian[place[pair[0]], place[pair[1]]]))
        assert result.matrix().loc[pair] == pytest.approx(expected, rel=1e-3)
    assert (result.table["deviation"] < 1e-9).all()


def test_it_says_where_pairs_act_and_in_which_direction(found):
    assert found.regions["region"].tolist() == list(range(1, found.groups + 1))
    assert found.regions["share"].sum() == pytest.approx(1.0)
    assert found.regions["rows"].sum() == 60
    assert found.regions["description"].str.len().min() > 0
    effects = found.region_effects.merge(found.regions, on="region")
    own = effects["effect"].abs() * effects["share"]
    strength = own.groupby([effects["feature_1"], effects["feature_2"]]).sum()
    upper = found.table.set_index(["feature_1", "feature_2"])["strength"]
    assert (strength <= upper.loc[strength.index] + 1e-9).all()  # |mean over draws| never exceeds the mean of |.|
    assert (effects["lower"] <= effects["effect"]).all()
    first = (found.table["feature_1"].iloc[0], found.table["feature_2"].iloc[0])
    assert len(found.effects_of(*first)) == found.groups


def test_between_three_levels_there_is_no_sign(found):
    effects = found.region_effects
    levels = (effects["feature_1"] == "c") | (effects["feature_2"] == "c")
    assert (effects["signed"] == ~levels).all()
    assert (effects["effect"][levels] >= 0).all()
    assert (effects["effect"][~levels] < 0).any()


def test_too_few_draws_for_a_small_p_are_told(model, data):
    few = ie.detect("group_expected_hessian", model, data, **FEW | {"draws": 12})
    assert any("no Bayesian p can be below 0.077" in note for note in few.provenance.notes)
    assert few.table["bayes_p"].min() >= 1 / 13


def test_of_one_pair_the_regions_are_as_many_as_its_strength_needs():
    """The effect of b turns its sign with a: over all rows it cancels."""
    source = np.random.default_rng(0)
    a, b = source.normal(size=(2, 1500))
    frame = pd.DataFrame({"a": a, "b": b, "y": (a**2 - 1) * b + source.normal(0, 0.1, 1500)})
    data = read_dataset(frame, target="y")
    few = {"hidden": (40, 20), "members": 3, "epochs": 30, "batch": 64, "learning_rate": 1e-2, "compute": CPU}
    result = ie.detect("group_expected_hessian", ie.train(data, "bayesian", **few), data, rows=300, compute=CPU)
    assert result.groups > 2
    assert result.table["strength"].iloc[0] > 2 * result.table["aeh"].iloc[0]
    assert result.significant().all()


def test_only_the_strongest_are_followed_into_the_regions(model, data):
    result = ie.detect("group_expected_hessian", model, data, top_k=2, groups=3, **FEW)
    assert len(result.region_effects) == 6
    expected = np.where(result.table["bayes_p"] < 0.05, "significant", "not significant")
    assert result.table["status"].tolist() == expected.tolist()


def test_the_same_seed_gives_the_same_result(model, data, found):
    again = ie.detect("group_expected_hessian", model, data, **FEW)
    other = ie.detect("group_expected_hessian", model, data, seed=1, **FEW)
    pd.testing.assert_frame_equal(again.table, found.table)
    assert not in_order(other)["strength"].equals(in_order(found)["strength"])


def test_it_survives_saving(found, tmp_path):
    found.save(tmp_path / "kept")
    again = ie.load_result(tmp_path / "kept")
    pd.testing.assert_frame_equal(again.table, found.table)
    pd.testing.assert_frame_equal(again.regions, found.regions)
    assert (again.groups, again.unit, again.interval) == (found.groups, "y", found.interval)
    assert len(again.null) == 0
    assert again.pairs().degree == 1


def test_screening_ranks_features_and_leaves_out_those_that_the_network_does_without(model, data):
    chances = torch.tensor([[0.1, 0.2, 0.8, 0.8, 0.7, 0.9]])
    picky = changed(model, dropout=(chances, *model.network.dropout[1:]))
    result = ie.detect("group_expected_hessian", picky, data, most_features=3, **FEW)
    assert result.screening["feature"].tolist() == ["a", "b", "c", "d"]
    np.testing.assert_allclose(result.screening["dropout"], [0.1, 0.2, 0.7, 0.9], rtol=1e-6)
    assert {*result.table["feature_1"], *result.table["feature_2"]} == {"a", "b", "c"}
    assert np.isnan(result.matrix().loc["a", "d"])
    assert "3 that the network leaves out least" in " ".join(result.provenance.notes)
    whole = ie.detect("group_expected_hessian", picky, data, groups=result.groups, **FEW)
    kept = whole.matrix().loc[["a", "b", "c"], ["a", "b", "c"]]
    np.testing.assert_allclose(kept, result.matrix().loc[kept.index, kept.columns], rtol=1e-5)


def test_of_features_with_extreme_values_the_effect_is_per_robust_standard_deviation():
    frame = table()
    frame.loc[:3, "a"] = 5000.0
    data = read_dataset(frame, target="y")
    result = ie.detect("group_expected_hessian", by_hand(data), data, **FEW)
    assert any("Extreme values" in note and "a (" in note for note in result.provenance.notes)


class Kept(Report):
    """Keeps what it is told, and the parts that were asked for."""

    def __init__(self, made=None):
        self.told, self.asked, self.made = [], [], made

    def __call__(self, fraction, message, partial=None):
        self.told.append(fraction)

    def parts(self, count, compute_one, message, **others):
        self.asked.append(count)
        return self.made or [compute_one(index) for index in range(count)]


@pytest.mark.parametrize("null", ["additive", "shuffled"])
def test_pairs_are_compared_with_networks_trained_on_chance_targets(model, data, null):
    few, report = FEW | {"groups": 3, "permutations": 6, "null": null}, Kept()
    result = ie.detect("group_expected_hessian", model, data, report=report, **few)
    assert report.asked == [2]
    assert report.told == sorted(report.told)
    assert report.told[-1] == 1.0
    assert result.null["permutation"].tolist() == [1, 2, 3, 4, 5, 6]
    for _, row in result.table.iterrows():
        larger = (result.null["largest"] >= row["strength"]).sum()
        assert row["p_value"] == pytest.approx((1 + larger) / 7)
    assert (result.table["q_value"] <= 1).all()
    assert (result.table["q_value"].diff().dropna() >= -1e-12).sum() >= 1
    parts = [chance_part(model, data, index=index, **few) for index in range(2)]
    assert [part["scores"].shape[0] for part in parts] == [4, 2]
    elsewhere = ie.detect("group_expected_hessian", model, data, report=Kept(parts), **few)
    pd.testing.assert_frame_equal(elsewhere.table, result.table)
    pd.testing.assert_frame_equal(elsewhere.null, result.null)


def test_p_and_q_values_come_from_the_null_that_is_there(model, data):
    few = FEW | {"groups": 1, "permutations": 4}
    plain = ie.detect("group_expected_hessian", model, data, **FEW | {"groups": 1})
    scores = np.tile(in_order(plain)["strength"].to_numpy(), (4, 20, 1))
    order = [
        tuple(sorted(pair)) for pair in zip(in_order(plain)["feature_1"], in_order(plain)["feature_2"], strict=True)
    ]
    assert order == sorted(order)
    scores[:, 0] *= np.array([0.5, 0.9, 1.1, 2.0])[:, None]
    result = ie.detect("group_expected_hessian", model, data, report=Kept([{"scores": scores}]), **few)
    strongest = result.table["strength"].iloc[0]
    np.testing.assert_allclose(result.null["largest"], strongest * np.array([0.5, 0.9, 1.1, 2.0]), rtol=1e-12)
    assert result.table["p_value"].iloc[0] == pytest.approx(3 / 5)
    np.testing.assert_allclose(result.table["q_value"], 3 / 5)  # every pair is as often exceeded: Benjamini & Hochberg


def test_chance_networks_are_trained_as_the_model_was(model, data, monkeypatch):
    from interaction_engine.methods.bayesian import null_models as chance_networks

    seen = []

    class Watched(chance_networks.BayesianTrainer):
        def __init__(self, data, members, settings, compute, targets):
            seen.append((settings, targets))
            super().__init__(data, members, settings, compute, targets)

    monkeypatch.setattr(chance_networks, "BayesianTrainer", Watched)
    chance_part(model, data, index=0, permutations=3, null="shuffled", **FEW)
    settings, targets = seen[0]
    assert (settings.epochs, settings.batch, settings.hidden) == (2, 64, (12, 8))
    assert targets.shape == (3, len(data.train_rows))


def test_the_calibration_of_a_true_model_is_right(data):
    """The targets are drawn from the model itself, noise and all."""
    model = by_hand(data, chance=0.3)
    source = np.random.default_rng(0)
    network = model.draws(400, 99)
    scores = network.scores(torch.tensor(data.rows)).double().numpy()
    own = scores[source.integers(0, 400, len(data)), np.arange(len(data))]
    y = own + source.normal(0, float(model.network.noise[0]) * model.scale, len(data))
    split = np.where(np.arange(len(data)) < 100, TRAIN, HELD_OUT).astype(np.int8)
    true = replace(data, frame=data.frame.assign(y=y), split=split)
    table = ie.detect("group_expected_hessian", model, true, **FEW | {"draws": 200}).calibration
    assert np.abs(table["covered"] - table["level"]).max() < 4 * 0.5 / 400**0.5
    sure = changed(model, noise=torch.tensor([0.01]), dropout=tuple(0.0 * one for one in model.network.dropout))
    narrow = ie.detect("group_expected_hessian", sure, true, **FEW).calibration
    assert (narrow["covered"] < narrow["level"] - 0.05).all()


@pytest.mark.parametrize("classes", [2, 3])
def test_classes_have_calibrated_sets_too(classes):
    frame = table(900)
    frame["y"] = pd.cut(frame["y"], [-99, *([0] if classes == 2 else [-1, 1]), 99], labels=list("uvw")[:classes])
    frame["y"] = frame["y"].astype(str)
    data = read_dataset(frame, target="y")
    few = {"hidden": (24,), "members": 2, "epochs": 20, "batch": 64, "learning_rate": 1e-2, "compute": CPU}
    model = ie.train(data, "bayesian", **few)
    result = ie.detect("group_expected_hessian", model, data, **FEW)
    assert np.abs(result.calibration["covered"] - result.calibration["level"]).max() < 0.2
    assert result.unit.startswith("log-odds of y = ")


def test_it_finds_the_pair_that_makes_the_target():
    data = read_dataset(table(2000)[["a", "b", "d", "y"]], target="y")
    few = {"hidden": (40, 20), "members": 3, "epochs": 30, "batch": 64, "learning_rate": 1e-2, "compute": CPU}
    model = ie.train(data, "bayesian", **few)
    result = ie.detect("group_expected_hessian", model, data, **FEW | {"rows": 200})
    top = result.table.iloc[0]
    assert {top["feature_1"], top["feature_2"]} == {"a", "b"}
    assert result.table["status"].tolist() == ["significant"] + ["not significant"] * (len(result.table) - 1)
    expected = float(data.space.scales[0] * data.space.scales[1])  # y = a b
    assert top["strength"] == pytest.approx(expected, rel=0.25)
    assert result.provenance.notes == ()
    assert top["bayes_p"] < 0.05 <= result.table["bayes_p"].iloc[1:].min()


def test_of_noise_alone_hardly_a_pair_is_significant():
    source = np.random.default_rng(3)
    frame = pd.DataFrame(source.normal(size=(700, 5)), columns=list("abcde")).assign(y=source.normal(size=700))
    data = read_dataset(frame, target="y")
    result = ie.detect("group_expected_hessian", ie.train(data, "bayesian", compute=CPU), data, groups=8, **FEW)
    assert (result.table["lower"] > 0).sum() <= 1  # of 10


def test_what_cannot_be_done_is_said(model, data):
    with pytest.raises(InputError, match="at most the number of rows looked at \\(60\\); got 61"):
        ie.detect("group_expected_hessian", model, data, groups=61, **FEW)
    with pytest.raises(InputError, match="draws"):
        ie.detect("group_expected_hessian", model, data, draws=1)
    mlp = ie.train(data, "mlp", hidden=(4,), epochs=1, compute=CPU)
    with pytest.raises(InputError, match="a Bayesian network, as `bayesian` trains it"):
        ie.detect("group_expected_hessian", mlp, data)
    three = replace(data, frame=data.frame.iloc[:3], split=np.array([0, 0, 1], dtype=np.int8))
    with pytest.raises(InputError, match="at least 10 training rows"):
        ie.detect("group_expected_hessian", model, three)
    broken = changed(model, weights=(model.network.weights[0] * torch.nan, *model.network.weights[1:]))
    with pytest.raises(ModelError, match="no numbers"):
        ie.detect("group_expected_hessian", broken, data, **FEW)
    with pytest.raises(InputError, match="`most_features`"):
        ie.detect("group_expected_hessian", model, data, **FEW | {"compute": Compute("cpu", "50KB")})
    single = read_dataset(table()[["a", "y"]], target="y")
    with pytest.raises(InputError, match="at least 2 features"):
        ie.detect("group_expected_hessian", by_hand(single), single, **FEW)
