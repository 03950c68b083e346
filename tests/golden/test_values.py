"""Every method returns the figures that were recorded, and has the options and defaults that were recorded."""

import json

import pytest

from tests.golden import access, figures, values
from tests.golden.access import METHODS, ON_CPU

RECORDED = figures.read(values.VALUES)
MODEL_KINDS = {
    "mlp", "ensemble", "bayesian", "words", "nit", "paraace", "gam", "edited", "module", "function",
}  # fmt: skip


@pytest.mark.parametrize("name", values.ALL_CASES)
def test_a_method_returns_the_recorded_figures(name):
    figures.assert_same(values.case_figures(values.ALL_CASES[name]), RECORDED[name])


@pytest.mark.parametrize("name", values.JUDGED)
def test_a_judged_detection_returns_the_recorded_figures(name):
    figures.assert_same(values.judged_figures(name), RECORDED[f"judged-{name}"])


def test_explanations_of_single_rows_are_the_recorded_ones():
    figures.assert_same(access.run_explanation(ON_CPU), RECORDED["explanation"])


def test_every_method_has_the_recorded_options_and_defaults():
    assert access.default_options() == json.loads(values.OPTIONS.read_text(encoding="utf-8"))


def test_every_method_and_every_kind_of_model_is_recorded():
    recorded = [values.ALL_CASES[name] for name in RECORDED if name in values.ALL_CASES]
    assert set(access.default_options()) == {case.method for case in recorded}
    assert {name for name in access.default_options() if METHODS[name].plan} == {
        case.method for case in recorded if case.mode == "plan"
    }
    assert {case.model.split("/")[0] for case in recorded if case.model} == MODEL_KINDS
