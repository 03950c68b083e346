"""What other rounding on a card does to a figure: nothing that is seen in full float32, too much in TF32."""

import pytest

from tests.devices import worker
from tests.devices.cases import DETECTIONS
from tests.devices.comparing import assert_same_figures

UNITS = 2.0
"""Units in the last place by which two devices' products of float32 differ."""
TF32 = 4096.0
"""The same of TF32, which has 13 bits less."""

METHODS = ("exact", "ucb", "cliques", "integrated_hessians", "expected_hessians", "input_hessian", "nid")
CHOSEN = [case for case in DETECTIONS if case.method in METHODS and case.model in ("ensemble/number", "mlp/number")]


@pytest.mark.parametrize("case", CHOSEN, ids=lambda case: case.id)
def test_other_rounding_changes_no_figure_of_a_detection(card, case):
    expected, found = card(worker.rounded_otherwise, case, UNITS)
    assert_same_figures(found, expected)


def test_products_in_tf32_would(card):
    case = next(case for case in CHOSEN if case.method == "exact")
    expected, found = card(worker.rounded_otherwise, case, TF32)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        assert_same_figures(found, expected)
