"""Neural Interaction Transparency: a network that learns which few features belong together, and adds up terms."""

import math
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import torch
from pydantic import Field

from ..errors import InputError
from ..models.additive_network import AdditiveNetwork
from ..models.training import ActivationName, Batch, Decay, Epochs, Hidden, Patience, Rate, Seed
from ..models.training_rows import TrainingRows
from ..numerics.compute import Compute
from ..types import JSON, Report, silent
from .disentangling import GateSettings, disentangled
from .merging import Sets, without_dead
from .rows import learning_rows
from .subnet_fit import SubnetFit, SubnetSettings

if TYPE_CHECKING:
    from ..data.dataset import Dataset

TITLE = "Interaction-transparent network"
SOURCE = (
    "NIT (Tsang, Liu, Purushotham, Murali & Liu, NeurIPS 2018), with hard concrete gates (Louizos, Welling & Kingma, "
    "ICLR 2018)"
)

GATE_HIDDEN, GATE_LEARNING_RATE = (32, 16), 3e-3
"""Blocks of the first phase: they only have to tell which features matter together, not to fit them finely."""

PENALTIES = (0.4, 0.1, 0.02, 0.005)
"""Prices of a feature that are tried, the sparsest first."""

TRIAL, NEARLY = 0.5, 1e-3
"""A trial's share of the epochs: after far fewer, networks of few terms are ahead that fall behind later. The loss (of
the standardised target, or the log-loss) that a simpler network may have more."""

FIRST_PHASE = 0.6
"""Share of the progress that the first phase is told to be."""

MaxOrder = Annotated[
    int, Field(ge=1, title="Features together", description="How many features a term may have, at most (K).")
]
Blocks = Annotated[
    int, Field(ge=1, le=500, title="Blocks", description="How many sets of features can be found, at most.")
]
Rounds = Annotated[
    int,
    Field(ge=1, le=20, title="Rounds", description="How often blocks that found nothing of their own look again."),
]
Penalty = Annotated[
    Annotated[float, Field(ge=0, le=100)] | None,
    Field(
        title="Penalty",
        description="Price of a feature in a block (lambda): more means fewer and smaller terms. Empty: rows kept "
        "aside choose.",
    ),
]
Pressure = Annotated[
    Literal["all", "largest"],
    Field(title="Pressure", description="Which blocks with too many features are pushed: all, or the largest alone."),
]


def train_nit(
    data: "Dataset",
    *,
    max_order: MaxOrder = 2,
    blocks: Blocks = 20,
    rounds: Rounds = 3,
    penalty: Penalty = None,
    pressure: Pressure = "all",
    hidden: Hidden = (64, 32),
    activation: ActivationName = "gelu",
    epochs: Epochs = 60,
    learning_rate: Rate = 1e-2,
    weight_decay: Decay = 0.01,
    batch: Batch = 256,
    patience: Patience = 15,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> AdditiveNetwork:
    """Learn which features belong together, at most `max_order` of them, and a network that adds up a term of each set.

    First, gated blocks find the sets; equal and nested ones are merged, empty ones dropped. Then one subnet for each
    set is trained anew, and the weights with the smallest loss on rows kept aside are returned. Raises `InputError`
    when `max_order` is no number from 1 to that of the features, or the training rows (or those of a class) are too
    few.
    """
    began, n_features = time.monotonic(), len(data.space)
    if not 1 <= max_order <= n_features:
        raise InputError(
            f"`max_order` must be 1 to {n_features}, the number of features; got {max_order}. "
            f"Use {min(max(max_order, 1), n_features)}."
        )
    learning_rows(data)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the products are too small for threads that wait for each other
    try:
        rows = TrainingRows(data, 1, seed, torch.device(compute.torch_device))
        settings = SubnetSettings(tuple(hidden), activation, epochs, learning_rate, weight_decay, batch, patience, seed)
        gates = GateSettings(
            max_order, blocks, rounds, GATE_HIDDEN, activation, 0.0, pressure, GATE_LEARNING_RATE, batch, seed
        )
        sets, chosen, seconds = _restored_choice(report.restored)
        if not sets:
            prices = PENALTIES if penalty is None else (penalty,)
            sets, chosen = _chosen_sets(data, rows, [replace(gates, penalty=one) for one in prices], settings, report)
            seconds = time.monotonic() - began
        kept = {"sets": [list(one) for one in sets], "penalty": chosen, "first_phase_seconds": seconds}
        report.checkpoint(kept)
        fit = SubnetFit(data, rows, sets, settings)
        if report.restored and "curve" in report.restored:
            fit.restore(report.restored)
        fit.run(report, FIRST_PHASE, kept)
        options = asdict(settings) | {"max_order": max_order, "blocks": blocks, "rounds": rounds, "penalty": chosen}
        network = fit.network("nit", options | {"pressure": pressure}, seconds)
        return without_dead(network, rows.inputs)
    finally:
        torch.set_num_threads(threads)


def _chosen_sets(
    data: "Dataset", rows: TrainingRows, candidates: list[GateSettings], settings: SubnetSettings, report: Report
) -> tuple[Sets, float]:
    """The sets of the candidate that predicts the rows kept aside best after a short training, and its penalty; of
    candidates that are nearly as good, the first."""
    found: list[tuple[Sets, float]] = []
    losses: list[float] = []
    for number, gates in enumerate(candidates):
        begins, share = FIRST_PHASE * number / len(candidates), FIRST_PHASE / len(candidates)

        def tell(done: float, message: str, begins: float = begins, share: float = share) -> None:
            report(begins + share * done, message)

        sets = disentangled(data, rows, gates, tell)
        if not sets:
            continue
        if len(candidates) == 1 or sets in [one for one, _ in found]:
            found.append((sets, gates.penalty))
            losses.append(math.inf)
            continue
        trial = SubnetFit(data, rows, sets, replace(settings, epochs=math.ceil(TRIAL * settings.epochs)))
        trial.run(_Trial(report, begins + share, f"Trying {len(sets)} terms"))
        found.append((sets, gates.penalty))
        losses.append(trial.best_loss)
    if not found:
        raise InputError(
            f"All gates are shut: with `penalty` {candidates[-1].penalty:g} no feature is worth its place; "
            "use a smaller `penalty`, or more rows."
        )
    good = [place for place, loss in enumerate(losses) if loss <= min(losses) + NEARLY]
    return found[good[0]]


class _Trial(Report):
    """Passes on that the user has stopped the run, and keeps everything else of a trial to itself."""

    def __init__(self, report: Report, fraction: float, message: str) -> None:
        self.report, self.fraction, self.message = report, fraction, message

    def __call__(self, fraction: float, message: str, partial: dict[str, JSON] | None = None) -> None:
        self.report(self.fraction, self.message)


def _restored_choice(state: Mapping[str, Any] | None) -> tuple[Sets, float, float]:
    """Sets, penalty and seconds of a first phase that was finished before."""
    if not state or "sets" not in state:
        return (), 0.0, 0.0
    sets = tuple(tuple(int(place) for place in np.asarray(one)) for one in state["sets"])
    return sets, float(state["penalty"]), float(state["first_phase_seconds"])
