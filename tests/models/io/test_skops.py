import numpy as np
import pytest
import skops.io
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF
from sklearn.linear_model import LinearRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from interaction_engine.core.errors import ModelError
from interaction_engine.models.io.skops import load


def opened(path, data):
    return load(path, data.space, data.target, None, "array")


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestRegressor(5, random_state=0),
        KNeighborsRegressor(3),
        MLPRegressor(hidden_layer_sizes=(4,), max_iter=1000, random_state=0, tol=1.0),
        GaussianProcessRegressor(RBF(), optimizer=None),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_harmless_estimators_load_and_predict(tmp_path, numeric, estimator):
    estimator.fit(numeric.frame[["b", "a"]], numeric.frame["number"])
    skops.io.dump(estimator, tmp_path / "m.skops")
    expected = estimator.predict(numeric.frame[["b", "a"]])
    np.testing.assert_allclose(opened(tmp_path / "m.skops", numeric).predict(numeric.frame), expected)


def test_a_pipeline_that_encodes_text_itself(tmp_path, mixed):
    encoder = make_column_transformer((OneHotEncoder(), ["c"]), remainder="passthrough")
    pipeline = make_pipeline(encoder, LinearRegression()).fit(mixed.frame[["c", "a", "b"]], mixed.frame["number"])
    skops.io.dump(pipeline, tmp_path / "m.skops")
    predicted = opened(tmp_path / "m.skops", mixed).predict(mixed.frame)
    np.testing.assert_allclose(predicted, mixed.frame["number"], rtol=1e-8)


def test_classes_score_as_log_odds(tmp_path, binary):
    estimator = HistGradientBoostingClassifier(max_iter=3).fit(binary.rows, binary.frame["answer"])
    skops.io.dump(estimator, tmp_path / "m.skops")
    shares = estimator.predict_proba(binary.rows)[:, 1]
    predicted = opened(tmp_path / "m.skops", binary).predict(binary.frame)
    np.testing.assert_allclose(predicted, np.log(shares / (1 - shares)))


def test_a_function_of_elsewhere_is_refused_by_name(tmp_path, numeric):
    import os

    pipeline = make_pipeline(FunctionTransformer(os.system), LinearRegression())
    pipeline.steps[1][1].fit(numeric.rows, numeric.target_values)
    skops.io.dump(pipeline, tmp_path / "m.skops")
    with pytest.raises(ModelError, match=r"system.*harmless"):
        opened(tmp_path / "m.skops", numeric)


def test_estimators_that_cannot_score_are_explained(tmp_path, binary, multiclass):
    skops.io.dump(RidgeClassifier().fit(binary.rows, binary.frame["answer"]), tmp_path / "m.skops")
    with pytest.raises(ModelError, match="no probabilities"):
        opened(tmp_path / "m.skops", binary)
    model = HistGradientBoostingClassifier(max_iter=2).fit(binary.rows, binary.frame["answer"])
    skops.io.dump(model, tmp_path / "m.skops")
    with pytest.raises(ModelError, match="2 classes"):
        opened(tmp_path / "m.skops", multiclass)
