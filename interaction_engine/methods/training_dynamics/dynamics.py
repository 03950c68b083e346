"""How patterns come and go while a network is trained: their orders at many checkpoints, and the two phases."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ...core.common_options import Seed
from ...core.compute import Compute
from ...core.errors import InputError
from ...core.result import Provenance
from ...core.run_context import RunContext, in_context
from ...core.types import Model, Report, TargetKind, silent
from ...data.dataset import Dataset
from ...data.words import word_columns
from ...models.networks.convolution import shows_images
from ...models.training.mlp import Hidden
from ...models.training.watched_trainer import Pace
from .phases import (
    averaged,
    checkpoint_table,
    distribution_table,
    fitted,
    ratio_table,
    second_phase,
    theory_table,
    turning_point,
)
from .registration import DYNAMICS
from .result import Dynamics
from .training_games import TrainingGame
from .training_players import Players, features, patches, words, wordy_rows
from .training_watch import TrainingWatch
from .watched_training import checkpoint_epochs, look_into, new_network, train_watched

Kind = Annotated[
    Literal["auto", "mlp", "cnn", "words"],
    Field(
        title="Network",
        description="auto: one of words for data with a text, convolutional where the features are the pixels of a "
        "square image.",
    ),
]
Epochs = Annotated[int, Field(ge=1, le=10_000, title="Epochs", description="Passes over the training rows.")]
Checkpoints = Annotated[
    int,
    Field(ge=2, le=100, title="Checkpoints", description="How often it is looked at, ever more rarely, from epoch 0."),
]
LabelNoise = Annotated[
    float,
    Field(ge=0, lt=1, title="Wrong labels", description="Share of the training labels replaced by another class."),
]
Rate = Annotated[float, Field(gt=0, le=1, title="Learning rate", description="Of gradient descent, momentum 0.9.")]
Batch = Annotated[int, Field(ge=1, le=65_536, title="Batch", description="Rows per step.")]
PlayerCount = Annotated[
    int,
    Field(
        ge=2,
        le=12,
        title="Maskable features",
        description="Patches, words or features that are masked: 2^n masks for each sample.",
    ),
]
Samples = Annotated[int, Field(ge=2, le=1000, title="Samples", description="Held-out rows that are taken apart.")]
Salient = Annotated[
    float,
    Field(ge=0, lt=1, title="Salient from", description="Share of the mean |score - score with all masked|."),
]
Gap = Annotated[
    float, Field(gt=0, lt=1, title="Gap", description="Proven distance from the sparsest split at which it stops.")
]
Folder = Annotated[
    str | None,
    Field(
        title="Folder of checkpoints",
        description="Networks saved by this program (.safetensors) or by torch.export (.pt2), sorted by name, instead "
        "of a training.",
        json_schema_extra={"placeholder": "none: train here"},
    ),
]
Trust = Annotated[
    bool,
    Field(
        title="I trust these files",
        description="Open .pt2 files, which can run code of their author's; .safetensors files cannot.",
    ),
]


@in_context(DYNAMICS)
def dynamics(
    run: RunContext,
    model: Model,
    data: Dataset,
    *,
    network: Kind = "auto",
    epochs: Epochs = 100,
    checkpoints: Checkpoints = 10,
    label_noise: LabelNoise = 0.05,
    players: PlayerCount = 10,
    samples: Samples = 50,
    learning_rate: Rate = 0.01,
    batch: Batch = 128,
    hidden: Hidden = (128, 128),
    salient: Salient = 0.03,
    tolerance: Gap = 0.01,
    folder: Folder = None,
    trust_files: Trust = False,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> Dynamics:
    """Train a network of `data` and take the same held-out rows apart at many checkpoints (AND-OR paper, section 3.2).

    `model` is only the occasion: a network of its own is trained by stochastic gradient descent, and `model` at most
    says which features of a large table are strong enough to be players. At every checkpoint the log-odds of the true
    class on all masks are split into the sparsest AND and OR patterns, and the salient ones summed by order. With
    `folder` the networks there are looked at instead of a training; `trust_files` opens files that can run code. Raises
    `InputError` for a target that is no class, too few rows, images or players that do not fit, a training that
    diverges, and files that cannot be compared or are not trusted.
    """
    if data.target.kind is TargetKind.REGRESSION:
        raise InputError(
            f"Training dynamics need a target of classes, whose log-odds are taken apart; `{data.target.name}` is a "
            "number. Choose another target."
        )
    kind = _kind(network, data)
    rows = _drawn(data, kind, players, samples, seed)
    requested = _players(kind, model, data, rows, players, seed, compute)
    watch = TrainingWatch(TrainingGame(data, rows, requested), data, salient, tolerance, compute, report)
    if folder is not None:
        last, noise = look_into(folder, trust_files, data, watch, report), 0.0
    else:
        last, noise = new_network(kind, data, tuple(hidden), seed).to(compute.torch_device), label_noise
        at = checkpoint_epochs(epochs, checkpoints)
        train_watched(last, data, Pace(learning_rate, batch, seed), noise, at, watch, report)
    report(1.0, "Finished", watch.partial())
    notes = _notes(data, requested, watch, samples, folder is not None)
    where = run.provenance(
        model=f"{last.name}, {getattr(last, 'n_parameters', 0):,} parameters",
        device=str(last.device),
        rows=len(watch.game.rows),
        evaluations=watch.game.evaluations,
        notes=notes,
    )
    return _result(where, watch, noise, f"log-odds of the row's own {data.target.name}")


def _kind(network: str, data: Dataset) -> str:
    """What kind of network suits the data, unless one is asked for."""
    if network != "auto":
        return network
    return "words" if word_columns(data.space) else "cnn" if shows_images(data.space) else "mlp"


def _players(
    kind: str, model: Model, data: Dataset, rows: np.ndarray, count: int, seed: int, compute: Compute
) -> Players | tuple[Players, ...]:
    """Who plays in all of the rows, or, of texts, in each of them."""
    if kind == "cnn":
        return patches(data.space, count, seed)
    return words(data, rows, count, seed) if word_columns(data.space) else features(model, data, count, seed, compute)


def _drawn(data: Dataset, kind: str, players: int, samples: int, seed: int) -> np.ndarray:
    """The held-out rows that are taken apart; texts have at least as many words as players."""
    rows = data.held_out_rows
    if len(rows) < 2:
        raise InputError(
            f"At least 2 held-out rows must be taken apart; `{data.name}` has {len(rows)}. Add rows to the table."
        )
    if kind != "cnn" and word_columns(data.space):
        rows = wordy_rows(data, rows, players)
    return np.random.default_rng(seed).permutation(rows)[:samples]


def _result(where: Provenance, watch: TrainingWatch, label_noise: float, unit: str) -> Dynamics:
    mean_orders = np.stack([one.mean_order for one in watch.orders])
    fits = fitted([one.distribution for one in watch.orders], watch.final)
    phase = second_phase(mean_orders)
    return Dynamics(
        provenance=where,
        players=watch.game.names,
        checkpoints=checkpoint_table(watch.epochs, np.array(watch.losses), watch.orders, fits),
        distribution=distribution_table(watch.epochs, watch.orders),
        theory=theory_table(watch.epochs, fits),
        ratios=ratio_table(len(watch.game.names)),
        turning_epoch=watch.epochs[turning_point(mean_orders)],
        phase_epoch=None if phase is None else watch.epochs[phase],
        n_samples=len(watch.game.rows),
        label_noise=float(label_noise),
        unit=unit,
    )


def _notes(
    data: Dataset, players: Players | tuple[Players, ...], watch: TrainingWatch, samples: int, brought: bool
) -> tuple[str, ...]:
    """What must be known before the figures are believed."""
    sentences, count = [], len(watch.game.names)
    if len(watch.game.rows) < samples:
        enough = "" if isinstance(players, Players) else f" and have {count} words"
        sentences.append(f"Only {len(watch.game.rows):,} rows are held out{enough}; {samples:,} were asked for.")
    if not isinstance(players, Players):
        sentences.append(
            f"Of each sample {count} of its own words play, drawn at random and named by their order; its other words "
            "stay as they are. Only samples of at least as many words were drawn."
        )
    elif hidden := len(data.space) - sum(map(len, players.members)):
        sentences.append(
            f"{hidden:,} of the {len(data.space):,} features belong to no player and stay as they are: the patterns "
            "are about the others."
        )
    if np.isnan(averaged(np.stack([one.mean_order for one in watch.orders]))).any():
        sentences.append("At some checkpoints nothing is salient, so that they have no mean order.")
    if max(watch.gaps) > watch.tolerance:
        sentences.append(f"One split ended {max(watch.gaps):.2%} from the sparsest possible one, beyond the tolerance.")
    if brought:
        sentences.append("The networks were imported as files; their losses are on the labels of this data set.")
    if data.sampling is not None:
        sentences.append(data.sampling.sentence)
    return tuple(sentences)
