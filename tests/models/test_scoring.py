import numpy as np
import pytest
import torch

from interaction_engine.core.errors import InputError, ModelError
from interaction_engine.core.types import Target, TargetKind
from interaction_engine.models.scoring import Reading, checked, log_odds, reading_of, scored_class, to_scores

NUMBER = Target("t", TargetKind.REGRESSION)
BINARY = Target("t", TargetKind.BINARY, ("no", "yes"))
THREE = Target("t", TargetKind.MULTICLASS, ("p", "q", "r"))


def test_log_odds_against_the_rest():
    logits = torch.tensor([[0.3, -1.2, 2.0]], dtype=torch.float64)
    share = logits.softmax(-1)[0]
    for index in range(3):
        expected = torch.log(share[index] / (1 - share[index]))
        torch.testing.assert_close(log_odds(logits, index)[0], expected)


def test_probabilities_and_logits_give_the_same_scores():
    logits = np.random.default_rng(0).normal(size=(7, 3))
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    for index in range(3):
        of_shares = to_scores(shares, THREE, index, Reading.PROBABILITIES, "m")
        np.testing.assert_allclose(of_shares, to_scores(logits, THREE, index, Reading.LOG_ODDS, "m"), atol=1e-9)


def test_one_column_of_a_binary_model():
    np.testing.assert_allclose(to_scores(np.array([0.5, 0.8]), BINARY, 1, Reading.PROBABILITIES, "m"), [0, np.log(4)])
    np.testing.assert_allclose(to_scores(np.array([[1.0], [2.0]]), BINARY, 0, Reading.LOG_ODDS, "m"), [-1, -2])


def test_certain_probabilities_stay_finite():
    assert np.isfinite(to_scores(np.array([[0.0, 1.0]]), BINARY, 1, Reading.PROBABILITIES, "m")).all()


@pytest.mark.parametrize(
    ("outputs", "target", "reading"),
    [
        ([[0.2, 0.8], [0.5, 0.5]], BINARY, Reading.PROBABILITIES),
        ([0.0, 1.0], BINARY, Reading.PROBABILITIES),
        ([[0.2, 0.9], [0.5, 0.5]], BINARY, Reading.LOG_ODDS),
        ([-0.1, 0.4], BINARY, Reading.LOG_ODDS),
        ([0.1, 0.4], NUMBER, Reading.VALUES),
    ],
)
def test_the_range_of_outputs_says_what_they_are(outputs, target, reading):
    assert reading_of(np.array(outputs), target) is reading


@pytest.mark.parametrize(("target", "columns"), [(NUMBER, 2), (BINARY, 3), (THREE, 1), (THREE, 2)])
def test_another_number_of_outputs_is_refused(target, columns):
    with pytest.raises(ModelError, match=f"returns {columns} numbers"):
        to_scores(np.zeros((4, columns)), target, None, Reading.LOG_ODDS, "m")


@pytest.mark.parametrize(
    ("outputs", "match"),
    [
        (["a", "b"], "text"),
        (np.array([1.0, np.nan]), "1 of 2 rows"),
        (np.array([np.inf, np.nan]), "2 of 2 rows"),
        (np.zeros(3), r"shape \(2,\)"),
        (np.float64(1.0), "shape"),
        ([[1.0], [1.0, 2.0]], "ragged"),
        (None, "object"),
        ([], "shape"),
    ],
)
def test_outputs_that_are_no_scores_are_explained(outputs, match):
    with pytest.raises(ModelError, match=match):
        checked(outputs, 2, "m")


def test_the_scored_class():
    assert [scored_class(target, None) for target in (NUMBER, BINARY, THREE)] == [None, 1, 0]
    with pytest.raises(InputError, match="`class_index` must be 0 to 2"):
        scored_class(THREE, -1)
