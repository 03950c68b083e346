"""Training a Bayesian network."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from ...core.compute import Compute
from ...core.types import Report, silent
from ..networks.bayesian import AVERAGED, BayesianNetwork
from .bayesian_trainer import BayesianSettings, BayesianTrainer
from .mlp import Batch, Epochs, Patience, Rate, Seed

if TYPE_CHECKING:
    from ...data.dataset import Dataset

TITLE = "Bayesian network"
SOURCE = (
    "Concrete dropout with a probability per node and a linear main effect (Cui, Marttinen & Kaski, ECAI 2020, section "
    "3; Gal, Hron & Kendall, NeurIPS 2017)"
)

LARGE, SMALL = (100, 100, 100), (30,)
FEW_ROWS = 1000
"""Training rows below which one small layer is enough (the paper takes it for its table of about 600)."""

BayesianHidden = Annotated[
    tuple[Annotated[int, Field(ge=1, le=4096)], ...],
    Field(
        max_length=12,
        title="Hidden layers",
        description="Units of each hidden layer, first to last. Empty: 100, 100, 100, or 30 where the training rows "
        "are fewer than 1,000.",
    ),
]
Members = Annotated[
    int,
    Field(
        ge=1,
        le=AVERAGED,
        title="Trainings",
        description="From different starts and on different rows, side by side; where they disagree, the network is "
        "not sure. Each takes as long as the first.",
    ),
]
LengthScale = Annotated[
    float,
    Field(
        gt=0,
        le=1000,
        title="Prior's length scale",
        description="How strongly the weights are drawn to zero before any row is seen; more means smoother.",
    ),
]


def train_bayesian(
    data: "Dataset",
    *,
    hidden: BayesianHidden = (),
    members: Members = 4,
    length_scale: LengthScale = 1e-4,
    epochs: Epochs = 60,
    learning_rate: Rate = 3e-3,
    batch: Batch = 256,
    patience: Patience = 10,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> BayesianNetwork:
    """Train a distribution of networks on the training rows of `data`: one that can say how sure it is.

    Every node has a probability of being left out, learned with the weights; a linear main effect is learned beside the
    network. `members` such distributions are trained, each from a start and with validation rows of its own, and mixed:
    a single one is too sure of what its start has made of the rows (Lakshminarayanan, Pritzel & Blundell 2017). The
    prior comes in by and by, and a part of the rows is kept aside: the weights returned are those of the
    epoch, after the prior is in full force, with the smallest loss there (a negative log-likelihood). Raises
    `InputError` when the training rows are too few or the loss diverges.
    """
    settings = BayesianSettings(
        epochs, learning_rate, 0.0, batch, patience, seed, hidden_layers(data, tuple(hidden)), length_scale
    )
    return BayesianTrainer(data, members, settings, compute).run("bayesian", report)


def hidden_layers(data: "Dataset", hidden: tuple[int, ...]) -> tuple[int, ...]:
    """The layers hidden for, or those that suit the number of training rows."""
    return hidden or (LARGE if len(data.train_rows) >= FEW_ROWS else SMALL)
