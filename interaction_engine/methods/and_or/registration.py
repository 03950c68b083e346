"""The AND-OR decomposition."""

from ...core.types import Capability
from ..registry import Method, Role

AND_OR = Method(
    name="and_or",
    title="AND-OR: decomposition of single predictions",
    label="Prediction decomposition",
    summary="The sparsest set of AND and OR patterns that reproduces a prediction on every masked row.",
    source=(
        "AND-OR paper (two-phase dynamics of interactions), sections 3.1 to 3.3, equations 2 and 3; sparsest split as "
        "a linear program, solved by ADMM with a dual bound"
    ),
    role=Role.DETECTOR,
    family="and_or",
    path="methods.and_or.decomposition.and_or",
    needs=frozenset({Capability.QUERIES}),
    plan="methods.and_or.cost.and_or_plan",
    screen="and_or",
    rows="Rows decomposed",
)

METHODS = (AND_OR,)
