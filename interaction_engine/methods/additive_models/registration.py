"""The trainings of additive models, and what is done with them."""

from ...core.types import Capability
from ..registry import Method, Role

NIT = Method(
    name="nit",
    title="Interaction-transparent network",
    label="Training NIT",
    summary="Learns small sets of interacting features; the prediction is a sum of one term per set.",
    source=(
        "NIT (Tsang, Liu, Purushotham, Murali & Liu, NeurIPS 2018), with hard concrete gates (Louizos, Welling & "
        "Kingma, ICLR 2018)"
    ),
    role=Role.TRAINER,
    family="model",
    path="methods.additive_models.nit.nit.train_nit",
)

PARAACE = Method(
    name="paraace",
    title="ParaACE",
    label="Training ParaACE",
    summary="A small network for every feature and every interaction, combined by a fix-up layer.",
    source="ParaACE paper (Fast Generic Interaction Detection), section 4 and appendix H",
    role=Role.TRAINER,
    family="model",
    path="methods.additive_models.paraace.paraace.train_paraace",
    plan="methods.training_dynamics.cost.plan_of_training",
)

EBM = Method(
    name="ebm",
    title="Explainable boosting machine",
    label="Training an EBM",
    summary="Trees boosted on one feature at a time, then on the strongest pairs; read as curves and maps.",
    source=(
        "GA2M with FAST (Lou, Caruana, Gehrke & Hooker, KDD 2013), as Nori, Jenkins, Koch & Caruana (2019) fit it; "
        "pairs purified as in Lengerich et al. (AISTATS 2020)"
    ),
    role=Role.TRAINER,
    family="model",
    path="methods.additive_models.ebm.train_ebm",
)

GAM = Method(
    name="gam",
    title="Spline GAM",
    label="Training a spline GAM",
    summary="A smooth curve for every feature and no interactions.",
    source=(
        "Penalised regression splines (Eilers & Marx, Statistical Science 1996); ridge penalty by leave-one-out error "
        "(numbers) or by the log-loss of rows kept aside (classes)"
    ),
    role=Role.TRAINER,
    family="model",
    path="methods.additive_models.gam.train_gam",
)

LINEAR = Method(
    name="linear",
    title="Linear model",
    label="Training a linear model",
    summary="A straight line for every feature and no interactions.",
    source=(
        "Penalised regression splines (Eilers & Marx, Statistical Science 1996); ridge penalty by leave-one-out error "
        "(numbers) or by the log-loss of rows kept aside (classes)"
    ),
    role=Role.TRAINER,
    family="model",
    path="methods.additive_models.gam.train_linear",
)

FOREST = Method(
    name="forest",
    title="Random forest",
    label="Training a forest",
    summary="Many trees: they learn interactions of any order, but have no shapes to read.",
    source="Breiman, Machine Learning 45 (2001)",
    role=Role.TRAINER,
    family="model",
    path="methods.additive_models.forest.train_forest",
    plan="methods.training_dynamics.cost.plan_of_training",
)

EDIT = Method(
    name="edit",
    title="Edited model",
    label="Editing a model",
    summary="A new model in which some curves are changed and some terms left out.",
    source=(
        "clipping, levelling, isotonic regression (scikit-learn) and cubic smoothing splines (Reinsch, Numer. Math. "
        "10, 1967) of the curves, weighted by the training rows"
    ),
    role=Role.EDITOR,
    family="model",
    path="methods.additive_models.editing.edit_shapes",
    needs=frozenset({Capability.TERMS}),
)

SHAPES = Method(
    name="shapes",
    title="Shapes of an additive model",
    label="Term shapes",
    summary="The terms of an additive model as curves and maps, with their importance.",
    source="terms purified and centred over the training rows (functional ANOVA; Hooker, JCGS 16, 2007)",
    role=Role.VIEW,
    family="shapes",
    path="methods.additive_models.shapes.shapes",
    needs=frozenset({Capability.TERMS}),
    screen="shapes",
)

COMPRESSION = Method(
    name="compression",
    title="Compression",
    label="Comparing small networks",
    summary="How small a network can be: ParaACE against distillation, lottery tickets and SynFlow of its size.",
    source=(
        "ParaACE paper, section 5.4 and appendices L and N; knowledge distillation: Chen et al. (NeurIPS 2017); "
        "lottery tickets: Frankle & Carbin (ICLR 2019); SynFlow: Tanaka et al. (NeurIPS 2020)"
    ),
    role=Role.STUDY,
    family="compression",
    path="methods.additive_models.compression.compression.compression",
    screen="shapes",
    rows="Held-out rows",
)

METHODS = (
    NIT,
    PARAACE,
    EBM,
    GAM,
    LINEAR,
    FOREST,
    EDIT,
    SHAPES,
    COMPRESSION,
)
