"""Joint effects over values."""

from ...core.types import Capability
from ..registry import Method, Role

PAIR_EFFECT = Method(
    name="pair_effect",
    title="Effect surface of a pair",
    label="Pair effect",
    summary="How two features move the prediction together, and what each does alone.",
    source="partial dependence and its interaction part (Friedman & Popescu 2008, section 8.1)",
    role=Role.VIEW,
    family="pair_effect",
    path="methods.partial_dependence.pair_effect.pair_effect",
    needs=frozenset({Capability.QUERIES}),
)

TRIPLE_EFFECT = Method(
    name="triple_effect",
    title="Effect surface of a pair at values of a third feature",
    label="Triple effect",
    summary="What two features do together at several values of a third.",
    source="partial dependence and its interaction part (Friedman & Popescu 2008, section 8.1), within slices",
    role=Role.VIEW,
    family="triple_effect",
    path="methods.partial_dependence.triple_effect.triple_effect",
    needs=frozenset({Capability.QUERIES}),
)

METHODS = (
    PAIR_EFFECT,
    TRIPLE_EFFECT,
)
