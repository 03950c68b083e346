"""The trainings of networks, and the export of models."""

from ...core.types import Capability
from ..registry import Method, Role

ENSEMBLE = Method(
    name="ensemble",
    title="Ensemble of neural networks",
    label="Training an ensemble",
    summary="Separately seeded networks trained as one; in detection the noise of each cancels.",
    source="AdamW (Loshchilov & Hutter 2019) on mini-batches, stopped early on rows kept aside",
    role=Role.TRAINER,
    family="model",
    path="models.training.mlp.train_ensemble",
    plan="methods.training_dynamics.cost.plan_of_training",
)

MLP = Method(
    name="mlp",
    title="Neural network",
    label="Training one network",
    summary="One multilayer perceptron.",
    source="AdamW (Loshchilov & Hutter 2019) on mini-batches, stopped early on rows kept aside",
    role=Role.TRAINER,
    family="model",
    path="models.training.mlp.train_mlp",
    plan="methods.training_dynamics.cost.plan_of_training",
)

BAYESIAN = Method(
    name="bayesian",
    title="Bayesian network",
    label="Training a Bayesian network",
    summary="A distribution of networks with a measure of its own uncertainty; pairs get credible intervals.",
    source=(
        "Concrete dropout with a probability per node and a linear main effect (Cui, Marttinen & Kaski, ECAI 2020, "
        "section 3; Gal, Hron & Kendall, NeurIPS 2017)"
    ),
    role=Role.TRAINER,
    family="model",
    path="models.training.bayesian.train_bayesian",
    plan="methods.training_dynamics.cost.plan_of_training",
)

WORDS = Method(
    name="words",
    title="Network of words",
    label="Training a network of words",
    summary="For a text column: looks for patterns of up to three words in a row.",
    source=(
        "Convolution over word embeddings (Kim, EMNLP 2014), Adam with decoupled weight decay (Loshchilov & Hutter, "
        "ICLR 2019); word dropout (Iyyer et al., ACL 2015)"
    ),
    role=Role.TRAINER,
    family="model",
    path="models.training.words.train_words",
    plan="methods.training_dynamics.cost.plan_of_training",
)

EXPORT = Method(
    name="export",
    title="Export",
    label="Exporting a model",
    summary="The model as a file that other programs run, and how far the file is from the model.",
    source="torch.export, ONNX; run with torch and onnxruntime",
    role=Role.VIEW,
    family="exported",
    path="models.io.export.check.export_checked",
    needs=frozenset({Capability.QUERIES}),
)

METHODS = (
    ENSEMBLE,
    MLP,
    BAYESIAN,
    WORDS,
    EXPORT,
)
