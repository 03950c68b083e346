"""Figures of results: each function takes one result and returns a plotly figure, for `theme` "light" or "dark"."""

from .accuracy_curves import accuracy_curves
from .accuracy_sweep import accuracy_sweep
from .and_or_curves import matching_curve, pattern_sparsity
from .and_or_graph import pattern_graph
from .and_or_orders import order_distribution
from .and_or_picture import pattern_picture, picture_grid, picture_groups
from .and_or_players import shapley_bars, shapley_interactions
from .and_or_points import pattern_points
from .and_or_sentence import pattern_sentence
from .and_or_waterfall import pattern_waterfall
from .compression import compression_bars
from .confidence import confidence
from .dependence import dependence
from .dynamics_orders import order_checkpoint, order_panels
from .dynamics_phases import training_phases
from .dynamics_ratios import strength_ratios
from .edit_preview import edit_preview
from .explanation_waterfall import explanation_waterfall
from .graph import interaction_graph
from .group_choice import group_choice
from .heatmap import pair_heatmap
from .histogram import column_histogram
from .interaction_matrix import interaction_matrix
from .interval_calibration import interval_calibration
from .levels import level_intervals
from .main_effects import main_effects
from .pair_dependence import pair_dependence
from .permutation_null import permutation_null
from .race import race
from .ranking import ranking_bars
from .region_effects import region_effects
from .screening import feature_screening
from .sensitivity import step_grid, step_ranks
from .shape_overview import shape_overview
from .shape_term import shape_term
from .shape_terms import term_importance
from .slices import slices
from .surface import effect_surface
from .trace import pulls_trace
from .training import calibration, loss_curves
from .triple import triple_surfaces
from .upset import upset

__all__ = [
    "accuracy_curves",
    "accuracy_sweep",
    "calibration",
    "column_histogram",
    "compression_bars",
    "confidence",
    "dependence",
    "edit_preview",
    "effect_surface",
    "explanation_waterfall",
    "feature_screening",
    "group_choice",
    "interaction_graph",
    "interaction_matrix",
    "interval_calibration",
    "level_intervals",
    "loss_curves",
    "main_effects",
    "matching_curve",
    "order_checkpoint",
    "order_distribution",
    "order_panels",
    "pair_dependence",
    "pair_heatmap",
    "pattern_graph",
    "pattern_picture",
    "pattern_points",
    "pattern_sentence",
    "pattern_sparsity",
    "pattern_waterfall",
    "permutation_null",
    "picture_grid",
    "picture_groups",
    "pulls_trace",
    "race",
    "ranking_bars",
    "region_effects",
    "shape_overview",
    "shape_term",
    "shapley_bars",
    "shapley_interactions",
    "slices",
    "step_grid",
    "step_ranks",
    "strength_ratios",
    "term_importance",
    "training_phases",
    "triple_surfaces",
    "upset",
]
