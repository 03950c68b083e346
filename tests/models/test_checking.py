import numpy as np
import pytest

from interaction_engine.core.compute import Compute
from interaction_engine.core.types import Target, TargetKind
from interaction_engine.models.adapters.wrapping import wrap
from interaction_engine.models.checking import check_model
from interaction_engine.models.metrics import auc, calibration, log_loss, skill
from interaction_engine.models.training.mlp import train_mlp

NUMBER = Target("t", TargetKind.REGRESSION)
BINARY = Target("t", TargetKind.BINARY, ("no", "yes"))


def test_skill_is_one_for_the_truth_and_zero_for_the_mean():
    values = np.array([1.0, 2.0, 6.0])
    assert skill(values, values, NUMBER, None) == 1.0
    assert skill(np.full(3, 3.0), values, NUMBER, None) == 0.0
    hits = np.array([0.0, 1.0, 1.0, 1.0])
    assert skill(np.full(4, np.log(3)), hits, BINARY, 1) == pytest.approx(0.0)
    assert skill(40 * (hits - 0.5), hits, BINARY, 1) == pytest.approx(1.0)


def test_auc_counts_pairs():
    source = np.random.default_rng(0)
    scores, hits = source.integers(0, 5, 40).astype(float), source.integers(0, 2, 40).astype(float)
    above = scores[hits > 0][:, None] - scores[hits == 0]
    assert auc(scores, hits) == pytest.approx(((above > 0) + 0.5 * (above == 0)).mean())
    assert np.isnan(auc(scores, np.ones(40)))


def test_log_loss_is_stable_and_right():
    assert log_loss(np.array([0.0, 0.0]), np.array([0.0, 1.0])) == pytest.approx(np.log(2))
    assert log_loss(np.array([-1000.0]), np.array([1.0])) == pytest.approx(1000.0)


def test_calibration_of_a_calibrated_model_lies_on_the_diagonal():
    scores = np.random.default_rng(0).normal(size=50_000)
    hits = (np.random.default_rng(1).random(50_000) < 1 / (1 + np.exp(-scores))).astype(float)
    table = calibration(scores, hits, BINARY, 1)
    assert table["count"].sum() == 50_000
    np.testing.assert_allclose(table["observed"], table["predicted"], atol=0.02)


def test_a_perfect_model(numeric):
    c = numeric.frame
    slope = np.linalg.lstsq(np.column_stack([c[["a", "b"]], np.ones(len(c))]), c["number"], rcond=None)[0]
    report = check_model(wrap(lambda x: x @ slope[:2] + slope[2], numeric), numeric, model_id="m1", format=".onnx")
    assert report.metrics["r2"] > 0.8
    assert report.warnings == ()
    assert (report.model_id, report.format, report.mapping) == ("m1", ".onnx", (("a", "a"), ("b", "b")))
    assert report.curves.empty


@pytest.mark.parametrize(
    ("function", "match"),
    [
        (lambda x: x[:, 1], "no better than the mean of `number`"),
        (lambda x: 0 * x[:, 0] + 2, "same score"),
        (lambda x: np.exp(x[:, 0] / 5), "another scale"),
    ],
)
def test_a_useless_model_is_warned_of(numeric, function, match):
    assert match in " ".join(check_model(wrap(function, numeric), numeric).warnings)


def test_a_wrong_class_is_warned_of(binary):
    report = check_model(wrap(lambda x: -3 * (x[:, 0] - 5), binary), binary)
    assert "share of the class" in report.warnings[0]
    assert report.metrics["auc"] < 0.5


def test_the_report_on_a_network_saves_and_loads(multiclass, tmp_path):
    from interaction_engine.methods.results import load_result

    model = train_mlp(multiclass, hidden=(16,), epochs=20, batch=16, compute=Compute("cpu"))
    report = check_model(model, multiclass, format="network")
    report.save(tmp_path)
    again = load_result(tmp_path)
    assert again.metrics == report.metrics
    assert list(again.curves["epoch"]) == list(range(1, 21))
    assert {"auc", "accuracy", "log_loss"} == set(report.metrics)
    assert report.metrics["accuracy"] > 0.6
    assert report.n_parameters == model.n_parameters
