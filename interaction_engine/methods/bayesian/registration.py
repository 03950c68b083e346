"""The method for Bayesian networks."""

from ...core.types import Capability
from ..registry import Method, Role

GROUP_EXPECTED_HESSIAN = Method(
    name="group_expected_hessian",
    title="Group expected Hessian: pairs with credible intervals",
    label="Group expected Hessian",
    summary="Pairs of a Bayesian network over regions of the data, with intervals and a permutation test.",
    source=(
        "GEH paper (Learning Global Pairwise Interactions with Bayesian Neural Networks), section 4, equations 4 to "
        "7; regions told in words, and their signed effects, beyond it"
    ),
    role=Role.DETECTOR,
    family="group_hessians",
    path="methods.bayesian.group_expected_hessian.group_expected_hessian",
    needs=frozenset({Capability.POSTERIOR}),
    part="methods.bayesian.group_expected_hessian.chance_part",
    plan="methods.bayesian.cost.plan_groups",
    rows="Rows evaluated",
    joint_effect=(
        "The mean size, over the regions of the rows, of each region's mean second derivative, per standard deviation "
        "of both features; then the mean over the networks drawn."
    ),
    pair_words="methods.bayesian.pair_words.GROUPS",
)

METHODS = (GROUP_EXPECTED_HESSIAN,)
