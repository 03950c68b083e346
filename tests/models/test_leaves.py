"""The leaves of other libraries' trees: what is read of them, and joint effects without asking the model."""

import lightgbm
import numpy as np
import pandas as pd
import pytest
import torch
import xgboost
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import interaction_engine as ie
from interaction_engine.core.compute import Compute
from interaction_engine.models.inspection import reading
from interaction_engine.models.inspection.reading import composition, leaves_of
from interaction_engine.numerics.differences import MixedDifferences
from interaction_engine.numerics.leaf_differences import LeafDifferences
from interaction_engine.numerics.moves import moves

pytestmark = pytest.mark.slow

TARGETS = {"number": "y", "yes or no": "z"}


@pytest.fixture(scope="module")
def tables():
    """Whole numbers, so that many values are thresholds themselves, and numbers with many digits."""
    source = np.random.default_rng(0)
    frame = pd.DataFrame(source.integers(-3, 4, (400, 3)), columns=list("abc")).astype(float)
    frame[["d", "e"]] = source.normal(size=(400, 2)) * 1e3 + 0.1
    frame["y"] = frame.a * frame.b + (frame.c > 0) * frame.d / 1e3 + source.normal(size=400)
    frame["z"] = np.where(frame.y > 0, "yes", "no")
    return {
        kind: ie.read_dataset(frame.drop(columns=list({"y", "z"} - {name})), target=name)
        for kind, name in TARGETS.items()
    }


@pytest.fixture(autouse=True)
def always_read(monkeypatch, request):
    """Leaves are read of small models too, where asking them would be less work."""
    if "unread" not in request.keywords:
        monkeypatch.setattr(reading, "_pays", lambda trees, tests: True)


def compared(model, data, orders=(2, 3)):
    """Joint effects from the leaves and from asking the model."""
    leaves = leaves_of(model)
    assert leaves is not None
    rows = torch.from_numpy(data.rows[data.train_rows][:60])
    moved = moves(data.space, rows, "swap", 0.75)
    asked = MixedDifferences(model, rows, moved, Compute())
    size = float(model.scores(rows).abs().max())
    for order in orders:
        subsets = torch.combinations(torch.arange(len(data.space)), r=order)
        found = LeafDifferences(leaves, rows, moved)(subsets, 0, len(rows))
        yield found, asked(subsets, 0, len(rows))[0], size


NUMBERS = {
    "xgboost": xgboost.XGBRegressor(n_estimators=20, max_depth=4, n_jobs=1),
    "xgboost dart": xgboost.XGBRegressor(n_estimators=10, booster="dart", rate_drop=0.4, n_jobs=1),
    "xgboost forest": xgboost.XGBRFRegressor(n_estimators=10, n_jobs=1),
    "xgboost exact": xgboost.XGBRegressor(n_estimators=10, tree_method="exact", n_jobs=1),
    "lightgbm": lightgbm.LGBMRegressor(n_estimators=20, n_jobs=1, verbose=-1),
    "histogram": HistGradientBoostingRegressor(max_iter=20),
    "gradient": GradientBoostingRegressor(n_estimators=20, max_depth=3, random_state=0),
    "forest": RandomForestRegressor(5, random_state=0),
    "extra trees": ExtraTreesRegressor(5, random_state=0),
    "tree": DecisionTreeRegressor(max_depth=5),
    "pipeline": make_pipeline(StandardScaler(), RandomForestRegressor(5, max_depth=6, random_state=0)),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_effects_of_regressions_are_the_models_own(tables, name):
    data = tables["number"]
    model = ie.wrap(NUMBERS[name].fit(data.rows, data.target_values), data)
    for found, expected, size in compared(model, data):
        tolerance = 1e-5 if name.startswith("xgboost") else 1e-9  # its scores are float32
        assert float((found - expected).abs().max()) <= tolerance * size
        assert float(expected.abs().max()) > 0.01 * size


BINARY = {
    "xgboost": xgboost.XGBClassifier(n_estimators=8, max_depth=3, n_jobs=1),
    "lightgbm": lightgbm.LGBMClassifier(n_estimators=10, n_jobs=1, verbose=-1),
    "histogram": HistGradientBoostingClassifier(max_iter=10),
    "gradient": GradientBoostingClassifier(n_estimators=10, random_state=0),
    "tree": DecisionTreeClassifier(max_depth=3, random_state=0),
}


@pytest.mark.parametrize("name", BINARY)
def test_effects_of_classifiers_are_in_log_odds(tables, name):
    data = tables["yes or no"]
    model = ie.wrap(BINARY[name].fit(data.rows, data.target_values), data)
    for found, expected, size in compared(model, data):
        assert float((found - expected).abs().max()) <= (1e-4 if name == "xgboost" else 1e-8) * size


@pytest.mark.parametrize("suffix", [".ubj", ".json", ".txt"])
def test_files_are_read_like_fitted_models(tables, suffix, tmp_path):
    data, path = tables["number"], tmp_path / f"model{suffix}"
    if suffix == ".txt":
        NUMBERS["lightgbm"].fit(data.rows, data.target_values).booster_.save_model(path)
    else:
        NUMBERS["xgboost"].fit(data.rows, data.target_values).save_model(path)
    for found, expected, size in compared(ie.load_model(path, data), data):
        assert float((found - expected).abs().max()) <= 1e-5 * size


def test_one_hot_columns_of_a_feature_are_one_requirement(tables):
    frame = tables["number"].frame.copy()
    frame["g"] = np.random.default_rng(1).choice(["u", "v", "w"], len(frame))
    frame["y"] += np.where(frame.g == "u", frame.a, 0.0) * 2.0
    data = ie.read_dataset(frame, target="y")
    encoder = make_column_transformer((OneHotEncoder(), ["g"]), remainder="passthrough")
    fitted = make_pipeline(encoder, RandomForestRegressor(10, max_depth=7, random_state=0))
    model = ie.wrap(fitted.fit(frame.drop(columns="y"), frame.y), data)
    for found, expected, size in compared(model, data):
        assert float((found - expected).abs().max()) <= 1e-9 * size
        assert float(expected.abs().max()) > 0.01 * size


def test_what_is_no_plain_sum_of_leaves_is_asked(tables):
    number, binary = tables["number"], tables["yes or no"]
    positive = np.abs(number.target_values)
    poisson = xgboost.XGBRegressor(n_estimators=5, objective="count:poisson", n_jobs=1)
    voted = RandomForestClassifier(5, max_depth=3, random_state=0)
    zeros = lightgbm.LGBMRegressor(n_estimators=5, zero_as_missing=True, n_jobs=1, verbose=-1)
    assert leaves_of(ie.wrap(poisson.fit(number.rows, positive), number)) is None
    assert leaves_of(ie.wrap(voted.fit(binary.rows, binary.target_values), binary)) is None
    assert leaves_of(ie.wrap(zeros.fit(number.rows, number.target_values), number)) is None
    marked = xgboost.XGBRegressor(n_estimators=5, missing=0.0, n_jobs=1)
    assert leaves_of(ie.wrap(marked.fit(number.rows, number.target_values), number)) is None


def test_levels_that_an_encoder_does_not_know_are_asked(tables):
    frame = tables["number"].frame.copy()
    frame["g"] = np.random.default_rng(2).choice([f"level {place}" for place in range(40)], len(frame))
    data = ie.read_dataset(frame, target="y")
    place = data.space.names.index("g")
    levels = np.array(data.space.features[place].levels)
    tried = np.unique(reading.probe_rows(data.space, reading.PROBE_ROWS)[:, place].astype(int))
    known = frame[frame.g.isin(levels[tried])]  # what the encoder does not know, the check of the leaves does not see
    assert len(known) < len(frame)
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    columns = make_column_transformer((encoder, ["g"]), remainder="passthrough")
    fitted = make_pipeline(columns, HistGradientBoostingRegressor(max_iter=20))
    model = ie.wrap(fitted.fit(known.drop(columns="y"), known.y), data)
    leaves = leaves_of(model)
    assert leaves is not None
    rows = torch.from_numpy(data.rows[data.train_rows])
    moved = moves(data.space, rows, "swap", 0.75)
    pairs = torch.combinations(torch.arange(len(data.space)))
    with_leaves = MixedDifferences(model, rows, moved, Compute(), LeafDifferences(leaves, rows, moved))
    asked = MixedDifferences(model, rows, moved, Compute())
    torch.testing.assert_close(with_leaves(pairs, 0, len(rows)), asked(pairs, 0, len(rows)), rtol=1e-9, atol=1e-9)
    assert with_leaves.spared == 0


@pytest.mark.parametrize("rate", [1e-5, 1e-3, 0.3])
def test_a_regressor_of_probabilities_is_no_sum_of_leaves(tables, rate):
    data = tables["number"]
    fitted = xgboost.XGBRegressor(n_estimators=10, learning_rate=rate, objective="binary:logistic", n_jobs=1)
    assert leaves_of(ie.wrap(fitted.fit(data.rows, data.target_values > 0), data)) is None


def test_numbers_that_lightgbm_takes_for_zero():
    tiny = float(np.float32(1e-35))
    frame = pd.DataFrame({"a": np.tile([-1.0, -tiny, 0.0, 1.0], 100), "b": np.random.default_rng(0).normal(size=400)})
    frame["y"] = (frame.a >= 0) * frame.b
    data = ie.read_dataset(frame, target="y")
    fitted = lightgbm.LGBMRegressor(n_estimators=10, min_child_samples=5, n_jobs=1, verbose=-1)
    for found, expected, size in compared(ie.wrap(fitted.fit(data.rows, data.target_values), data), data, orders=(2,)):
        assert float((found - expected).abs().max()) <= 1e-9 * size


def test_a_model_whose_inside_cannot_be_read_is_asked(tables):
    data = tables["number"]
    encoder = make_column_transformer((OneHotEncoder(), [0]), remainder="passthrough")
    fitted = make_pipeline(encoder, RandomForestRegressor(3, random_state=0))
    model = ie.wrap(fitted.fit(data.rows, data.target_values), data, takes="array")
    assert composition(model) is None
    assert ie.detect("exact", model, data, scheme="swap", second_opinion=False, support=False).table.strength.max() > 0


@pytest.mark.unread
def test_a_deep_forest_of_few_features_is_asked(tables):
    data = tables["number"]
    model = ie.wrap(RandomForestRegressor(30, random_state=0).fit(data.rows, data.target_values), data)
    assert composition(model) is not None
    assert leaves_of(model) is None


@pytest.mark.parametrize("method", ["exact", "ucb"])
@pytest.mark.parametrize("scheme", ["central", "forward", "swap"])
def test_a_detection_finds_the_same_without_asking(method, scheme, monkeypatch):
    source = np.random.default_rng(5)
    frame = pd.DataFrame(source.normal(size=(500, 40))).rename(columns="x{}".format)
    frame["y"] = frame.x0 * frame.x1 + np.sin(frame.x2 + frame.x3)
    data = ie.read_dataset(frame, target="y")
    fitted = HistGradientBoostingRegressor(max_iter=30).fit(data.rows, data.target_values)
    options = {"scheme": scheme, "second_opinion": False, "support": False, "top_k": 3}
    calls, counted = [], ie.wrap(fitted, data)

    def asked(rows):
        calls.append(len(rows))
        return fitted.predict(rows)

    object.__setattr__(counted, "function", asked)
    spared = ie.detect(method, counted, data, **options)
    monkeypatch.setattr("interaction_engine.methods.finite_differences.perturbation.leaves_of", lambda model: None)
    expected = ie.detect(method, ie.wrap(fitted, data), data, **options)
    names = ["feature_1", "feature_2"]
    pd.testing.assert_frame_equal(
        spared.table.set_index(names).sort_index()[["strength", "lower", "upper", "status"]],
        expected.table.set_index(names).sort_index()[["strength", "lower", "upper", "status"]],
        rtol=1e-6,
        atol=1e-12,
    )
    assert sum(calls) < expected.provenance.evaluations / (5 if method == "exact" else 1)
    assert any("leaves of its trees" in note for note in spared.provenance.notes)
