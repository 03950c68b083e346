"""ParaACE: a small network for every feature and every interaction, put together by a fix-up layer."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import torch
from pydantic import BeforeValidator, Field

from ....core.compute import Compute
from ....core.errors import InputError
from ....core.types import Report, TargetKind, Within, silent
from ....models.additive.network import AdditiveNetwork
from ....models.additive.paraace import ParaAce
from ....models.training.learning_rows import learning_rows
from ....models.training.mlp import Batch, Epochs, Hidden, Patience, Rate, Seed
from ....models.training.rows import TrainingRows
from ...common.feature_sets import Sets, given_sets, written
from ..interactions import strongest_pairs
from ..refitting import REFIT_NAMES, REFITS, BootstrapRows, Refit, share_of_the_first, shorter
from ..registration import PARAACE
from .paraace_trainer import ParaAceSettings, ParaAceTrainer

if TYPE_CHECKING:
    from ....data.dataset import Dataset


FEW_FEATURES, FEW_PAIRS, MANY_PAIRS = 12, 20, 50
"""Pairs detected unless asked otherwise: 20 for up to 12 features and for classes, else 50 (section 5.3)."""

DECAY, LEAST_DECAY, MOST_DECAY = 200.0, 0.01, 0.3
"""Weight decay times training rows, as of a prior whose weight does not grow with the data; and its limits. Measured
best: 0.3 for the 800 rows of F1..F10 with noise, 0.03 or less for the 16,500 of California housing."""

UNITS = 15
"""Hidden units of the fix-up."""

TURN = 5
"""Epochs that the subnets, then the fix-up, are trained with the other left alone."""

FEWEST_EPOCHS = 4
"""Epochs of an alternating training at least: in fewer, a refit would not come to train the fix-up."""

DETECTION = 0.3
"""Share of the progress that detecting the pairs takes."""

Interactions = Annotated[
    tuple[str, ...] | None,
    BeforeValidator(written),
    Field(
        title="Interactions",
        description="Sets of features that get a network of their own, such as `a & b`; none: detected here.",
    ),
]
NPairs = Annotated[
    int | None,
    Field(
        ge=0,
        le=5000,
        title="Pairs",
        description="How many interactions, the first of those given or the strongest; none: as many as the paper "
        "takes, or all that are given. 0: curves alone, added up by the linear fix-up.",
    ),
]
FixUpKind = Annotated[
    Literal["nonlinear", "linear"],
    Field(
        title="Fix-up",
        description="nonlinear: as in the paper; linear: a plain sum, whose terms can be read off, as always without "
        "pairs.",
    ),
]
RowsDecay = Annotated[
    float | None,
    Field(
        ge=0,
        le=10,
        title="Weight decay",
        description="AdamW's penalty on the weights; none: chosen by the number of rows, larger for fewer.",
    ),
]
Training = Annotated[
    Literal["joint", "alternating"],
    Field(title="Training", description="All weights together, or subnets and fix-up in turns."),
]


def train_paraace(
    data: "Dataset",
    *,
    interactions: Interactions = None,
    n_pairs: NPairs = None,
    fix_up: FixUpKind = "nonlinear",
    training: Training = "joint",
    refits: Refit = REFITS,
    hidden: Hidden = (50, 8),
    epochs: Epochs = 120,
    learning_rate: Rate = 1e-2,
    weight_decay: RowsDecay = None,
    batch: Batch = 256,
    patience: Patience = 40,
    seed: Seed = 0,
    compute: Compute = Compute(),
    report: Report = silent,
) -> ParaAce | AdditiveNetwork:
    """Train a ParaACE network on the training rows of `data`: a subnet for every feature and every interaction.

    Interactions that are not given are the strongest pairs of a small ensemble trained here. With the linear fix-up,
    and without any interaction (`n_pairs=0`), the result is an additive network: a nonlinear fix-up of curves alone
    could bend their sum into interactions. The weights returned are those of the epoch with the smallest loss on rows
    kept aside; in turns, no training is stopped before both subnets and fix-up had theirs. Raises `InputError` for no
    or unknown interactions, too few rows (of a class), too few epochs for turns, and when the loss diverges.
    """
    alternating, linear = training == "alternating", fix_up == "linear" or n_pairs == 0
    if alternating and epochs < FEWEST_EPOCHS:
        raise InputError(
            f"`epochs` must be at least {FEWEST_EPOCHS} for `training` in turns, so that the fix-up has its own; got "
            f'{epochs}. Train longer, or with `training="joint"`.'
        )
    table, _ = learning_rows(data)
    decay = float(np.clip(DECAY / len(table), LEAST_DECAY, MOST_DECAY)) if weight_decay is None else weight_decay
    members = _members(data, interactions, n_pairs, seed, compute, report)
    units, turn = 0 if linear else UNITS, TURN if alternating else 0
    patience = max(patience, 2 * turn)  # an epoch without progress may be due to the other part's turn
    settings = ParaAceSettings(epochs, learning_rate, decay, batch, patience, seed, tuple(hidden), units, turn)
    device = torch.device(compute.torch_device)
    kept, ends = {"members": [list(one) for one in members]}, DETECTION + (1 - DETECTION) * share_of_the_first(refits)
    fit = ParaAceTrainer(data, TrainingRows(data, 1, seed, device), members, settings)
    network = fit.run(PARAACE.name, Within(report, DETECTION, ends, name="", kept=kept))
    if refits < 2:
        return network
    again = ParaAceTrainer(data, BootstrapRows(data, refits, seed, device), members, shorter(settings), first=1)
    says, kept = f"Training {refits} times more, for the bands.", {**kept, **fit.state()}
    again.run(PARAACE.name, Within(report, ends, 1.0, says=says, name=REFIT_NAMES, kept=kept, curves=False))
    return replace(network, refits=again.refits())


def usual_pairs(data: "Dataset") -> int:
    """How many pairs the paper gives to a network of such data."""
    few = len(data.space) <= FEW_FEATURES or data.target.kind is not TargetKind.REGRESSION
    return min(FEW_PAIRS if few else MANY_PAIRS, math.comb(len(data.space), 2))


def _members(
    data: "Dataset",
    interactions: tuple[str, ...] | None,
    n_pairs: int | None,
    seed: int,
    compute: Compute,
    report: Report,
) -> Sets:
    """The features of every subnet: each feature alone, then the interactions."""
    if report.restored and "members" in report.restored:
        return tuple(tuple(int(place) for place in one) for one in report.restored["members"])
    singles = tuple((place,) for place in range(len(data.space)))
    if interactions is not None:
        return singles + given_sets(data.space, interactions, n_pairs)
    count = usual_pairs(data) if n_pairs is None else n_pairs
    part = Within(report, 0.0, DETECTION, says="Detecting interactions.", curves=False)
    return singles + strongest_pairs(data, count, seed, compute, part)
