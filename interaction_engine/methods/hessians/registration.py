"""The methods by second derivatives and weights."""

from ...core.types import Capability
from ..registry import Method, Role

EXPLAINED_EFFECT = (
    "The mean size, over the explained rows, of what both features add together along the path from the baseline, "
    "beyond what each adds by itself: twice their entry in the matrix of a row."
)

INTEGRATED_HESSIANS = Method(
    name="integrated_hessians",
    title="Integrated Hessians: rows explained from a baseline",
    label="Rows explained",
    summary="Splits single predictions completely into contributions of features and of pairs.",
    source=(
        "Integrated Hessians paper (Explaining Explanations), sections 3 and 4, equations 4 and 5; the double "
        "integral by Gauss quadrature for the weight -ln t"
    ),
    role=Role.DETECTOR,
    family="rows",
    path="methods.hessians.integrated_hessians.integrated_hessians",
    needs=frozenset({Capability.GRADIENTS}),
    plan="methods.hessians.cost.plan_integrated",
    screen="explain",
    rows="Explained rows",
    joint_effect=EXPLAINED_EFFECT,
    pair_words="methods.hessians.pair_words.EXPLAINED",
)

EXPECTED_HESSIANS = Method(
    name="expected_hessians",
    title="Expected Hessians: rows explained against the data",
    label="Rows explained against the data",
    summary="Integrated Hessians averaged over baselines drawn from the data, so that none has to be chosen.",
    source=(
        "Integrated Hessians paper (Explaining Explanations), section 3 and appendix (Expected Gradients, Expected "
        "Hessians): the average of Integrated Hessians over baselines drawn from the data"
    ),
    role=Role.DETECTOR,
    family="rows",
    path="methods.hessians.expected_hessians.expected_hessians",
    needs=frozenset({Capability.GRADIENTS}),
    plan="methods.hessians.cost.plan_expected",
    screen="explain",
    rows="Explained rows",
    joint_effect=EXPLAINED_EFFECT,
    pair_words="methods.hessians.pair_words.EXPLAINED",
)

INPUT_HESSIAN = Method(
    name="input_hessian",
    title="Input Hessian: second derivatives at the rows",
    label="Input Hessian",
    summary="How the effect of one feature changes with another at the rows themselves; fast, but local.",
    source=(
        "Integrated Hessians paper (Explaining Explanations), section 5 and appendix B (Input Hessian); categorical "
        "features by the contrast between their levels"
    ),
    role=Role.DETECTOR,
    family="pairs",
    path="methods.hessians.input_hessian.input_hessian",
    needs=frozenset({Capability.GRADIENTS}),
    plan="methods.hessians.cost.plan_input",
    rows="Rows evaluated",
    joint_effect="The mean size, over the rows, of the second derivative per standard deviation of both features.",
    pair_words="methods.hessians.pair_words.INPUT_HESSIAN",
)

NID = Method(
    name="nid",
    title="NID: pairs by the network's weights",
    label="Pairs by the weights (NID)",
    summary="Ranks pairs by the weights of the network alone; needs no predictions.",
    source=(
        "Tsang, Cheng & Liu, Detecting Statistical Interactions from Neural Network Weights (ICLR 2018), with which "
        "the Integrated Hessians paper compares itself in section 5; several networks averaged"
    ),
    role=Role.DETECTOR,
    family="pairs",
    path="methods.hessians.nid.nid",
    needs=frozenset({Capability.MLP_WEIGHTS}),
    plan="methods.hessians.cost.plan_nid",
    rows="Rows evaluated",
    joint_effect="None: the score is a sum of products of weights, which have no unit.",
    pair_words="methods.hessians.pair_words.NID",
)

METHODS = (
    INTEGRATED_HESSIANS,
    EXPECTED_HESSIANS,
    INPUT_HESSIAN,
    NID,
)
