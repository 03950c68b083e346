"""A training under watch, or checkpoints of one that somebody brings: every look at the same rows, in order."""

import time

import numpy as np
import torch

from ...core.types import Model, Report
from ...data.dataset import Dataset
from ...models.networks.layered import Layered
from ...models.training.watched_trainer import (
    Pace,
    WatchedTrainer,
    network_inputs,
    new_cnn,
    new_mlp,
    new_words,
    wrong_labels,
)
from .checkpoints import brought_networks
from .training_watch import TrainingWatch

READING_SHARE = 0.1
"""Part of the progress that is progress when a folder of checkpoints is read."""

SAVED_SECONDS = 5.0
"""Seconds of training between two states from which it can go on."""


def checkpoint_epochs(epochs: int, count: int) -> tuple[int, ...]:
    """At most `count` epochs from 0 to `epochs`, evenly spaced in their logarithm from 1 on."""
    spaced = np.geomspace(1, epochs, count - 1) if count > 2 else np.array([epochs])
    return (0, *sorted(set(spaced.round().astype(int).tolist())))


def new_network(kind: str, data: Dataset, hidden: tuple[int, ...], seed: int) -> Layered:
    """An untrained network: "mlp" with the layers `hidden`, "cnn" or "words"."""
    if kind == "mlp":
        return new_mlp(data, hidden, seed)
    return new_cnn(data, seed) if kind == "cnn" else new_words(data, seed)


def look_into(folder: str, trust: bool, data: Dataset, watch: TrainingWatch, report: Report) -> Model:
    """Look at the networks in a folder; returns the last one. Reading them is a tenth of the progress."""

    def progress(share: float, name: str) -> None:
        report(READING_SHARE * share, f"Reading {name}")

    given = brought_networks(folder, data, trust, progress)
    labels, network = torch.from_numpy(data.target_values[data.train_rows].astype(np.int64)), given[0][1]
    steps = np.linspace(READING_SHARE, 1.0, len(given) + 1)
    for place, (epoch, brought) in enumerate(given):
        network = brought.to(watch.compute.torch_device)
        watch.look(network, epoch, labels, float(steps[place]), float(steps[place + 1]))
    return network


def train_watched(
    network: Layered,
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
    trainer = WatchedTrainer(network, network_inputs(network, torch.tensor(data.rows[rows])), known, pace)
    if report.restored and trainer.restore(report.restored):
        watch.restore(report.restored)
    saved = time.monotonic()
    steps = at[-1] + len(at)
    for place in range(len(watch.epochs), len(at)):
        while trainer.epoch < at[place]:
            done = trainer.epoch + place

            def show(share: float, done: int = done) -> None:
                report((done + share) / steps, f"Epoch {trainer.epoch + 1} of {at[-1]}", watch.partial())

            with trainer.threads():
                trainer.train_epoch(show)
            if time.monotonic() - saved >= SAVED_SECONDS:
                report.checkpoint(trainer.state() | watch.state())
                saved = time.monotonic()
        done = trainer.epoch + place
        watch.look(network, trainer.epoch, known, done / steps, (done + 1) / steps)
        if place < len(at) - 1:  # the last one's patterns are needed, and they are in no state
            report.checkpoint(trainer.state() | watch.state())
            saved = time.monotonic()
