"""Does a model predict at all? A test on held-out rows against a baseline that knows only the training targets.

The rule: a model has skill when, on held-out rows, its loss is lower than the baseline's or its scores rank the rows
better than chance, either by more than a permutation of the targets explains (1.25 % each).
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import norm, rankdata

from ..core.errors import ModelError
from ..core.skill import Skill, SkillVerdict
from ..core.types import Model, Target, TargetKind
from .adapters.black_box import BlackBox
from .adapters.modules import ModuleModel
from .checking import held_out_rows, score_rows
from .scoring import scored_class

if TYPE_CHECKING:
    from ..data.dataset import Dataset

SIGNIFICANCE = 0.0125
"""Level of each of the two tests: together they call at most 2.5 % of the models without skill skilful."""

PERMUTATIONS = 999
"""Enough that a p value near `SIGNIFICANCE` is known to about a third of itself."""

RESAMPLES = 400
"""Bootstrap samples of the held-out rows behind the interval of the loss."""

LEVEL = 0.95

FEWEST_ROWS = 10
"""With fewer held-out rows even a good model could hardly pass, so that nothing is concluded."""

OWN_TARGET = 1e-9
"""Predictions this close to the target, in its standard deviations, are the target: it was made by the model."""

CHUNK = 2_000_000
"""Numbers drawn at a time by permutations and bootstrap: bounds their memory at some 50 MB."""


def model_skill(model: Model, data: "Dataset") -> Skill:
    """Test whether `model` predicts the held-out rows of `data` better than a baseline does.

    The baseline is the mean of the training targets, or for classes the frequency of the class that is scored. Under
    a permutation of the held-out targets both statistics are exact whatever the tails of the target, because scores
    of a model without skill are independent of the targets of rows that it has not seen.

    Args:
        model: The model; its score is that of its own `class_index` where it has one.
        data: The data set whose held-out rows are used, at most `checking.MOST_ROWS` of them.

    Returns:
        The score with its interval, both p values, and the verdict.
    """
    class_index = scored_class(data.target, model.class_index)
    rows, values = held_out_rows(data)
    if data.target.kind is TargetKind.REGRESSION:
        fresh = ~_copies(rows, values, data)
        rows, values = rows[fresh], values[fresh]
    try:
        scores = score_rows(model, rows) if len(rows) else np.empty(0)
    except ModelError:
        return _HeldOut.of(data, values, class_index).unknown("the model does not score the held-out rows")
    # A forest that was trained here is a kind of black box, and has not seen the held-out rows.
    return replace(scores_skill(scores, data, values, class_index), brought=type(model) in (BlackBox, ModuleModel))


def _copies(rows: np.ndarray, values: np.ndarray, data: "Dataset") -> np.ndarray:
    """Return which held-out rows are copies of training rows, outcome included: a model has seen these."""
    known = np.column_stack([data.rows[data.train_rows], data.target_values[data.train_rows]])
    seen = {row.tobytes() for row in np.ascontiguousarray(known)}
    held_out = np.ascontiguousarray(np.column_stack([rows, values]))
    return np.fromiter((row.tobytes() in seen for row in held_out), dtype=bool, count=len(held_out))


def scores_skill(scores: np.ndarray, data: "Dataset", values: np.ndarray, class_index: int | None) -> Skill:
    """Test whether `scores` of held-out rows with these target `values` are better than a baseline; see `model_skill`.

    Args:
        scores: Predictions of the rows: in the target's unit, or log-odds of the class `class_index`.
        data: The data set, whose training rows the baseline is fitted to.
        values: `data.target_values` of the same rows.
        class_index: The class that is scored; None for regression.
    """
    held_out = _HeldOut.of(data, values, class_index)
    n = len(values)
    if n < FEWEST_ROWS:
        return held_out.unknown("there are no held-out rows" if n == 0 else f"too few rows were held out ({n})")
    return held_out.skill(scores)


@dataclass(frozen=True)
class _HeldOut:
    """Held-out targets (`observed`: numbers, or 1 for rows of the class and 0 for others), and their baseline."""

    target: Target
    name: str
    observed: np.ndarray
    expected: float

    @classmethod
    def of(cls, data: "Dataset", values: np.ndarray, class_index: int | None) -> "_HeldOut":
        known = data.target_values[data.train_rows] if len(data.train_rows) else values
        if class_index is None:
            return cls(data.target, data.target.name, values, float(known.mean()) if len(known) else 0.0)
        # Half a row of each class: a class without a training row would otherwise have an infinite loss.
        share = (float((known == class_index).sum()) + 0.5) / (len(known) + 1.0)
        name = f"{data.target.name} = {data.target.classes[class_index]}"
        return cls(data.target, name, (values == class_index).astype(np.float64), share)

    @property
    def is_number(self) -> bool:
        return self.target.kind is TargetKind.REGRESSION

    def losses(self, scores: np.ndarray) -> np.ndarray:
        """Loss of every row: squared error, or negative log-likelihood of its class under log-odds `scores`."""
        if self.is_number:
            return np.square(self.observed - scores)
        return np.logaddexp(0.0, np.where(self.observed > 0, -scores, scores))

    def unknown(self, reason: str) -> Skill:
        return Skill(**self._labels(), verdict=SkillVerdict.UNKNOWN, reason=reason)

    def skill(self, scores: np.ndarray) -> Skill:
        """Score, intervals and verdict of these `scores` of the held-out rows."""
        spread = float(self.observed.std())
        if self.is_number and spread > 0 and float(np.abs(scores - self.observed).max()) <= OWN_TARGET * spread:
            return self.unknown("the target is the model's own output")
        odds = np.log(self.expected / (1.0 - self.expected)) if not self.is_number else self.expected
        own, base = self.losses(scores), self.losses(np.full(len(scores), odds))
        value, lower, upper = _share_removed(own, base)
        p_loss, p_ranking = _permutation_p(scores, self.observed)
        # Without this, scores that follow the target through a few extreme rows only, on a wrong scale, would pass.
        by_loss = p_loss <= SIGNIFICANCE and own.sum() < base.sum()
        better = by_loss or p_ranking <= SIGNIFICANCE
        ranking, low, high = (_spearman if self.is_number else _auc)(scores, self.observed)
        return Skill(
            **self._labels(),
            value=value,
            lower=lower,
            upper=upper,
            ranking=ranking,
            ranking_lower=low,
            ranking_upper=high,
            level=LEVEL,
            p_loss=p_loss,
            p_ranking=p_ranking,
            verdict=SkillVerdict.BETTER if better else SkillVerdict.NOT_BETTER,
        )

    def _labels(self) -> dict[str, Any]:
        baseline = "mean" if self.is_number else "class frequency"
        return {
            "target": self.name,
            "metric": "r2" if self.is_number else "log_loss",
            "ranking_metric": "spearman" if self.is_number else "auc",
            "rows": len(self.observed),
            "baseline": f"the {baseline} of the training rows",
        }


def _share_removed(own: np.ndarray, base: np.ndarray) -> tuple[float, float, float] | tuple[None, None, None]:
    """Share of the baseline's loss that is removed, with a percentile interval over resampled rows."""
    total = float(base.sum())
    if not total > 0:
        return None, None, None
    n, draw, shares = len(own), np.random.default_rng(0), []
    for size in _chunks(RESAMPLES, n):
        counts = draw.multinomial(n, np.full(n, 1.0 / n), size=size).astype(np.float64)
        shares.append(1.0 - (counts @ own) / np.maximum(counts @ base, np.finfo(float).tiny))
    tail = 50.0 * (1.0 - LEVEL)
    low, high = np.percentile(np.concatenate(shares), [tail, 100.0 - tail])
    return 1.0 - float(own.sum()) / total, float(low), float(high)


def _permutation_p(scores: np.ndarray, observed: np.ndarray) -> tuple[float, float]:
    """One-sided p values of the loss and of the ranking under permutations of the targets.

    Squared error and log-loss depend on a permutation only through the sum of score times target, the rank correlation
    and the AUC through the sum of rank times rank; so both tests need one inner product for each permutation.
    """
    n, draw = len(scores), np.random.default_rng(0)
    statistics = [(_centred(scores), _centred(observed)), (_centred(rankdata(scores)), _centred(rankdata(observed)))]
    reached = np.zeros(2)
    for size in _chunks(PERMUTATIONS, n):
        order = draw.permuted(np.broadcast_to(np.arange(n), (size, n)), axis=1)
        for index, (ours, theirs) in enumerate(statistics):
            rounding = 1e-12 * (np.linalg.norm(ours) * np.linalg.norm(theirs) + np.finfo(float).tiny)
            reached[index] += (theirs[order] @ ours >= ours @ theirs - rounding).sum()
    p_loss, p_ranking = (1.0 + reached) / (PERMUTATIONS + 1.0)
    return float(p_loss), float(p_ranking)


def _centred(values: np.ndarray) -> np.ndarray:
    return values - values.mean()


def _chunks(total: int, n: int) -> list[int]:
    """`total` in parts of which each, times `n` numbers, fits `CHUNK`."""
    most = max(1, CHUNK // max(n, 1))
    return [min(most, total - begin) for begin in range(0, total, most)]


def _spearman(scores: np.ndarray, observed: np.ndarray) -> tuple[float, float, float] | tuple[None, None, None]:
    """Rank correlation with the interval of Bonett & Wright (2000)."""
    ours, theirs = _centred(rankdata(scores)), _centred(rankdata(observed))
    scale = float(np.linalg.norm(ours) * np.linalg.norm(theirs))
    if not scale > 0:
        return None, None, None
    value = float(ours @ theirs) / scale
    half = norm.ppf(0.5 + LEVEL / 2) * np.sqrt((1.0 + value**2 / 2.0) / max(1, len(scores) - 3))
    middle = np.arctanh(np.clip(value, -1 + 1e-12, 1 - 1e-12))
    return value, float(np.tanh(middle - half)), float(np.tanh(middle + half))


def _auc(scores: np.ndarray, hits: np.ndarray) -> tuple[float, float, float] | tuple[None, None, None]:
    """Area under the ROC curve with the interval of DeLong et al. (1988)."""
    is_hit = hits > 0
    n_hits, n_misses = int(is_hit.sum()), int((~is_hit).sum())
    if not n_hits or not n_misses:
        return None, None, None
    ranks = rankdata(scores)
    above = (ranks[is_hit] - rankdata(scores[is_hit])) / n_misses  # misses below each hit
    below = 1.0 - (ranks[~is_hit] - rankdata(scores[~is_hit])) / n_hits  # hits above each miss
    value = float(above.mean())
    variance = above.var(ddof=min(1, n_hits - 1)) / n_hits + below.var(ddof=min(1, n_misses - 1)) / n_misses
    half = float(norm.ppf(0.5 + LEVEL / 2)) * float(np.sqrt(variance))
    return value, max(0.0, value - float(half)), min(1.0, value + float(half))
