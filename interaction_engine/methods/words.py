"""Results in plain sentences, in the user's units.

Whatever a user named (a feature, a target, a file) stands in backticks, on one line, with its own backticks replaced.
So a sentence can be shown as it is, or as Markdown once everything outside the backticks is escaped.
"""

from .additive_models.accuracy_summary import accuracy_sentence, model_sentence
from .additive_models.compression_summary import chosen_pairs_sentence, compression_caveats, compression_finding
from .additive_models.editing_summary import (
    edit_phrase,
    edits_sentence,
    export_sentence,
    preview_sentence,
    version_phrase,
)
from .additive_models.shapes_summary import (
    error_growth,
    loss_name,
    metric_name,
    shapes_caveats,
    shapes_finding,
    term_phrase,
    term_sentence,
    without_sentence,
)
from .and_or.summary import and_or_caveats, and_or_finding, pattern_phrase
from .bayesian.summary import (
    calibration_sentence,
    choice_sentence,
    group_caveats,
    group_confidence_sentence,
    group_finding,
    permutation_sentence,
    regions_sentence,
    screening_sentence,
)
from .common.computation import how_computed
from .common.pair_statements import caveats, confidence_sentence, finding, pair_sentence
from .common.pair_words import effect_help, pulls_help, status_help, strength_help
from .common.plans import plan_sentence, savings_sentence, training_cost_sentence
from .common.skill_summary import reserve, second_sentence, skill_caveats, skill_sentence, stated
from .finite_differences.plan_summary import race_plan_sentence
from .finite_differences.sensitivity_summary import sensitivity_sentence
from .finite_differences.set_summary import (
    all_of,
    level_sentence,
    refused_sentence,
    set_sentence,
    subset_caveats,
    subset_finding,
)
from .hessians.summary import (
    GAP_SCALE,
    completeness_sentence,
    explanation_caveats,
    explanation_finding,
    gap_share,
    main_effect_sentence,
    pair_in_rows_sentence,
    rounding_sentence,
    what_if_sentence,
)
from .partial_dependence.summary import effect_sentence, triple_sentence
from .training_dynamics.summary import dynamics_caveats, dynamics_finding

__all__ = [
    "GAP_SCALE",
    "accuracy_sentence",
    "all_of",
    "and_or_caveats",
    "and_or_finding",
    "calibration_sentence",
    "caveats",
    "choice_sentence",
    "chosen_pairs_sentence",
    "completeness_sentence",
    "compression_caveats",
    "compression_finding",
    "confidence_sentence",
    "dynamics_caveats",
    "dynamics_finding",
    "edit_phrase",
    "edits_sentence",
    "effect_help",
    "effect_sentence",
    "error_growth",
    "explanation_caveats",
    "explanation_finding",
    "export_sentence",
    "finding",
    "gap_share",
    "group_caveats",
    "group_confidence_sentence",
    "group_finding",
    "how_computed",
    "level_sentence",
    "loss_name",
    "main_effect_sentence",
    "metric_name",
    "model_sentence",
    "pair_in_rows_sentence",
    "pair_sentence",
    "pattern_phrase",
    "permutation_sentence",
    "plan_sentence",
    "preview_sentence",
    "pulls_help",
    "race_plan_sentence",
    "refused_sentence",
    "regions_sentence",
    "reserve",
    "rounding_sentence",
    "savings_sentence",
    "screening_sentence",
    "second_sentence",
    "sensitivity_sentence",
    "set_sentence",
    "shapes_caveats",
    "shapes_finding",
    "skill_caveats",
    "skill_sentence",
    "stated",
    "status_help",
    "strength_help",
    "subset_caveats",
    "subset_finding",
    "term_phrase",
    "term_sentence",
    "training_cost_sentence",
    "triple_sentence",
    "version_phrase",
    "what_if_sentence",
    "without_sentence",
]
