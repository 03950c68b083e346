"""Support of a pair in words."""

import math

import pytest

from interaction_engine.methods.common.pair_parts import support_sentence


@pytest.mark.parametrize(
    ("share", "sentence"),
    [
        (
            0.62,
            "62 % of the perturbed rows behind this strength resemble your data; the rest are extrapolation.",
        ),
        (
            0.001,
            "Less than 1 % of the perturbed rows behind this strength resemble your data; the rest are extrapolation.",
        ),
        (
            0.0,
            "None of the perturbed rows behind this strength resemble your data: it is extrapolation.",
        ),
        (1.0, "The perturbed rows behind this strength cannot be distinguished from your data."),
        (
            math.nan,
            "There are too few rows to tell whether perturbed rows behind this strength resemble your data.",
        ),
    ],
)
def test_support_in_words(share, sentence):
    assert support_sentence(share) == sentence
