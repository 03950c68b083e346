"""The methods by finite differences."""

from ...core.types import Capability
from ..registry import Method, Role

UCB = Method(
    name="ucb",
    title="UCB race: the strongest pairs, certified",
    label="UCB detection",
    summary="Certifies the strongest pairs, and stops as soon as they are certain or tied.",
    source=(
        "ParaACE paper (Fast Generic Interaction Detection), Algorithm 1 and appendix C; betting intervals by "
        "Waudby-Smith & Ramdas 2024, section 5; bernstein by Bardenet & Maillard 2015, Theorem 4.3"
    ),
    role=Role.DETECTOR,
    family="pairs",
    path="methods.finite_differences.ucb.ucb_pairs",
    needs=frozenset({Capability.QUERIES}),
    plan="methods.finite_differences.cost.plan_detection",
)

EXACT = Method(
    name="exact",
    title="Exact: all pairs on all rows",
    label="Exact detection",
    summary="Evaluates every pair on every row; nothing is left uncertain about these rows.",
    source="ParaACE paper (Fast Generic Interaction Detection), Theorem 3.1, on every row",
    role=Role.DETECTOR,
    family="pairs",
    path="methods.finite_differences.exact.exact_pairs",
    needs=frozenset({Capability.QUERIES}),
    plan="methods.finite_differences.cost.plan_detection",
)

CLIQUES = Method(
    name="cliques",
    title="Larger sets: cliques of the interaction graph",
    label="Detection of larger sets",
    summary="Pairs, then triples, fours and more: each set proven beyond what its smaller sets explain.",
    source=(
        "ParaACE paper (Fast Generic Interaction Detection), Algorithm 2 and Definition G.1; betting intervals by "
        "Waudby-Smith & Ramdas 2024, section 5"
    ),
    role=Role.DETECTOR,
    family="subsets",
    path="methods.finite_differences.cliques.cliques",
    needs=frozenset({Capability.QUERIES}),
    plan="methods.finite_differences.cost.plan_detection",
)

SENSITIVITY = Method(
    name="sensitivity",
    title="Ranking over steps and pulls",
    label="Sensitivity",
    summary="How far the ranking of the pairs depends on the step and on the rows behind it.",
    source="ParaACE paper (Fast Generic Interaction Detection), Figures 7 and 8",
    role=Role.VIEW,
    family="sensitivity",
    path="methods.finite_differences.sensitivity.sensitivity",
    needs=frozenset({Capability.QUERIES}),
)

METHODS = (
    UCB,
    EXACT,
    CLIQUES,
    SENSITIVITY,
)
