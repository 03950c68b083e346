"""Which sets models of other libraries can combine, against brute force."""

from dataclasses import replace

import lightgbm
import numpy as np
import pandas as pd
import pytest
import torch
import xgboost
from interpret.glassbox import ExplainableBoostingClassifier, ExplainableBoostingRegressor
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import Lasso, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, PolynomialFeatures, StandardScaler
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import interaction_engine as ie
from interaction_engine.models.adapters.black_box import BlackBox
from interaction_engine.models.adapters.mapping import map_inputs
from interaction_engine.models.io import lightgbm as lightgbm_files
from interaction_engine.models.io import xgboost as xgboost_files
from interaction_engine.models.structure import combinable
from tests.models.mixed import all_subsets, largest_effects, spread

A_B, E_F = (0, 1), (4, 5)
"""The pairs of features that the target combines, at places 0 and 1, and 4 and 5."""


def table(n=400):
    source = np.random.default_rng(0)
    frame = pd.DataFrame(source.normal(size=(n, 6)), columns=list("abcdef"))
    frame["y"] = (frame.a > 0) * (frame.b > 0) * 4.0 + np.sin(frame.c) + frame.d + (frame.e > 0) * (frame.f > 0) * 3.0
    return frame


@pytest.fixture(scope="module")
def data():
    return ie.read_dataset(table(), target="y")


@pytest.fixture(scope="module")
def classes():
    frame = table()
    return ie.read_dataset(frame.assign(y=np.where(frame.y > 1, "yes", "no")), target="y")


@pytest.fixture(scope="module")
def three_classes():
    frame = table()
    return ie.read_dataset(frame.assign(y=pd.cut(frame.y, 3, labels=["x", "y", "z"]).astype(str)), target="y")


@pytest.fixture(scope="module")
def mixed():
    """With a feature of three levels that acts with `a`."""
    source, frame = np.random.default_rng(1), table()
    frame.insert(2, "g", source.choice(["u", "v", "w"], len(frame)))
    return ie.read_dataset(frame.assign(y=frame.y + 2 * frame.a * (frame.g == "u")), target="y")


def black_box(estimator, data) -> BlackBox:
    model = ie.wrap(estimator, data)
    assert isinstance(model, BlackBox)
    return model


def check(model, planted=(), orders=(2, 3)):
    """Whatever is excluded has no joint effect; something is, and nothing that is planted."""
    structure = combinable(model)
    assert structure is not None
    for order in orders:
        subsets = all_subsets(len(model.space), order)
        allowed = structure.allows(subsets)
        assert not allowed.all()
        effects = largest_effects(model, subsets[~allowed])
        assert effects.max() <= 3e-6 * spread(model) * 2**order
    for pair in planted:
        assert structure.allows(torch.tensor([pair]))[0]
    return structure


ALLOWED = [[0, 1], [2], [3], [4, 5]]
AS_TEXT = "[[0, 1], [2], [3], [4, 5]]"

BOOSTERS = {
    "xgboost": lambda: xgboost.XGBRegressor(n_estimators=20, max_depth=4, interaction_constraints=AS_TEXT),
    "xgboost dart": lambda: xgboost.XGBRegressor(
        n_estimators=10, max_depth=2, booster="dart", rate_drop=0.4, interaction_constraints=AS_TEXT
    ),
    "xgboost forest": lambda: xgboost.XGBRFRegressor(
        n_estimators=20, interaction_constraints=AS_TEXT, max_depth=3, colsample_bynode=0.5, random_state=0
    ),
    "lightgbm": lambda: lightgbm.LGBMRegressor(n_estimators=30, interaction_constraints=ALLOWED, verbose=-1),
    "lightgbm dart": lambda: lightgbm.LGBMRegressor(
        n_estimators=30, boosting_type="dart", interaction_constraints=ALLOWED, verbose=-1
    ),
    "histogram": lambda: HistGradientBoostingRegressor(max_iter=40, interaction_cst=[set(one) for one in ALLOWED]),
}


@pytest.mark.parametrize("name", BOOSTERS)
def test_boosting_with_constraints(data, name):
    model = BOOSTERS[name]().set_params(**({"n_jobs": 1} if name != "histogram" else {}))
    structure = check(ie.wrap(model.fit(data.rows, data.target_values), data), [A_B, E_F])
    assert structure.allows(all_subsets(6, 2)).sum() == 2
    assert structure.reason == "no tree has them together on one path"


@pytest.mark.parametrize(
    "estimator",
    [
        GradientBoostingRegressor(n_estimators=30, max_depth=2, random_state=0),
        GradientBoostingRegressor(n_estimators=8, max_depth=2, loss="huber", init="zero", random_state=0),
        RandomForestRegressor(5, max_depth=2, random_state=0),
        ExtraTreesRegressor(5, max_depth=2, random_state=0),
        DecisionTreeRegressor(max_depth=3),
        make_pipeline(StandardScaler(), GradientBoostingRegressor(n_estimators=10, max_depth=2, random_state=0)),
        GridSearchCV(DecisionTreeRegressor(), {"max_depth": [2, 3]}, cv=2),
        xgboost.XGBRegressor(n_estimators=20, max_depth=2, n_jobs=1),
        lightgbm.LGBMRegressor(n_estimators=10, max_depth=2, n_jobs=1, verbose=-1),
        Ridge(),
        make_pipeline(PolynomialFeatures(2), Lasso(0.2)),
        ExplainableBoostingRegressor(interactions=2, outer_bags=1, max_rounds=200, n_jobs=1),
    ],
    ids=lambda one: type(one).__name__,
)
def test_regressors(data, estimator):
    check(ie.wrap(estimator.fit(data.rows, data.target_values), data))


def test_products_of_a_pipeline_are_pairs_that_a_linear_model_combines(data):
    estimator = make_pipeline(PolynomialFeatures(2, interaction_only=True), Lasso(0.1))
    structure = check(ie.wrap(estimator.fit(data.rows, data.target_values), data), [A_B])
    assert structure.reason == "no term of the model has them together"


def test_rounds_behind_the_best_one_do_not_count(data):
    fitted = xgboost.XGBRegressor(
        n_estimators=60, max_depth=2, early_stopping_rounds=4, learning_rate=1.0, n_jobs=1
    ).fit(data.rows[:300], data.target_values[:300], eval_set=[(data.rows[300:], data.target_values[300:])], verbose=0)
    assert fitted.best_iteration < len(fitted.get_booster().get_dump()) - 1
    check(ie.wrap(fitted, data), [A_B])


@pytest.mark.parametrize(
    "estimator",
    [
        xgboost.XGBRegressor(n_estimators=10, max_depth=2, objective="count:poisson", n_jobs=1),
        xgboost.XGBRegressor(n_estimators=10, booster="gblinear", n_jobs=1),
        lightgbm.LGBMRegressor(n_estimators=10, objective="tweedie", n_jobs=1, verbose=-1),
        lightgbm.LGBMRegressor(n_estimators=10, max_depth=2, linear_tree=True, n_jobs=1, verbose=-1),
        HistGradientBoostingRegressor(max_iter=20, loss="poisson"),
        TransformedTargetRegressor(Ridge(), func=np.cbrt, inverse_func=lambda values: values**3),
        make_pipeline(FunctionTransformer(lambda rows: rows - rows.mean(axis=1, keepdims=True)), Ridge()),
        GradientBoostingRegressor(n_estimators=4, max_depth=1, init=SVR()),
        SVR(),
    ],
    ids=lambda one: type(one).__name__,
)
def test_nothing_is_known_of_scores_that_are_no_sum(data, estimator):
    targets = np.abs(data.target_values)
    assert combinable(ie.wrap(estimator.fit(data.rows, targets), data)) is None


def test_features_that_a_log_link_never_uses_are_excluded(data):
    rows = data.rows.copy()
    rows[:, 2:4] = 0.0
    fitted = xgboost.XGBRegressor(n_estimators=10, max_depth=2, objective="reg:gamma", n_jobs=1)
    structure = check(ie.wrap(fitted.fit(rows, 1 + np.abs(data.target_values)), data), [A_B, (0, 5)])
    assert structure.reason == "the model does not use all of them"


CLASSIFIERS = {
    "xgboost": xgboost.XGBClassifier(n_estimators=10, max_depth=2, n_jobs=1),
    "lightgbm": lightgbm.LGBMClassifier(n_estimators=10, max_depth=2, n_jobs=1, verbose=-1),
    "histogram": HistGradientBoostingClassifier(max_iter=10, max_depth=2),
    "gradient": GradientBoostingClassifier(n_estimators=10, max_depth=2, random_state=0),
    "tree": DecisionTreeClassifier(max_depth=3),
    "ebm": ExplainableBoostingClassifier(interactions=2, outer_bags=1, max_rounds=200, n_jobs=1),
}


@pytest.mark.parametrize("scored", [0, 1])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_two_classes(classes, name, scored):
    fitted = CLASSIFIERS[name].fit(classes.rows, classes.target_values.astype(int))
    model = black_box(fitted, classes).for_class(scored)
    structure = combinable(model)
    assert structure is not None
    subsets = all_subsets(6, 2)
    effects = largest_effects(model, subsets[~structure.allows(subsets)])
    assert effects.max() <= (1e-4 if name == "xgboost" else 1e-8) * spread(model)  # its probabilities are float32


def test_probabilities_that_may_be_clipped_are_no_sum(classes):
    far = xgboost.XGBClassifier(n_estimators=150, max_depth=2, learning_rate=1.0, n_jobs=1)
    assert combinable(ie.wrap(far.fit(classes.rows, classes.target_values.astype(int)), classes)) is None


@pytest.mark.parametrize("estimator", [RandomForestClassifier(10, random_state=0), LogisticRegression()])
def test_log_odds_of_averages_and_of_unbounded_sums_are_no_sum(classes, estimator):
    assert combinable(ie.wrap(estimator.fit(classes.rows, classes.target_values.astype(int)), classes)) is None


@pytest.mark.parametrize(
    "estimator",
    [
        xgboost.XGBClassifier(n_estimators=8, max_depth=2, n_jobs=1),
        lightgbm.LGBMClassifier(n_estimators=8, n_jobs=1, verbose=-1),
        HistGradientBoostingClassifier(max_iter=8),
    ],
    ids=lambda one: type(one).__name__,
)
def test_log_odds_of_one_of_several_classes_are_no_sum(three_classes, estimator):
    assert (
        combinable(ie.wrap(estimator.fit(three_classes.rows, three_classes.target_values.astype(int)), three_classes))
        is None
    )


@pytest.mark.parametrize("suffix", [".json", ".ubj", ".txt"])
def test_files_with_categories_and_one_with_one_hot_columns(tmp_path, mixed, suffix):
    frame, path = mixed.frame[list(mixed.space.names)].copy(), tmp_path / f"m{suffix}"
    frame["g"] = pd.Categorical(frame["g"], categories=["w", "v", "u"])
    if suffix == ".txt":
        given = {"verbosity": -1, "num_threads": 1, "max_depth": 2, "min_data_per_group": 5}
        lightgbm.train(given, lightgbm.Dataset(frame, mixed.target_values), 20).save_model(path)
    else:
        matrix = xgboost.DMatrix(frame, mixed.target_values, enable_categorical=True)
        xgboost.train({"nthread": 1, "max_depth": 2, "max_cat_to_onehot": 1}, matrix, 20).save_model(path)
    module = lightgbm_files if suffix == ".txt" else xgboost_files
    check(module.load(path, mixed.space, mixed.target, None, "array"), [(0, 2)])


@pytest.mark.parametrize("max_depth", [1, 2])
def test_columns_of_one_feature_are_one(mixed, max_depth):
    """Two one-hot columns on a path make no pair: with one cut, no pair at all."""
    pre = ColumnTransformer([("levels", OneHotEncoder(), ["g"])], remainder="passthrough")
    trees = GradientBoostingRegressor(n_estimators=60, max_depth=max_depth, random_state=0)
    frame = mixed.frame[list(mixed.space.names)]
    model = ie.wrap(make_pipeline(pre, trees).fit(frame, mixed.target_values), mixed)
    structure = check(model, [(0, 2)] if max_depth > 1 else [])
    assert structure.allows(all_subsets(7, 2)).any() == (max_depth > 1)


def test_histograms_with_categories_at_other_places(mixed):
    frame = mixed.frame[list(mixed.space.names)]
    trees = HistGradientBoostingRegressor(max_iter=20, max_depth=2)
    trees.set_params(categorical_features=["g"])
    check(ie.wrap(trees.fit(frame, mixed.target_values), mixed), [(0, 2)])


@pytest.mark.parametrize(
    "function",
    [
        lambda rows, predict: predict(rows) ** 3,
        lambda rows, predict: predict(rows) + 0.1 * rows[:, 2] * rows[:, 3],
        lambda rows, predict: predict(rows[:, ::-1].copy()),
    ],
    ids=["bent", "more", "other columns"],
)
def test_a_model_that_does_not_compute_what_was_read_is_not_trusted(data, function):
    trees = GradientBoostingRegressor(n_estimators=20, max_depth=1, random_state=0)
    predict = trees.fit(data.rows, data.target_values).predict
    model = black_box(trees, data)
    assert combinable(model) is not None
    assert combinable(replace(model, function=lambda rows: function(rows, predict))) is None


def test_features_read_at_the_wrong_places_are_noticed(data):
    """The leaves still add up to the scores; only trying the excluded pairs shows it."""
    trees = GradientBoostingRegressor(n_estimators=40, max_depth=2, random_state=0)
    model = black_box(trees.fit(data.rows, data.target_values), data)
    assert model.origin is not None
    wrong = map_inputs(data.space, None, 6, "m")
    wrong = replace(wrong, sources=wrong.sources[2:] + wrong.sources[:2])
    origin = replace(model.origin, mapping=wrong)
    assert combinable(replace(model, origin=origin)) is None


def test_opaque_functions_and_modules(data):
    assert combinable(ie.wrap(lambda rows: rows[:, 0] + rows[:, 1], data)) is None
    bilinear = torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.LayerNorm(4), torch.nn.Linear(4, 1))
    assert combinable(ie.wrap(bilinear, data)) is None


def test_sets_are_looked_up_in_parts(data, monkeypatch):
    fitted = GradientBoostingRegressor(n_estimators=30, max_depth=3, random_state=0)
    structure = combinable(ie.wrap(fitted.fit(data.rows, data.target_values), data))
    assert structure is not None
    subsets = all_subsets(6, 3)
    whole = structure.allows(subsets)
    monkeypatch.setattr("interaction_engine.models.structure.BYTES", 1)
    assert torch.equal(structure.allows(subsets), whole)
    by_hand = [bool(structure.terms[:, one].all(1).any()) for one in subsets.tolist()]
    assert whole.tolist() == by_hand
    assert 0 < whole.sum() < len(whole)
