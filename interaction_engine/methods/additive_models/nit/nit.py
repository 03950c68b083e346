"""Neural Interaction Transparency: a network that learns which few features belong together, and adds up terms."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import torch
from pydantic import Field

from ....core.compute import Compute
from ....core.errors import InputError
from ....core.types import Report, Within, silent
from ....models.additive.network import AdditiveNetwork
from ....models.training.learning_rows import learning_rows
from ....models.training.mlp import ActivationName, Batch, Decay, Epochs, Hidden, Patience, Rate, Seed
from ....models.training.rows import TrainingRows
from ..merging import Sets, telling_sets, without_dead
from ..paraace.subnet_trainer import SubnetSettings, SubnetTrainer
from ..refitting import REFIT_NAMES, REFITS, BootstrapRows, Refit, share_of_the_first, shorter
from ..registration import NIT
from .disentangling import GateSettings, disentangled
from .layer_gates import disentangled_layers

if TYPE_CHECKING:
    from ....data.dataset import Dataset


GATE_HIDDEN, GATE_LEARNING_RATE = (32, 16), 3e-3
"""Blocks of the first phase: they only have to tell which features matter together, not to fit them finely."""

PENALTIES = (0.4, 0.1, 0.02, 0.005)
"""Prices of a feature that are tried, the sparsest first."""

TRIAL, NEARLY = 0.5, 1e-3
"""A trial's share of the epochs: after far fewer, networks of few terms are ahead that fall behind later. The loss (of
the standardised target, or the log-loss) that a simpler network may have more."""

SETTLED = "settled_"
"""What the checkpoints' names begin with once terms that said nothing were left out."""

FIRST_PHASE = 0.45
"""Share of the progress that the first phase is told to be."""

FOUND_BY = {"first": disentangled, "all": disentangled_layers}
"""How the first phase finds its sets, by where the gates stand."""

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
Gates = Annotated[
    Literal["first", "all"],
    Field(
        title="Gates",
        description="first: blocks, with a gate for each feature of each; all: one network without blocks, with a gate "
        "for every weight of every layer.",
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
    gates: Gates = "first",
    refits: Refit = REFITS,
    hidden: Hidden = (128, 32),
    activation: ActivationName = "relu",
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
        settings = SubnetSettings(epochs, learning_rate, weight_decay, batch, patience, seed, tuple(hidden), activation)
        gated = GateSettings(
            max_order, blocks, rounds, GATE_HIDDEN, activation, 0.0, pressure, GATE_LEARNING_RATE, batch, seed
        )
        sets, chosen, seconds = _restored_choice(report.restored)
        if not sets:
            prices = PENALTIES if penalty is None else (penalty,)
            candidates = [replace(gated, penalty=one) for one in prices]
            sets, chosen = _chosen_sets(data, rows, candidates, settings, FOUND_BY[gates], report)
            seconds = time.monotonic() - began
        settled = bool((report.restored or {}).get("settled", False))
        kept = {"sets": _lists(sets), "penalty": chosen, "first_phase_seconds": seconds, "settled": settled}
        if not settled:
            report.checkpoint(kept)
        network, taken = _second_phase(data, rows, sets, settings, refits, kept, report)
        options = {"max_order": max_order, "gates": gates, "blocks": blocks, "rounds": rounds, "penalty": chosen}
        options = asdict(settings) | options | {"pressure": pressure, "refits": refits}
        record = replace(network.record, seconds=seconds + taken, options=options) if network.record else None
        return replace(network, record=record)
    finally:
        torch.set_num_threads(threads)


def _second_phase(
    data: "Dataset",
    rows: TrainingRows,
    sets: Sets,
    settings: SubnetSettings,
    refits: int,
    kept: Mapping[str, Any],
    report: Report,
) -> tuple[AdditiveNetwork, float]:
    """The network of one subnet for each set, with its refits, and the seconds that their training took.

    Where some of the terms turn out to say nothing, the others are trained once more without them.
    """
    ends, name = FIRST_PHASE + (1 - FIRST_PHASE) * share_of_the_first(refits), SETTLED if kept["settled"] else ""
    middle = (FIRST_PHASE + ends) / 2
    begins, stops = (middle, ends) if kept["settled"] else (FIRST_PHASE, middle)
    fit = SubnetTrainer(data, rows, sets, settings)
    network = fit.run(NIT.name, Within(report, begins, stops, says="Training the terms.", name=name, kept=kept))
    if not kept["settled"] and (telling := telling_sets(network, data)) not in ((), sets):
        kept = {**kept, "sets": _lists(telling), "settled": True}
        report.checkpoint(kept)
        again, seconds = _second_phase(data, rows, telling, settings, refits, kept, report)
        return again, fit.seconds + seconds
    network = without_dead(network, rows.inputs)
    report(ends, "The terms are trained")
    if refits < 2:
        return network, fit.seconds
    bags = BootstrapRows(data, refits, settings.seed, rows.inputs.device)
    more = SubnetTrainer(data, bags, network.subnets.members, shorter(settings), first=1)
    kept = {**kept, **{f"{name}{key}": value for key, value in fit.state().items()}}
    says = f"Training {refits} times more, for the bands."
    more.run(NIT.name, Within(report, ends, 1.0, says=says, name=REFIT_NAMES, kept=kept, curves=False))
    return replace(network, refits=more.refits()), fit.seconds + more.seconds


def _chosen_sets(
    data: "Dataset",
    rows: TrainingRows,
    candidates: list[GateSettings],
    settings: SubnetSettings,
    find: Callable[["Dataset", TrainingRows, GateSettings, Callable[[float, str], None]], Sets],
    report: Report,
) -> tuple[Sets, float]:
    """The sets of the candidate that predicts the rows kept aside best after a short training, and its penalty.

    Of candidates that are nearly as good, the first.
    """
    matches: list[tuple[Sets, float]] = []
    losses: list[float] = []
    share = FIRST_PHASE / len(candidates)
    for number, gates in enumerate(candidates):
        ends = share * (number + 1)
        sets = find(data, rows, gates, Within(report, share * number, ends))
        if not sets:
            continue
        if len(candidates) == 1 or sets in [one for one, _ in matches]:
            matches.append((sets, gates.penalty))
            losses.append(math.inf)
            continue
        trial = SubnetTrainer(data, rows, sets, replace(settings, epochs=math.ceil(TRIAL * settings.epochs)))
        trial.run(NIT.name, Within(report, ends, ends, says=f"Trying {len(sets)} terms.", curves=False))
        matches.append((sets, gates.penalty))
        losses.append(float(trial.best_loss))
    if not matches:
        raise InputError(
            f"All gates are shut: with `penalty` {candidates[-1].penalty:g} no feature is worth its place; "
            "use a smaller `penalty`, or more rows."
        )
    good = [place for place, loss in enumerate(losses) if loss <= min(losses) + NEARLY]
    return matches[good[0]]


def _lists(sets: Sets) -> list[list[int]]:
    """Sets as a checkpoint keeps them."""
    return [list(one) for one in sets]


def _restored_choice(state: Mapping[str, Any] | None) -> tuple[Sets, float, float]:
    """Sets, penalty and seconds of a first phase that was finished before."""
    if not state or "sets" not in state:
        return (), 0.0, 0.0
    sets = tuple(tuple(int(place) for place in np.asarray(one)) for one in state["sets"])
    return sets, float(state["penalty"]), float(state["first_phase_seconds"])
