"""Support of a pair in words."""

import math

import pytest

from interaction_engine.methods.common.pair_parts import support_sentence


@pytest.mark.parametrize(
    ("share", "sentence"),
    [
        (0.62, "62 % of the moves behind this strength look like your data; the rest are guesses of the model."),
        (
            0.001,
            "Less than 1 % of the moves behind this strength look like your data; the rest are guesses of the model.",
        ),
        (0.0, "None of the moves behind this strength look like your data: it is a guess of the model."),
        (1.0, "The moves behind this strength cannot be told from your data."),
        (math.nan, "There are too few rows to tell whether the moves behind this strength look like your data."),
    ],
)
def test_support_in_words(share, sentence):
    assert support_sentence(share) == sentence
