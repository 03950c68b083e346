"""From patterns to orders, checkpoint by checkpoint: how strong each order is, and where the second phase begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float64
from scipy.stats import t as student
from torch import Tensor

from ...numerics.hypercube.learning_theory import NoiseFit, fit_noise, order_distribution, strength_ratios
from ...numerics.hypercube.subset_transforms import by_order

KINDS, SIGNS = ("and", "or"), ("+", "-")

LEVEL = 0.05
"""Chance of finding a second phase where no mean order rises."""

NOTHING = 1e-9
"""Effects smaller than this share of the sample's strongest are rounding errors."""

RATIO_NOISE = (0.001, 0.01, 0.1, 1.0, 10.0)
"""Variances at which the r^(k) are told: from next to no noise to noise that hides all but the lowest orders."""


@dataclass(frozen=True)
class Orders:
    """The salient patterns of the samples at one checkpoint, summed by order 1 to n, kind (KINDS) and sign (SIGNS)."""

    strength: np.ndarray
    """(samples, orders, kinds, signs): sums of absolute effects, in the unit of the score."""
    count: np.ndarray
    """Of the same shape: how many there are."""

    @classmethod
    def of(cls, effects: Float64[Tensor, "samples kinds subsets"], threshold: float) -> "Orders":
        """Those of AND and OR effects whose absolute value is at least `threshold`, and not 0."""
        kept = salient(effects, threshold)
        signed = torch.stack([kept.clamp(min=0.0), (-kept).clamp(min=0.0)], dim=2)
        sums, counts = (by_order(values)[..., 1:].permute(0, 3, 1, 2) for values in (signed, (signed > 0).double()))
        return cls(sums.numpy(), counts.numpy())

    @property
    def mean_order(self) -> np.ndarray:
        """(samples,): the mean order of the salient strength; NaN where nothing is salient."""
        by_size = self.strength.sum((2, 3))
        total = by_size.sum(1)
        sizes = np.arange(1, by_size.shape[1] + 1)
        return np.divide(by_size @ sizes, total, out=np.full(len(total), np.nan), where=total > 0)

    @property
    def distribution(self) -> np.ndarray:
        """(orders,): the strength of each order, a mean over samples, divided by the mean over orders."""
        return order_distribution(torch.from_numpy(self.strength.sum((2, 3)).mean(0))).numpy()


def salient(
    effects: Float64[Tensor, "samples kinds subsets"], threshold: float
) -> Float64[Tensor, "samples kinds subsets"]:
    """The effects from `threshold` on that are no rounding errors, others 0; the empty set's is no pattern."""
    patterns = effects.clone()
    patterns[..., 0] = 0.0
    sizes = patterns.abs()
    return patterns.where((sizes >= threshold) & (sizes > NOTHING * sizes.amax((1, 2), keepdim=True)), 0.0)


def turning_point(mean_orders: np.ndarray) -> int:
    """The checkpoint at which the mean over samples of `mean_orders` (checkpoints, samples) is smallest."""
    averages = averaged(mean_orders)
    return int(np.nanargmin(averages)) if np.isfinite(averages).any() else 0


def second_phase(mean_orders: np.ndarray) -> int | None:
    """The first checkpoint after the turning point whose mean order is significantly larger than there; None if none.

    `mean_orders` is (checkpoints, samples). One-sided t tests, paired over the samples that have salient patterns at
    both checkpoints; since the turning point is chosen by the same figures, the level is divided by the number of all
    pairs of checkpoints (Bonferroni), so that any choice among them is covered.
    """
    turning, n = turning_point(mean_orders), len(mean_orders)
    for later in range(turning + 1, n):
        if _rises(mean_orders[later] - mean_orders[turning]) * n * (n - 1) / 2 < LEVEL:
            return later
    return None


def _rises(differences: np.ndarray) -> float:
    """The p-value of the hypothesis that `differences` are not positive on average; NaN count as left out."""
    known = differences[np.isfinite(differences)]
    if len(known) < 2:
        return 1.0
    error = known.std(ddof=1) / np.sqrt(len(known))
    if error == 0:
        return 0.0 if known.mean() > 0 else 1.0
    return float(student.sf(known.mean() / error, len(known) - 1))


def averaged(mean_orders: np.ndarray) -> np.ndarray:
    """The mean over samples at each checkpoint, those without salient patterns left out; NaN where none has any."""
    known = np.isfinite(mean_orders)
    count = known.sum(1)
    sums = np.where(known, mean_orders, 0.0).sum(1)
    return np.divide(sums, count, out=np.full(len(count), np.nan), where=count > 0)


def standard_errors(mean_orders: np.ndarray) -> np.ndarray:
    """The standard error of `averaged`; NaN where fewer than two samples have salient patterns."""
    errors = np.full(len(mean_orders), np.nan)
    for place, row in enumerate(mean_orders):
        known = row[np.isfinite(row)]
        if len(known) > 1:
            errors[place] = known.std(ddof=1) / np.sqrt(len(known))
    return errors


def fitted(measured: Sequence[np.ndarray], final: Float64[Tensor, "samples kinds subsets"]) -> list[NoiseFit | None]:
    """Fit the noise of each measured distribution over orders.

    It is the noise under which `final`, the salient patterns of the trained network, would be learnt like that;
    None where there is nothing to fit.

    An OR pattern is an AND pattern of the masks turned round, so that both follow the same theory.
    """
    true = final.flatten(0, 1)
    if not bool(true.any()):
        return [None] * len(measured)
    return [fit_noise(true, torch.from_numpy(one)) if one.any() else None for one in measured]


def share_apart(first: np.ndarray, second: np.ndarray) -> float:
    """The share of the strength that would have to change its order to make one distribution the other, 0 to 1."""
    return float(np.abs(first / first.sum() - second / second.sum()).sum() / 2)


# Tables


def checkpoint_table(
    epochs: Sequence[int], losses: np.ndarray, orders: Sequence[Orders], fits: Sequence[NoiseFit | None]
) -> pd.DataFrame:
    """`Dynamics.checkpoints`; `losses` is (checkpoints, 2): train and test."""
    means = np.stack([one.mean_order for one in orders])
    apart = [
        np.nan if fit is None else share_apart(one.distribution, fit.distribution.numpy())
        for one, fit in zip(orders, fits, strict=True)
    ]
    return pd.DataFrame(
        {
            "checkpoint": np.arange(len(epochs)),
            "epoch": np.array(epochs, dtype=np.int64),
            "train_loss": losses[:, 0],
            "test_loss": losses[:, 1],
            "loss_gap": losses[:, 1] - losses[:, 0],
            "mean_order": averaged(means),
            "mean_order_error": standard_errors(means),
            "salient": [one.count.sum() / len(one.count) for one in orders],
            "noise": [np.nan if fit is None else fit.sigma2 for fit in fits],
            "distance": apart,
        }
    )


def distribution_table(epochs: Sequence[int], orders: Sequence[Orders]) -> pd.DataFrame:
    """`Dynamics.distribution`."""
    rows: list[Mapping[str, Any]] = []
    for place, (epoch, one) in enumerate(zip(epochs, orders, strict=True)):
        strength, count = one.strength.mean(0), one.count.mean(0)
        whole = float(strength.sum()) / len(strength)
        rows += [
            {
                "checkpoint": place,
                "epoch": int(epoch),
                "order": order + 1,
                "kind": kind,
                "sign": sign,
                "strength": float(strength[order, k, s]),
                "share": float(strength[order, k, s]) / whole if whole > 0 else 0.0,
                "count": float(count[order, k, s]),
            }
            for order in range(len(strength))
            for k, kind in enumerate(KINDS)
            for s, sign in enumerate(SIGNS)
        ]
    return pd.DataFrame(rows)


def theory_table(epochs: Sequence[int], fits: Sequence[NoiseFit | None]) -> pd.DataFrame:
    """`Dynamics.theory`: checkpoints without a fit have no rows."""
    parts = [
        pd.DataFrame(
            {
                "checkpoint": place,
                "epoch": int(epoch),
                "order": np.arange(1, len(fit.distribution) + 1),
                "share": fit.distribution.numpy(),
            }
        )
        for place, (epoch, fit) in enumerate(zip(epochs, fits, strict=True))
        if fit is not None
    ]
    columns = {"checkpoint": int, "epoch": int, "order": int, "share": float}
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(columns)).astype(columns)


def ratio_table(n_players: int) -> pd.DataFrame:
    """`Dynamics.ratios`: r^(k) of the orders 1 to n - 1 at RATIO_NOISE."""
    ratios = strength_ratios(n_players, RATIO_NOISE).numpy()
    n_noise, n_orders = ratios.shape
    return pd.DataFrame(
        {
            "noise": np.repeat(RATIO_NOISE, n_orders),
            "order": np.tile(np.arange(1, n_orders + 1), n_noise),
            "ratio": ratios.ravel(),
        }
    )
