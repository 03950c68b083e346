"""Results in plain sentences, in the user's units.

Whatever a user named (a feature, a target, a file) stands in backticks, on one line, with its own backticks replaced.
So a sentence can be shown as it is, or as Markdown once everything outside the backticks is escaped.
"""

from .computation import how_computed
from .models import model_sentence
from .pairs import caveats, confidence_sentence, finding, pair_sentence
from .surfaces import effect_sentence

__all__ = [
    "caveats",
    "confidence_sentence",
    "effect_sentence",
    "finding",
    "how_computed",
    "model_sentence",
    "pair_sentence",
]
