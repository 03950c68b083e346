"""Figures of results: each function takes one result and returns a plotly figure, for `theme` "light" or "dark"."""

from .additive_models.accuracy_curves import accuracy_curves
from .additive_models.compression import compression_bars
from .additive_models.edit_preview import edit_preview
from .additive_models.shape_overview import shape_overview
from .additive_models.shape_term import shape_term
from .additive_models.shape_terms import term_importance
from .additive_models.training import calibration, loss_curves
from .and_or.and_or_curves import matching_curve, pattern_sparsity
from .and_or.and_or_graph import pattern_graph
from .and_or.and_or_orders import order_distribution
from .and_or.and_or_picture import pattern_picture, picture_grid, picture_groups
from .and_or.and_or_players import shapley_bars, shapley_interactions
from .and_or.and_or_points import pattern_points
from .and_or.and_or_sentence import pattern_sentence
from .and_or.and_or_waterfall import pattern_waterfall
from .bayesian.group_choice import group_choice
from .bayesian.interval_calibration import interval_calibration
from .bayesian.permutation_null import permutation_null
from .finite_differences.confidence import confidence
from .finite_differences.race import race
from .finite_differences.ranking import ranking_bars
from .finite_differences.screening import feature_screening
from .finite_differences.sensitivity import step_grid, step_ranks
from .finite_differences.trace import pulls_trace
from .hessians.accuracy_sweep import accuracy_sweep
from .hessians.explanation_waterfall import explanation_waterfall
from .hessians.interaction_matrix import interaction_matrix
from .hessians.main_effects import main_effects
from .partial_dependence.dependence import dependence
from .partial_dependence.pair_dependence import pair_dependence
from .partial_dependence.region_effects import region_effects
from .partial_dependence.surface import effect_surface
from .partial_dependence.triple import triple_surfaces
from .primitives.graph import interaction_graph
from .primitives.heatmap import pair_heatmap
from .primitives.histogram import column_histogram
from .primitives.slices import slices
from .primitives.upset import upset
from .style.levels import level_intervals
from .training_dynamics.dynamics_orders import order_checkpoint, order_panels
from .training_dynamics.dynamics_phases import training_phases
from .training_dynamics.dynamics_ratios import strength_ratios

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
