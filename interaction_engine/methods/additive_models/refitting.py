"""Trainings of settled terms on other samples of the rows, all side by side in one product."""

import math
from dataclasses import replace
from typing import Annotated, TypeVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from ...core.random_streams import random_stream
from ...models.training.rows import TrainingRows
from ...models.training.validated_trainer import Settings

Refit = Annotated[
    int,
    Field(
        ge=0,
        le=50,
        title="Refits",
        description="Further trainings on rows drawn with replacement, from which the bands around curves come. "
        "Fewer than 2: no bands.",
    ),
]
"""How many refits there are."""

REFITS = 5
"""Refits unless asked otherwise: a standard deviation of five is within a third of the true one two times in three."""

REFIT_EPOCHS = 0.5
"""Share of the epochs that a refit has: the rate falls to zero in it as well, and the spread is that of a whole one."""

REFIT_NAMES = "refit."
"""What the names of their weights begin with in a checkpoint."""

BAGS = 7001
"""Purpose of the random numbers that draw the rows (see `random_stream`)."""

OneSettings = TypeVar("OneSettings", bound=Settings)


class BootstrapRows(TrainingRows):
    """Training rows drawn with replacement, anew for each member, from those that it does not keep aside."""

    def _divided(self) -> tuple[Tensor, Tensor]:
        train, validation = super()._divided()
        n_rows = train.shape[1]
        drawn = [random_stream(self.seed, member, BAGS).integers(n_rows, size=n_rows) for member in range(self.members)]
        return train.gather(1, torch.from_numpy(np.stack(drawn)).to(train.device)), validation


def shorter(settings: OneSettings) -> OneSettings:
    """The settings of a refit."""
    return replace(settings, epochs=math.ceil(REFIT_EPOCHS * settings.epochs))


def share_of_the_first(refits: int) -> float:
    """Which part of the whole work the first training is."""
    return 1 / (1 + REFIT_EPOCHS * refits) if refits > 1 else 1.0
