"""Watched trainings."""

from ...core.types import Capability
from ..registry import Method, Role

DYNAMICS = Method(
    name="dynamics",
    title="Training dynamics",
    label="Training analysed",
    summary="Trains a network and follows its AND and OR patterns: how their orders fall, then rise.",
    source=(
        "AND-OR paper (Two-Phase Dynamics of Interactions), sections 3.2 and 3.3, appendix F.3; phase 2 by paired t "
        "tests, Bonferroni over all pairs of checkpoints"
    ),
    role=Role.DETECTOR,
    family="dynamics",
    path="methods.training_dynamics.dynamics.dynamics",
    needs=frozenset({Capability.QUERIES}),
    studies_model=False,
    screen="dynamics",
    rows="Rows decomposed",
)

METHODS = (DYNAMICS,)
