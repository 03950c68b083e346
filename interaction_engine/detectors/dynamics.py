"""How patterns come and go while a network is trained: their orders at many checkpoints, and the two phases."""

import time
from typing import Annotated, Any, Literal

import numpy as np
import torch
from pydantic import Field

from ..data.dataset import Dataset
from ..errors import InputError
from ..models.convolution import shows_images
from ..models.gradual import Descent, Network, Pace, network_inputs, new_cnn, new_mlp, wrong_labels
from ..models.training import Hidden
from ..numerics.compute import Compute
from ..results import Dynamics, Provenance
from ..types import Model, Report, TargetKind, silent
from ..version import VERSION
from .checkpoints import brought_networks
from .options import Seed, asked
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
from .training_games import Players, TrainingGame, features, patches
from .training_watch import TrainingWatch

TITLE = "Training dynamics"
SOURCE = (
    "AND-OR paper (Two-Phase Dynamics of Interactions), sections 3.2 and 3.3, appendix F.3; "
    "phase 2 by paired t tests, Bonferroni over all pairs of checkpoints"
)

SAVED_SECONDS = 5.0
"""Seconds of training between two states from which it can go on."""

Kind = Annotated[
    Literal["auto", "mlp", "cnn"],
    Field(title="Network", description="auto: convolutional where the features are the pixels of a square image."),
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
    Field(ge=2, le=12, title="Players", description="Patches or features that are masked: 2^n masks for each sample."),
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
        description="Networks saved by this program, .safetensors, sorted by name, instead of a training.",
        json_schema_extra={"placeholder": "none: train here"},
    ),
]


def dynamics(
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
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> Dynamics:
    """Train a network of `data` and take the same held-out rows apart at many checkpoints (AND-OR paper, section 3.2).

    `model` is only the occasion: a network of its own is trained by stochastic gradient descent, and `model` at most
    says which features of a large table are strong enough to be players. At every checkpoint the log-odds of the true
    class on all masks are split into the sparsest AND and OR patterns, and the salient ones summed by order. With
    `folder` the networks there are looked at instead of a training. Raises `InputError` for a target that is no class,
    too few rows, images or players that do not fit, a training that diverges, and files that cannot be compared.
    """
    options, began = asked(locals()), time.perf_counter()
    if data.target.kind is TargetKind.REGRESSION:
        raise InputError(
            f"Training dynamics need a target of classes, whose log-odds are taken apart; `{data.target.name}` is a "
            "number. Choose another target."
        )
    rows = _drawn(data, samples, seed)
    device = compute.torch_device
    given = None if folder is None else [(epoch, one.to(device)) for epoch, one in brought_networks(folder, data)]
    image = shows_images(data.space) if network == "auto" else network == "cnn"
    wanted = patches(data.space, players, seed) if image else features(model, data, players, seed, compute)
    watch = TrainingWatch(TrainingGame(data, rows, wanted), data, salient, tolerance, compute, report)
    if given is not None:
        for place, (epoch, one) in enumerate(given):
            watch.look(one, epoch, _labels(data, data.train_rows), place / len(given), (place + 1) / len(given))
        last, noise = given[-1][1], 0.0
    else:
        last = (new_cnn(data, seed) if image else new_mlp(data, tuple(hidden), seed)).to(device)
        pace, noise = Pace(learning_rate, batch, seed), label_noise
        _train(last, data, pace, noise, checkpoint_epochs(epochs, checkpoints), watch, report)
    report(1.0, "Finished", watch.partial())
    notes = _notes(data, wanted, watch, samples, given is not None)
    where = _provenance(options, data, last, watch, seed, began, notes)
    return _result(where, watch, noise, f"log-odds of the row's own {data.target.name}")


def checkpoint_epochs(epochs: int, count: int) -> tuple[int, ...]:
    """At most `count` epochs from 0 to `epochs`, evenly spaced in their logarithm from 1 on."""
    spaced = np.geomspace(1, epochs, count - 1) if count > 2 else np.array([epochs])
    return (0, *sorted(set(spaced.round().astype(int).tolist())))


def _train(
    network: Network,
    data: Dataset,
    pace: Pace,
    label_noise: float,
    at: tuple[int, ...],
    watch: TrainingWatch,
    report: Report,
) -> None:
    """Train `network` in place, looking at it at the epochs `at`; goes on from a checkpoint of the run."""
    rows = data.train_rows
    labels = wrong_labels(data.target_values[rows].astype(np.int64), len(data.target.classes), label_noise, pace.seed)
    known = torch.from_numpy(labels).to(network.device)
    descent = Descent(network, network_inputs(network, torch.tensor(data.rows[rows])), known, pace)
    if report.restored:
        descent.restore(report.restored)
        watch.restore(report.restored)
    saved = time.monotonic()
    steps = at[-1] + len(at)
    for place in range(len(watch.epochs), len(at)):
        while descent.epoch < at[place]:
            done = descent.epoch + place

            def told(share: float, done: int = done) -> None:
                report((done + share) / steps, f"Epoch {descent.epoch + 1} of {at[-1]}", watch.partial())

            descent.advance(told)
            if time.monotonic() - saved >= SAVED_SECONDS:
                report.checkpoint(descent.state() | watch.state())
                saved = time.monotonic()
        done = descent.epoch + place
        watch.look(network, descent.epoch, known, done / steps, (done + 1) / steps)
        if place < len(at) - 1:  # the last one's patterns are needed, and they are in no state
            report.checkpoint(descent.state() | watch.state())
            saved = time.monotonic()


def _drawn(data: Dataset, samples: int, seed: int) -> np.ndarray:
    rows = data.held_out_rows
    if len(rows) < 2:
        raise InputError(
            f"At least 2 held-out rows must be taken apart; `{data.name}` has {len(rows)}. Add rows to the table."
        )
    return np.random.default_rng(seed).permutation(rows)[:samples]


def _labels(data: Dataset, rows: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(data.target_values[rows].astype(np.int64))


def _result(where: Provenance, watch: TrainingWatch, label_noise: float, unit: str) -> Dynamics:
    mean_orders = np.stack([one.mean_order for one in watch.orders])
    fits = fitted([one.distribution for one in watch.orders], watch.final)
    phase = second_phase(mean_orders)
    return Dynamics(
        provenance=where,
        players=watch.game.players.names,
        checkpoints=checkpoint_table(watch.epochs, np.array(watch.losses), watch.orders, fits),
        distribution=distribution_table(watch.epochs, watch.orders),
        theory=theory_table(watch.epochs, fits),
        ratios=ratio_table(len(watch.game.players.names)),
        turning_epoch=watch.epochs[turning_point(mean_orders)],
        phase_epoch=None if phase is None else watch.epochs[phase],
        n_samples=len(watch.game.rows),
        label_noise=float(label_noise),
        unit=unit,
    )


def _provenance(
    options: dict[str, Any],
    data: Dataset,
    network: Network,
    watch: TrainingWatch,
    seed: int,
    began: float,
    notes: tuple[str, ...],
) -> Provenance:
    return Provenance(
        method="dynamics",
        title=TITLE,
        options=options,
        seed=seed,
        data=data.name,
        model=f"{network.name}, {network.n_parameters:,} parameters",
        rows=len(watch.game.rows),
        evaluations=watch.game.evaluations,
        seconds=time.perf_counter() - began,
        device=str(network.device),
        version=VERSION,
        source=SOURCE,
        notes=notes,
    )


def _notes(data: Dataset, players: Players, watch: TrainingWatch, samples: int, brought: bool) -> tuple[str, ...]:
    """What must be known before the figures are believed."""
    said = []
    if len(watch.game.rows) < samples:
        said.append(f"Only {len(watch.game.rows):,} rows are held out; {samples:,} were asked for.")
    hidden = len(data.space) - sum(map(len, players.members))
    if hidden:
        said.append(
            f"{hidden:,} of the {len(data.space):,} features belong to no player and stay as they are: the patterns "
            "are about the others."
        )
    if np.isnan(averaged(np.stack([one.mean_order for one in watch.orders]))).any():
        said.append("At some checkpoints nothing is salient, so that they have no mean order.")
    if max(watch.gaps) > watch.tolerance:
        said.append(f"One split ended {max(watch.gaps):.2%} from the sparsest possible one, beyond the tolerance.")
    if brought:
        said.append("The networks were brought as files; their losses are on the labels of this data set.")
    return tuple(said)
