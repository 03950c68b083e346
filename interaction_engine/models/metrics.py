"""How well scores predict: one figure of merit for any target, the usual metrics, and calibration."""

import numpy as np
import pandas as pd

from ..core.types import Target, TargetKind

BINS = 10


def skill(scores: np.ndarray, values: np.ndarray, target: Target, class_index: int | None) -> float:
    """The share of the target's variation that `scores` explain: R2, or for classes the share of the log-loss.

    1 is perfect, 0 no better than the mean (or the class's frequency), below 0 worse.
    """
    if target.kind is TargetKind.REGRESSION:
        return 1.0 - float(np.square(scores - values).mean()) / max(float(values.var()), np.finfo(float).tiny)
    hits = _hits(values, target, class_index)
    share = np.clip(hits.mean(), 1e-9, 1 - 1e-9)
    alone = -(share * np.log(share) + (1 - share) * np.log(1 - share))
    return 1.0 - log_loss(scores, hits) / float(alone)


def metrics(scores: np.ndarray, values: np.ndarray, target: Target, class_index: int | None) -> dict[str, float]:
    """`r2`, `rmse`, `mae` in the unit of the score; or `auc`, `accuracy`, `log_loss` of the class against the rest."""
    if target.kind is TargetKind.REGRESSION:
        errors = scores - values
        rmse, mae = float(np.sqrt(np.square(errors).mean())), float(np.abs(errors).mean())
        return {"r2": skill(scores, values, target, None), "rmse": rmse, "mae": mae}
    hits = _hits(values, target, class_index)
    accuracy = float(((scores > 0) == (hits > 0)).mean())
    return {"auc": auc(scores, hits), "accuracy": accuracy, "log_loss": log_loss(scores, hits)}


def calibration(scores: np.ndarray, values: np.ndarray, target: Target, class_index: int | None) -> pd.DataFrame:
    """Rows in up to ten bins of equal size by prediction: mean `predicted`, mean `observed`, `count`.

    For classes both are probabilities of the class scored.
    """
    is_number = target.kind is TargetKind.REGRESSION
    predicted = scores if is_number else 0.5 * (1.0 + np.tanh(0.5 * scores))
    observed = values if is_number else _hits(values, target, class_index)
    edges = np.unique(np.quantile(predicted, np.linspace(0, 1, BINS + 1)[1:-1]))
    frame = pd.DataFrame({"predicted": predicted, "observed": observed, "bin": np.searchsorted(edges, predicted)})
    groups = frame.groupby("bin")
    table = groups[["predicted", "observed"]].mean()
    table["count"] = groups.size()
    return table.reset_index(drop=True)


def auc(scores: np.ndarray, hits: np.ndarray) -> float:
    """The probability that a hit scores higher than a miss (ties count half); NaN when there is only one of them."""
    n_hits, n_misses = int(hits.sum()), int(len(hits) - hits.sum())
    if not n_hits or not n_misses:
        return float("nan")
    ranks = pd.Series(scores).rank().to_numpy()
    return float((ranks[hits > 0].sum() - n_hits * (n_hits + 1) / 2) / (n_hits * n_misses))


def log_loss(scores: np.ndarray, hits: np.ndarray) -> float:
    """Mean negative log-likelihood of hits (1) and misses (0) under log-odds `scores`."""
    return float(np.logaddexp(0.0, np.where(hits > 0, -scores, scores)).mean())


def _hits(values: np.ndarray, target: Target, class_index: int | None) -> np.ndarray:
    """1.0 where the row is of the class that is scored."""
    default = 1 if target.kind is TargetKind.BINARY else 0
    return (values == (default if class_index is None else class_index)).astype(np.float64)
