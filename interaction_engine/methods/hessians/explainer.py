"""Rows explained by integrals of derivatives from a baseline to each of them: what the methods of this family share."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

from ...core.compute import Compute
from ...core.errors import InputError, ModelError
from ...core.types import Model
from ...data.dataset import Dataset
from ...masking.baselines import Baseline, Chosen, baseline_of
from ...models.smoothing import SmoothModel, smooth_model
from ...numerics.derivatives.node_choice import nodes_needed
from ...numerics.derivatives.path_integrals import Lines, Quadrature, product_rule, uniform_rule

GAP = 1e-3
"""Completeness gap of a row above which its integrals take more nodes, where their number is left open."""

AIMED = 0.9 * GAP
"""What the choice of nodes aims at: the sum over all pairs rounds a little otherwise than that along the line."""

JUDGED = 512
"""Training rows by which the spread of the scores is measured, and whether the model has slopes at all."""

Progress = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Explained:
    """What each feature and each pair of features adds on the way from the baseline to the score, row by row.

    `score` of the model with its kinks rounded, `base` its score at the baseline (the mean over several), `gap` what
    the interactions miss of score - base, as a share of it (or of the spread of the scores, where that is larger),
    `rounding` score minus that of the model as it is, `nodes` those of the quadrature. `interactions` has main effects
    on its diagonal, and sums to score - base up to the gap. Of an ensemble, all are the members' mean.
    """

    score: Float64[np.ndarray, " rows"]
    base: Float64[np.ndarray, " rows"]
    gap: Float64[np.ndarray, " rows"]
    rounding: Float64[np.ndarray, " rows"]
    nodes: np.ndarray
    attributions: Float64[np.ndarray, "rows features"]
    interactions: Float64[np.ndarray, "rows features features"]

    def __len__(self) -> int:
        return len(self.score)


def explain(
    model: Model,
    data: Dataset,
    rows: Float64[np.ndarray, "rows features"],
    *,
    baseline: Chosen = "mean",
    beta: float = 10.0,
    nodes: int | None = None,
    quadrature: Quadrature = "gauss",
    seed: int = 0,
    compute: Compute = Compute(),
) -> Explained:
    """Attributions and interactions of `rows` of the feature space (Integrated Hessians paper, sections 3 and 4).

    `nodes` None: as many as bring the completeness gap of each row below GAP, 256 at most. With the baseline "data" the
    result is the average over rows drawn from the training rows (Expected Gradients and Hessians). Who explains row
    after row of one model keeps an `Explainer`. Raises `InputError` for a baseline that does not fit, `beta` not above
    0, and a model without derivatives, or whose derivatives are 0 or no numbers.
    """
    place = baseline_of(data, baseline, seed)
    return Explainer(model, data, place, beta, nodes, quadrature, compute)(rows)


class Explainer:
    """A model ready to explain rows of `data` from a baseline; `evaluations` counts the points that it looked at."""

    def __init__(
        self,
        model: Model,
        data: Dataset,
        baseline: Baseline,
        beta: float = 10.0,
        nodes: int | None = None,
        quadrature: Quadrature = "gauss",
        compute: Compute = Compute(),
    ) -> None:
        self.model, self.data, self.baseline = model.to(compute.torch_device), data, baseline
        self.beta, self.nodes, self.compute = beta, nodes, compute
        self.quadrature: Quadrature = quadrature
        self.smooth = smooth_model(self.model, beta)
        self.evaluations = 0
        self._bases = self._inputs(baseline.rows)
        self._base = self._scores(self._bases)
        self._count(check_slopes(self.smooth, self.model, data, compute))

    def __call__(
        self,
        rows: Float64[np.ndarray, "rows features"],
        progress: Progress = lambda share: None,
        nodes: int | None = None,
    ) -> Explained:
        """Some rows explained; `nodes` in place of those of the options."""
        return joined(list(self.parts(rows, progress, nodes)))

    def parts(
        self,
        rows: Float64[np.ndarray, "rows features"],
        progress: Progress = lambda share: None,
        nodes: int | None = None,
    ) -> Iterator[Explained]:
        """The rows explained one part after the other, so many at once that their matrices fit the memory."""
        if rows.ndim != 2 or rows.shape[1] != len(self.data.space) or not len(rows):
            raise InputError(f"`rows` needs rows of {len(self.data.space)} values; got an array of shape {rows.shape}.")
        at_once = max(1, self.compute.memory_bytes // (64 * len(self.data.space) ** 2))
        for start in range(0, len(rows), at_once):
            part = rows[start : start + at_once]
            share, before = len(part) / len(rows), start / len(rows)
            yield self._explained(part, nodes or self.nodes, lambda done, b=before, s=share: progress(b + s * done))

    @cached_property
    def spread(self) -> float:
        """Standard deviation of the scores over training rows."""
        return float(self._scores(self._inputs(self.data.background(JUDGED, 0))).std(correction=0))

    def _explained(self, rows: np.ndarray, nodes: int | None, progress: Progress) -> Explained:
        inputs = self._inputs(rows)
        score = self._scores(inputs)
        with torch.no_grad():
            own = self.model.scores(torch.tensor(rows)).double().mean(0).cpu()
        gain = score - self._base.mean()
        scale = gain.abs().clamp(min=max(self.spread, np.finfo(float).tiny))
        where = self._between(inputs.repeat_interleave(len(self._bases), 0), self._bases.repeat(len(inputs), 1))
        counts = self._counts(where, score[:, None] - self._base, AIMED * scale, nodes)
        attributions, interactions = self._means(where, counts.flatten(), progress)
        gap = (interactions.sum((1, 2)) - gain).abs() / scale
        values = (score, score - gain, gap, score - own, counts.amax(1), attributions, interactions)
        made = Explained(*(value.numpy() for value in values))
        self._check_finite(made)
        return made

    def _counts(self, where: Lines, gains: Tensor, allowed: Tensor, nodes: int | None) -> Int[Tensor, "rows baselines"]:
        """The nodes of each line."""
        if nodes is not None:
            return torch.full(gains.shape, nodes)
        return nodes_needed(
            self.smooth.score, where, gains, allowed, self.quadrature, self.compute.memory_bytes, self._count
        )

    def _means(
        self, where: Lines, counts: Int[Tensor, " lines"], progress: Progress
    ) -> tuple[Float64[Tensor, "rows features"], Float64[Tensor, "rows features features"]]:
        """Attributions and interactions of each row, averaged over baselines and members.

        Lines of as many nodes are computed together, as many at once as the memory allows.
        """
        n_features, n_bases = len(self.data.space), len(self._bases)
        n_rows, work, done = len(where) // n_bases, int(counts.sum()), 0
        attributions = torch.zeros(n_rows, n_features, dtype=torch.float64)
        interactions = torch.zeros(n_rows, n_features, n_features, dtype=torch.float64)
        for count in counts.unique().tolist():
            rule, line = product_rule(self.quadrature, count), uniform_rule(2 * count)
            for part in (counts == count).nonzero()[:, 0].split(self._lines_at_once(len(rule))):
                there = part.to(where.rows.device)
                some = self._between(where.rows[there], where.baselines[there])
                second = self.smooth.score.integrals(some, rule).interactions().mean(0)
                first = self.smooth.score.attributions(some, line).mean(0)
                interactions.index_add_(0, part // n_bases, second.double().cpu() / n_bases)
                attributions.index_add_(0, part // n_bases, first.double().cpu() / n_bases)
                self._count(len(part) * (len(rule) + len(line)))
                done += count * len(part)
                progress(done / work)
        return attributions, interactions

    def _between(self, inputs: Tensor, bases: Tensor) -> Lines:
        return Lines(inputs, bases, self.smooth.owners, len(self.data.space))

    def bytes_at_once(self, n_lines: int, nodes: int) -> int:
        """Return the working memory of so many lines of so many nodes each.

        As many of them as the memory allows are computed together.
        """
        per_line = self._bytes_per_line(len(product_rule(self.quadrature, nodes)))
        return per_line * min(n_lines, max(1, self.compute.memory_bytes // (2 * per_line)))

    def _lines_at_once(self, n_points: int) -> int:
        return max(1, self.compute.memory_bytes // (2 * self._bytes_per_line(n_points)))

    def _bytes_per_line(self, n_points: int) -> int:
        n_features = len(self.data.space)
        return self.smooth.score.bytes_per_line(n_points, n_features) + 24 * self.model.n_members * n_features**2

    def _count(self, points: int) -> None:
        self.evaluations += points

    def _inputs(self, rows: np.ndarray) -> Float[Tensor, "rows columns"]:
        return self.smooth.inputs(torch.tensor(rows, dtype=torch.float64))

    def _scores(self, inputs: Float[Tensor, "rows columns"]) -> Float64[Tensor, " rows"]:
        """The mean score over the members, kinks rounded."""
        self._count(len(inputs))
        with torch.no_grad():
            parts = inputs.split(self.compute.rows_per_call(8 * self.model.row_bytes))
            return torch.cat([self.smooth.scores(part).double().mean(0) for part in parts]).cpu()

    def _check_finite(self, made: Explained) -> None:
        whole = [np.isfinite(value.reshape(len(made), -1)).all(1) for value in (made.attributions, made.interactions)]
        bad = np.flatnonzero(~(whole[0] & whole[1]))
        if bad.size:
            raise ModelError(
                f"The derivatives of `{self.model.name}` must be finite numbers; for {bad.size} of {len(made)} rows "
                "they are not on the way from the baseline. Another baseline may avoid the place where they fail."
            )


def check_slopes(smooth: SmoothModel, model: Model, data: Dataset, compute: Compute) -> int:
    """How many points were looked at to see that `model` has slopes between training rows.

    Raises `InputError` when they are 0 everywhere, `ModelError` when they are no numbers.
    """
    rows = smooth.inputs(torch.tensor(data.background(JUDGED, 0)))
    where, rule = Lines(rows, rows.roll(1, 0), smooth.owners, len(data.space)), uniform_rule(4)
    most = max(1, compute.memory_bytes // smooth.score.bytes_per_line(len(rule), len(data.space)))
    parts = [where.part(start, start + most) for start in range(0, len(where), most)]
    slopes = torch.cat([smooth.score.attributions(part, rule) for part in parts], dim=1)
    if bad := int((~torch.isfinite(slopes)).any(0).any(-1).sum()):
        raise ModelError(
            f"The derivatives of `{model.name}` must be finite numbers; near {bad} of {len(where)} rows they are not. "
            "Look for square roots, logarithms or divisions at 0 in the model."
        )
    if not slopes.any() and len(where) > 1:
        with torch.no_grad():
            differs = bool(smooth.scores(rows).std(dim=1).any())
        raise InputError(
            f"The derivatives of `{model.name}` are 0 at all of {len(where)} rows: it "
            f"{'goes in steps' if differs else 'predicts the same for all of them'}. Use a method that only asks for "
            "predictions, as `ucb`, `exact` or `cliques`."
        )
    return len(rule) * len(where)


def joined(parts: list[Explained]) -> Explained:
    """Parts one after the other."""
    return Explained(*(np.concatenate([getattr(part, item.name) for part in parts]) for item in fields(Explained)))
