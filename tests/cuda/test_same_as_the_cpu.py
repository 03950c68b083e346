"""On a card every method finds what it finds on the CPU."""

import numpy as np
import pytest
import torch

from interaction_engine.core.compute import Compute
from interaction_engine.numerics.device import computing
from tests.devices.cases import DETECTIONS, ON_CPU, OTHERS, PLANS, TRAININGS, run_case, run_explanation
from tests.devices.comparing import assert_same_figures

TRAINED = ("dynamics", "compression")
"""Methods that train: rounding grows from step to step."""
CERTIFIED = ("result.samples.score", "result.samples.primal")
"""What of an AND-OR result is the same whatever the rounding: the sparsest split costs the same, but where several
splits cost it, the last digit of the scores decides which is found."""


def on_card() -> Compute:
    return Compute("cuda")


@pytest.mark.parametrize("case", [one for one in DETECTIONS if one.method not in TRAINED], ids=lambda case: case.id)
def test_a_detection_agrees_to_1e_5(case):
    expected = run_case(case, ON_CPU)
    with computing():
        found = run_case(case, on_card())
    if case.method == "and_or":
        expected, found = (
            {name: values for name, values in figures.items() if name in CERTIFIED} for figures in (expected, found)
        )
    if case.method == "group_expected_hessian":  # a count of draws, of which one can be on either side
        np.testing.assert_allclose(found.pop("result.table.bayes_p"), expected.pop("result.table.bayes_p"), atol=0.3)
    assert_same_figures(found, expected)


@pytest.mark.parametrize("case", TRAININGS, ids=lambda case: case.id)
def test_a_training_makes_the_same_model_but_for_rounding(case):
    expected = run_case(case, ON_CPU)
    with computing():
        found = run_case(case, on_card())
    for name in ("predictions", "scores"):
        largest = np.abs(expected[name]).max()
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-3, atol=1e-3 * largest, err_msg=name)


@pytest.mark.parametrize("case", [one for one in DETECTIONS if one.method in TRAINED], ids=lambda case: case.id)
def test_a_training_is_watched(case):
    with computing():
        found = run_case(case, on_card())
    assert all(np.isfinite(values).any() for values in found.values() if values.size)


@pytest.mark.parametrize("case", [one for one in OTHERS if one.method not in TRAINED], ids=lambda case: case.id)
def test_a_view_agrees_to_1e_5(case):
    expected = run_case(case, ON_CPU)
    with computing():
        assert_same_figures(run_case(case, on_card()), expected)


@pytest.mark.parametrize("case", PLANS, ids=lambda case: case.id)
def test_a_cost_is_told(case):
    run_case(case, on_card())


def test_explanations_row_by_row_agree_to_1e_5():
    assert_same_figures(run_explanation(on_card()), run_explanation(ON_CPU))


def test_convolutions_do_not_use_tf32():
    """PyTorch's own default would: it keeps 11 bits of each factor."""
    random = torch.Generator().manual_seed(0)
    images, filters = torch.randn(8, 32, 20, 20, generator=random), torch.randn(64, 32, 3, 3, generator=random)
    exact = torch.conv2d(images.double(), filters.double())
    with computing():
        found = torch.conv2d(images.cuda(), filters.cuda()).cpu().double()
    assert float((found - exact).abs().max() / exact.abs().max()) < 2e-6
