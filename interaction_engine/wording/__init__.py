"""Results in plain sentences, in the user's units.

Whatever a user named (a feature, a target, a file) stands in backticks, on one line, with its own backticks replaced.
So a sentence can be shown as it is, or as Markdown once everything outside the backticks is escaped.
"""

from .and_or import and_or_caveats, and_or_finding, pattern_phrase
from .computation import how_computed
from .dynamics import dynamics_caveats, dynamics_finding
from .models import model_sentence
from .pairs import caveats, confidence_sentence, finding, pair_sentence
from .sensitivity import sensitivity_sentence
from .subsets import (
    all_of,
    level_sentence,
    refused_sentence,
    set_sentence,
    subset_caveats,
    subset_finding,
)
from .surfaces import effect_sentence, triple_sentence

__all__ = [
    "all_of",
    "and_or_caveats",
    "and_or_finding",
    "caveats",
    "confidence_sentence",
    "dynamics_caveats",
    "dynamics_finding",
    "effect_sentence",
    "finding",
    "how_computed",
    "level_sentence",
    "model_sentence",
    "pair_sentence",
    "pattern_phrase",
    "refused_sentence",
    "sensitivity_sentence",
    "set_sentence",
    "subset_caveats",
    "subset_finding",
    "triple_sentence",
]
