"""How the patterns of a network come and go while it is trained."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from ...core.result import Result


@dataclass(frozen=True, kw_only=True)
class Dynamics(Result):
    """The distribution of AND and OR patterns over their orders, checkpoint by checkpoint of a training.

    `checkpoints` has a row per checkpoint: checkpoint (0, 1, ...), epoch, train_loss, test_loss, loss_gap (test minus
    train), mean_order (of the salient strength, averaged over the samples), mean_order_error (its standard error),
    salient (mean number of salient patterns), noise (the parameter noise sigma^2 of Theorem 3 that fits best; NaN where
    it is not fitted), distance (between the theoretical and the measured distribution, 0 to 1).
    `distribution` has a row per checkpoint, order, kind and sign: checkpoint, epoch, order, kind ("and" | "or"), sign
    ("+" | "-"), strength (mean over the samples of the sum of absolute salient effects), share (strength divided by the
    mean strength of an order: the paper's normalised I^(k)), count (mean number of salient patterns).
    `theory` has checkpoint, epoch, order, share (that of Theorem 3). `ratios` are the r^(k) of the paper's figure 3:
    noise, order, ratio. `turning_epoch` is where the mean order is smallest, `phase_epoch` where the second phase
    begins: the first checkpoint after it whose mean order has risen significantly (None where none has).
    `n_samples` samples were taken apart at every checkpoint, `label_noise` is the share of wrong training labels.
    """

    family: ClassVar[str] = "dynamics"

    players: tuple[str, ...]
    checkpoints: pd.DataFrame
    distribution: pd.DataFrame
    theory: pd.DataFrame
    ratios: pd.DataFrame
    turning_epoch: int
    phase_epoch: int | None
    n_samples: int
    label_noise: float
    unit: str

    def to_frame(self) -> pd.DataFrame:
        """Return a row per checkpoint."""
        return self.checkpoints.copy()
