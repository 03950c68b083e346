"""How long a comparison of small networks takes, told before it runs and while it does."""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ....models.networks.mlp import n_outputs
from ....models.training.rows import VALIDATION_SHARE
from ..paraace.paraace import usual_pairs
from .pruning import CUT

if TYPE_CHECKING:
    from ....data.dataset import Dataset

PACE = 30e9
"""Operations a second of a wide network's training on one core, as measured on the one that this was written on."""

SUBNET = (50, 8)
"""Hidden units of a subnet of ParaACE."""

START, PER_ROW = 5.0, 0.005
"""Seconds that a ParaACE network takes: to begin with, and for each row. Curves alone take about a quarter."""


def expected_seconds(data: "Dataset", options: Mapping[str, Any]) -> float:
    """Seconds that `compression` takes with these options on one core, at most: networks may stop early."""
    n_rows = min(len(data.train_rows), options["most_rows"] or math.inf)
    sizes = (data.space.n_columns, *options["teacher"], n_outputs(data.target))
    teacher = sum((before + 1) * after for before, after in pairwise(sizes))
    return sum(step_seconds(int(n_rows), teacher, paraace_parameters(data, options), options).values())


def step_seconds(n_rows: int, teacher: int, budget: int, options: Mapping[str, Any]) -> dict[str, float]:
    """Seconds of every step for so many training rows and parameters of the teacher and of ParaACE."""
    one = START + PER_ROW * n_rows
    epoch = 6 * n_rows * (1 - VALIDATION_SHARE) / PACE
    whole = options["epochs"] * epoch * teacher
    rounds = 1 + max(1, math.ceil(math.log(min(1.0, budget / teacher)) / math.log(1 - CUT)))
    return {
        "paraace": one,
        "random": one,
        "gann": one / 4,
        "teacher": whole,
        "distillation": 1.0 + 6 * options["epochs"] * epoch * budget,
        "lottery": rounds * options["round_epochs"] * epoch * teacher,
        "synflow": whole,
    }


def paraace_parameters(data: "Dataset", options: Mapping[str, Any]) -> int:
    """About the parameters of a ParaACE network: of a subnet for every feature, and for every pair."""
    given, requested = options["interactions"], options["n_pairs"]
    usual = usual_pairs(data) if given is None else len(given)
    n_pairs = usual if requested is None else requested if given is None else min(requested, usual)
    inputs = data.space.n_columns * (1 + 2 * n_pairs / len(data.space))
    fixed = (SUBNET[0] + 1) * SUBNET[1] + SUBNET[1] + 1 + SUBNET[0]
    return round(inputs * SUBNET[0] + (len(data.space) + n_pairs) * fixed)
