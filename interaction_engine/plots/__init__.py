"""Figures of results: each function takes one result and returns a plotly figure, for `theme` "light" or "dark"."""

from .confidence import confidence
from .dependence import dependence
from .heatmap import pair_heatmap
from .histogram import column_histogram
from .race import race
from .ranking import ranking_bars
from .slices import slices
from .surface import effect_surface
from .trace import pulls_trace
from .training import calibration, loss_curves

__all__ = [
    "calibration",
    "column_histogram",
    "confidence",
    "dependence",
    "effect_surface",
    "loss_curves",
    "pair_heatmap",
    "pulls_trace",
    "race",
    "ranking_bars",
    "slices",
]
