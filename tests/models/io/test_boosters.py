import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost

from interaction_engine.core.errors import ModelError
from interaction_engine.models.io import lightgbm as lightgbm_files
from interaction_engine.models.io import xgboost as xgboost_files

ROUNDS = 5


def inputs_of(data):
    """The features in another order than the data set's, text as categories in another order than its levels."""
    frame = data.frame[list(data.space.names)[::-1]].copy()
    for name in frame.select_dtypes(exclude="number"):
        frame[name] = pd.Categorical(frame[name], categories=sorted(set(frame[name]), reverse=True))
    return frame


def trained(data, path, target, **parameters):
    frame = inputs_of(data)
    if path.suffix == ".txt":
        given = {"verbosity": -1, "num_threads": 1, "min_data_in_leaf": 5, **parameters}
        booster = lightgbm.train(given, lightgbm.Dataset(frame, target), ROUNDS)
        booster.save_model(path)
        return lambda **how: booster.predict(frame, **how)
    matrix = xgboost.DMatrix(frame, target, enable_categorical=True)
    booster = xgboost.train({"nthread": 1, "max_cat_to_onehot": 1, **parameters}, matrix, ROUNDS)
    booster.save_model(path)
    return lambda raw_score=False: booster.predict(matrix, output_margin=raw_score)


def opened(path, data, class_index=None):
    module = lightgbm_files if path.suffix == ".txt" else xgboost_files
    return module.load(path, data.space, data.target, class_index, "array")


@pytest.mark.parametrize("suffix", [".json", ".ubj", ".txt"])
@pytest.mark.parametrize("name", ["numeric", "mixed"])
def test_regression_by_name_with_categories(tmp_path, suffix, name, request):
    data, path = request.getfixturevalue(name), tmp_path / f"m{suffix}"
    predict = trained(data, path, data.target_values)
    model = opened(path, data)
    np.testing.assert_allclose(model.predict(data.frame), predict(), rtol=1e-5)
    assert model.mapping[0] == tuple([data.space.names[-1]] * 2)


@pytest.mark.parametrize(("suffix", "objective"), [(".json", "binary:logistic"), (".txt", "binary")])
def test_binary_scores_are_log_odds(tmp_path, binary, suffix, objective):
    path = tmp_path / f"m{suffix}"
    predict = trained(binary, path, binary.target_values, objective=objective)
    shares = predict()
    np.testing.assert_allclose(opened(path, binary).predict(binary.frame), np.log(shares / (1 - shares)), rtol=1e-3)


def test_lightgbm_log_odds_with_another_slope(tmp_path, binary):
    path = tmp_path / "m.txt"
    shares = trained(binary, path, binary.target_values, objective="binary", sigmoid=0.4)()
    np.testing.assert_allclose(opened(path, binary).predict(binary.frame), np.log(shares / (1 - shares)), rtol=1e-3)


@pytest.mark.parametrize(("suffix", "objective"), [(".ubj", "multi:softprob"), (".txt", "multiclass")])
def test_multiclass_scores_are_log_odds_of_the_class(tmp_path, multiclass, suffix, objective):
    path = tmp_path / f"m{suffix}"
    shares = trained(multiclass, path, multiclass.target_values, objective=objective, num_class=3)()[:, 2]
    model = opened(path, multiclass, class_index=2)
    np.testing.assert_allclose(model.predict(multiclass.frame), np.log(shares / (1 - shares)), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("suffix", "objective"), [(".json", "binary:logistic"), (".txt", "binary")])
def test_a_booster_of_another_target_is_refused(tmp_path, numeric, binary, suffix, objective):
    path = tmp_path / f"m{suffix}"
    trained(binary, path, binary.target_values, objective=objective)
    with pytest.raises(ModelError, match="was trained for `binary"):
        opened(path, numeric)
