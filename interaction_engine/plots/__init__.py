"""Figures of results: each function takes one result and returns a plotly figure, for `theme` "light" or "dark"."""

from .confidence import confidence
from .dependence import dependence
from .graph import interaction_graph
from .heatmap import pair_heatmap
from .histogram import column_histogram
from .levels import level_intervals
from .race import race
from .ranking import ranking_bars
from .sensitivity import step_grid, step_ranks
from .slices import slices
from .surface import effect_surface
from .trace import pulls_trace
from .training import calibration, loss_curves
from .triple import triple_surfaces
from .upset import upset

__all__ = [
    "calibration",
    "column_histogram",
    "confidence",
    "dependence",
    "effect_surface",
    "interaction_graph",
    "level_intervals",
    "loss_curves",
    "pair_heatmap",
    "pulls_trace",
    "race",
    "ranking_bars",
    "slices",
    "step_grid",
    "step_ranks",
    "triple_surfaces",
    "upset",
]
