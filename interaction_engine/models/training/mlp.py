"""Training multilayer perceptrons: one, or an ensemble of independently seeded ones computed as one batched model."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ...core.compute import Compute
from ...core.types import Report, silent
from ..networks.mlp import Mlp
from .mlp_trainer import MlpSettings, MlpTrainer

if TYPE_CHECKING:
    from ...data.dataset import Dataset

SOURCE = (
    "Adam with decoupled weight decay (Loshchilov & Hutter, ICLR 2019); "
    "ensembles of separately seeded networks (Lakshminarayanan, Pritzel & Blundell, NeurIPS 2017)"
)

Activation = Literal["gelu", "silu", "relu", "tanh", "softplus", "elu", "leaky_relu", "sigmoid"]

Hidden = Annotated[
    tuple[Annotated[int, Field(ge=1, le=4096)], ...],
    Field(min_length=1, max_length=12, title="Hidden layers", description="Units of each hidden layer, first to last."),
]
ActivationName = Annotated[
    Activation, Field(title="Activation", description="Activation function of the hidden layers.")
]
Epochs = Annotated[int, Field(ge=1, le=10_000, title="Epochs", description="Passes over the training rows, at most.")]
Rate = Annotated[
    float,
    Field(
        gt=0, le=1, title="Learning rate", description="Largest step of Adam; it rises at first, then falls to zero."
    ),
]
Decay = Annotated[float, Field(ge=0, le=10, title="Weight decay", description="AdamW's penalty on the weights.")]
Batch = Annotated[int, Field(ge=1, le=65_536, title="Batch", description="Rows per step; a small table takes fewer.")]
Patience = Annotated[
    int,
    Field(
        ge=1, le=10_000, title="Patience", description="Epochs without a better validation loss before training stops."
    ),
]
Members = Annotated[
    int,
    Field(ge=2, le=64, title="Networks", description="How many networks are trained, each from its own seed."),
]
Seed = Annotated[int, Field(ge=0, title="Seed", description="The same seed gives the same networks.")]


def train_mlp(
    data: "Dataset",
    *,
    hidden: Hidden = (256, 256),
    activation: ActivationName = "gelu",
    epochs: Epochs = 50,
    learning_rate: Rate = 1e-2,
    weight_decay: Decay = 0.03,
    batch: Batch = 256,
    patience: Patience = 20,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> Mlp:
    """Train one multilayer perceptron on the training rows of `data`.

    A part of the training rows is kept aside; the weights returned are those of the epoch with the smallest loss there.
    The losses by epoch stand in `.record`. Raises `InputError` when the training rows are too few or the loss diverges.
    """
    settings = MlpSettings(epochs, learning_rate, weight_decay, batch, patience, seed, tuple(hidden), activation)
    return MlpTrainer(data, 1, settings, compute).run("mlp", report)


def train_ensemble(
    data: "Dataset",
    *,
    members: Members = 2,
    hidden: Hidden = (256, 256),
    activation: ActivationName = "gelu",
    epochs: Epochs = 50,
    learning_rate: Rate = 1e-2,
    weight_decay: Decay = 0.03,
    batch: Batch = 256,
    patience: Patience = 20,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> Mlp:
    """Train several perceptrons of one shape as one batched model, each with its own seed, order and validation rows.

    Their noise is independent, which is what the cross-network strength needs. Raises as `train_mlp` does.
    """
    settings = MlpSettings(epochs, learning_rate, weight_decay, batch, patience, seed, tuple(hidden), activation)
    return MlpTrainer(data, members, settings, compute).run("ensemble", report)
